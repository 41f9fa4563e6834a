import Expressions
import Programs
import Rows

/// The fast path from a row to a record's bytes, beside the clear one in ``RecordBuilder``: it writes a field exactly as
/// that would, or leaves it to that.
final class FlatFields {
  /// What is to be done for a field. Every field of every row passes by, so that a step refers to what the object keeps
  /// alive without counting references.
  private struct Step {
    enum Content {
      case constant(UnsafeBufferPointer<UInt8>)
      case column(Int)
      case cleanedColumn(Int)
      case expression(Unmanaged<FlatExpression>)
      case table(Unmanaged<FlatExpression>, Unmanaged<FlatTable>)
      /// For the slow path.
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

  /// `prefixes`: what stands before each field's value. Not `isQuick`: every field is left to the slow path.
  init(
    _ fields: [FieldProgram], prefixes: [[UInt8]], program: MappingProgram, links: RowLinks,
    isQuick: Bool
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
      guard isQuick else { return .other }
      switch field.content {
      case .constant(let bytes), .secret(let bytes): return .constant(keep(bytes))
      case .column(let slot):
        return program.columns[slot].type == .decimal ? .other : .column(slot)
      case .expression(let expression):
        guard let flat = expression.flat else { return .other }
        return flat.cleanedColumn.map { .cleanedColumn($0) } ?? .expression(keep(flat))
      case .table(let expression, let values, let otherwise):
        guard let flat = expression.flat, let table = FlatTable(values, otherwise) else {
          return .other
        }
        return .table(keep(flat), keep(table))
      }
    }
    let made = zip(fields, prefixes).map { field, prefix in
      var isDate = false
      if case .expression(let expression) = field.content {
        isDate = expression.flat?.givesDates == true
      }
      return Step(
        prefix: keep(prefix), content: content(of: field),
        check: keep(FieldCheck(field.schema, isDate: isDate)), takesNull: !field.isRequired)
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
    precondition(rows.columnCount == columns.count && row < rows.count)
    for index in columns.indices {
      machine.columns[index] = columns[index].value(of: rows[row, index])
    }
  }

  /// Appends the fields of the loaded row from one on, up to the first that is for the slow path: of that the prefix is
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
    case .cleanedColumn(let slot): value = machine.cleaned(column: slot)
    case .expression(let expression):
      links.isMissing = false
      links.isOwnMissing = false
      value = expression._withUnsafeGuaranteedRef { machine.evaluate($0) }
    case .table(let expression, let table):
      links.isMissing = false
      links.isOwnMissing = false
      let key = expression._withUnsafeGuaranteedRef { machine.evaluate($0) }
      if links.isOwnMissing { return false }
      guard let chosen = table._withUnsafeGuaranteedRef({ $0.value(for: key) }),
        takesNull || !chosen.isNull
      else { return false }
      record.append(chosen.json)
      return true
    }
    // Whatever stands in for it: the link may lead somewhere later in the run.
    if case .expression = steps[index].content, links.isOwnMissing { return false }
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
      record.append(value.number != 0)
      return true
    case .null, .none:
      guard takesNull, value.kind == .null || !links.isMissing else { return false }
      record.appendNull()
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
final class FlatTable {
  struct Entry {
    let key: UnsafeMutableBufferPointer<UInt8>
    let json: UnsafeBufferPointer<UInt8>
    let isNull: Bool

    fileprivate init(_ key: some Collection<UInt8>, _ json: [UInt8]) {
      let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: json.count)
      _ = text.initialize(from: json)
      self.json = UnsafeBufferPointer(text)
      self.key = .allocate(capacity: key.count)
      _ = self.key.initialize(from: key)
      isNull = json.elementsEqual("null".utf8)
    }

    fileprivate func deallocate() {
      key.deallocate()
      json.deallocate()
    }
  }

  private let entries: UnsafeMutableBufferPointer<Entry>
  private let otherwise: Entry?

  init?(_ values: [String: [UInt8]], _ otherwise: [UInt8]?) {
    guard values.count <= 16, values.keys.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else {
      return nil
    }
    entries = .allocate(capacity: values.count)
    _ = entries.initialize(from: values.map { Entry($0.key.utf8, $0.value) })
    self.otherwise = otherwise.map { Entry([], $0) }
  }

  deinit {
    for entry in entries { entry.deallocate() }
    entries.deallocate()
    otherwise?.deallocate()
  }

  /// What stands for a value; `nil` where the other way must look.
  func value(for value: FlatValue) -> Entry? {
    guard value.kind == .text || value.kind == .null else { return nil }
    let text = value.utf8
    for entry in entries where entry.key.count == text.count && entry.key.elementsEqual(text) {
      return entry
    }
    // Blanks around it, or letters that mean the same in other bytes.
    guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    return otherwise
  }
}
