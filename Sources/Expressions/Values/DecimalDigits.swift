/// The exact decimal digits of a double, for rounding half to even on the binary value.
struct DecimalDigits {
  /// Digits without leading zeros; empty for zero.
  private let digits: [UInt8]
  /// How many of them stand before the point; may be negative or beyond the end.
  private let point: Int

  /// - Parameter value: Finite and not negative.
  init(_ value: Double) {
    // value = significand × 2^power, as a whole number of 10^-places.
    let bits = value.bitPattern
    let biased = Int(bits >> 52 & 0x7FF)
    let fraction = bits & (1 << 52 - 1)
    let significand = biased == 0 ? fraction : fraction | 1 << 52
    let power = max(biased, 1) - 1075
    var big = BigDecimal(significand)
    // A half is five tenths: dividing by 2^n is multiplying by 5^n and moving the point n places.
    let places = max(-power, 0)
    for _ in 0..<places { big.multiply(by: 5) }
    for _ in 0..<max(power, 0) { big.multiply(by: 2) }
    digits = big.digits
    point = digits.count - places
  }

  /// Digits up to a place after the point, rounded; and whether that made them one longer.
  private func rounded(keeping count: Int) -> (digits: [UInt8], carried: Bool) {
    guard count < digits.count else {
      return (digits + [UInt8](repeating: 0, count: count - digits.count), false)
    }
    guard count >= 0 else { return ([], false) }
    var kept = Array(digits[..<count])
    let next = digits[count]
    let isHalf = next == 5 && digits[(count + 1)...].allSatisfy { $0 == 0 }
    let isUp = isHalf ? (kept.last ?? 0) % 2 == 1 : next >= 5
    guard isUp else { return (kept, false) }
    var index = count - 1
    while index >= 0 {
      if kept[index] < 9 {
        kept[index] += 1
        return (kept, false)
      }
      kept[index] = 0
      index -= 1
    }
    return ([1] + kept, true)
  }

  func fixed(_ precision: Int) -> String {
    let (kept, _) = rounded(keeping: point + precision)
    let padding = [UInt8](repeating: 0, count: max(0, precision + 1 - kept.count))
    let all = Self.text(padding + kept)
    let split = all.index(all.endIndex, offsetBy: -precision)
    return precision == 0 ? all : all[..<split] + "." + all[split...]
  }

  func scientific(_ precision: Int) -> String {
    var (kept, carried) = rounded(keeping: precision + 1)
    if carried { kept.removeLast() }
    let exponent = digits.isEmpty ? 0 : point - 1 + (carried ? 1 : 0)
    let text = Self.text(kept)
    let shown = (exponent.magnitude < 10 ? "0" : "") + String(exponent.magnitude)
    return text.prefix(1) + (precision > 0 ? "." + text.dropFirst() : "")
      + "e\(exponent < 0 ? "-" : "+")\(shown)"
  }

  private static func text(_ digits: [UInt8]) -> String {
    String(bytes: digits.map { $0 + 0x30 })
  }

  /// A whole number in groups of nine decimal digits, the lowest first.
  private struct BigDecimal {
    private var groups: [UInt32]

    init(_ value: UInt64) {
      groups = []
      var rest = value
      while rest > 0 {
        groups.append(UInt32(rest % 1_000_000_000))
        rest /= 1_000_000_000
      }
    }

    mutating func multiply(by factor: UInt64) {
      var carry: UInt64 = 0
      for index in groups.indices {
        let product = UInt64(groups[index]) * factor + carry
        groups[index] = UInt32(product % 1_000_000_000)
        carry = product / 1_000_000_000
      }
      if carry > 0 { groups.append(UInt32(carry)) }
    }

    var digits: [UInt8] {
      var result: [UInt8] = []
      for (position, group) in groups.reversed().enumerated() {
        let text = String(group)
        if position > 0 {
          result += [UInt8](repeating: 0, count: 9 - text.utf8.count)
        }
        result += text.utf8.map { $0 - 0x30 }
      }
      return result
    }
  }
}
