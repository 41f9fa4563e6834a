/// `text.digits(v)`.
enum TextDigits {
  static let digits = Function(
    "text.digits", [.function(.nullable(.string), returns: .nullable(.string))],
    documentation: "Only the digits 0 to 9 of the text; null for null and when there are none.",
    examples: [
      Function.Example("text.digits(\"A-12 b3\")", gives: "\"123\""),
      Function.Example("text.digits(\"none\")", gives: "null"),
      Function.Example("text.digits(null)", gives: "null"),
    ],
    flat: .instruction(.digits),
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let digits = text.utf8.filter(isDigit)
      return digits.isEmpty ? .null : .string(String(bytes: digits))
    })
}

extension FlatText {
  static func digits(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    var count = 0
    for byte in value.utf8 where isDigit(byte) {
      start[count] = byte
      count += 1
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }
}
