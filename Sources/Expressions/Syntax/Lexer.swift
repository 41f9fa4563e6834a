/// Cuts an expression's text into tokens.
struct Lexer {
  private let text: [UInt8]
  private var position = 0

  static func tokens(of text: [UInt8]) throws(Issue) -> [Token] {
    var lexer = Lexer(text: text)
    var tokens: [Token] = []
    repeat {
      tokens.append(try lexer.next())
    } while tokens.last?.kind != .end
    return tokens
  }

  private init(text: [UInt8]) {
    self.text = text
  }

  private func byte(_ ahead: Int = 0) -> UInt8 {
    position + ahead < text.count ? text[position + ahead] : 0
  }

  private func issue(_ message: String, _ range: Range<Int>, help: String? = nil) -> Issue {
    Issue(range: range, kind: .syntax, message: message, help: help)
  }

  private mutating func next() throws(Issue) -> Token {
    skipBlanks()
    let start = position
    guard start < text.count else { return Token(kind: .end, range: start..<start) }
    let first = byte()
    if let literal = try stringLiteral() {
      return Token(kind: literal, range: start..<position)
    }
    if isDigit(first) || (first == UInt8(ascii: ".") && isDigit(byte(1))) {
      return Token(kind: try number(), range: start..<position)
    }
    if isLetter(first) {
      while isLetter(byte()) || isDigit(byte()) { position += 1 }
      return Token(kind: .identifier(string(start..<position)), range: start..<position)
    }
    if first == UInt8(ascii: "`") { return try quotedName() }
    for mark in ["&&", "||", "==", "!=", "<=", ">="] where has(mark) {
      position += 2
      return Token(kind: .mark(mark), range: start..<position)
    }
    if "()[]{}.,:?+-*/%!<>".utf8.contains(first) {
      position += 1
      return Token(kind: .mark(string(start..<position)), range: start..<position)
    }
    throw unexpected()
  }

  private func has(_ mark: String) -> Bool {
    text[position...].starts(with: mark.utf8)
  }

  private mutating func skipBlanks() {
    while position < text.count {
      switch byte() {
      case 0x20, 0x09, 0x0A, 0x0C, 0x0D: position += 1
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
        while position < text.count, byte() != 0x0A { position += 1 }
      default: return
      }
    }
  }

  private func unexpected() -> Issue {
    var end = position + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    let character = string(position..<end)
    if let odd = character.unicodeScalars.first.flatMap(OddCharacters.issue) {
      return issue(odd.message, position..<end, help: odd.help)
    }
    let help: String? =
      switch character {
      case "=": "equality is `==`"
      case "&": "“and” is `&&`"
      case "|": "“or” is `||`"
      case "“", "”", "‘", "’": "use straight quotes: \"…\" or '…'"
      case "\u{A0}", "\u{202F}", "\u{2009}": "this is not an ordinary space"
      case "–", "—", "−": "minus is `-`"
      case "#": "a comment starts with `//`"
      case "$": "nothing is put into texts: join them, `text.join([x, y], \" \")`"
      default: nil
      }
    return issue("`\(character)` has no meaning here", position..<end, help: help)
  }

  private mutating func quotedName() throws(Issue) -> Token {
    let start = position
    position += 1
    while position < text.count, byte() != UInt8(ascii: "`") {
      let allowed = isLetter(byte()) || isDigit(byte()) || "./- ".utf8.contains(byte())
      guard allowed else { throw unexpected() }
      position += 1
    }
    guard position < text.count, position > start + 1 else {
      throw issue("a quoted name ends with a backtick and is not empty", start..<position)
    }
    position += 1
    return Token(kind: .quoted(string(start + 1..<position - 1)), range: start..<position)
  }

  private mutating func number() throws(Issue) -> Token.Kind {
    let start = position
    let isHex = byte() == UInt8(ascii: "0") && (byte(1) | 0x20) == UInt8(ascii: "x")
    var isDouble = false
    if isHex {
      position += 2
      while isHexDigit(byte()) { position += 1 }
    } else {
      skipDigits()
      if byte() == UInt8(ascii: "."), isDigit(byte(1)) {
        isDouble = true
        position += 1
        skipDigits()
      }
      let signed = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-")
      if byte() | 0x20 == UInt8(ascii: "e"), isDigit(byte(signed ? 2 : 1)) {
        isDouble = true
        position += signed ? 2 : 1
        skipDigits()
      }
    }
    let digits = string(start + (isHex ? 2 : 0)..<position)
    let isUnsigned = !isDouble && byte() | 0x20 == UInt8(ascii: "u")
    if isUnsigned { position += 1 }
    guard !isLetter(byte()), !digits.isEmpty else {
      while isLetter(byte()) || isDigit(byte()) { position += 1 }
      throw issue("`\(string(start..<position))` is not a number", start..<position)
    }
    if isDouble {
      guard let value = Double(digits), value.isFinite else {
        throw issue("`\(digits)` is too large for a double", start..<position)
      }
      return .double(value)
    }
    guard let value = UInt64(digits, radix: isHex ? 16 : 10) else {
      throw issue("`\(string(start..<position))` does not fit 64 bits", start..<position)
    }
    return isUnsigned ? .uint(value) : .int(value)
  }

  private mutating func skipDigits() {
    while isDigit(byte()) { position += 1 }
  }

  /// A string or bytes literal, or nil when none starts here.
  private mutating func stringLiteral() throws(Issue) -> Token.Kind? {
    let start = position
    var prefix = 0
    var isBytes = false
    var isRaw = false
    if byte() | 0x20 == UInt8(ascii: "b") {
      isBytes = true
      prefix = 1
    }
    if byte(prefix) | 0x20 == UInt8(ascii: "r") {
      isRaw = true
      prefix += 1
    }
    let quote = byte(prefix)
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
    position += prefix
    let isTriple = byte(1) == quote && byte(2) == quote
    let width = isTriple ? 3 : 1
    position += width
    let bodyStart = position
    while true {
      guard position < text.count, isTriple || (byte() != 0x0A && byte() != 0x0D) else {
        throw issue("this string does not end", start..<position)
      }
      if byte() == quote, !isTriple || (byte(1) == quote && byte(2) == quote) { break }
      position += byte() == UInt8(ascii: "\\") && !isRaw && position + 1 < text.count ? 2 : 1
    }
    let body = bodyStart..<position
    position += width
    if isRaw || !text[body].contains(UInt8(ascii: "\\")) {
      return isBytes ? .bytes(Array(text[body])) : .string(string(body))
    }
    var escapes = Escapes(text: text, body: body, isBytes: isBytes)
    let bytes = try escapes.unescaped()
    return isBytes ? .bytes(bytes) : .string(String(bytes: bytes))
  }

  private func string(_ range: Range<Int>) -> String {
    String(bytes: text[range])
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

func isLetter(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
}

func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
