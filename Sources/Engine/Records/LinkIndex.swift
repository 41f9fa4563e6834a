/// A table from keys to ids, both held flat: two arrays and the bytes, and no object an entry.
struct LinkIndex {
  private struct Entry {
    var hash: UInt64
    var start: Int
    var keyCount: Int32
    /// Negative: the id was forgotten.
    var idCount: Int32
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
      idCount: Int32(clamping: id.count))
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

  /// Calls `body` with the id, if there is one.
  func withID<Result>(
    of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    let place = places[self.place(of: key, Fingerprint(of: key).low)]
    guard place > 0 else { return nil }
    let entry = entries[Int(place) - 1]
    guard entry.idCount >= 0 else { return nil }
    let start = entry.start + Int(entry.keyCount)
    return bytes.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[start..<start + Int(entry.idCount)]))
    }
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
    return bytes.withUnsafeBytes { $0[entry.start..<entry.start + key.count].elementsEqual(key) }
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
