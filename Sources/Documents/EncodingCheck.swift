import Diagnostics

/// What must hold of the bytes before a parser sees them: not too many, UTF-8, no control characters.
enum EncodingCheck {
  /// The offset where the text begins, behind a byte order mark; nil when the bytes cannot be read as text.
  static func start(of file: SourceFile, _ diagnostics: inout [Diagnostic]) -> Int? {
    let bytes = file.bytes
    if bytes.count > Document.largestFile {
      diagnostics.append(.unreadable(file.path, because: .tooLarge, what: "file"))
      return nil
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      diagnostics.append(
        Diagnostic(
          Codes.notUTF8, "the file is UTF-16, not UTF-8",
          at: SourceRange(file: file, start: 0, end: 2),
          help: ["save it again with the encoding UTF-8"]))
      return nil
    }
    var start = 0
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      start = 3
      let mark = SourceRange(file: file, start: 0, end: 3)
      diagnostics.append(
        Diagnostic(
          Codes.byteOrderMark, severity: .warning, "the file begins with a byte order mark",
          at: mark, help: ["save it as UTF-8 without a byte order mark"],
          fix: Diagnostic.Fix(mark, replacement: "")))
    }
    if let offset = invalidOffset(bytes, from: start) {
      let hex = String(bytes[offset], radix: 16, uppercase: true)
      diagnostics.append(
        Diagnostic(
          Codes.notUTF8, "the byte 0x\(hex) is not UTF-8",
          at: SourceRange(file: file, start: offset, end: offset + 1),
          help: ["save the file again with the encoding UTF-8; it may be Windows-1252 now"]))
      return nil
    }
    if let (offset, scalar) = controlCharacter(bytes, from: start) {
      let hex = String(scalar, radix: 16, uppercase: true)
      let name = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
      diagnostics.append(
        Diagnostic(
          Codes.controlCharacter, "the control character \(name) is not allowed in YAML",
          at: SourceRange(file: file, start: offset, end: offset + 1),
          help: ["delete it; inside double quotes it can be written as an escape"]))
      return nil
    }
    if let place = oddSpaces(file) {
      let spaces = Array(place.text.unicodeScalars)
      let hex = String(spaces.first.map(\.value) ?? 0, radix: 16, uppercase: true)
      let name = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
      diagnostics.append(
        Diagnostic(
          Codes.oddSpace, "the space \(name) indents no line", at: place,
          help: ["write an ordinary blank in its place"],
          fix: Diagnostic.Fix(place, replacement: String(repeating: " ", count: spaces.count))))
      return nil
    }
    return start
  }

  /// The first spaces in a line's indentation that are no ordinary ones.
  private static func oddSpaces(_ file: SourceFile) -> SourceRange? {
    let bytes = file.bytes
    for start in file.lineStarts {
      var at = start
      while at < bytes.count, bytes[at] == 0x20 { at += 1 }
      var end = at
      while let length = oddSpace(bytes, end) { end += length }
      if end > at { return SourceRange(file: file, start: at, end: end) }
    }
    return nil
  }

  /// The bytes of the no-break, wide, narrow or invisible space that stands here.
  private static func oddSpace(_ bytes: [UInt8], _ at: Int) -> Int? {
    guard at + 1 < bytes.count, bytes[at] >= 0x80 else { return nil }
    if bytes[at] == 0xC2 { return bytes[at + 1] == 0xA0 ? 2 : nil }
    guard at + 2 < bytes.count else { return nil }
    switch (bytes[at], bytes[at + 1], bytes[at + 2]) {
    case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0xAF), (0xE3, 0x80, 0x80): return 3
    default: return nil
    }
  }

  private static func invalidOffset(_ bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      var at = start
      while at < buffer.count {
        if buffer[at] < 0x80 {
          at += 1
          continue
        }
        guard let length = sequenceLength(buffer, at) else { return at }
        at += length
      }
      return nil
    }
  }

  /// The bytes of the well-formed sequence beyond ASCII that begins here (Unicode, table 3-7).
  private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      at + offset < bytes.count && range.contains(bytes[at + offset])
    }
    switch bytes[at] {
    case 0xC2...0xDF: return continues(1) ? 2 : nil
    case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : nil
    case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : nil
    case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : nil
    case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : nil
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : nil
    case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : nil
    default: return nil
    }
  }

  private static func controlCharacter(
    _ bytes: [UInt8], from start: Int
  ) -> (offset: Int, scalar: UInt32)? {
    bytes.withUnsafeBufferPointer { buffer in
      for at in start..<max(start, buffer.count) {
        switch buffer[at] {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E: continue
        case 0..<0x20, 0x7F: return (at, UInt32(buffer[at]))
        case 0xC2 where buffer[at + 1] < 0xA0 && buffer[at + 1] != 0x85:
          return (at, UInt32(buffer[at + 1]))
        case 0xEF where buffer[at + 1] == 0xBF && buffer[at + 2] >= 0xBE:
          return (at, 0xFFC0 | UInt32(buffer[at + 2] & 0x3F))
        case 0xEF where buffer[at + 1] == 0xBB && buffer[at + 2] == 0xBF:
          return (at, 0xFEFF)
        default: continue
        }
      }
      return nil
    }
  }
}
