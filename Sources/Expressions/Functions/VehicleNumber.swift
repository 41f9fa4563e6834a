/// `vin.valid(v)`.
enum VehicleNumber {
  static let valid = Function(
    "vin.valid", [.function(.nullable(.string), returns: .nullable(.string))],
    documentation: """
      The vehicle identification number in upper case: 17 letters and digits (I, O and Q are not \
      used) with a right check digit. Null for null and for blank text; anything else is refused \
      with the reason.
      """,
    examples: [
      Function.Example("vin.valid(\" 1m8gdm9axkp042788 \")", gives: "\"1M8GDM9AXKP042788\""),
      Function.Example(
        "try(vin.valid(\"1M8GDM9A1KP042788\")).orValue(\"none\")", gives: "\"none\""),
      Function.Example("vin.valid(null)", gives: "null"),
    ],
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let cleaned = text.cleaned
      if cleaned.isEmpty { return .null }
      let vin = cleaned.utf8.map { $0 &- 0x61 < 26 ? $0 - 32 : $0 }
      if let problem = problem(vin) {
        throw .refused(cleaned, "is not a vehicle identification number: " + problem)
      }
      return .string(String(bytes: vin))
    })

  private static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

  /// The value of each letter from A to Z; 0 for those that are not used.
  private static let letters = [
    1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9,
  ]

  private static func problem(_ vin: [UInt8]) -> String? {
    guard vin.count == weights.count else {
      return "it has \(vin.count { $0 & 0xC0 != 0x80 }) characters, not 17"
    }
    var sum = 0
    for (byte, weight) in zip(vin, weights) {
      if isDigit(byte) {
        sum += Int(byte - 0x30) * weight
      } else {
        guard byte &- 0x41 < 26, letters[Int(byte - 0x41)] > 0 else {
          return "it holds other characters than digits and the letters A to Z without I, O and Q"
        }
        sum += letters[Int(byte - 0x41)] * weight
      }
    }
    let check = sum % 11
    return vin[8] == (check == 10 ? UInt8(ascii: "X") : UInt8(check) + 0x30)
      ? nil : "its check digit, the ninth character, is wrong"
  }
}
