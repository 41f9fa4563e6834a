/// What no server takes for a query, as far as the words alone prove it: the first such place of a text.
public struct SQLFault: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// A parenthesis or bracket without its other half.
    case unclosed(UInt8)
    case unopened(UInt8)
    case secondStatement
    /// The first word begins no query.
    case noQuery(String)
    /// `[name]`, as other databases quote.
    case bracketedName
    /// A comma with nothing behind it; the word that follows.
    case danglingComma(String)
    /// `${…}` or `{{ … }}`, which nobody fills in.
    case placeholder
    /// `@name` or `$name` of a parameter that is written `:name` here.
    case foreignParameter(String)
  }

  public var kind: Kind
  /// UTF-8 offsets in the text.
  public var range: Range<Int>

  /// The first fault of a text, by its tokens; `nil` when there is none.
  /// - Parameter parameters: The names that are bound. PostgreSQL knows `@` as an operator, so only those count.
  public static func first(in tokens: [SQLToken], parameters: Set<String> = []) -> SQLFault? {
    let faults = [
      noQuery(tokens), placeholder(tokens), bracketedName(tokens), danglingComma(tokens),
      secondStatement(tokens), brackets(tokens), foreignParameter(tokens, parameters),
    ]
    return faults.compactMap(\.self).min { $0.range.lowerBound < $1.range.lowerBound }
  }

  private static func noQuery(_ tokens: [SQLToken]) -> SQLFault? {
    let parenthesis = SQLToken.Kind.symbol(UInt8(ascii: "("))
    guard let token = tokens.first(where: { $0.kind != parenthesis }),
      case .word(let word) = token.kind,
      !["select", "with", "values", "table"].contains(word)
    else { return nil }
    return SQLFault(kind: .noQuery(word), range: token.range)
  }

  /// Braces mean nothing in SQL outside of texts and quoted names.
  private static func placeholder(_ tokens: [SQLToken]) -> SQLFault? {
    guard let at = tokens.firstIndex(where: { $0.kind == .symbol(UInt8(ascii: "{")) }) else {
      return nil
    }
    let start =
      at > 0 && tokens[at - 1].kind == .symbol(UInt8(ascii: "$"))
      ? tokens[at - 1].range.lowerBound : tokens[at].range.lowerBound
    let end = tokens[at...].first { $0.kind == .symbol(UInt8(ascii: "}")) } ?? tokens[at]
    return SQLFault(kind: .placeholder, range: start..<end.range.upperBound)
  }

  private static func foreignParameter(
    _ tokens: [SQLToken], _ parameters: Set<String>
  ) -> SQLFault? {
    for (sign, name) in zip(tokens, tokens.dropFirst())
    where sign.kind == .symbol(UInt8(ascii: "@")) || sign.kind == .symbol(UInt8(ascii: "$")) {
      guard case .word(let word) = name.kind, parameters.contains(word),
        sign.range.upperBound == name.range.lowerBound
      else { continue }
      return SQLFault(
        kind: .foreignParameter(word), range: sign.range.lowerBound..<name.range.upperBound)
    }
    return nil
  }

  private static func bracketedName(_ tokens: [SQLToken]) -> SQLFault? {
    let before: Set<String> = [
      "select", "distinct", "from", "join", "as", "on", "where", "and", "or", "by",
    ]
    for (at, token) in tokens.enumerated().dropFirst()
    where token.kind == .symbol(UInt8(ascii: "[")) {
      let isName =
        switch tokens[at - 1].kind {
        case .word(let word): before.contains(word)
        case .symbol(let byte): byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",")
        default: false
        }
      guard isName, at + 2 < tokens.count, case .word = tokens[at + 1].kind,
        tokens[at + 2].kind == .symbol(UInt8(ascii: "]"))
      else { continue }
      return SQLFault(
        kind: .bracketedName, range: token.range.lowerBound..<tokens[at + 2].range.upperBound)
    }
    return nil
  }

  private static func danglingComma(_ tokens: [SQLToken]) -> SQLFault? {
    for (token, next) in zip(tokens, tokens.dropFirst())
    where token.kind == .symbol(UInt8(ascii: ",")) {
      switch next.kind {
      case .word("from"), .word("where"): break
      case .symbol(UInt8(ascii: ")")): break
      default: continue
      }
      let word = if case .word(let word) = next.kind { word } else { ")" }
      return SQLFault(kind: .danglingComma(word), range: token.range)
    }
    guard let last = tokens.last, last.kind == .symbol(UInt8(ascii: ",")) else { return nil }
    return SQLFault(kind: .danglingComma(""), range: last.range)
  }

  private static func secondStatement(_ tokens: [SQLToken]) -> SQLFault? {
    let semicolon = SQLToken.Kind.symbol(UInt8(ascii: ";"))
    let words = tokens.drop { $0.kind == semicolon }
    guard let end = words.firstIndex(where: { $0.kind == semicolon }),
      let second = words[end...].first(where: { $0.kind != semicolon })
    else { return nil }
    return SQLFault(kind: .secondStatement, range: second.range)
  }

  private static func brackets(_ tokens: [SQLToken]) -> SQLFault? {
    let halves: [UInt8: UInt8] = [
      UInt8(ascii: ")"): UInt8(ascii: "("), UInt8(ascii: "]"): UInt8(ascii: "["),
    ]
    var open: [(byte: UInt8, range: Range<Int>)] = []
    for token in tokens {
      guard case .symbol(let byte) = token.kind else { continue }
      if halves.values.contains(byte) {
        open.append((byte, token.range))
      } else if let half = halves[byte] {
        guard let last = open.last else {
          return SQLFault(kind: .unopened(byte), range: token.range)
        }
        guard last.byte == half else {
          return SQLFault(kind: .unclosed(last.byte), range: last.range)
        }
        open.removeLast()
      }
    }
    return open.last.map { SQLFault(kind: .unclosed($0.byte), range: $0.range) }
  }
}

extension SQLToken {
  /// Where a query says that it returns a part of its rows only: `limit`, `offset` or `fetch` outside of parentheses.
  public static func limit(in tokens: [SQLToken]) -> Range<Int>? {
    for (at, token) in tokens.enumerated() where token.depth == 0 {
      guard case .word(let word) = token.kind, at > 0, at + 1 < tokens.count else { continue }
      // As a column's name it stands behind a dot, a comma or `as`.
      switch tokens[at - 1].kind {
      case .symbol(UInt8(ascii: ".")), .symbol(UInt8(ascii: ",")), .word("as"), .word("select"):
        continue
      default: break
      }
      switch (word, tokens[at + 1].kind) {
      case ("limit", .number), ("limit", .parameter), ("limit", .symbol(UInt8(ascii: "("))),
        ("offset", .number), ("offset", .parameter), ("offset", .symbol(UInt8(ascii: "("))),
        ("fetch", .word("first")), ("fetch", .word("next")):
        return token.range.lowerBound..<tokens[at + 1].range.upperBound
      default: continue
      }
    }
    return nil
  }
}
