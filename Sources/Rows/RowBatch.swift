/// A bounded number of rows, held flat: one array of slots, one array of bytes.
///
/// A slot is either a number in place or a stretch of the byte array, so a text column costs no `String` until somebody
/// asks for one. Rows are appended value by value, left to right; a row is complete when every column has its value.
public struct RowBatch: Sendable {
  public let columns: [Column]
  @usableFromInline var slots: [Slot] = []
  @usableFromInline var bytes: [UInt8] = []
  /// Where each row stands; empty where rows have no places.
  @usableFromInline var places: [RowPlace] = []
  /// The names of what the places are in.
  var placeNames: [String] = []

  @usableFromInline
  struct Slot: Sendable {
    @usableFromInline var kind: Kind
    @usableFromInline var length: Int32
    @usableFromInline var bits: Int64

    @usableFromInline
    init(kind: Kind, length: Int32, bits: Int64) {
      self.kind = kind
      self.length = length
      self.bits = bits
    }
  }

  /// What a slot holds.
  public enum Kind: UInt8, Sendable {
    case null
    /// An `int`, `bool` (0 or 1), `double` (its bit pattern) or `timestamptz` (microseconds).
    case number
    /// Valid UTF-8, or raw bytes in a `bytes` column.
    case bytes
    /// A value that cannot be used, e.g. text that is not UTF-8; the bytes say why, in words for a person.
    case unreadable
  }

  public init(columns: [Column], rowCapacity: Int = 0, atMostBytes: Int = .max) {
    self.columns = columns
    let slotCount = min(rowCapacity * columns.count, atMostBytes / MemoryLayout<Slot>.stride)
    slots.reserveCapacity(slotCount)
    bytes.reserveCapacity(min(slotCount * 8, atMostBytes))
  }

  /// The number of complete rows.
  @inlinable public var count: Int { columns.isEmpty ? 0 : slots.count / columns.count }

  @inlinable public var byteCount: Int { bytes.count }

  /// Bytes of memory for the rows.
  @inlinable public var memory: Int {
    bytes.count + slots.count * MemoryLayout<Slot>.stride
      + places.count * MemoryLayout<RowPlace>.stride
  }

