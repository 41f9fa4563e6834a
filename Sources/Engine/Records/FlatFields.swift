import Expressions
import Programs
import Rows

/// The quick way from a row to a record's bytes, beside the clear one in ``RecordBuilder``: it writes a field exactly as
/// that would, or leaves it to that.
final class FlatFields {
  /// What is to be done for a field. Every field of every row passes by, so that a step refers to what the object keeps
  /// alive without counting references.
  private struct Step {
    enum Content {
      case constant(UnsafeBufferPointer<UInt8>)
      case column(Int)
      case expression(Unmanaged<FlatExpression>)
      case table(Unmanaged<FlatExpression>, Unmanaged<FlatTable>)
      /// For the clear way.
      case other
    }
    /// `,"path":`
    let prefix: UnsafeBufferPointer<UInt8>
    let content: Content
    let check: Unmanaged<FieldCheck>
    let takesNull: Bool
  }

  private let steps: UnsafeMutableBufferPointer<Step>
  /// The texts that the steps refer to.
  private let texts: [UnsafeMutableBufferPointer<UInt8>]
  /// The objects that the steps refer to.
  private let kept: [AnyObject]
  private let machine: FlatMachine
  private let links: RowLinks
  private let columns: [FlatColumn]

  /// `prefixes`: what stands before each field's value.
  init(
    _ fields: [FieldProgram], prefixes: [[UInt8]], program: MappingProgram, links: RowLinks
  ) {
    self.links = links
    machine = FlatMachine(
      columns: program.columns.count + program.parameters.count, links: links)
    columns = program.columns.map(FlatColumn.init)
    var texts: [UnsafeMutableBufferPointer<UInt8>] = []
    var kept: [AnyObject] = []
    func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
      let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
      _ = text.initialize(from: bytes)
      texts.append(text)
      return UnsafeBufferPointer(text)
    }
    func keep<Object: AnyObject>(_ object: Object) -> Unmanaged<Object> {
      kept.append(object)
      return .passUnretained(object)
    }
    func content(of field: FieldProgram) -> Step.Content {
      switch field.content {
      case .constant(let bytes), .secret(let bytes): return .constant(keep(bytes))
      case .column(let slot):
        return program.columns[slot].type == .decimal ? .other : .column(slot)
      case .expression(let expression):
        return expression.flat.map { .expression(keep($0)) } ?? .other
      case .table(let expression, let values, let otherwise):
        guard let flat = expression.flat, let table = FlatTable(values, otherwise) else {
          return .other
        }
        return .table(keep(flat), keep(table))
      }
    }
    let made = zip(fields, prefixes).map { field, prefix in
      Step(
        prefix: keep(prefix), content: content(of: field), check: keep(FieldCheck(field.schema)),
        takesNull: !field.isRequired)
    }
    steps = .allocate(capacity: made.count)
    _ = steps.initialize(from: made)
    self.texts = texts
    self.kept = kept
  }

  deinit {
    steps.deallocate()
    for text in texts { text.deallocate() }
  }

  /// Puts a row's values where the expressions find them.
  func load(_ row: Int, of rows: RowsInPlace) {
    for index in columns.indices {
      machine.columns[index] = columns[index].value(of: rows[row, index])
    }
  }

  /// Appends the fields of the loaded row from one on, up to the first that is for the clear way: of that the prefix is
  /// there, and its place is returned.
  func append(from first: Int, to record: RecordBytes) -> Int {
    var index = first
    while index < steps.count {
      record.append(steps[index].prefix)
      guard append(index, to: record) else { return index }
      index += 1
    }
    return index
  }

  /// Appends the value of a field; `false` when nothing was appended.
  @inline(__always)
  private func append(_ index: Int, to record: RecordBytes) -> Bool {
    let takesNull = steps[index].takesNull
    let value: FlatValue
    switch steps[index].content {
    case .other: return false
    case .constant(let bytes):
      record.append(bytes)
      return true
    case .column(let slot): value = machine.columns[slot]
    case .expression(let expression):
      links.isMissing = false
      value = expression._withUnsafeGuaranteedRef { machine.evaluate($0) }
    case .table(let expression, let table):
      links.isMissing = false
      let key = expression._withUnsafeGuaranteedRef { machine.evaluate($0) }
      return table._withUnsafeGuaranteedRef { table in
        table.withValue(for: key) { chosen in
          if chosen.elementsEqual(FlatTable.null), !takesNull { return false }
          record.append(chosen)
          return true
        }
      }
    }
    let check = steps[index].check
    switch value.kind {
    case .text:
      return check._withUnsafeGuaranteedRef { $0.fits(utf8: value.utf8) }
        && record.append(plainString: value.utf8)
    case .int:
      guard check._withUnsafeGuaranteedRef({ $0.fits(value.number) }) else { return false }
      record.append(digitsOf: value.number)
      return true
    case .bool:
      guard check._withUnsafeGuaranteedRef({ $0.fits(value.number != 0) }) else { return false }
      record.append(value.number != 0 ? FlatTable.true : FlatTable.false)
      return true
    case .null, .none:
      guard takesNull, value.kind == .null || !links.isMissing else { return false }
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
  func value(of cell: RowsInPlace.Cell) -> FlatValue {
    switch cell.kind {
    case .null: return .null
    case .unreadable: return .unusual
    case .number:
      switch number {
      case .bool: return .bool(cell.number != 0)
      case .int: return .int(cell.number)
      case .opaque: return .opaque
      }
    case .bytes:
      guard isText else { return isOpaque ? .opaque : .unusual }
      return .text(cell.bytes)
    }
  }
}

/// A table of values, for keys of ASCII: only those are equal byte for byte or not at all.
final class FlatTable: Sendable {
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

  /// Calls `body` with what stands for a value; `false` where the other way must look.
  func withValue(for value: FlatValue, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
    guard value.kind == .text || value.kind == .null else { return false }
    let text = value.utf8
    for entry in entries where entry.key.count == text.count && entry.key.elementsEqual(text) {
      return entry.value.withUnsafeBufferPointer(body)
    }
    // Blanks around it, or letters that mean the same in other bytes.
    guard let otherwise, text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
    return otherwise.withUnsafeBufferPointer(body)
  }
}
