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
    flat: FlatCall { compiler, arguments, _ in
      if case .variable(let slot) = arguments[0].kind {
        compiler.emit(.cleanColumn, slot, pushes: 1)
        return true
      }
      return compiler.add(arguments[0]) && compiler.done(.clean, pops: 1)
    },
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

extension FlatText {
  /// Null for null and blank text.
  static func clean(_ value: FlatValue) -> FlatValue {
    if value.kind == .null { return value }
    let trimmed = trimmed(value)
    return trimmed.kind == .text && trimmed.count == 0 ? .null : trimmed
  }
}
