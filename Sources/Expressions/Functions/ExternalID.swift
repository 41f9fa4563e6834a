/// `external_id(parts)`.
enum ExternalID {
  static let externalID = Function(
    "external_id", [.function(.list(.dyn), returns: .nullable(.string))],
    documentation: """
      The parts of a composite key as one text, with `-` between them. Of each part, letters, \
      digits and `@ . _ % + -` are kept. Null if a part is null or nothing of it is left, since a \
      key with a hole is another record's key.
      """,
    examples: [
      Function.Example("external_id([1, \"4410.\"])", gives: "\"1-4410.\""),
      Function.Example("external_id([1, \" EX 20 \"])", gives: "\"1-EX20\""),
      Function.Example("external_id([1, null])", gives: "null"),
      Function.Example("external_id([1, \" \"])", gives: "null"),
    ],
    .one { parts, meter throws(EvaluationError) in
      guard case .list(let parts) = parts else { throw .noOverload }
      var result: [UInt8] = []
      for (index, part) in parts.enumerated() {
        guard let text = try part.partOrNull() else { return .null }
        try meter.build(text.utf8.count + 1)
        let kept = text.utf8.filter { byte in
          isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || marks.contains(byte)
        }
        if kept.isEmpty { return .null }
        if index > 0 { result.append(UInt8(ascii: "-")) }
        result += kept
      }
      return result.isEmpty ? .null : .string(String(bytes: result))
    })

  private static let marks = Array("@._%+-".utf8)
}
