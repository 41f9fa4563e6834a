/// The source's identity of a row, as bytes whose order is the order in which the source sorts the key's columns.
///
/// A column takes one tag byte and then: an integer, eight bytes, big-endian with the sign bit turned; a truth value, one
/// byte; everything else, its UTF-8 text and a zero byte. The database sorts text by `collate "C"`, which is this order.
public struct Key: Sendable, Hashable, Comparable {
  public var bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }

  public init(_ parts: [Part]) {
    bytes = []
    for part in parts { Key.append(part, to: &bytes) }
  }

  public enum Part: Sendable, Hashable {
    case int(Int64)
    case bool(Bool)
    case text(String)
  }

  fileprivate enum Tag {
    static let bool: UInt8 = 1
    static let int: UInt8 = 2
    static let text: UInt8 = 3
  }

  public static func append(_ part: Part, to bytes: inout [UInt8]) {
    switch part {
    case .int(let value): append(value, to: &bytes)
    case .bool(let value):
      bytes.append(Tag.bool)
      bytes.append(value ? 1 : 0)
    case .text(var value):
      value.withUTF8 { append(utf8: UnsafeRawBufferPointer($0), to: &bytes) }
    }
  }

  public static func append(_ value: Int64, to bytes: inout [UInt8]) {
    bytes.append(Tag.int)
    let ordered = UInt64(bitPattern: value) ^ (1 << 63)
    withUnsafeBytes(of: ordered.bigEndian) { bytes.append(contentsOf: $0) }
  }

  public static func append(utf8 value: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    bytes.append(Tag.text)
    bytes.append(contentsOf: value)
    bytes.append(0)
  }

  /// The columns' values, or `nil` when the bytes are no key.
  public var parts: [Part]? {
    var parts: [Part] = []
    var index = 0
    while index < bytes.count {
      let tag = bytes[index]
      index += 1
      switch tag {
      case Tag.bool:
        guard index < bytes.count else { return nil }
        parts.append(.bool(bytes[index] != 0))
        index += 1
      case Tag.int:
        guard index + 8 <= bytes.count else { return nil }
        let ordered = bytes[index..<index + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        parts.append(.int(Int64(bitPattern: ordered ^ (1 << 63))))
        index += 8
      case Tag.text:
        guard let end = bytes[index...].firstIndex(of: 0) else { return nil }
        parts.append(.text(String(decoding: bytes[index..<end], as: UTF8.self)))
        index = end + 1
      default: return nil
      }
    }
    return parts
  }

  public static func < (left: Key, right: Key) -> Bool { order(left.bytes, right.bytes) < 0 }

  /// Negative when the first key's bytes come before the second's, zero when they are equal, else positive.
  static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in right.withUnsafeBytes { order(left, $0) } }
  }

  @inline(__always)
  static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    var at = 0
    while at + 8 <= common {
      let first = UInt64(bigEndian: left.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let second = UInt64(bigEndian: right.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      if first != second { return first < second ? -1 : 1 }
      at += 8
    }
    while at < common {
      if left[at] != right[at] { return left[at] < right[at] ? -1 : 1 }
      at += 1
    }
    return left.count - right.count
  }
}

/// The same bytes, written in place: for keys that are looked up and not kept.
extension RecordBytes {
  func append(keyPart value: Int64) {
    append(Key.Tag.int)
    append(word: (UInt64(bitPattern: value) ^ (1 << 63)).bigEndian)
  }

  func append(keyPart value: Bool) {
    append(Key.Tag.bool)
    append(value ? 1 : 0)
  }

  func append(keyPart text: UnsafeBufferPointer<UInt8>) {
    append(Key.Tag.text)
    append(text)
    append(0)
  }
}
