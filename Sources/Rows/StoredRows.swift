/// A batch as raw memory, for those who put rows aside and take them back in the same process.
extension RowBatch {
  /// How much memory of each kind a batch takes.
  public struct Extent: Sendable {
    public var slots: Int
    public var bytes: Int
    public var places: Int

    public init(slots: Int, bytes: Int, places: Int) {
      self.slots = slots
      self.bytes = bytes
      self.places = places
    }

    /// The memory of each kind, in bytes.
    public var lengths: [Int] {
      [
        slots * MemoryLayout<RowBatch.Slot>.stride, bytes,
        places * MemoryLayout<RowPlace>.stride,
      ]
    }
  }

  /// A batch without rows, and without memory for any, with the same columns and names of places.
  public var emptied: RowBatch {
    var batch = RowBatch(columns: columns)
    batch.placeNames = placeNames
    return batch
  }

  public var extent: Extent {
    Extent(slots: slots.count, bytes: bytes.count, places: places.count)
  }

  /// Lends the memory of the rows, one stretch after another.
  public func withStorage<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try lend(slots, body)
    try lend(bytes, body)
    try lend(places, body)
  }

  private func lend<Element, Failure: Error>(
    _ array: [Element], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let result = array.withUnsafeBytes { memory -> Result<Void, Failure> in
      do throws(Failure) {
        return .success(try body(memory))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Takes rows back from the memory that was lent of a batch with the same columns and names of places; `nil` when what is
  /// there cannot have been such a batch.
  ///
  /// - Parameter memory: All of it, in the order in which it was lent.
  public init?(like other: RowBatch, extent: Extent, from memory: UnsafeRawBufferPointer) {
    self.init(columns: other.columns)
    placeNames = other.placeNames
    let lengths = extent.lengths
    guard lengths.allSatisfy({ $0 >= 0 }), memory.count == lengths.reduce(0, +),
      extent.slots % max(1, columns.count) == 0
    else { return nil }
    let stored = UnsafeRawBufferPointer(rebasing: memory[..<lengths[0]])
    slots.reserveCapacity(extent.slots)
    guard let lengthAt = MemoryLayout<Slot>.offset(of: \.length),
      let bitsAt = MemoryLayout<Slot>.offset(of: \.bits)
    else { return nil }
    for index in 0..<extent.slots {
      let start = index * MemoryLayout<Slot>.stride
      // Looked at as numbers first: not every byte is a kind, and not every number a place.
      guard let kind = Kind(rawValue: stored[start]) else { return nil }
      let length = stored.loadUnaligned(fromByteOffset: start + lengthAt, as: Int32.self)
      let bits = stored.loadUnaligned(fromByteOffset: start + bitsAt, as: Int64.self)
      if kind == .bytes || kind == .unreadable {
        guard length >= 0, bits >= 0, bits <= Int64(extent.bytes) - Int64(length) else {
          return nil
        }
      }
      slots.append(Slot(kind: kind, length: length, bits: bits))
    }
    bytes.append(contentsOf: memory[lengths[0]..<lengths[0] + lengths[1]])
    let placesAt = lengths[0] + lengths[1]
    for index in 0..<extent.places {
      places.append(
        memory.loadUnaligned(
          fromByteOffset: placesAt + index * MemoryLayout<RowPlace>.stride, as: RowPlace.self))
    }
  }
}
