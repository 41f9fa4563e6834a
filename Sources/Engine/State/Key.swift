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

  private enum Tag {
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

  public static func < (left: Key, right: Key) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension Key: CustomStringConvertible {
  /// `1/4410.`: as people write a key.
  public var description: String {
    guard let parts else { return "?" }
    return parts.map { part in
      switch part {
      case .int(let value): String(value)
      case .bool(let value): String(value)
      case .text(let value): value
      }
    }.joined(separator: "/")
  }
}
