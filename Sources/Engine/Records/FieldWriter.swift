import Expressions
import JSON
import Programs
import Rows

/// One field of the record, with what every row needs of it.
///
/// A reference, since a field's program and schema are large and every field of every row passes by.
final class RecordField: Sendable {
  let program: FieldProgram
  /// `"path":`, with a comma before it where it is not the first.
  let prefix: [UInt8]
  let check: SchemaNode?
  /// Whether an update can set the field when the record is there already.
  let canFollow: Bool
  /// Whether the record can go without the field until then.
  var canBeLeftOut: Bool { canFollow && !program.isRequired && !program.isSensitive }

  init(_ program: FieldProgram, isFirst: Bool, canFollow: Bool) {
    self.program = program
    self.canFollow = canFollow
    check = program.schema
    var prefix = isFirst ? [] : [UInt8(ascii: ",")]
    JSON.appendString(program.path, to: &prefix)
    prefix.append(UInt8(ascii: ":"))
    self.prefix = prefix
  }
}

/// Fields that become one flat object, and where it is written.
///
/// A class, so that it is not copied for every row.
final class RecordPart {
  let fields: [RecordField]
  let flat: FlatFields
  let writer: FieldWriter
  let buffer = RecordBytes()

  init(
    _ program: MappingProgram, _ fields: [RecordField], _ flat: FlatFields,
    _ activation: RowActivation
  ) {
    self.fields = fields
    self.flat = flat
    writer = FieldWriter(program: program, activation: activation, buffer: buffer)
  }
}

/// The slow path of one field: evaluates it for a row, checks the value, and appends it to the record.
struct FieldWriter {
  let program: MappingProgram
  let activation: RowActivation
  let buffer: RecordBytes

  static let null = Array("null".utf8)

  /// What came of one field. Only a field that is written has its value in the record.
  enum Written {
    case written
    /// The value is a reference that leads nowhere yet.
    case waits
    case problem(String)
  }

  func append(_ field: RecordField, row: Int) -> Written {
    switch field.program.content {
    case .constant(let bytes), .secret(let bytes):
      buffer.append(bytes)
      return .written
    case .column(let slot): return append(column: slot, row: row, field)
    case .expression(let expression), .table(let expression, _, _):
      do {
        var value = try expression.evaluate(activation)
        if case .variable(let slot) = expression.form, slot < program.columns.count,
          program.columns[slot].type == .array(.decimal)
        {
          value = ValueEncoding.decimals(value, as: field.check)
        }
        if !activation.missing.isEmpty, value.holdsNone { return .waits }
        guard case .table(_, let values, let otherwise) = field.program.content else {
          return try append(value, field)
        }
        return try append(value, values, otherwise, field)
      } catch {
        // A reference that leads nowhere may be why, e.g. in `link(…).value()`.
        if !activation.missing.isEmpty { return .waits }
        return .problem(
          field.program.isSensitive
            ? error.concealed ?? "its expression fails on this row" : error.message)
      }
    }
  }

  private func append(column slot: Int, row: Int, _ field: RecordField) -> Written {
    let column = program.columns[slot]
    switch activation.batch.kind(row, slot) {
    case .null: return append(json: .null, field)
    case .unreadable: return .problem("`\(column.name)` \(activation.batch.text(row, slot))")
    case .number:
      return append(
        json: column.type == .bool
          ? .bool(activation.batch.bool(row, slot)) : .integer(activation.batch.int(row, slot)),
        field)
    case .bytes:
      if column.type == .decimal, let check = field.check, !check.kinds.contains(.string),
        !check.kinds.isEmpty
      {
        guard let number = JSON(number: activation.batch.text(row, slot)) else {
          return .problem("`\(column.name)` holds no finite number")
        }
        return append(json: number, field)
      }
      if let check = field.check, check.restrictsText {
        return append(json: .string(activation.batch.text(row, slot)), field)
      }
      var string: [UInt8] = []
      activation.batch.withBytes(row, slot) {
        JSON.appendString(utf8: $0.assumingMemoryBound(to: UInt8.self), to: &string)
      }
      buffer.append(string)
      return .written
    }
  }

  private func append(
    _ value: Value, _ field: RecordField
  ) throws(EvaluationError) -> Written {
    append(json: try ValueEncoding.json(value, as: field.check), field)
  }

  private func append(
    _ value: Value, _ values: [String: [UInt8]], _ otherwise: [UInt8]?, _ field: RecordField
  ) throws(EvaluationError) -> Written {
    let shown = try ValueEncoding.shown(value)
    guard let chosen = values[shown] ?? values[shown.trimmed] ?? otherwise else {
      let known = values.keys.sorted().joined(separator: ", ")
      return .problem(
        "\(field.program.isSensitive ? "the value" : "`\(shown)`") is none of \(known), "
          + "and there is no `otherwise`")
    }
    // Literals have been checked already.
    if chosen == Self.null { return append(json: .null, field) }
    buffer.append(chosen)
    return .written
  }

  private func append(json value: JSON, _ field: RecordField) -> Written {
    if let problem = RecordLimits.problem(value, path: field.program.path) {
      return .problem(problem)
    }
    // The id of an object that a plan only pretends to make is not known.
    if !activation.sawPending, let problem = problem(value, field) { return .problem(problem) }
    buffer.append(value.compactBytes)
    return .written
  }

  // MARK: Checks

  private func problem(_ value: JSON, _ field: RecordField) -> String? {
    if value.isNull {
      return field.program.isRequired ? "is required, and there is no value" : nil
    }
    guard let check = field.check else { return nil }
    let problems =
      field.program.isSensitive
      ? check.problems(with: value, show: { _ in "the value" }) : check.problems(with: value)
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }
}

extension Value {
  /// Whether the value is, or has in it, an optional without a value.
  fileprivate var holdsNone: Bool {
    switch self {
    case .optional(let optional): optional.value.map(\.holdsNone) ?? true
    case .list(let values): values.contains(where: \.holdsNone)
    case .map(let map): map.values.contains(where: \.holdsNone)
    default: false
    }
  }
}

extension SchemaNode {
  /// Whether text can be refused for more than being text.
  var restrictsText: Bool {
    maxLength != nil || minLength != nil || pattern != nil || format != nil || !values.isEmpty
      || (!kinds.isEmpty && !kinds.contains(.string))
  }
}

extension String {
  var trimmed: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let end = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(scalars[...end])
  }
}
