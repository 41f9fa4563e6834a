/// A table from keys to ids, both held flat: two arrays and the bytes, and no object an entry.
struct LinkIndex {
  private struct Entry {
    var hash: UInt64
    var start: Int
    var keyCount: Int32
    /// Negative: the id was forgotten.
    var idCount: Int32
    /// The id, where it is nothing but digits; else negative.
    var number: Int64
  }

  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  /// Open addressing: the entry's place and one, or zero. Half of the places stay free.
  private var places = [UInt32](repeating: 0, count: 16)

  var count: Int { entries.count }

  /// Remembers an id, in place of the one that the key had.
  mutating func set(_ id: [UInt8], for key: UnsafeRawBufferPointer) {
    let hash = Fingerprint(of: key).low
    let place = self.place(of: key, hash)
    let entry = Entry(
      hash: hash, start: bytes.count, keyCount: Int32(clamping: key.count),
      idCount: Int32(clamping: id.count), number: Self.number(id))
    bytes.append(contentsOf: key)
    bytes.append(contentsOf: id)
    if places[place] > 0 {
      entries[Int(places[place]) - 1] = entry
      return
    }
    entries.append(entry)
    places[place] = UInt32(clamping: entries.count)
    if entries.count * 2 > places.count { grow() }
  }

  mutating func forget(_ key: UnsafeRawBufferPointer) {
    let place = places[self.place(of: key, Fingerprint(of: key).low)]
    if place > 0 { entries[Int(place) - 1].idCount = -1 }
  }

  /// Calls `body` with the id's text, if there is one.
  func withID<Result>(
    of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    entry(of: key).map { entry in
      let start = entry.start + Int(entry.keyCount)
      return bytes.withUnsafeBytes {
        body(UnsafeRawBufferPointer(rebasing: $0[start..<start + Int(entry.idCount)]))
      }
    }
  }

  /// The id as a number; negative when it is text, `nil` when there is none.
  func number(of key: UnsafeRawBufferPointer) -> Int64? { entry(of: key)?.number }

  @inline(__always)
  private func entry(of key: UnsafeRawBufferPointer) -> Entry? {
    let place = places[self.place(of: key, Fingerprint(of: key).low)]
    guard place > 0 else { return nil }
    let entry = entries[Int(place) - 1]
    return entry.idCount >= 0 ? entry : nil
  }

  private static func number(_ id: [UInt8]) -> Int64 {
    guard (1...18).contains(id.count), id.allSatisfy({ $0 &- 0x30 < 10 }) else { return -1 }
    return id.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  /// Where the key stands, or the free place where it would.
  private func place(of key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while places[place] > 0, !isEntry(Int(places[place]) - 1, key, hash) {
      place = (place + 1) & mask
    }
    return place
  }

  private func isEntry(_ index: Int, _ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Bool {
    let entry = entries[index]
    guard entry.hash == hash, Int(entry.keyCount) == key.count else { return false }
    return bytes.withUnsafeBytes { all in
      UnsafeRawBufferPointer(rebasing: all[entry.start..<entry.start + key.count]).holdsSame(
        as: key)
    }
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: places.count * 2)
    let mask = places.count - 1
    for (index, entry) in entries.enumerated() {
      var place = Int(truncatingIfNeeded: entry.hash) & mask
      while places[place] > 0 { place = (place + 1) & mask }
      places[place] = UInt32(clamping: index + 1)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether two stretches of the same length have the same bytes: eight at a time.
  @inline(__always)
  fileprivate func holdsSame(as other: UnsafeRawBufferPointer) -> Bool {
    var at = 0
    while at + 8 <= count {
      let left = loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if left != other.loadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
      at += 8
    }
    while at < count {
      if self[at] != other[at] { return false }
      at += 1
    }
    return true
  }
}
