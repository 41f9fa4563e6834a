import Diagnostics
import Documents

extension Kind where Value == Setting {
  /// Text with settings from outside in it; numbers and booleans are taken as they are written.
  static let setting = Kind(shape: .setting) { node, reading in
    guard let setting = Setting(node, .setting, &reading) else { return nil }
    SecretCheck.warn(about: setting, &reading)
    return setting
  }

  /// The same of a value that is sent or compared as it stands.
  static let uncutSetting = Kind(shape: .setting) { node, reading in
    CutText.check(node, &reading)
    return setting.read(node, &reading)
  }

  /// A setting that may not be written out.
  static let secret = Kind(shape: .secret) { node, reading in
    let known = reading.diagnostics.count
    guard let setting = Setting(node, .secret, &reading) else {
      // However it is written: what stands here was meant as the secret.
      for place in known..<reading.diagnostics.count {
        reading.diagnostics[place].concealsText = true
      }
      return nil
    }
    SecretCheck.check(setting, in: reading.subject, &reading)
    return setting
  }
}

extension Setting {
  /// Reads a scalar; nil when it is none or malformed.
  init?(_ node: Node, _ shape: Shape, _ reading: inout Reading) {
    guard let scalar = node.scalar, !node.isNull else {
      reading.reportWrongType(node, shape)
      return nil
    }
    var parser = SettingParser(node, scalar.text)
    guard let parts = parser.parse(&reading) else { return nil }
    self.init(parts: parts, range: node.range)
  }

  /// The whole text, where no environment is needed to know it: a literal, or the default of a setting alone.
  var written: String? {
    if isLiteral { return likeness }
    if parts.count == 1, case .environment(_, let defaultValue)? = parts.first {
      return defaultValue
    }
    return nil
  }

  /// Reports a text that is written out and does not fit.
  func check(_ rule: SettingRule, _ reading: inout Reading) {
    guard let written, !rule.fits(written) else { return }
    reading.report(
      Codes.badValue,
      "`\(rule.key)` \(rule.isSecret ? "has a value" : "is `\(written)`"), which is not \(rule.wanted)",
      at: range, help: ["write \(rule.wanted)"], concealsText: rule.isSecret)
  }

  /// The text before the first setting; that of a default where the text begins with a setting.
  var beginning: String {
    switch parts.first {
    case .text(let text)?: text
    case .environment(_, let defaultValue)?: defaultValue ?? ""
    case .secret?, nil: ""
    }
  }

  /// The text with a digit, which may stand anywhere in an address, for what comes from outside; nil where it begins so.
  var likeness: String? {
    guard !beginning.isEmpty || isLiteral else { return nil }
    return parts.map { part in
      switch part {
      case .text(let text): text
      case .environment(_, let defaultValue): defaultValue ?? "1"
      case .secret: "1"
      }
    }.joined()
  }
}

/// Takes `${NAME}`, `${NAME:-default}`, `${secret:NAME}` and `$${` out of a text.
struct SettingParser {
  private let node: Node
  private let bytes: [UInt8]
  private var at = 0
  private var parts: [Setting.Part] = []
  private var plain: [UInt8] = []

  init(_ node: Node, _ text: String) {
    self.node = node
    bytes = Array(text.utf8)
  }

  static func holdsSetting(_ text: String) -> Bool {
    var dollar = false
    for byte in text.utf8 {
      if dollar, byte == UInt8(ascii: "{") { return true }
      dollar = byte == UInt8(ascii: "$")
    }
    return false
  }

  mutating func parse(_ reading: inout Reading) -> [Setting.Part]? {
    let dollar = UInt8(ascii: "$")
    let brace = UInt8(ascii: "{")
    while at < bytes.count {
      if bytes[at] == dollar, at + 2 < bytes.count, bytes[at + 1] == dollar, bytes[at + 2] == brace
      {
        plain += [dollar, brace]
        at += 3
      } else if bytes[at] == dollar, at + 1 < bytes.count, bytes[at + 1] == brace {
        guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else {
          report("`${` is not closed", at..<bytes.count, "close it with `}`", &reading)
          return nil
        }
        guard let part = part(at + 2..<end, &reading) else { return nil }
        flush()
        parts.append(part)
        at = end + 1
      } else {
        plain.append(bytes[at])
        at += 1
      }
    }
    flush()
    return parts
  }

  private mutating func flush() {
    guard !plain.isEmpty else { return }
    parts.append(.text(String(decoding: plain, as: UTF8.self)))
    plain = []
  }

  private func part(_ inside: Range<Int>, _ reading: inout Reading) -> Setting.Part? {
    let whole = inside.lowerBound - 2..<inside.upperBound + 1
    let text = String(decoding: bytes[inside], as: UTF8.self)
    let prefix = "secret:"
    if text.hasPrefix(prefix) {
      let name = String(text.dropFirst(prefix.count))
      guard Self.isVariable(name) else {
        // What stands behind a colon was meant as the secret itself, and is not repeated.
        let start = String(name.prefix { $0 != ":" })
        if start != name, Self.isVariable(start) {
          report(
            "the secret `\(start)` cannot have a default", whole, "write `${secret:\(start)}`",
            concealsText: true, &reading)
        } else {
          report(
            "`\(name)` is not the name of a secret", whole, "write `${secret:NAME}`", &reading)
        }
        return nil
      }
      return .secret(name: name)
    }
    let name = String(decoding: bytes[inside].prefix { Self.isNameByte($0) }, as: UTF8.self)
    let rest = text.utf8.dropFirst(name.utf8.count)
    if Self.isVariable(name) {
      if rest.isEmpty { return .environment(name: name, defaultValue: nil) }
      if rest.starts(with: ":-".utf8) {
        return .environment(
          name: name, defaultValue: String(decoding: rest.dropFirst(2), as: UTF8.self))
      }
    }
    report(
      text.isEmpty ? "`${}` names nothing" : "`${\(text)}` is not a setting", whole,
      "write `${NAME}`, `${NAME:-default}` or `${secret:NAME}`; `$${` for the text `${`", &reading)
    return nil
  }

  private func report(
    _ message: String, _ stretch: Range<Int>, _ help: String, concealsText: Bool = false,
    _ reading: inout Reading
  ) {
    let place = SourceText(node)?.range(of: stretch) ?? node.range
    reading.report(
      Codes.badSetting, message, at: place, help: [help], concealsText: concealsText)
  }

  static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return false }
    return !Names.isDigit(first) && name.utf8.allSatisfy(isNameByte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    Names.isDigit(byte) || Names.isLower(byte | 0x20) || byte == UInt8(ascii: "_")
  }
}
