extension JSON {
  /// A number from its digits; nil unless they follow the grammar of RFC 8259, e.g. for `01`, `.5`, `NaN`.
  public init?(number digits: String) {
    guard let value = try? JSON(parsing: digits), case .number(let parsed) = value,
      parsed.hasSameBytes(as: digits)
    else { return nil }
    self = value
  }

  /// A whole number.
  public static func integer(_ value: Int64) -> JSON { .number(String(value)) }

  /// A number in the fewest digits that read back as the same value; nil for infinities and not-a-number.
  public static func double(_ value: Double) -> JSON? {
    value.isFinite ? .number("\(value)") : nil
  }

  /// The number as an integer, also from `1.0` or `1e2`; nil when it is not whole or does not fit.
  public var intValue: Int64? {
    guard case .number(let text) = self else { return nil }
    return Int64(text) ?? Self.wholeNumber(text)
  }

  /// The number as the nearest double; nil beyond the range of doubles.
  public var doubleValue: Double? {
    guard case .number(let text) = self, let value = Double(text), value.isFinite else {
      return nil
    }
    return value
  }

  private static func wholeNumber(_ text: String) -> Int64? {
    let negative = text.utf8.first == UInt8(ascii: "-")
    let parts = text.utf8.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
    }
    var digits: [UInt8] = []
    var scale = 0
    var afterPoint = false
    for byte in parts[0] {
      if byte == UInt8(ascii: ".") {
        afterPoint = true
      } else if byte != UInt8(ascii: "-") {
        digits.append(byte)
        if afterPoint { scale -= 1 }
      }
    }
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      scale += 1
    }
    if digits.isEmpty { return 0 }
    if parts.count == 2 {
      guard let exponent = Int(String(decoding: parts[1], as: UTF8.self)) else { return nil }
      let (sum, overflow) = scale.addingReportingOverflow(exponent)
      if overflow { return nil }
      scale = sum
    }
    guard (0...19).contains(scale) else { return nil }
    digits.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: scale))
    return Int64((negative ? "-" : "") + String(decoding: digits, as: UTF8.self))
  }
}
