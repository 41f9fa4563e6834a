/// What a target says, made fit for a line that people read: its white space folded, what would steer a terminal written
/// out, and cut where it is long. Everything that is quoted from an answer passes through here.
struct ForeignText: Sendable {
  static let sentence = 500
  static let excerpt = 200

  /// Takes out what nobody may read, before anything is cut.
  var hide: @Sendable (String) -> String = { $0 }

  /// `nil` when nothing can be seen of it.
  func line(_ text: String, upTo length: Int = sentence) -> String? {
    var line = ""
    var count = 0
    var isBehindSpace = false
    for scalar in hide(text).unicodeScalars {
      if scalar.properties.isWhitespace {
        isBehindSpace = !line.isEmpty
        continue
      }
      if count >= length { return line + "…" }
      if isBehindSpace {
        line += " "
        count += 1
        isBehindSpace = false
      }
      if Self.isHidden(scalar) {
        line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        line.unicodeScalars.append(scalar)
      }
      count += 1
    }
    return line.isEmpty ? nil : line
  }

  /// The beginning of a body whose shape nobody has described.
  func excerpt(of body: [UInt8]) -> String? {
    // A sensitive value may stand behind the beginning, and be looked for as a whole; but not for megabytes.
    line(String(decoding: body.prefix(64 << 10), as: UTF8.self), upTo: Self.excerpt)
  }

  /// Where a redirect points to, without what may be secret: user, query and fragment.
  func address(_ location: String) -> String? {
    var address = location.prefix { $0 != "?" && $0 != "#" }
    if let scheme = address.firstRange(of: "//") {
      let authority = address[scheme.upperBound...].prefix { $0 != "/" }
      if let user = authority.lastIndex(of: "@") {
        address.removeSubrange(scheme.upperBound...user)
      }
    }
    return line(String(address), upTo: Self.excerpt)
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }
}
