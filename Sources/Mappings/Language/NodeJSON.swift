import Diagnostics
import Documents
import JSON

extension Node {
  /// The value by the core schema of YAML 1.2; nil when it has no JSON, with the reasons in `diagnostics`.
  ///
  /// Numbers keep their digits. Text that is a number to YAML but would lose a zero, a point or a sign is refused.
  public func json(_ diagnostics: inout [Diagnostic]) -> JSON? {
    switch content {
    case .scalar(let scalar):
      return json(of: scalar, &diagnostics)
    case .sequence(let nodes):
      let values = nodes.map { $0.json(&diagnostics) }
      return values.contains { $0 == nil } ? nil : .array(values.compactMap { $0 })
    case .mapping(let entries):
      var members: [JSON.Member] = []
      members.reserveCapacity(entries.count)
      for entry in entries {
        if let value = entry.value.json(&diagnostics) {
          members.append(JSON.Member(name: entry.name, value: value))
        }
      }
      return members.count == entries.count ? .object(members) : nil
    }
  }

  private func json(of scalar: Scalar, _ diagnostics: inout [Diagnostic]) -> JSON? {
    switch scalar.resolved {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .text: return .string(scalar.text)
    case .int, .float:
      if let number = JSON(number: scalar.text) { return number }
      let isNumber = scalar.text.utf8.contains(where: Names.isDigit)
      diagnostics.append(
        isNumber
          ? Diagnostic(
            Codes.ambiguousNumber, "`\(scalar.text)` is a number to YAML and loses its form",
            at: range,
            help: [
              "quote it to keep it as text: \"\(scalar.text)\"", "or write the number plainly",
            ],
            fix: Diagnostic.Fix(range, replacement: "\"\(scalar.text)\""))
          : Diagnostic(
            Codes.badLiteral, "`\(scalar.text)` has no JSON", at: range, help: ["quote it for text"]
          ))
      return nil
    }
  }
}

extension Kind where Value == Located<JSON> {
  /// A literal without settings.
  static let json = Kind(shape: .json) { node, reading in
    node.json(&reading.diagnostics).map { Located($0, at: node.range) }
  }
}

extension Kind where Value == Located<FieldDefinition.Literal> {
  /// A literal; a text on its own may hold settings.
  static let literal = Kind(shape: .json) { node, reading in
    CutText.check(node, &reading)
    if let scalar = node.scalar, scalar.resolved == .text {
      if scalar.style == .plain, let trap = YAMLTrap.finding(in: scalar.text, at: node.range) {
        reading.diagnostics.append(trap)
        return nil
      }
      guard let setting = Setting(node, .json, &reading) else { return nil }
      guard setting.isLiteral else { return Located(.setting(setting), at: node.range) }
      let text = setting.parts.map { if case .text(let text) = $0 { text } else { "" } }.joined()
      if SecretCheck.looksLikeSecret(text) { SecretCheck.warn(at: node.range, &reading) }
      return Located(.json(.string(text)), at: node.range)
    }
    if let inner = node.firstSetting {
      reading.report(
        Codes.badLiteral, "a setting cannot be a part of a list or an object", at: inner.range,
        help: ["let the setting be the whole literal; `$${` stands for the text `${`"])
      return nil
    }
    return node.json(&reading.diagnostics).map { Located(.json($0), at: node.range) }
  }
}

extension Node {
  /// The first text inside that holds `${`.
  fileprivate var firstSetting: Node? {
    switch content {
    case .scalar(let scalar): SettingParser.holdsSetting(scalar.text) ? self : nil
    case .sequence(let nodes): nodes.lazy.compactMap(\.firstSetting).first
    case .mapping(let entries): entries.lazy.compactMap(\.value.firstSetting).first
    }
  }
}
