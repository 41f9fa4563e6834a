/// A JSON number without rounding: a whole number times a power of ten.
struct ExactNumber: Hashable {
  private let digits: Int128
  private let exponent: Int

  /// Nil for numbers of more than 36 digits.
  init?(_ text: String) {
    var digits: Int128 = 0
    var exponent = 0
    var isBehindPoint = false
    var bytes = text.utf8[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes = bytes.dropFirst() }
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
        guard !overflow, product < Self.largest else { return nil }
        digits = product + Int128(byte - UInt8(ascii: "0"))
        if isBehindPoint { exponent -= 1 }
      case UInt8(ascii: "."): isBehindPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let power = Int(String(bytes) ?? ""), abs(power) < 10_000 else { return nil }
        exponent += power
        bytes = bytes[bytes.endIndex...]
      default: return nil
      }
    }
    while digits != 0, digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    self.digits = isNegative ? -digits : digits
    self.exponent = digits == 0 ? 0 : exponent
  }

  private static let largest: Int128 = 1_000_000_000_000_000_000 * 1_000_000_000_000_000_000

  /// Nil where the two lie too far apart to be told.
  func isMultiple(of divisor: ExactNumber) -> Bool? {
    guard divisor.digits != 0 else { return nil }
    let shift = exponent - divisor.exponent
    guard abs(shift) <= 18 else { return nil }
    var (left, right) = (digits, divisor.digits)
    for _ in 0..<abs(shift) {
      let (product, overflow) = (shift > 0 ? left : right).multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      if shift > 0 { left = product } else { right = product }
    }
    return left % right == 0
  }
}
