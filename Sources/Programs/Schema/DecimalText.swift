import JSON

/// Numbers in one spelling each: `12.50`, `1.25e1` and `12.5` are `12.5`. No digit is lost, however many there are.
enum DecimalText {
  /// `nil` for text that RFC 8259 does not take for a number, and for powers of ten beyond an `Int`.
  static func canonical(_ text: String) -> String? {
    guard JSON(number: text) != nil else { return nil }
    var digits: [UInt8] = []
    var scale = 0
    var isBehindPoint = false
    var bytes = text.utf8[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    reading: while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits.append(byte)
        if isBehindPoint { scale -= 1 }
      case UInt8(ascii: "."): isBehindPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let power = Int(String(Substring(bytes))) else { return nil }
        let (sum, overflow) = scale.addingReportingOverflow(power)
        guard !overflow else { return nil }
        scale = sum
        break reading
      default: break
      }
    }
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      let (sum, overflow) = scale.addingReportingOverflow(1)
      guard !overflow else { return nil }
      scale = sum
    }
    digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
    guard !digits.isEmpty else { return "0" }
    return (isNegative ? "-" : "") + written(digits, scale)
  }

  /// Written out as far as that is short, so that usual numbers keep the form in which they are sent.
  private static func written(_ digits: [UInt8], _ scale: Int) -> String {
    func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    let zero = UInt8(ascii: "0")
    switch scale {
    case 0...longest: return text(digits + repeatElement(zero, count: scale))
    case -longest..<0:
      let lacking = max(0, 1 - scale - digits.count)
      let padded = repeatElement(zero, count: lacking) + digits
      return text(padded.dropLast(-scale)) + "." + text(padded.suffix(-scale))
    default: return text(digits) + "e\(scale)"
    }
  }

  private static let longest = 40
}
