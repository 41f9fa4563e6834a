extension JSON {
  /// The value without spaces, members in their order, as UTF-8.
  public var compactBytes: [UInt8] {
    var bytes: [UInt8] = []
    appendJSON(to: &bytes)
    return bytes
  }

  /// The value with members sorted by the UTF-8 bytes of their names at every level, numbers as written.
  public var canonicalBytes: [UInt8] {
    var bytes: [UInt8] = []
    appendCanonicalJSON(to: &bytes)
    return bytes
  }

  /// Appends `compactBytes`.
  public func appendJSON(to bytes: inout [UInt8]) {
    append(to: &bytes, sorted: false)
  }

  /// Appends `canonicalBytes`.
  public func appendCanonicalJSON(to bytes: inout [UInt8]) {
    append(to: &bytes, sorted: true)
  }

  private func append(to bytes: inout [UInt8], sorted: Bool) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    case .number(let digits): bytes.append(contentsOf: digits.utf8)
    case .string(let text): Self.appendString(text, to: &bytes)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      var first = true
      for value in values {
        if !first { bytes.append(UInt8(ascii: ",")) }
        first = false
        value.append(to: &bytes, sorted: sorted)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      var first = true
      for member in sorted ? Self.sortedByName(members) : members {
        if !first { bytes.append(UInt8(ascii: ",")) }
        first = false
        Self.appendString(member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.append(to: &bytes, sorted: sorted)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func sortedByName(_ members: [Member]) -> [Member] {
    members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Appends the text in quotes, with the escapes that JSON demands and no others.
  public static func appendString(_ text: String, to bytes: inout [UInt8]) {
    var copy = text
    copy.withUTF8 { appendString(utf8: $0, to: &bytes) }
  }

  /// Appends text that is known to be valid UTF-8, like `appendString(_:to:)`.
  public static func appendString(
    utf8 text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]
  ) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for at in text.indices {
      let byte = text[at]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        continue
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<at]))
      appendEscape(byte, to: &bytes)
      start = at + 1
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    bytes.append(UInt8(ascii: "\""))
  }

  private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}

extension JSON: CustomStringConvertible {
  public var description: String { String(decoding: compactBytes, as: UTF8.self) }
}
