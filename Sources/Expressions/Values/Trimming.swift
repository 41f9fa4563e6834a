// White space and case, as both are read from databases for every row.

extension String {
  /// Without Unicode white space at both ends.
  var trimmed: String {
    // Nearly all text needs a look at ASCII only: blanks at its ends, or none.
    let bytes = utf8
    var first = bytes.startIndex
    var last = bytes.endIndex
    while first < last, Self.isBlank(bytes[first]) { first = bytes.index(after: first) }
    while last > first, Self.isBlank(bytes[bytes.index(before: last)]) {
      last = bytes.index(before: last)
    }
    if first == last { return "" }
    if bytes[first] < 0x80, bytes[bytes.index(before: last)] < 0x80 {
      return first == bytes.startIndex && last == bytes.endIndex ? self : String(self[first..<last])
    }
    return self[first..<last].trimmedScalars
  }

  /// Without white space, and without characters that show nothing, at both ends.
  var cleaned: String {
    let trimmed = trimmed
    guard let first = trimmed.utf8.first, let last = trimmed.utf8.last,
      first >= 0x80 || last >= 0x80
    else { return trimmed }
    let scalars = trimmed.unicodeScalars
    func isKept(_ scalar: Unicode.Scalar) -> Bool {
      !scalar.showsNothing && !scalar.properties.isWhitespace
    }
    guard let start = scalars.firstIndex(where: isKept), let end = scalars.lastIndex(where: isKept)
    else { return "" }
    return String(scalars[start...end])
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  /// With A to Z in lower case, and everything else as it was.
  var lowerASCII: String {
    let hasCapital = utf8.contains { $0 &- 0x41 < 26 }
    return hasCapital ? String(bytes: utf8.map { $0 &- 0x41 < 26 ? $0 + 32 : $0 }) : self
  }
}

extension Unicode.Scalar {
  /// Whether the character is one of those that come along when text is copied and that nobody sees: a byte order mark,
  /// a joiner, a soft hyphen, a mark of direction.
  var showsNothing: Bool {
    switch value {
    case 0xAD, 0x034F, 0x061C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064,
      0x2066...0x206F, 0xFEFF:
      true
    default: false
    }
  }

  /// The character for a message, by its number where it does not show.
  var named: String {
    let number = String(value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
    let isSeen =
      switch properties.generalCategory {
      case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator,
        .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
        false
      default: true
      }
    return isSeen ? (isASCII ? "`\(self)`" : "`\(self)` (\(code))") : code
  }
}

extension Substring {
  fileprivate var trimmedScalars: String {
    let scalars = unicodeScalars
    guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }) else {
      return ""
    }
    var end = scalars.endIndex
    while end > start {
      let before = scalars.index(before: end)
      if !scalars[before].properties.isWhitespace { break }
      end = before
    }
    return String(self[start..<end])
  }
}
