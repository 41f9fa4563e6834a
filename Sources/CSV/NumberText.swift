import Rows

/// Numbers as files have them.
enum NumberText {
  private static let minus = UInt8(ascii: "-")
  private static let plus = UInt8(ascii: "+")
  private static let zero = UInt8(ascii: "0")

  /// A whole number of 64 bits, perhaps with a sign, zeros in front, and separators between groups of three digits.
  static func int(_ bytes: UnsafeRawBufferPointer, _ format: CSVNumberFormat) -> Int64? {
    var at = 0
    let isNegative = bytes.first == minus
    if isNegative || bytes.first == plus { at = 1 }
    guard let end = checkedGroups(bytes, from: at, format), end == bytes.count else { return nil }
    var value: Int64 = 0
    while at < end {
      let byte = bytes[at]
      at += 1
      if byte == format.thousands { continue }
      // Below zero there is one number more.
      let (tens, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = tens.subtractingReportingOverflow(Int64(byte &- zero))
      if first || second { return nil }
      value = sum
    }
    return isNegative ? value : value == .min ? nil : -value
  }

  /// Writes a number as decimals are kept, `-12.50`: its digits as they are, without zeros in front. Returns how many digits
  /// it has before and behind the point.
  static func decimal(
    _ bytes: UnsafeRawBufferPointer, _ format: CSVNumberFormat, into text: inout [UInt8]
  ) -> (whole: Int, fraction: Int)? {
    text.removeAll(keepingCapacity: true)
    var at = 0
    let isNegative = bytes.first == minus
    if isNegative || bytes.first == plus { at = 1 }
    guard let end = checkedGroups(bytes, from: at, format, mayBeEmpty: true) else { return nil }
    if isNegative { text.append(minus) }
    let start = text.count
    while at < end {
      if bytes[at] != format.thousands, text.count > start || bytes[at] != zero {
        text.append(bytes[at])
      }
      at += 1
    }
    let hasWhole = end > 0 && bytes[end - 1] &- zero < 10
    let whole = text.count - start
    if whole == 0 { text.append(zero) }
    var fraction = 0
    if at < bytes.count {
      guard bytes[at] == format.decimalMark else { return nil }
      at += 1
      if at < bytes.count { text.append(UInt8(ascii: ".")) }
      while at < bytes.count {
        guard bytes[at] &- zero < 10 else { return nil }
        text.append(bytes[at])
        fraction += 1
        at += 1
      }
    }
    guard hasWhole || fraction > 0 else { return nil }
    // Zero has no sign.
    if isNegative, !text.contains(where: { (49...57).contains($0) }) { text.removeFirst() }
    return (whole, fraction)
  }

  /// Writes a number as Swift reads a `Double`; an exponent may follow.
  static func double(
    _ bytes: UnsafeRawBufferPointer, _ format: CSVNumberFormat, into text: inout [UInt8]
  ) -> Bool {
    let exponent = bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? bytes.count
    guard
      decimal(UnsafeRawBufferPointer(rebasing: bytes[..<exponent]), format, into: &text) != nil
    else { return false }
    guard exponent < bytes.count else { return true }
    var digits = bytes[(exponent + 1)...]
    if let sign = digits.first, sign == minus || sign == plus { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.allSatisfy({ $0 &- zero < 10 }) else { return false }
    text.append(contentsOf: bytes[exponent...])
    return true
  }

  /// Where the digits end that begin at an offset; `nil` where there are none, or where separators do not stand before each
  /// three of them.
  private static func checkedGroups(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ format: CSVNumberFormat,
    mayBeEmpty: Bool = false
  ) -> Int? {
    var at = start
    var sinceSeparator = 0
    var hasSeparator = false
    while at < bytes.count {
      if bytes[at] &- zero < 10 {
        sinceSeparator += 1
      } else if let separator = format.thousands, bytes[at] == separator {
        guard hasSeparator ? sinceSeparator == 3 : (1...3).contains(sinceSeparator) else {
          return nil
        }
        hasSeparator = true
        sinceSeparator = 0
      } else {
        break
      }
      at += 1
    }
    if hasSeparator, sinceSeparator != 3 { return nil }
    return at > start || mayBeEmpty ? at : nil
  }
}
