import Expressions
import JSON
import Programs
import Rows
import Synchronization

/// Finds the row of one key in a stream, and takes its record apart.
struct ExplainedRow {
  private let program: MappingProgram
  private let masking: Masking
  private let hidden: Set<String>
  private let followed = Followed()
  private let activation: RowActivation
  private let builder: RecordBuilder

  private var search: KeySearch
  private var taken: Explanation?
  private(set) var outcome: RecordBuilder.Outcome?
  /// The record, and what only a create carries, masked.
  private(set) var masked = FlatRecord()
  private(set) var maskedOnCreate = FlatRecord()

  /// The links that expressions asked for.
  private final class Followed: Sendable {
    let links = Mutex<[Explanation.FollowedLink]>([])
  }

  init(program: MappingProgram, context: RunContext, written: String) {
    self.program = program
    search = KeySearch(written)
    masking = context.masking
    let secrets = (program.fields + program.onCreate).filter { field in
      if case .secret = field.content { true } else { field.isSensitive }
    }
    hidden = Set(secrets.map(\.path))
    let tables = context.links
    let followed = followed
    let resolve: @Sendable (String, Key) -> LinkAnswer = { mapping, key in
      let answer = tables.resolve(mapping, key)
      let link = Explanation.FollowedLink(mapping: mapping, key: key, answer: answer)
      followed.links.withLock { if !$0.contains(link) { $0.append(link) } }
      return answer
    }
    builder = RecordBuilder(
      program: program, integerIDs: context.project.integerIDs, resolve: resolve)
    activation = RowActivation(
      program: program, integerIDs: context.project.integerIDs, resolve: resolve)
  }

  mutating func look(at batch: RowBatch) throws(UnreadableRecord) {
    var bytes: [UInt8] = []
    for row in 0..<batch.count where builder.key(of: row, in: batch, into: &bytes) {
      let key = Key(bytes: bytes)
      search.look(at: key)
      // One that is written exactly so takes the place of one that is not.
      guard search.keys.contains(key) else { continue }
      if taken?.key != key { try take(row, of: batch, key) }
      taken?.rows += 1
    }
  }

  private mutating func take(
    _ row: Int, of batch: RowBatch, _ key: Key
  ) throws(UnreadableRecord) {
    var explanation = Explanation(mapping: program.name, key: key)
    explanation.row = values(of: row, in: batch)
    builder.setBatch(batch)
    let outcome = builder.build(row: row)
    self.outcome = outcome
    masked = masking.mask(
      try FlatRecord(builder.bytes, of: program.name, key), sensitive: hidden)
    var problems: [Failure.Reason] = []
    if case .rejected(let reasons) = outcome { problems = reasons }
    explanation.fields = fields(program.fields, masked, problems)
    if case .rejected(let reasons) = try builder.buildOnCreate(row: row) {
      problems = reasons
    }
    maskedOnCreate = masking.mask(
      try FlatRecord(builder.onCreateBytes, of: program.name, key), sensitive: hidden)
    explanation.fields += fields(program.onCreate, maskedOnCreate, problems)
    explanation.links = followed.links.withLock { $0 }
    taken = explanation
  }

  /// A key that the ledger knows.
  mutating func look(at key: Key) { search.look(at: key) }

  /// What there is of the key, once all rows and links have been looked at.
  func found() throws(AmbiguousKey) -> Explanation? {
    guard let key = try search.key(of: program.name) else { return nil }
    return taken?.key == key ? taken : Explanation(mapping: program.name, key: key)
  }

  private func fields(
    _ programs: [FieldProgram], _ record: FlatRecord, _ problems: [Failure.Reason]
  ) -> [Explanation.Field] {
    programs.map { field in
      Explanation.Field(
        path: field.path, expression: field.source?.text, value: record[field.path] ?? .null,
        problem: problems.first { $0.field == field.path }?.message)
    }
  }

  private func values(of row: Int, in batch: RowBatch) -> [JSON.Member] {
    activation.batch = batch
    activation.row = row
    let columns = Set(program.definition.columnsRead(by: Array(hidden)))
    return program.columns.enumerated().map { slot, column in
      let value: JSON
      do throws(EvaluationError) {
        value = try ValueEncoding.json(try activation.value(slot: slot), as: nil)
      } catch {
        value = .string("(\(error.message))")
      }
      return JSON.Member(
        name: column.name, value: columns.contains(column.name) ? masking.mask(value) : value)
    }
  }
}
