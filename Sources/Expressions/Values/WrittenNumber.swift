/// A number of a JSON document that neither an int nor a double would give back as it is written: `12.50`,
/// `12345678901234567890`.
///
/// It passes through expressions with all its digits. To compute with it is possible where an int or a double holds it
/// exactly, and an error elsewhere.
public struct WrittenNumber: Sendable, Hashable {
  /// As it is written, by the grammar of JSON.
  public let text: String

  public init(_ text: String) {
    self.text = text
  }

  /// The same number as an int or a double; nil where neither is the same.
  var computed: Value? {
    guard let decimal = Decimal(text) else { return nil }
    if let whole = decimal.whole { return .int(whole) }
    guard let double = Double(text), double.isFinite, Decimal(double.description) == decimal else {
      return nil
    }
    return .double(double)
  }

  /// ``computed``, or why there is none.
  func exact() throws(EvaluationError) -> Value {
    if let computed { return computed }
    throw EvaluationError(
      .range,
      "the number \(text) has more digits than can be computed with: it can be passed on as it is, or as text by "
        + "`string(…)`")
  }

  /// Where the number stands beside another; nil where one of them is none of JSON's, or not finite.
  static func order(_ left: String, _ right: String) -> Value.Order? {
    guard let left = Decimal(left), let right = Decimal(right) else { return nil }
    return left == right ? .equal : left < right ? .less : .greater
  }
}

/// A decimal number without rounding, in one form for each value.
private struct Decimal: Hashable, Comparable {
  var isNegative: Bool
  /// Digits from the first to the last that is not 0; empty for zero.
  var digits: [UInt8]
  /// How many digits stand before the point: 2 for `12.5`, -1 for `0.012`.
  var point: Int

  init?(_ text: String) {
    var bytes = text.utf8[...]
    isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes = bytes.dropFirst() }
    digits = []
    point = 0
    var isBehindPoint = false
    var exponent = 0
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if byte != UInt8(ascii: "0") || !digits.isEmpty {
          digits.append(byte)
          if !isBehindPoint { point += 1 }
        } else if isBehindPoint {
          point -= 1
        }
      case UInt8(ascii: "."): isBehindPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let power = Int(Substring(bytes)), power.magnitude < 1 << 40 else { return nil }
        exponent = power
        bytes = bytes[bytes.endIndex...]
      default: return nil
      }
    }
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    point = digits.isEmpty ? 0 : point + exponent
    if digits.isEmpty { isNegative = false }
  }

  /// The number, where it is whole and has 64 bits.
  var whole: Int64? {
    if digits.isEmpty { return 0 }
    guard point >= digits.count, point <= 19 else { return nil }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: point - digits.count)
    return Int64((isNegative ? "-" : "") + String(bytes: digits + zeros))
  }

  static func < (left: Decimal, right: Decimal) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    let isSmaller =
      if left.digits.isEmpty || right.digits.isEmpty {
        left.digits.isEmpty && !right.digits.isEmpty
      } else if left.point != right.point {
        left.point < right.point
      } else {
        left.digits.lexicographicallyPrecedes(right.digits)
      }
    return left.isNegative ? left != right && !isSmaller : isSmaller
  }
}

extension Value {
  /// The value with which functions compute: a number as it is written becomes an int or a double.
  func computed() throws(EvaluationError) -> Value {
    if case .number(let number) = self { try number.exact() } else { self }
  }

  var isWritten: Bool {
    if case .number = self { true } else { false }
  }
}
