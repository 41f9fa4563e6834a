/// How the columns of a key become bytes whose order is that of the values, column by column.
///
/// A column takes one tag byte and then: an integer, eight bytes, big-endian with the sign bit turned; a truth value, one
/// byte; everything else, its UTF-8 text and a zero byte. A zero byte in a text is followed by 0xFF, so that no text ends
/// early, whatever is in it: the tag of the next column is never 0xFF, and a text still comes before those that it begins.
/// A database sorts text by `collate "C"`, which is this order.
public enum KeyEncoding {
  /// Behind a zero byte that belongs to the text.
  @inlinable public static var escape: UInt8 { 0xFF }

  /// What a column's bytes begin with.
  @frozen public enum Tag: UInt8, Sendable {
    case bool = 1
    case int = 2
    case text = 3
  }

  @inlinable
  public static func append(_ value: Bool, to bytes: inout [UInt8]) {
    bytes.append(Tag.bool.rawValue)
    bytes.append(value ? 1 : 0)
  }

  @inlinable
  public static func append(_ value: Int64, to bytes: inout [UInt8]) {
    bytes.append(Tag.int.rawValue)
    withUnsafeBytes(of: ordered(value).bigEndian) { bytes.append(contentsOf: $0) }
  }

  @inlinable
  public static func append(utf8 value: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    bytes.append(Tag.text.rawValue)
    if hasZero(value) {
      for byte in value {
        bytes.append(byte)
        if byte == 0 { bytes.append(escape) }
      }
    } else {
      bytes.append(contentsOf: value)
    }
    bytes.append(0)
  }

  /// The integer as a number without a sign, in the same order.
  @inlinable
  public static func ordered(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ (1 << 63) }

  /// Whether a text holds the byte that ends one.
  @inlinable
  public static func hasZero(_ value: UnsafeRawBufferPointer) -> Bool {
    var at = 0
    while at + 8 <= value.count {
      let word = value.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { return true }
      at += 8
    }
    while at < value.count {
      if value[at] == 0 { return true }
      at += 1
    }
    return false
  }

  /// Negative when the first key's bytes come before the second's, zero when they are equal, else positive.
  @inlinable @inline(__always)
  public static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
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

  /// The text that begins at an offset, unescaped, and where the next column begins; `nil` when it has no end.
  public static func text(in bytes: [UInt8], at start: Int) -> (text: [UInt8], end: Int)? {
    var text: [UInt8] = []
    var at = start
    while at < bytes.count {
      guard bytes[at] == 0 else {
        text.append(bytes[at])
        at += 1
        continue
      }
      guard at + 1 < bytes.count, bytes[at + 1] == escape else { return (text, at + 1) }
      text.append(0)
      at += 2
    }
    return nil
  }
}
