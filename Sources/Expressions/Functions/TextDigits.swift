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
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let digits = text.utf8.filter(isDigit)
      return digits.isEmpty ? .null : .string(String(bytes: digits))
    })
}
