/// A record under construction: bytes that are written over by the next one, in memory that is kept.
///
/// A class, so that a field is appended without a look at who else holds the bytes.
final class RecordBytes {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity = 4096
  private(set) var count = 0

  init() { start = .allocate(capacity: capacity) }

  deinit { start.deallocate() }

  /// The bytes, until the next change.
  var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  func removeAll() { count = 0 }

  /// Takes back what was appended since there were so many bytes.
  func shorten(to count: Int) { self.count = count }

  @inline(__always)
  private func room(_ more: Int) -> UnsafeMutablePointer<UInt8> {
    if more > capacity - count { grow(by: more) }
    return start + count
  }

  @inline(never)
  private func grow(by more: Int) {
    capacity = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: start, count: count)
    start.deallocate()
    start = larger
  }

  // MARK: Appending

  @inline(__always)
  func append(_ byte: UInt8) {
    room(1).pointee = byte
    count += 1
  }

  @inline(__always)
  func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    copy(source, bytes.count, to: room(bytes.count))
    count += bytes.count
  }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

  @inline(__always)
  func appendNull() { append(four: 0x6C_6C_75_6E) }

  @inline(__always)
  func append(_ value: Bool) {
    append(four: value ? 0x65_75_72_74 : 0x73_6C_61_66)
    if !value { append(UInt8(ascii: "e")) }
  }

  /// Appends four characters, the first one lowest.
  @inline(__always)
  private func append(four characters: UInt32) {
    UnsafeMutableRawPointer(room(4)).storeBytes(of: characters.littleEndian, as: UInt32.self)
    count += 4
  }

  /// Appends the word's bytes as they lie.
  @inline(__always)
  func append(word: UInt64) {
    UnsafeMutableRawPointer(room(8)).storeBytes(of: word, as: UInt64.self)
    count += 8
  }

  func append(digitsOf value: Int64) {
    let end = room(20) + 20
    var first = end
    var magnitude = value.magnitude
    repeat {
      first -= 1
      first.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
      magnitude /= 10
    } while magnitude > 0
    if value < 0 {
      first -= 1
      first.pointee = UInt8(ascii: "-")
    }
    let length = end - first
    (start + count).update(from: first, count: length)
    count += length
  }

  /// Appends a JSON string, or, where one of its characters needs an escape, nothing, and says so.
  @inline(__always)
  func append(plainString text: UnsafeBufferPointer<UInt8>) -> Bool {
    let place = room(text.count + 2)
    place.pointee = UInt8(ascii: "\"")
    if let source = text.baseAddress {
      guard copyPlain(source, text.count, to: place + 1) else { return false }
    }
    place[text.count + 1] = UInt8(ascii: "\"")
    count += text.count + 2
    return true
  }
}

/// Copies eight bytes a step: most texts are too short for a call to be worth it.
@inline(__always)
private func copy(
  _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
) {
  let (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
  guard count >= 8 else {
    for at in 0..<count { target[at] = source[at] }
    return
  }
  var at = 0
  while at + 8 <= count {
    to.storeBytes(
      of: from.loadUnaligned(fromByteOffset: at, as: UInt64.self), toByteOffset: at, as: UInt64.self
    )
    at += 8
  }
  // The last eight, some of which have been copied before.
  to.storeBytes(
    of: from.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), toByteOffset: count - 8,
    as: UInt64.self)
}

/// Copies text, and says whether nothing of it is below a blank, a quotation mark, or a backslash.
@inline(__always)
private func copyPlain(
  _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
) -> Bool {
  let (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
  guard count >= 8 else {
    for at in 0..<count {
      let byte = source[at]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
      target[at] = byte
    }
    return true
  }
  var found: UInt64 = 0
  var at = 0
  while at + 8 <= count {
    let word = from.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    found |= special(word)
    to.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
    at += 8
  }
  let last = from.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  to.storeBytes(of: last, toByteOffset: count - 8, as: UInt64.self)
  return found | special(last) == 0
}

/// The high bit of each byte that is below 0x20, `"` or `\`; now and then of another one behind such a byte.
@inline(__always)
private func special(_ word: UInt64) -> UInt64 {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
  let slashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
  let found =
    ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes)
    | ((slashes &- ones) & ~slashes)
  return found & 0x8080_8080_8080_8080
}
