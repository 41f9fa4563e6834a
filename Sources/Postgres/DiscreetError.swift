extension PostgresError {
  /// The error without what may come from a row. What the server says of names and of the text of a statement stays.
  public var withoutValues: PostgresError {
    guard let sqlstate, !Self.speaksOfNames(sqlstate) else { return self }
    var error = self
    error.message = Self.withoutValues(message, sqlstate)
    error.detail = nil
    error.hint = nil
    return error
  }

  /// Whether messages of this class are about the connection, rights, names and the statement, and never about a row.
  private static func speaksOfNames(_ sqlstate: String) -> Bool {
    let classes = ["08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58"]
    return classes.contains(String(sqlstate.prefix(2)))
  }

  private static func withoutValues(_ message: String, _ sqlstate: String) -> String {
    // Known sentences: values are in quotes, or behind a colon. What a function raises may hold them anywhere.
    guard sqlstate.hasPrefix("22") || sqlstate.hasPrefix("23") else {
      return "the query failed with SQLSTATE \(sqlstate), in words that may hold values of a row"
    }
    var text = ""
    var open: Character?
    for character in message {
      if let end = open {
        if character == end { open = nil }
        continue
      }
      if let end = quotes[character] {
        open = end
        text += "(masked)"
      } else {
        text.append(character)
      }
    }
    if let colon = text.firstIndex(of: ":") { text = String(text[..<colon]) + ": (masked)" }
    return text
  }

  /// Of the languages that PostgreSQL speaks.
  private static let quotes: [Character: Character] = [
    "\"": "\"", "„": "“", "«": "»", "“": "”", "»": "«", "'": "'", "`": "'", "「": "」",
  ]
}
