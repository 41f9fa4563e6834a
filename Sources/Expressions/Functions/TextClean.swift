/// `text.clean(v)`.
enum TextClean {
  static let clean = Function(
    "text.clean", [.function(.nullable(.string), returns: .nullable(.string))],
    documentation: """
      The text without white space, and without characters that show nothing, at both ends; null \
      for null and for blank text.
      """,
    examples: [
      Function.Example("text.clean(\"  Ada \")", gives: "\"Ada\""),
      Function.Example("text.clean(\"   \")", gives: "null"),
      Function.Example("text.clean(null)", gives: "null"),
    ],
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let cleaned = text.cleaned
      return cleaned.isEmpty ? .null : .string(cleaned)
    })
}

extension Value {
  /// The text of a nullable string; any other type is an error.
  func textOrNull() throws(EvaluationError) -> String? {
    switch self {
    case .null: return nil
    case .string(let text): return text
    default: throw .noOverload
    }
  }

  /// The text of a part of something: strings as they are, whole numbers in digits.
  func partOrNull() throws(EvaluationError) -> String? {
    switch self {
    case .int, .uint, .number: return text
    default: return try textOrNull()
    }
  }
}
