/// `text.join(list, separator)`.
enum TextJoin {
  static let join = Function(
    "text.join",
    [.function(.list(.nullable(.string)), .string, returns: .nullable(.string))],
    documentation: """
      The parts that are not null or blank, trimmed, with the separator between them; null when \
      there is none.
      """,
    examples: [
      Function.Example(
        "text.join([\"4410.\", \" North Bridge \"], \" - \")", gives: "\"4410. - North Bridge\""),
      Function.Example(
        "text.join([\"Ada\", null, \" \", \"Lovelace\"], \" \")",
        gives: "\"Ada Lovelace\""),
      Function.Example("text.join([null, \"\"], \", \")", gives: "null"),
    ],
    .two { parts, separator, meter throws(EvaluationError) in
      guard case .list(let parts) = parts, case .string(let separator) = separator else {
        throw .noOverload
      }
      var result = ""
      for part in parts {
        guard let part = try part.partOrNull()?.cleaned, !part.isEmpty else { continue }
        try meter.build(part.utf8.count + separator.utf8.count)
        if !result.isEmpty { result += separator }
        result += part
      }
      return result.isEmpty ? .null : .string(result)
    })
}
