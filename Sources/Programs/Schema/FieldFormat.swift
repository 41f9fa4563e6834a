/// The formats of text that are checked before anything is sent.
enum FieldFormat {
  /// What the text should have been, e.g. "a date (YYYY-MM-DD)", and what is wrong with it where that does not show at
  /// once, or `nil` when it is, or the format is unknown.
  static func problem(_ text: String, format: String) -> String? {
    guard let words = words[format] else { return nil }
    if format == "email" { return EmailSyntax.fault(text).map { "\(words): \($0)" } }
    let bytes = Array(text.utf8)
    let fits =
      switch format {
      case "date": isDate(bytes)
      case "date-time": isDateTime(bytes)
      case "time": isDateTime(Array("2000-01-01T".utf8) + bytes)
      case "uuid": isUUID(bytes)
      case "uri": isURI(bytes)
      case "ipv4": isIPv4(bytes)
      case "hostname": isHostname(bytes)
      default: true
      }
    return fits ? nil : words
  }

  /// The formats of text, in words.
  static let words = [
    "date": "a date (YYYY-MM-DD)", "date-time": "a date and time (RFC 3339)",
    "time": "a time of day with its zone (RFC 3339)", "email": "an e-mail address",
    "uuid": "a UUID", "uri": "an absolute URI", "ipv4": "an IPv4 address",
    "hostname": "a host name",
  ]

  /// Formats of numbers say how wide they are; only `int32` is narrower than what is sent anyway.
  static func isKnown(_ format: String) -> Bool {
    words[format] != nil || ["int32", "int64", "float", "double"].contains(format)
  }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  private static func isDate(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == 10, bytes[4] == 45, bytes[7] == 45, let year = digits(bytes[0..<4]),
      let month = digits(bytes[5..<7]), let day = digits(bytes[8..<10]), (1...12).contains(month)
    else { return false }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day >= 1 && day <= lengths[month - 1]
  }

  private static func isDateTime(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 20, isDate(Array(bytes[0..<10])), bytes[10] == 84 || bytes[10] == 116,
      bytes[13] == 58, bytes[16] == 58, let hour = digits(bytes[11..<13]),
      let minute = digits(bytes[14..<16]), let second = digits(bytes[17..<19]), hour < 24,
      minute < 60, second <= 60
    else { return false }
    var rest = bytes[19...]
    if rest.first == 46 {
      let fraction = rest.dropFirst().prefix { (48...57).contains($0) }
      guard !fraction.isEmpty else { return false }
      rest = rest.dropFirst(1 + fraction.count)
    }
    if rest.count == 1 { return rest.first == 90 || rest.first == 122 }
    let zone = Array(rest)
    guard zone.count == 6, zone[0] == 43 || zone[0] == 45, zone[3] == 58,
      let hours = digits(zone[1..<3]), let minutes = digits(zone[4..<6])
    else { return false }
    return hours < 24 && minutes < 60
  }

  private static func isUUID(_ bytes: [UInt8]) -> Bool {
    bytes.count == 36
      && bytes.enumerated().allSatisfy { at, byte in
        [8, 13, 18, 23].contains(at) ? byte == 45 : isHexadecimal(byte)
      }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...102).contains(byte | 32)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 32)
  }

  /// A scheme, a colon, and visible ASCII behind it, in which `%` stands before two hexadecimal digits; one of the web
  /// names a host.
  private static func isURI(_ bytes: [UInt8]) -> Bool {
    guard let colon = bytes.firstIndex(of: 58), let first = bytes.first,
      (97...122).contains(first | 32), colon + 1 < bytes.count,
      bytes[..<colon].allSatisfy({ isLetterOrDigit($0) || [43, 45, 46].contains($0) }),
      bytes.allSatisfy({ $0 > 32 && $0 < 127 && !"<>\"{}|\\^`".utf8.contains($0) })
    else { return false }
    for (at, byte) in bytes.enumerated() where byte == 37 {
      guard at + 2 < bytes.count, isHexadecimal(bytes[at + 1]), isHexadecimal(bytes[at + 2]) else {
        return false
      }
    }
    let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    guard scheme == "http" || scheme == "https" else { return true }
    let rest = bytes[(colon + 1)...]
    return rest.starts(with: [47, 47])
      && rest.dropFirst(2).first.map { ![47, 58, 63, 35].contains($0) } == true
  }

  private static func isIPv4(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.split(separator: 46, omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        guard part.count <= 3, let number = digits(part) else { return false }
        return number <= 255 && (part.count == 1 || part.first != 48)
      }
  }

  private static func isHostname(_ bytes: [UInt8]) -> Bool {
    let labels = bytes.split(separator: 46, omittingEmptySubsequences: false)
    return bytes.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != 45 && label.last != 45
          && label.allSatisfy { isLetterOrDigit($0) || $0 == 45 }
      }
  }
}
