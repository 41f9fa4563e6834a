import Diagnostics
import Expressions
import JSON
import Mappings
import Programs

/// What the examples of a mapping reach, taken together: a value in every field, and every way that its expressions and
/// tables can go.
public struct ExampleCoverage: Sendable {
  /// How much of something is reached.
  public struct Tally: Sendable, Hashable {
    public internal(set) var reached = 0
    public internal(set) var total = 0
  }

  private let program: MappingProgram
  private let fields: [Field]
  /// The paths that have had a value.
  private var filled: Set<String> = []
  /// By path, the entries of a table that were chosen; `nil` for `otherwise`.
  private var chosen: [String: Set<String?>] = [:]

  private struct Field: Sendable {
    let program: FieldProgram
    let traced: TracedExpression?

    /// Whether the value is the same whatever the row holds.
    var isFixed: Bool {
      switch program.content {
      case .constant, .secret: true
      case .column, .expression, .table: false
      }
    }
  }

  init(of program: MappingProgram) {
    self.program = program
    fields = (program.fields + program.onCreate).map { field in
      switch field.content {
      case .expression(let expression), .table(let expression, _, _):
        Field(program: field, traced: expression.traced())
      case .constant, .secret, .column: Field(program: field, traced: nil)
      }
    }
  }

  /// Takes in what came of one example.
  mutating func take(
    _ outcome: RecordBuilder.Outcome, _ record: FlatRecord, _ row: ExampleRow,
    _ integerIDs: Set<String>
  ) {
    if case .built = outcome {
      for field in fields {
        // What is fixed to null has its value.
        if record[field.program.path].map({ !$0.isNull }) ?? false || field.isFixed {
          filled.insert(field.program.path)
        }
      }
    }
    let activation = RowActivation(
      program: row.program, integerIDs: integerIDs, resolve: row.resolve)
    activation.batch = row.batch
    for field in fields {
      guard let traced = field.traced else { continue }
      activation.beginField()
      do {
        try note(traced.evaluate(activation), of: field.program)
      } catch {
        // Why a row is refused, the example's own outcome has said; the way there counts.
      }
    }
  }

  private mutating func note(
    _ value: Value, of field: FieldProgram
  ) throws(EvaluationError) {
    guard case .table(_, let values, _) = field.content else { return }
    let shown = try ValueEncoding.shown(value)
    let entry = [shown, shown.trimmed].first { values[$0] != nil }
    chosen[field.path, default: []].insert(entry)
  }

  // MARK: What came of it

  public var mapping: String { program.name }

  /// Fields that had a value in an accepted example.
  public var fieldTally: Tally {
    Tally(reached: fields.count { filled.contains($0.program.path) }, total: fields.count)
  }

  /// Ways of expressions and entries of tables.
  public var branchTally: Tally {
    fields.reduce(into: Tally()) { tally, field in
      let entries = tableEntries(field.program)
      let points = field.traced?.points.count ?? 0
      let missed = field.traced?.missed.count ?? 0
      tally.total += points + entries.count
      tally.reached += points - missed + entries.count { isChosen($0, field.program) }
    }
  }

  public var isWhole: Bool { gaps.isEmpty }

  /// What no example reaches, in the order of the file.
  public var gaps: [Diagnostic] {
    var gaps: [Diagnostic] = []
    for field in fields {
      let range = field.program.definition.path.range
      if !filled.contains(field.program.path) {
        gaps.append(.unreached("a value of `\(field.program.path)`", at: range))
      }
      for point in field.traced?.missed ?? [] {
        gaps.append(
          .unreached(point.way, at: field.program.source?.range(of: point.range) ?? range))
      }
      for entry in tableEntries(field.program) where !isChosen(entry, field.program) {
        gaps.append(
          .unreached(
            entry.map { "the value `\($0)`" } ?? "`otherwise`",
            at: place(of: entry, in: field.program) ?? range))
      }
    }
    return gaps.sorted { ($0.range?.start ?? 0) < ($1.range?.start ?? 0) }
  }

  private func tableEntries(_ field: FieldProgram) -> [String?] {
    guard case .table(_, let values, let otherwise) = field.content else { return [] }
    return values.keys.sorted().map(Optional.some) + (otherwise == nil ? [] : [nil])
  }

  private func place(of entry: String?, in field: FieldProgram) -> SourceRange? {
    guard case .table(_, let values, let otherwise) = field.definition.content else { return nil }
    guard let entry else { return otherwise?.range }
    return values.first { $0.key.value.utf8.elementsEqual(entry.utf8) }?.key.range
  }

  private func isChosen(_ entry: String?, _ field: FieldProgram) -> Bool {
    chosen[field.path]?.contains(entry) ?? false
  }
}
