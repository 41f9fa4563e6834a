/// `vin.valid(v)`.
enum VehicleNumber {
  static let valid = Function(
    "vin.valid", [.function(.nullable(.string), returns: .nullable(.string))],
    documentation: """
      The vehicle identification number in upper case, if it has 17 letters and digits (I, O and \
      Q are not used) and its check digit is right; otherwise null.
      """,
    examples: [
      Function.Example("vin.valid(\" 1m8gdm9axkp042788 \")", gives: "\"1M8GDM9AXKP042788\""),
      Function.Example("vin.valid(\"1M8GDM9A1KP042788\")", gives: "null"),
      Function.Example("vin.valid(null)", gives: "null"),
    ],
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let vin = text.trimmed.utf8.map { $0 &- 0x61 < 26 ? $0 - 32 : $0 }
      return isValid(vin) ? .string(String(bytes: vin)) : .null
    })

  private static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

  /// The value of each letter from A to Z; 0 for those that are not used.
  private static let letters = [
    1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9,
  ]

  private static func isValid(_ vin: [UInt8]) -> Bool {
    guard vin.count == weights.count else { return false }
    var sum = 0
    for (byte, weight) in zip(vin, weights) {
      if isDigit(byte) {
        sum += Int(byte - 0x30) * weight
      } else {
        guard byte &- 0x41 < 26, letters[Int(byte - 0x41)] > 0 else { return false }
        sum += letters[Int(byte - 0x41)] * weight
      }
    }
    let check = sum % 11
    return vin[8] == (check == 10 ? UInt8(ascii: "X") : UInt8(check) + 0x30)
  }
}
