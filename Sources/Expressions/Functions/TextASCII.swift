/// `text.ascii(v)`.
enum TextASCII {
  static let ascii = Function(
    "text.ascii",
    [
      .function(.string, returns: .string),
      .function(.nullable(.string), returns: .nullable(.string)),
    ],
    documentation: """
      The text in ASCII: Latin letters without their accents, typographic quotes and dashes as \
      plain ones; what has no counterpart is left out. Null for null.
      """,
    examples: [
      Function.Example("text.ascii(\"Cécile Muñoz\")", gives: "\"Cecile Munoz\""),
      Function.Example("text.ascii(\"Groß Łódź\")", gives: "\"Gross Lodz\""),
      Function.Example("text.ascii(\"O’Neil\")", gives: "\"O'Neil\""),
      Function.Example("text.ascii(null)", gives: "null"),
    ],
    flat: .instruction(.ascii),
    .one { value, meter throws(EvaluationError) in
      guard let text = try value.textOrNull() else { return .null }
      if text.isASCII { return value }
      try meter.build(text.utf8.count * 2)
      var result = ""
      for scalar in text.unicodeScalars {
        if scalar.isASCII {
          result.unicodeScalars.append(scalar)
        } else if let folded = counterparts[scalar] {
          result += folded
        }
      }
      return .string(result)
    })

  /// Each group: the ASCII text, and the letters that become it.
  private static let groups: [(String, String)] = [
    ("A", "ÀÁÂÃÄÅĀĂĄǍȀȂẠẢẤẦẨẪẬẮẰẲẴẶ"), ("a", "àáâãäåāăąǎȁȃạảấầẩẫậắằẳẵặª"),
    ("AE", "ÆǼ"), ("ae", "æǽ"), ("B", "Ḃ"), ("b", "ḃ"), ("C", "ÇĆĈĊČ"), ("c", "çćĉċč"),
    ("D", "ÐĎĐḌḊ"), ("d", "ðďđḍḋ"), ("E", "ÈÉÊËĒĔĖĘĚȄȆẸẺẼẾỀỂỄỆ"),
    ("e", "èéêëēĕėęěȅȇẹẻẽếềểễệ"), ("F", "Ḟ"), ("f", "ḟƒ"), ("G", "ĜĞĠĢǦ"), ("g", "ĝğġģǧ"),
    ("H", "ĤĦḤ"), ("h", "ĥħḥ"), ("I", "ÌÍÎÏĨĪĬĮİǏȈȊỈỊ"), ("i", "ìíîïĩīĭįıǐȉȋỉị"),
    ("IJ", "Ĳ"), ("ij", "ĳ"), ("J", "Ĵ"), ("j", "ĵ"), ("K", "ĶǨ"), ("k", "ķĸǩ"),
    ("L", "ĹĻĽĿŁ"), ("l", "ĺļľŀł"), ("M", "Ṁ"), ("m", "ṁ"), ("N", "ÑŃŅŇŊǸ"),
    ("n", "ñńņňŋŉǹ"), ("O", "ÒÓÔÕÖØŌŎŐƠǑǾȌȎỌỎỐỒỔỖỘỚỜỞỠỢ"),
    ("o", "òóôõöøōŏőơǒǿȍȏọỏốồổỗộớờởỡợº"), ("OE", "Œ"), ("oe", "œ"), ("P", "Ṗ"), ("p", "ṗ"),
    ("R", "ŔŖŘȐȒ"), ("r", "ŕŗřȑȓ"), ("S", "ŚŜŞŠȘṢ"), ("s", "śŝşšșṣſ"), ("SS", "ẞ"),
    ("ss", "ß"), ("T", "ŢŤŦȚṬ"), ("t", "ţťŧțṭ"), ("TH", "Þ"), ("th", "þ"),
    ("U", "ÙÚÛÜŨŪŬŮŰŲƯǓȔȖỤỦỨỪỬỮỰ"), ("u", "ùúûüũūŭůűųưǔȕȗụủứừửữự"), ("W", "ŴẀẂẄ"),
    ("w", "ŵẁẃẅ"), ("Y", "ÝŶŸỲỴỶỸ"), ("y", "ýÿŷỳỵỷỹ"), ("Z", "ŹŻŽẒ"), ("z", "źżžẓ"),
    ("'", "‘’‚‛′"), ("\"", "“”„‟″«»"), ("-", "‐‑‒–—−"), ("...", "…"), (" ", "\u{A0}\u{202F}"),
  ]

  private static let counterparts: [Unicode.Scalar: String] = {
    var table: [Unicode.Scalar: String] = [:]
    for (ascii, letters) in groups {
      for letter in letters.unicodeScalars { table[letter] = ascii }
    }
    return table
  }()
}

extension FlatText {
  static func ascii(_ value: FlatValue) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, value.utf8.allSatisfy({ $0 < 0x80 }) else { return .unusual }
    return value
  }
}
