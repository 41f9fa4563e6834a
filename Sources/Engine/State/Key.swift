import Rows

/// The source's identity of a row, as bytes whose order is the order in which the source sorts the key's columns: see
/// `KeyEncoding`.
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

  public static func append(_ part: Part, to bytes: inout [UInt8]) {
    switch part {
    case .int(let value): KeyEncoding.append(value, to: &bytes)
    case .bool(let value): KeyEncoding.append(value, to: &bytes)
    case .text(var value):
      value.withUTF8 { KeyEncoding.append(utf8: UnsafeRawBufferPointer($0), to: &bytes) }
    }
  }

  /// The columns' values, or `nil` when the bytes are no key.
  public var parts: [Part]? {
    var parts: [Part] = []
    var index = 0
    while index < bytes.count {
      let tag = bytes[index]
      index += 1
      switch KeyEncoding.Tag(rawValue: tag) {
      case .bool:
        guard index < bytes.count else { return nil }
        parts.append(.bool(bytes[index] != 0))
        index += 1
      case .int:
        guard index + 8 <= bytes.count else { return nil }
        let ordered = bytes[index..<index + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        parts.append(.int(Int64(bitPattern: ordered ^ (1 << 63))))
        index += 8
      case .text:
        guard let (text, end) = KeyEncoding.text(in: bytes, at: index) else { return nil }
        parts.append(.text(String(decoding: text, as: UTF8.self)))
        index = end
      case nil: return nil
      }
    }
    return parts
  }

  public static func < (left: Key, right: Key) -> Bool { order(left.bytes, right.bytes) < 0 }

  /// Negative when the first key's bytes come before the second's, zero when they are equal, else positive.
  static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in right.withUnsafeBytes { KeyEncoding.order(left, $0) } }
  }

  @inline(__always)
  static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    KeyEncoding.order(left, right)
  }
}

/// The same bytes, written in place: for keys that are looked up and not kept.
extension RecordBytes {
  func append(keyPart value: Int64) {
    append(KeyEncoding.Tag.int.rawValue)
    append(word: KeyEncoding.ordered(value).bigEndian)
  }

  func append(keyPart value: Bool) {
    append(KeyEncoding.Tag.bool.rawValue)
    append(value ? 1 : 0)
  }

  func append(keyPart text: UnsafeBufferPointer<UInt8>) {
    append(KeyEncoding.Tag.text.rawValue)
    if KeyEncoding.hasZero(UnsafeRawBufferPointer(text)) {
      for byte in text {
        append(byte)
        if byte == 0 { append(KeyEncoding.escape) }
      }
    } else {
      append(text)
    }
    append(0)
  }
}
