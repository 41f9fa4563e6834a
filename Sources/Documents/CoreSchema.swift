extension Scalar {
  /// What a scalar is by the core schema of YAML 1.2.
  public enum Resolved: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number: decimal, `0x…` or `0o…`.
    case int
    /// A number with a point or an exponent, or `.inf`, `.nan`.
    case float
    case text
  }

  /// Only text without quotes can be anything but text.
  public var resolved: Resolved {
    guard style == .plain else { return .text }
    var copy = text
    return copy.withUTF8(Self.resolve)
  }

  private static func resolve(_ bytes: UnsafeBufferPointer<UInt8>) -> Resolved {
    guard let first = bytes.first else { return .null }
    switch first {
    case UInt8(ascii: "~"):
      return bytes.count == 1 ? .null : .text
    case UInt8(ascii: "n"), UInt8(ascii: "N"):
      return isOne(of: ["null", "Null", "NULL"], bytes) ? .null : .text
    case UInt8(ascii: "t"), UInt8(ascii: "T"):
      return isOne(of: ["true", "True", "TRUE"], bytes) ? .bool(true) : .text
    case UInt8(ascii: "f"), UInt8(ascii: "F"):
      return isOne(of: ["false", "False", "FALSE"], bytes) ? .bool(false) : .text
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      return number(bytes)
    default:
      return .text
    }
  }

  private static func isOne(
    of words: [StaticString], _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    words.contains { word in
      word.withUTF8Buffer { $0.count == bytes.count && $0.elementsEqual(bytes) }
    }
  }

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Resolved {
    var rest = bytes[...]
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    if rest.count > 2, rest.starts(with: "0x".utf8) || rest.starts(with: "0o".utf8) {
      let radix = rest[1] == UInt8(ascii: "x") ? 16 : 8
      let digits = rest.dropFirst(2)
      return digits.allSatisfy { Character(Unicode.Scalar($0)).hexDigitValue ?? 16 < radix }
        ? .int : .text
    }
    if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    let unsigned = UnsafeBufferPointer(rebasing: rest)
    if isOne(of: [".inf", ".Inf", ".INF"], unsigned) { return .float }
    if rest.count == bytes.count, isOne(of: [".nan", ".NaN", ".NAN"], unsigned) { return .float }

    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    if rest.isEmpty { return whole.isEmpty ? .text : .int }
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = rest.prefix(while: isDigit).count
      rest = rest.dropFirst(fraction)
    }
    guard whole.count + fraction > 0 else { return .text }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return .text }
      return .float
    }
    return rest.isEmpty ? .float : .text
  }
}