  /// Forgets the rows and keeps the memory.
  public mutating func removeAll() {
    slots.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  // MARK: Appending

  @inlinable public mutating func appendNull() {
    slots.append(Slot(kind: .null, length: 0, bits: 0))
  }

  /// Appends an `int`, or microseconds for a `timestamptz`.
  @inlinable public mutating func append(_ value: Int64) {
    slots.append(Slot(kind: .number, length: 0, bits: value))
  }

  @inlinable public mutating func append(_ value: Bool) { append(value ? 1 as Int64 : 0) }

  @inlinable public mutating func append(_ value: Double) {
    append(Int64(bitPattern: value.bitPattern))
  }

  /// Appends text or bytes. The caller has made sure that text is valid UTF-8.
  @inlinable public mutating func append(utf8 value: UnsafeRawBufferPointer) {
    slots.append(Slot(kind: .bytes, length: Int32(value.count), bits: Int64(bytes.count)))
    bytes.append(contentsOf: value)
  }

  public mutating func append(_ value: String) {
    var value = value
    value.withUTF8 { append(utf8: UnsafeRawBufferPointer($0)) }
  }

  /// Appends a value that cannot be used. A record that asks for it fails with `reason`; the others go on.
  public mutating func appendUnreadable(_ reason: String) {
    append(reason)
    slots[slots.count - 1].kind = .unreadable
  }

  /// Appends the row that was drafted for this place, and empties the draft for the next one.
  public mutating func append(_ draft: inout RowDraft) {
    precondition(draft.base == bytes.count)
    slots.append(contentsOf: UnsafeBufferPointer(rebasing: draft.slots[..<draft.slotCount]))
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: draft.bytes[..<draft.byteCount]))
    (draft.slotCount, draft.byteCount, draft.base) = (0, 0, bytes.count)
  }

  /// Appends a row of a batch with the same columns.
  public mutating func append(row: Int, of other: RowBatch) {
    for column in columns.indices {
      let slot = other.slot(row, column)
      switch slot.kind {
      case .null, .number: slots.append(slot)
      case .bytes, .unreadable:
        other.withBytes(row, column) { append(utf8: $0) }
        slots[slots.count - 1].kind = slot.kind
      }
    }
    if row < other.places.count {
      if placeNames.isEmpty { placeNames = other.placeNames }
      places.append(other.places[row])
    }
  }

  // MARK: Reading

  @inlinable
  func slot(_ row: Int, _ column: Int) -> Slot { slots[row * columns.count + column] }

  @inlinable public func kind(_ row: Int, _ column: Int) -> Kind { slot(row, column).kind }

  @inlinable public func isNull(_ row: Int, _ column: Int) -> Bool {
    slot(row, column).kind == .null
  }

  /// The number in the slot: an `int`, or microseconds for a `timestamptz`. Zero where there is none.
  @inlinable public func int(_ row: Int, _ column: Int) -> Int64 { slot(row, column).bits }

  @inlinable public func bool(_ row: Int, _ column: Int) -> Bool { slot(row, column).bits != 0 }

  @inlinable public func double(_ row: Int, _ column: Int) -> Double {
    Double(bitPattern: UInt64(bitPattern: slot(row, column).bits))
  }

  /// The bytes of the slot; empty for NULL and for numbers.
  @inlinable
  public func withBytes<Result>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let slot = slot(row, column)
    guard slot.kind == .bytes || slot.kind == .unreadable else {
      return try body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    let start = Int(slot.bits)
    return try bytes.withUnsafeBytes { all in
      try body(UnsafeRawBufferPointer(rebasing: all[start..<start + Int(slot.length)]))
    }
  }

  /// Lends all values in place.
  @inlinable
  public func withRows<Result>(_ body: (RowsInPlace) throws -> Result) rethrows -> Result {
    try slots.withUnsafeBufferPointer { slots in
      try bytes.withUnsafeBytes { bytes in
        try body(RowsInPlace(slots: slots, bytes: bytes, columnCount: columns.count))
      }
    }
  }

  /// The text of the slot; empty for NULL and for numbers.
  public func text(_ row: Int, _ column: Int) -> String {
    withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
  }
}

/// The values of a batch where they lie, for those who look at all of them: no more than three words, good as long as the
/// batch lends them.
public struct RowsInPlace {
  @usableFromInline let slots: UnsafeBufferPointer<RowBatch.Slot>
  @usableFromInline let bytes: UnsafeRawBufferPointer
  public let columnCount: Int

  @usableFromInline
  init(
    slots: UnsafeBufferPointer<RowBatch.Slot>, bytes: UnsafeRawBufferPointer, columnCount: Int
  ) {
    self.slots = slots
    self.bytes = bytes
    self.columnCount = columnCount
  }

  @inlinable public var count: Int { columnCount == 0 ? 0 : slots.count / columnCount }

  /// One value.
  public struct Cell {
    public let kind: RowBatch.Kind
    /// The number in the slot; zero where there is none.
    public let number: Int64
    /// The bytes in the slot; empty for NULL and for numbers.
    public let bytes: UnsafeBufferPointer<UInt8>

    @inlinable
    init(kind: RowBatch.Kind, number: Int64, bytes: UnsafeBufferPointer<UInt8>) {
      self.kind = kind
      self.number = number
      self.bytes = bytes
    }
  }

  @inlinable
  public subscript(row: Int, column: Int) -> Cell {
    let slot = slots[row * columnCount + column]
    guard slot.kind == .bytes || slot.kind == .unreadable else {
      return Cell(
        kind: slot.kind, number: slot.bits, bytes: UnsafeBufferPointer(start: nil, count: 0))
    }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return Cell(
      kind: slot.kind, number: 0,
      bytes: UnsafeBufferPointer(
        start: start.map { $0 + Int(slot.bits) }, count: Int(slot.length)))
  }
}
