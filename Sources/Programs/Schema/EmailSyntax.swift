/// An e-mail address as the format `email` means it: the mailbox of RFC 5321 in ASCII, its name a dot-atom, its domain of
/// at least two labels. Neither quoted names nor addresses in brackets: what looks like one is a slip far more often.
enum EmailSyntax {
  /// Whether a text is one address and nothing else.
  static func fits(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= 254, let at = text.firstIndex(of: UInt8(ascii: "@")), at > 0, at <= 64
    else {
      return false
    }
    var previous = UInt8(ascii: ".")
    for byte in text[..<at] {
      guard byte == UInt8(ascii: ".") ? previous != byte : isAtom(byte) else { return false }
      previous = byte
    }
    guard previous != UInt8(ascii: ".") else { return false }
    var labels = 1
    var length = 0
    var hasLetter = false
    previous = UInt8(ascii: ".")
    for byte in text[(at + 1)...] {
      switch byte {
      case UInt8(ascii: "."):
        guard length > 0, previous != UInt8(ascii: "-") else { return false }
        labels += 1
        length = 0
        hasLetter = false
      case UInt8(ascii: "-"):
        guard length > 0 else { return false }
        length += 1
      default:
        guard isLetterOrDigit(byte) else { return false }
        if !isDigit(byte) { hasLetter = true }
        length += 1
      }
      guard length <= 63 else { return false }
      previous = byte
    }
    // A last label of digits is the end of an IP address.
    return labels >= 2 && length > 0 && previous != UInt8(ascii: "-") && hasLetter
  }

  /// Why a text is no address, in words that follow a colon; nil for one that is.
  static func fault(_ text: String) -> String? {
    if Array(text.utf8).withUnsafeBufferPointer(fits) { return nil }
    for scalar in text.unicodeScalars {
      let isPart =
        scalar.isASCII
        && (isAtom(UInt8(truncatingIfNeeded: scalar.value)) || scalar == "." || scalar == "@")
      if !isPart { return "\(name(of: scalar)) cannot be part of it" }
    }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return parts.count < 2 ? "it has no @" : "it has several @" }
    guard !parts[0].isEmpty, !parts[1].isEmpty else { return "nothing stands on one side of the @" }
    if parts.contains(where: { $0.hasPrefix(".") || $0.hasSuffix(".") || $0.contains("..") }) {
      return "a dot is first, last, or next to another"
    }
    if parts[0].utf8.count > 64 || text.utf8.count > 254 { return "it is too long" }
    return "`\(parts[1])` is not the domain of a mailbox"
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    if scalar.isASCII { return scalar.value > 0x20 && scalar.value < 0x7F ? "`\(scalar)`" : code }
    return scalar.properties.isAlphabetic ? "`\(scalar)` (\(code))" : code
  }

  private static func isAtom(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || marks.contains(byte)
  }

  private static let marks = Set("!#$%&'*+/=?^_`{|}~-".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- 0x61 < 26
  }
}
