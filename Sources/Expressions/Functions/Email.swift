/// `email.clean(v)`.
enum Email {
  static let clean = Function(
    "email.clean", [.function(.nullable(.string), returns: .nullable(.string))],
    documentation: """
      The address in lower case without any white space or characters that show nothing; null for \
      null and for blank text. Whether it is an address is for the target's schema to say.
      """,
    examples: [
      Function.Example(
        "email.clean(\" Ada.L ovelace@Example.com\")", gives: "\"ada.lovelace@example.com\""),
      Function.Example("email.clean(\"  \")", gives: "null"),
      Function.Example("email.clean(null)", gives: "null"),
    ],
    flat: .instruction(.email),
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 &- 0x41 >= 26 }
      if isClean { return text.isEmpty ? .null : value }
      var scalars = text.unicodeScalars
      scalars.removeAll { $0.properties.isWhitespace || $0.showsNothing }
      return scalars.isEmpty ? .null : .string(String(scalars).lowerASCII)
    })
}

extension FlatText {
  static func email(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    var count = 0
    for byte in value.utf8 {
      if byte >= 0x80 { return .unusual }
      if isBlank(byte) { continue }
      start[count] = byte &- 0x41 < 26 ? byte + 32 : byte
      count += 1
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }
}
