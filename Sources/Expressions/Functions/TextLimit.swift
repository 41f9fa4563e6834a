/// `text.limit(v, n)`.
enum TextLimit {
  static let limit = Function(
    "text.limit",
    [
      .function(.string, .int, returns: .string),
      .function(.nullable(.string), .int, returns: .nullable(.string)),
    ],
    documentation: """
      The text as it is, of at most n code points; a record with a longer one is refused and waits \
      for its data. `text.truncate` cuts instead. Null for null.
      """,
    examples: [
      Function.Example("text.limit(\"LA\", 2)", gives: "\"LA\""),
      Function.Example("text.limit(null, 2)", gives: "null"),
    ],
    .two { value, limit, _ throws(EvaluationError) in
      guard case .int(let limit) = limit else { throw .noOverload }
      guard let text = try value.textOrNull() else { return .null }
      let count = text.unicodeScalars.count
      guard count <= limit else {
        throw .invalid("has \(count) characters; \(limit) are allowed")
      }
      return value
    })
}
