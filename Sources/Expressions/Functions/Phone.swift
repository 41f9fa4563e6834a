/// `phone.e164(v, region)`.
enum Phone {
  static let e164 = Function(
    "phone.e164",
    [.function(.nullable(.string), .string, returns: .nullable(.string))],
    documentation: """
      The telephone number as E.164, `+12255550101`. The region, US or CA, is that of numbers \
      without a country code: ten digits, or eleven that start with 1. Numbers that start with + \
      keep their 8 to 15 digits. Blanks and `( ) - + .` are skipped; null for anything else, an \
      extension included.
      """,
    examples: [
      Function.Example("phone.e164(\"(225) 555-0101\", \"US\")", gives: "\"+12255550101\""),
      Function.Example("phone.e164(\"+44 20 7946 0100\", \"US\")", gives: "\"+442079460100\""),
      Function.Example("phone.e164(\"225-555-0101 x12\", \"US\")", gives: "null"),
      Function.Example("phone.e164(null, \"US\")", gives: "null"),
    ],
    .two { value, region, _ throws(EvaluationError) in
      guard case .string(let region) = region else { throw .noOverload }
      guard region == "US" || region == "CA" else {
        throw .invalid("`phone.e164` knows the regions US and CA, not `\(region)`")
      }
      guard let text = try value.textOrNull() else { return .null }
      return normalized(text).map { .string($0) } ?? .null
    })

  private static func normalized(_ text: String) -> String? {
    var digits: [UInt8] = []
    var isInternational = false
    for byte in text.trimmed.utf8 {
      switch byte {
      case UInt8(ascii: "+"):
        guard digits.isEmpty, !isInternational else { return nil }
        isInternational = true
      case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        continue
      default:
        guard isDigit(byte), digits.count < 16 else { return nil }
        digits.append(byte)
      }
    }
    if isInternational {
      guard (8...15).contains(digits.count), digits[0] != UInt8(ascii: "0") else { return nil }
      // Numbers of North America have ten digits after their 1.
      guard digits[0] != UInt8(ascii: "1") || digits.count == 11 else { return nil }
      return "+" + String(bytes: digits)
    }
    if digits.count == 11, digits[0] == UInt8(ascii: "1") { digits.removeFirst() }
    guard digits.count == 10 else { return nil }
    // Area codes and exchanges start with 2 to 9.
    guard digits[0] > UInt8(ascii: "1"), digits[3] > UInt8(ascii: "1") else { return nil }
    return "+1" + String(bytes: digits)
  }
}
