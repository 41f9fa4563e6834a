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
    .one { value, _ throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 &- 0x41 >= 26 }
      if isClean { return text.isEmpty ? .null : value }
      var scalars = text.unicodeScalars
      scalars.removeAll { $0.properties.isWhitespace || $0.showsNothing }
      return scalars.isEmpty ? .null : .string(String(scalars).lowerASCII)
    })
}
