extension JSONParser {
  /// Reads the string whose opening quote is at `at`.
  ///
  /// A string without escapes is decoded in one go from where it stands; from the first escape on, bytes are collected.
  mutating func string() throws(JSONError) -> String {
    let open = at
    at += 1
    var start = at
    var collected: [UInt8] = []
    while true {
      try skipPlainText(openedAt: open)
      if bytes[at] == UInt8(ascii: "\"") {
        let rest = UnsafeBufferPointer(rebasing: bytes[start..<at])
        at += 1
        if collected.isEmpty { return String(decoding: rest, as: UTF8.self) }
        collected.append(contentsOf: rest)
        return String(decoding: collected, as: UTF8.self)
      }
      collected.append(contentsOf: bytes[start..<at])
      try appendEscape(to: &collected)
      start = at
    }
  }

  /// Moves to the next quote or backslash, over valid UTF-8 only.
  private mutating func skipPlainText(openedAt open: Int) throws(JSONError) {
    while at < end {
      skipPlainWords()
      guard at < end else { break }
      let byte = bytes[at]
      if byte >= 0x80 {
        try skipMultibyte()
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        return
      } else if byte < 0x20 {
        throw error(.syntax, at: at, "a control character inside a string, which must be escaped")
      } else {
        at += 1
      }
    }
    throw error(.unexpectedEnd, at: end, "the text ends inside a string")
  }

  /// Steps over eight bytes at a time while all of them are ASCII that may stand in a string as it is.
  private mutating func skipPlainWords() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones &* 0x80
    let raw = UnsafeRawBufferPointer(bytes)
    while end - at >= 8 {
      let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      // A byte's high bit is set in these when it is zero after the exclusive or, or below 0x20 (or beyond ASCII).
      let quote = (word ^ (ones &* 0x22)) &- ones
      let backslash = (word ^ (ones &* 0x5C)) &- ones
      let control = word &- ones &* 0x20
      if (word | quote | backslash | control) & highs != 0 { return }
      at += 8
    }
  }

  /// Steps over one scalar of two to four bytes, by table 3-7 of the Unicode standard.
  private mutating func skipMultibyte() throws(JSONError) {
    let count: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[at] {
    case 0xC2...0xDF: count = 2
    case 0xE0: (count, second) = (3, 0xA0...0xBF)
    case 0xED: (count, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: count = 3
    case 0xF0: (count, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: count = 4
    case 0xF4: (count, second) = (4, 0x80...0x8F)
    default: throw error(.encoding, at: at, "a byte that is not UTF-8")
    }
    for i in 1..<count {
      guard at + i < end else {
        throw error(.unexpectedEnd, at: end, "the text ends inside a string")
      }
      guard (i == 1 ? second : 0x80...0xBF).contains(bytes[at + i]) else {
        throw error(.encoding, at: at, "bytes that are not UTF-8")
      }
    }
    at += count
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(JSONError) {
    let backslash = at
    guard at + 1 < end else {
      throw error(.unexpectedEnd, at: end, "the text ends inside a string")
    }
    let letter = bytes[at + 1]
    at += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try escapedScalar(from: backslash)
      text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw error(.syntax, at: backslash, "an unknown escape inside a string")
    }
  }

  /// The scalar of `\uXXXX`, or of two such escapes that form a surrogate pair.
  private mutating func escapedScalar(from backslash: Int) throws(JSONError) -> Unicode.Scalar {
    let unit = try fourHexDigits()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let halfAlone = error(
      .encoding, at: backslash, "half of a surrogate pair, which is not a character")
    guard unit < 0xDC00, at + 1 < end, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    else { throw halfAlone }
    at += 2
    let low = try fourHexDigits()
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(low - 0xDC00))
    else { throw halfAlone }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard at < end else {
        throw error(.unexpectedEnd, at: end, "the text ends inside a string")
      }
      let byte = bytes[at]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw error(.syntax, at: at, "four hexadecimal digits expected after \\u")
      }
      unit = unit << 4 | UInt16(digit)
      at += 1
    }
    return unit
  }
}
