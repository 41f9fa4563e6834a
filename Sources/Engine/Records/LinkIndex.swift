/// A table from keys to ids, held flat: places, and records one behind another, with no object an entry.
///
/// A record is a head of sixteen bytes, the key and the id, and begins at a multiple of eight. To look a key up touches
/// memory twice: its place, which tells nearly all other keys apart, and its record.
struct LinkIndex {
  private struct Head {
    /// The id, where it is nothing but digits; else negative.
    var number: Int64
    var keyCount: Int32
    /// Negative: the id was forgotten.
    var idCount: Int32
  }
  private static let headSize = MemoryLayout<Head>.size

  private var records: [UInt8] = []
  /// Open addressing: in the upper half the upper half of the key's hash, in the lower one the record's offset in eights,
  /// and one; or zero. Half of the places stay free.
  private var places = [UInt64](repeating: 0, count: 16)
  private(set) var count = 0

  /// Remembers an id, in place of the one that the key had.
  mutating func set(_ id: [UInt8], for key: UnsafeRawBufferPointer) {
    let isKnown = withID(of: key) { $0.elementsEqual(id) }
    if isKnown == true { return }
    let hash = Self.hash(key)
    let place = places.withUnsafeBufferPointer { self.place(of: key, hash, in: $0) }
    let isNew = places[place] == 0
    let head = Head(
      number: Self.number(id), keyCount: Int32(clamping: key.count),
      idCount: Int32(clamping: id.count))
    places[place] = Self.entry(hash, at: records.count)
    withUnsafeBytes(of: head) { records.append(contentsOf: $0) }
    records.append(contentsOf: key)
    records.append(contentsOf: id)
    while records.count % 8 != 0 { records.append(0) }
    if isNew {
      count += 1
      if count * 2 > places.count { grow() }
    }
  }

  mutating func forget(_ key: UnsafeRawBufferPointer) {
    guard let offset = offset(of: key) else { return }
    records.withUnsafeMutableBytes { all in
      var head = all.loadUnaligned(fromByteOffset: offset, as: Head.self)
      head.idCount = -1
      all.storeBytes(of: head, toByteOffset: offset, as: Head.self)
    }
  }

  /// Calls `body` with the id's text, if there is one.
  func withID<Result>(
    of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard let offset = offset(of: key) else { return nil }
    return records.withUnsafeBytes { all in
      let head = all.loadUnaligned(fromByteOffset: offset, as: Head.self)
      guard head.idCount >= 0 else { return nil }
      let start = offset + Self.headSize + Int(head.keyCount)
      return body(UnsafeRawBufferPointer(rebasing: all[start..<start + Int(head.idCount)]))
    }
  }

  /// The id as a number; negative when it is text, `nil` when there is none.
  func number(of key: UnsafeRawBufferPointer) -> Int64? {
    guard let offset = offset(of: key) else { return nil }
    let head = records.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Head.self) }
    return head.idCount >= 0 ? head.number : nil
  }

  private static func number(_ id: [UInt8]) -> Int64 {
    guard (1...18).contains(id.count), id.allSatisfy({ $0 &- 0x30 < 10 }),
      id[0] != 0x30 || id.count == 1
    else { return -1 }
    return id.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  // MARK: Places

  /// Where the key's record begins.
  @inline(__always)
  private func offset(of key: UnsafeRawBufferPointer) -> Int? {
    let hash = Self.hash(key)
    return places.withUnsafeBufferPointer { places in
      let entry = places[place(of: key, hash, in: places)]
      return entry > 0 ? Self.offset(entry) : nil
    }
  }

  private static func entry(_ hash: UInt64, at offset: Int) -> UInt64 {
    (hash & ~0xFFFF_FFFF) | UInt64(UInt32(clamping: offset / 8 + 1))
  }

  private static func offset(_ entry: UInt64) -> Int {
    (Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1) * 8
  }

  /// Where the key stands, or the free place where it would.
  @inline(__always)
  private func place(
    of key: UnsafeRawBufferPointer, _ hash: UInt64, in places: UnsafeBufferPointer<UInt64>
  ) -> Int {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while places[place] > 0 {
      if places[place] >> 32 == hash >> 32, holds(key, at: Self.offset(places[place])) { break }
      place = (place + 1) & mask
    }
    return place
  }

  @inline(__always)
  private func holds(_ key: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    records.withUnsafeBytes { all in
      let head = all.loadUnaligned(fromByteOffset: offset, as: Head.self)
      guard Int(head.keyCount) == key.count, let start = all.baseAddress else { return false }
      return UnsafeRawBufferPointer(start: start + offset + Self.headSize, count: key.count)
        .holdsSame(as: key)
    }
  }

  private mutating func grow() {
    var wider = [UInt64](repeating: 0, count: places.count * 2)
    let mask = wider.count - 1
    records.withUnsafeBytes { all in
      for entry in places where entry > 0 {
        let start = Self.offset(entry)
        let head = all.loadUnaligned(fromByteOffset: start, as: Head.self)
        let key = start + Self.headSize
        let hash = Self.hash(
          UnsafeRawBufferPointer(rebasing: all[key..<key + Int(head.keyCount)]))
        var place = Int(truncatingIfNeeded: hash) & mask
        while wider[place] > 0 { place = (place + 1) & mask }
        wider[place] = entry
      }
    }
    places = wider
  }

  /// One multiplication for keys of up to sixteen bytes, which most are.
  @inline(__always)
  private static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
    let count = key.count
    guard count <= 16 else { return Fingerprint(of: key).low }
    var (first, last): (UInt64, UInt64) = (0, 0)
    if count >= 8 {
      first = key.loadUnaligned(as: UInt64.self)
      last = key.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    } else {
      for byte in key { first = first << 8 | UInt64(byte) }
    }
    let product = (first ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
      by: last ^ 0xC2B2_AE3D_27D4_EB4F ^ UInt64(count))
    let folded = product.high ^ product.low
    return folded ^ folded >> 29
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
