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
    flat: FlatCall { compiler, arguments, _ in
      guard case .list(let parts) = arguments[0].kind, !parts.contains(where: \.isOptional),
        case .constant(.string) = arguments[1].kind
      else { return false }
      return compiler.add(arguments[1]) && compiler.add(all: parts.map(\.value))
        && compiler.done(.join, parts.count, pops: parts.count + 1)
    },
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

extension FlatText {
  static func join(
    _ parts: UnsafeBufferPointer<FlatValue>, separator: FlatValue, _ scratch: FlatScratch
  ) -> FlatValue {
    guard separator.kind == .text else { return .unusual }
    var size = 0
    for part in parts { size += Int(part.count + separator.count) + 20 }
    guard let start = scratch.room(size) else { return .unusual }
    var count = 0
    for part in parts {
      if part.kind == .null { continue }
      let text = part.kind == .int ? part : trimmed(part)
      guard text.kind == .int || text.kind == .text else { return .unusual }
      if text.kind == .text, text.count == 0 { continue }
      if count > 0 { copy(separator, start, &count) }
      if text.kind == .int {
        count += FlatScratch.write(text.number, to: start + count)
      } else {
        copy(text, start, &count)
      }
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }
}
