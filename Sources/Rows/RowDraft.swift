/// One row on its way into a ``RowBatch``, in memory that the next row uses again: its values are written without a look at
/// the batch's arrays, which a row enters as a whole.
public struct RowDraft: ~Copyable {
  @usableFromInline let slots: UnsafeMutableBufferPointer<RowBatch.Slot>
  @usableFromInline var slotCount = 0
  @usableFromInline var bytes: UnsafeMutableRawBufferPointer
  @usableFromInline var byteCount = 0
  /// Where the row's bytes will begin among those of the batch.
  @usableFromInline var base = 0

  /// For the next row of a batch. Appending more values than there are columns is a defect of the caller.
  public init(_ batch: RowBatch) {
    let columns = batch.columns.count
    base = batch.byteCount
    slots = .allocate(capacity: columns)
    bytes = .allocate(byteCount: 1024, alignment: 8)
  }

  deinit {
    slots.deallocate()
    bytes.deallocate()
  }

  /// Bytes of the values so far.
  @inlinable public var size: Int { byteCount }

  /// Forgets the values so far.
  public mutating func removeAll() { (slotCount, byteCount) = (0, 0) }

  // MARK: Appending

  @inlinable
  mutating func append(_ kind: RowBatch.Kind, length: Int = 0, bits: Int64 = 0) {
    precondition(slotCount < slots.count)
    (slots.baseAddress.unsafelyUnwrapped + slotCount).initialize(
      to: RowBatch.Slot(kind: kind, length: Int32(truncatingIfNeeded: length), bits: bits))
    slotCount += 1
  }

  @inlinable public mutating func appendNull() { append(.null) }

  /// Appends an `int`, a `bool` as 0 or 1, the bits of a `double`, or the microseconds of a `timestamptz`.
  @inlinable public mutating func append(_ value: Int64) { append(.number, bits: value) }

  /// Appends text or bytes. The caller has made sure that text is valid UTF-8.
  public mutating func append(utf8 value: UnsafeRawBufferPointer) {
    write(atMost: value.count) { room in
      if let start = value.baseAddress { room.copyMemory(from: start, byteCount: value.count) }
      return value.count
    }
  }

  /// Appends text if all of it is ASCII, which is found out while it is copied; else says no.
  @inlinable
  public mutating func append(ascii value: UnsafeRawBufferPointer) -> Bool {
    let place = room(value.count)
    if let start = value.baseAddress {
      guard copyASCII(from: start, value.count, to: place) else { return false }
    }
    append(.bytes, length: value.count, bits: Int64(base + byteCount))
    byteCount += value.count
    return true
  }

  /// Appends the valid UTF-8 that `body` writes into memory for so many bytes; it returns how many it has written.
  @inlinable
  public mutating func write(
    atMost count: Int, _ body: (UnsafeMutableRawPointer) -> Int
  ) {
    let written = body(room(count))
    append(.bytes, length: written, bits: Int64(base + byteCount))
    byteCount += written
  }

  /// Appends a value that cannot be used. A record that asks for it fails with `reason`; the others go on.
  public mutating func appendUnreadable(_ reason: String) {
    var reason = reason
    reason.withUTF8 { append(utf8: UnsafeRawBufferPointer($0)) }
    slots[slotCount - 1].kind = .unreadable
  }

  // MARK: Memory

  @inlinable
  mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
    if count > bytes.count - byteCount { grow(by: count) }
    return bytes.baseAddress.unsafelyUnwrapped + byteCount
  }

  @usableFromInline @inline(never)
  mutating func grow(by count: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2 * bytes.count, byteCount + count), alignment: 8)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]))
    bytes.deallocate()
    bytes = larger
  }
}

/// Copies eight bytes a step, and says whether all of them are ASCII.
@inlinable @inline(__always)
func copyASCII(
  from source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
) -> Bool {
  var seen: UInt64 = 0
  if count >= 8 {
    var at = 0
    while at + 8 <= count {
      let word = source.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      target.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
      seen |= word
      at += 8
    }
    // The last eight, some of which have been copied before.
    let word = source.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    target.storeBytes(of: word, toByteOffset: count - 8, as: UInt64.self)
    seen |= word
  } else if count >= 4 {
    let first = source.loadUnaligned(as: UInt32.self)
    let last = source.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
    target.storeBytes(of: first, as: UInt32.self)
    target.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
    seen = UInt64(first | last)
  } else {
    for at in 0..<count {
      let byte = source.load(fromByteOffset: at, as: UInt8.self)
      target.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
      seen |= UInt64(byte)
    }
  }
  return seen & 0x8080_8080_8080_8080 == 0
}
