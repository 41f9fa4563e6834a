/// What the text of a setting has to be. Lint asks it about what a file writes out, a run about what it resolves, so that
/// neither lets pass what the other would refuse.
struct SettingRule: Sendable {
  let key: String
  /// In words, behind "write".
  let wanted: String
  /// Whether its text must not be shown, however it is written.
  var isSecret = false
  let fits: @Sendable (String) -> Bool

  static let port = SettingRule(key: "port", wanted: "a number from 1 to 65535") { text in
    text.utf8.allSatisfy(Names.isDigit) && Int(text).map { (1...65_535).contains($0) } ?? false
  }

  static let windowScale = SettingRule(key: "window_scale", wanted: "a number above 0") { text in
    Double(text).map { $0 > 0 && $0.isFinite } ?? false
  }

  static let development = SettingRule(key: "development", wanted: "`true` or `false`") { text in
    text == "true" || text == "false"
  }

  /// Text of one line: what takes it would end it at a control character, or take what follows for something else.
  static func line(_ key: String, isSecret: Bool = false) -> SettingRule {
    SettingRule(
      key: key, wanted: "text on one line, without control characters", isSecret: isSecret
    ) { text in
      !text.isEmpty && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
  }

  /// The path of a PEM file. The file's content in its place is not repeated: it may be a key.
  static func file(_ key: String, isSecret: Bool = false) -> SettingRule {
    SettingRule(key: key, wanted: "the path of a file", isSecret: isSecret) { text in
      line(key).fits(text) && !text.contains("-----BEGIN")
    }
  }

  /// What a header carries: a tab is allowed in it.
  static func header(_ name: String) -> SettingRule {
    SettingRule(
      key: name, wanted: "text on one line, without control characters",
      isSecret: SecretCheck.isSecretName(name)
    ) { text in
      !text.unicodeScalars.contains {
        $0 != "\t" && $0.properties.generalCategory == .control
      }
    }
  }

  static let proxy = SettingRule(
    key: "proxy", wanted: "`environment` or an address such as `http://proxy.example.com:3128`",
    isSecret: true
  ) { text in
    if text == "environment" { return true }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let scheme = text.firstRange(of: "://"),
      ["http", "https", "socks5", "socks5h"].contains(text[..<scheme.lowerBound].lowercased())
    else { return false }
    let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return !host.isEmpty && host.first != ":"
  }

  /// A token is sent behind the word `Bearer`.
  static let bearer = SettingRule(
    key: "bearer", wanted: "the token alone, in visible characters of ASCII", isSecret: true
  ) { text in
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}
