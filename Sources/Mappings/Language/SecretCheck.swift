import Diagnostics

/// Finds secrets that were written into a file.
enum SecretCheck {
  /// Whether a key, header or field of this name holds a secret.
  static func isSecretName(_ name: String) -> Bool {
    let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
    return words.contains { plain.hasSuffix($0) } || plain.contains("apikey")
  }

  private static let words = [
    "password", "passwd", "secret", "token", "authorization", "bearer", "credential",
    "credentials", "privatekey", "accesskey", "cookie",
  ]

  /// What holds a secret is not written out, and is called one.
  static func check(_ setting: Setting, in key: String, _ reading: inout Reading) {
    refuseLiteral(setting, in: key, &reading)
    for case .environment(let name, nil) in setting.parts {
      reading.report(
        Codes.openSecret, severity: .warning, "`${\(name)}` is a secret, and is not called one",
        at: setting.range, help: ["write `${secret:\(name)}`"])
    }
  }

  private static func refuseLiteral(
    _ setting: Setting, in key: String, _ reading: inout Reading
  ) {
    let writtenDefault = setting.parts.contains {
      if case .environment(_, let value?) = $0 { !value.isEmpty } else { false }
    }
    guard setting.isLiteral || writtenDefault else { return }
    report(setting.range, in: key, isDefault: !setting.isLiteral, &reading)
  }

  static func report(
    _ range: SourceRange, in key: String, isDefault: Bool = false, _ reading: inout Reading
  ) {
    let name = key.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? String(scalar).uppercased() : "_"
    }
    reading.report(
      Codes.literalSecret,
      isDefault ? "`\(key)` has a secret as its default" : "`\(key)` is a secret written out",
      at: range,
      help: ["write `${secret:\(name.joined())}` and replace the secret if this was ever shared"],
      concealsText: true)
  }

  /// Warns where a setting that is no secret holds what looks like one.
  static func warn(about setting: Setting, _ reading: inout Reading) {
    let literals: [String] = setting.parts.compactMap {
      switch $0 {
      case .text(let text): text
      case .environment(_, let defaultValue): defaultValue
      case .secret: nil
      }
    }
    if literals.contains(where: looksLikeSecret) { warn(at: setting.range, &reading) }
  }

  static func warn(at range: SourceRange, _ reading: inout Reading) {
    reading.report(
      Codes.looksLikeSecret, severity: .warning, "\(reading.quotedSubject) looks like a secret",
      at: range, help: ["write `${secret:NAME}` if it is one"], concealsText: true)
  }

  /// Known beginnings of tokens, and long words of letters in both cases mixed with digits.
  static func looksLikeSecret(_ text: String) -> Bool {
    let beginnings = ["eyJ", "ghp_", "github_pat_", "sk-", "xoxb-", "AKIA", "Bearer "]
    if text.utf8.count >= 16, beginnings.contains(where: text.hasPrefix) { return true }
    guard (24...512).contains(text.utf8.count) else { return false }
    var upper = 0
    var lower = 0
    var digits = 0
    for byte in text.utf8 {
      if Names.isDigit(byte) {
        digits += 1
      } else if Names.isLower(byte) {
        lower += 1
      } else if Names.isLower(byte | 0x20) {
        upper += 1
      } else if !"_-+=".utf8.contains(byte) {
        return false
      }
    }
    let isHex = upper == 0 && digits >= 6 && text.utf8.allSatisfy { $0 <= UInt8(ascii: "f") }
    return digits >= 3 && lower >= 3 && (upper >= 3 || isHex)
  }
}
