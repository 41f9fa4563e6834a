/// `text.truncate(v, n)`.
enum TextTruncate {
  static let truncate = Function(
    "text.truncate",
    [
      .function(.string, .int, returns: .string),
      .function(.nullable(.string), .int, returns: .nullable(.string)),
    ],
    documentation: """
      At most n code points of the text, without white space at the end; a letter is not parted \
      from its accents, nor an emoji from its parts. Null for null.
      """,
    examples: [
      Function.Example("text.truncate(\"North Bridge\", 6)", gives: "\"North\""),
      Function.Example("text.truncate(\"Ada\", 10)", gives: "\"Ada\""),
      Function.Example("text.truncate(null, 10)", gives: "null"),
    ],
    flat: FlatCall { compiler, arguments, _ in
      guard case .constant(.int(let limit)) = arguments[1].kind, (0...65_536).contains(limit)
      else { return false }
      return compiler.add(arguments[0]) && compiler.done(.truncate, Int(limit), pops: 1)
    },
    .two { value, limit, _ throws(EvaluationError) in
      guard case .int(let limit) = limit else { throw .noOverload }
      guard limit >= 0 else { throw .invalid("`text.truncate` to \(limit) code points") }
      guard let text = try value.textOrNull() else { return .null }
      // No string has more code points than bytes.
      if text.utf8.count <= limit { return .string(text) }
      var left = Int(limit)
      var kept = text.prefix { character in
        left -= character.unicodeScalars.count
        return left >= 0
      }.unicodeScalars
      while let last = kept.last, last.properties.isWhitespace { kept.removeLast() }
      return .string(String(kept))
    })
}

extension FlatText {
  static func truncated(_ value: FlatValue, _ limit: Int) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text else { return .unusual }
    let bytes = value.utf8
    if bytes.count <= limit { return value }
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return .unusual }
    var count = limit
    while count > 0, isBlank(bytes[count - 1]) { count -= 1 }
    return FlatValue(value.start, count)
  }
}
