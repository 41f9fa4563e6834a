/// A token of PostgreSQL's SQL, as far as parameters, statements and select lists need to be found.
public struct SQLToken: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// An unquoted word, in small letters.
    case word(String)
    /// A quoted identifier, without its quotes.
    case quoted(String)
    case string
    case number
    /// `:name`
    case parameter(String)
    case symbol(UInt8)
  }
  public var kind: Kind
  /// UTF-8 offsets in the text.
  public var range: Range<Int>
  /// The number of parentheses and brackets that are open around it.
  public var depth: Int
}

/// What keeps a text from being SQL at all, with the UTF-8 offset where it begins.
public enum SQLProblem: Error, Sendable, Hashable {
  case nul(at: Int)
  case endlessComment(at: Int)
  case endlessQuotation(at: Int)
  /// `$1`: parameters are named.
  case numberedParameter(at: Int)
}

/// Splits SQL into tokens by PostgreSQL's lexical rules; comments and white space are left out.
///
/// A colon directly inside `x[…]` separates the bounds of a slice, so a parameter there is written `x[(:name)]`.
public struct SQLScanner {
  /// What an open bracket means for a colon inside it.
  private enum Bracket { case parenthesis, array, subscripts }

  private let bytes: [UInt8]
  private var at = 0
  private var brackets: [Bracket] = []
  private var tokens: [SQLToken] = []

  public static func scan(_ text: String) throws(SQLProblem) -> [SQLToken] {
    var scanner = SQLScanner(bytes: Array(text.utf8))
    try scanner.scan()
    return scanner.tokens
  }

  /// The tokens up to the first problem, for those who report problems elsewhere.
  public static func tokens(of text: String) -> [SQLToken] {
    var scanner = SQLScanner(bytes: Array(text.utf8))
    try? scanner.scan()
    return scanner.tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func scan() throws(SQLProblem) {
    if let nul = bytes.firstIndex(of: 0) { throw .nul(at: nul) }
    while at < bytes.count {
      if try !skipBlank() { try token() }
    }
  }

  private func peek(_ ahead: Int = 1) -> UInt8? {
    at + ahead < bytes.count ? bytes[at + ahead] : nil
  }

  // MARK: Tokens

  private mutating func token() throws(SQLProblem) {
    let start = at
    let depth = brackets.count
    let kind: SQLToken.Kind
    switch bytes[at] {
    case UInt8(ascii: "'"):
      try skipQuoted(by: UInt8(ascii: "'"), backslashes: false)
      kind = .string
    case UInt8(ascii: "\""):
      try skipQuoted(by: UInt8(ascii: "\""), backslashes: false)
      kind = .quoted(identifier(start + 1..<at - 1))
    case UInt8(ascii: "$"): kind = try dollar()
    case UInt8(ascii: ":"): kind = colon()
    case UInt8(ascii: "("):
      brackets.append(.parenthesis)
      kind = symbol()
    case UInt8(ascii: "["):
      let follows =
        tokens.last?.kind == .word("array") || (brackets.last == .array && !followsValue)
      brackets.append(follows ? .array : .subscripts)
      kind = symbol()
    case UInt8(ascii: ")"), UInt8(ascii: "]"):
      _ = brackets.popLast()
      kind = symbol()
    case let byte where Self.startsName(byte): kind = try word()
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      while at < bytes.count, Self.continuesName(bytes[at]) || bytes[at] == UInt8(ascii: ".") {
        at += 1
      }
      kind = .number
    default: kind = symbol()
    }
    tokens.append(
      SQLToken(kind: kind, range: start..<at, depth: min(depth, brackets.count)))
  }

  private mutating func symbol() -> SQLToken.Kind {
    defer { at += 1 }
    return .symbol(bytes[at])
  }

  /// Whether a `[` here follows a value, as in `array[x[1]]`, and so is a subscript.
  private var followsValue: Bool {
    switch tokens.last?.kind {
    case .word, .quoted, .parameter: true
    case .symbol(let byte): byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]")
    case .string, .number, nil: false
    }
  }

  private mutating func word() throws(SQLProblem) -> SQLToken.Kind {
    let start = at
    while at < bytes.count, Self.continuesName(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self).lowercased()
    if text == "e", at < bytes.count, bytes[at] == UInt8(ascii: "'") {
      try skipQuoted(by: UInt8(ascii: "'"), backslashes: true)
      return .string
    }
    return .word(text)
  }

  private mutating func colon() -> SQLToken.Kind {
    if peek() == UInt8(ascii: ":") || peek() == UInt8(ascii: "=") {
      at += 1
      return symbol()
    }
    guard let next = peek(), Self.startsName(next), brackets.last != .subscripts else {
      return symbol()
    }
    let start = at + 1
    at = start
    while at < bytes.count, bytes[at] != UInt8(ascii: "$"), Self.continuesName(bytes[at]) {
      at += 1
    }
    return .parameter(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func dollar() throws(SQLProblem) -> SQLToken.Kind {
    let start = at
    if let next = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
      throw .numberedParameter(at: start)
    }
    var end = at + 1
    if end < bytes.count, Self.startsName(bytes[end]) {
      while end < bytes.count, bytes[end] != UInt8(ascii: "$"), Self.continuesName(bytes[end]) {
        end += 1
      }
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return symbol() }
    let tag = bytes[start...end]
    at = end + 1
    while at + tag.count <= bytes.count {
      if bytes[at..<at + tag.count].elementsEqual(tag) {
        at += tag.count
        return .string
      }
      at += 1
    }
    throw .endlessQuotation(at: start)
  }

  private func identifier(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self).replacing("\"\"", with: "\"")
  }

  private mutating func skipQuoted(by quote: UInt8, backslashes: Bool) throws(SQLProblem) {
    let start = at
    at += 1
    while at < bytes.count {
      if backslashes, bytes[at] == UInt8(ascii: "\\") {
        at += 2
      } else if bytes[at] != quote {
        at += 1
      } else if peek() == quote {
        at += 2
      } else {
        at += 1
        return
      }
    }
    throw .endlessQuotation(at: start)
  }

  // MARK: What is left out

  /// Skips white space or one comment.
  private mutating func skipBlank() throws(SQLProblem) -> Bool {
    switch bytes[at] {
    case 0x20, 0x09...0x0D:
      at += 1
      return true
    case UInt8(ascii: "-") where peek() == UInt8(ascii: "-"):
      while at < bytes.count, bytes[at] != 0x0A, bytes[at] != 0x0D { at += 1 }
      return true
    case UInt8(ascii: "/") where peek() == UInt8(ascii: "*"):
      try skipBlockComment()
      return true
    default: return false
    }
  }

  private mutating func skipBlockComment() throws(SQLProblem) {
    let start = at
    var depth = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "/"), peek() == UInt8(ascii: "*") {
        depth += 1
        at += 2
      } else if bytes[at] == UInt8(ascii: "*"), peek() == UInt8(ascii: "/") {
        depth -= 1
        at += 2
        if depth == 0 { return }
      } else {
        at += 1
      }
    }
    throw .endlessComment(at: start)
  }

  private static func startsName(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return (0x61...0x7A).contains(lower) || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private static func continuesName(_ byte: UInt8) -> Bool {
    startsName(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "$")
  }
}
