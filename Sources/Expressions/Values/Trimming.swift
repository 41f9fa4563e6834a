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

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  /// With A to Z in lower case, and everything else as it was.
  var lowerASCII: String {
    let hasCapital = utf8.contains { $0 &- 0x41 < 26 }
    return hasCapital ? String(bytes: utf8.map { $0 &- 0x41 < 26 ? $0 + 32 : $0 }) : self
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
