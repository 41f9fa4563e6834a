import Expressions
import Programs
import Rows

/// The quick way from a row to a record's bytes, beside the clear one in ``RecordBuilder``: it writes a field exactly as
/// that would, or leaves it to that.
final class FlatFields {
  private enum Content {
    case constant([UInt8])
    case column(Int)
    case expression(FlatExpression)
    case table(FlatExpression, FlatTable)
  }

  /// A reference, since what a field holds is large and every field of every row passes by.
  private final class Field {
    let content: Content
    let check: FieldCheck
    let takesNull: Bool

    init(content: Content, check: FieldCheck, takesNull: Bool) {
      self.content = content
      self.check = check
      self.takesNull = takesNull
    }
  }

  private let fields: [Field?]
  private let machine: FlatMachine
  private let links: RowLinks
  private let columns: [FlatColumn]

  init(_ fields: [FieldProgram], program: MappingProgram, links: RowLinks) {
    self.links = links
    machine = FlatMachine(
      columns: program.columns.count + program.parameters.count, links: links)
    columns = program.columns.map(FlatColumn.init)
    self.fields = fields.map { field in
      Self.content(of: field, program).map {
        Field(content: $0, check: FieldCheck(field.schema), takesNull: !field.isRequired)
      }
    }
  }

  private static func content(of field: FieldProgram, _ program: MappingProgram) -> Content? {
    switch field.content {
    case .constant(let bytes), .secret(let bytes): return .constant(bytes)
    case .column(let slot): return program.columns[slot].type == .decimal ? nil : .column(slot)
    case .expression(let expression): return expression.flat.map { .expression($0) }
    case .table(let expression, let values, let otherwise):
      guard let flat = expression.flat, let table = FlatTable(values, otherwise) else { return nil }
      return .table(flat, table)
    }
  }

  /// Puts a row's values where the expressions find them. `bytes` are the batch's.
  func load(_ row: Int, of batch: RowBatch, _ bytes: UnsafeRawBufferPointer) {
    for index in columns.indices {
      machine.columns[index] = columns[index].value(row, index, batch, bytes)
    }
  }

  /// Appends the value of a field of the loaded row; `false` when nothing was appended.
  func append(_ index: Int, to record: RecordBytes) -> Bool {
    guard let field = fields[index] else { return false }
    let value: FlatValue
    switch field.content {
    case .constant(let bytes):
      record.append(bytes)
      return true
    case .column(let slot): value = machine.columns[slot]
    case .expression(let expression):
      links.isMissing = false
      value = machine.evaluate(expression)
    case .table(let expression, let table):
      links.isMissing = false
      guard let chosen = table[machine.evaluate(expression)] else { return false }
      if chosen == FlatTable.null, !field.takesNull { return false }
      record.append(chosen)
      return true
    }
    switch value.kind {
    case .text: return field.check.fits(utf8: value.utf8) && record.append(plainString: value.utf8)
    case .int:
      guard field.check.fits(value.number) else { return false }
      record.append(value.number)
      return true
    case .bool:
      guard field.check.fits(value.number != 0) else { return false }
      record.append(value.number != 0 ? FlatTable.true : FlatTable.false)
      return true
    case .null, .none:
      guard field.takesNull, value.kind == .null || !links.isMissing else { return false }
      record.append(FlatTable.null)
      return true
    case .opaque, .unusual: return false
    }
  }
}

/// How a column's slots become flat values.
private struct FlatColumn {
  private enum Number { case bool, int, opaque }
  private let number: Number
  private let isText: Bool
  private let isOpaque: Bool

  init(_ column: Column) {
    switch column.type {
    case .bool: number = .bool
    case .int: number = .int
    case .double, .timestamptz, .decimal, .text, .date, .timestamp, .time, .uuid, .json, .bytes,
      .array:
      number = .opaque
    }
    switch column.type {
    case .decimal, .text, .date, .timestamp, .time, .uuid: isText = true
    case .bool, .int, .double, .timestamptz, .json, .bytes, .array: isText = false
    }
    // A JSON document may be null although the slot is not.
    isOpaque = column.type != .json
  }

  @inline(__always)
  func value(
    _ row: Int, _ index: Int, _ batch: RowBatch, _ bytes: UnsafeRawBufferPointer
  ) -> FlatValue {
    switch batch.kind(row, index) {
    case .null: return .null
    case .unreadable: return .unusual
    case .number:
      switch number {
      case .bool: return .bool(batch.bool(row, index))
      case .int: return .int(batch.int(row, index))
      case .opaque: return .opaque
      }
    case .bytes:
      guard isText else { return isOpaque ? .opaque : .unusual }
      let range = batch.byteRange(row, index)
      return .text(
        UnsafeRawBufferPointer(rebasing: bytes[range]).assumingMemoryBound(to: UInt8.self))
    }
  }
}

/// A table of values, for keys of ASCII: only those are equal byte for byte or not at all.
struct FlatTable {
  static let null = Array("null".utf8)
  static let `true` = Array("true".utf8)
  static let `false` = Array("false".utf8)

  private let entries: [(key: [UInt8], value: [UInt8])]
  private let otherwise: [UInt8]?

  init?(_ values: [String: [UInt8]], _ otherwise: [UInt8]?) {
    guard values.count <= 16, values.keys.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else {
      return nil
    }
    entries = values.map { (Array($0.key.utf8), $0.value) }.sorted {
      $0.key.lexicographicallyPrecedes($1.key)
    }
    self.otherwise = otherwise
  }

  /// `nil` where the other way must look.
  subscript(value: FlatValue) -> [UInt8]? {
    guard value.kind == .text || value.kind == .null else { return nil }
    let text = value.utf8
    for entry in entries where entry.key.count == text.count && entry.key.elementsEqual(text) {
      return entry.value
    }
    // Blanks around it, or letters that mean the same in other bytes.
    let isTight = text.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    return isTight ? otherwise : nil
  }
}
