import Diagnostics
import Documents

/// The headers of a target.
enum HeaderSpec {
  static let kind = Kind<[MapEntry<Node>]>.map(name, node, of: "name of the header")
    .map { entries, _, reading in
      entries.compactMap { entry -> TargetDefinition.Header? in
        let subject = reading.subject
        defer { reading.subject = subject }
        reading.subject = entry.key.value
        guard let value = Setting(entry.value, .setting, &reading) else { return nil }
        let literals = value.parts.map { if case .text(let text) = $0 { text } else { "" } }
        if literals.joined().unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        {
          reading.report(
            Codes.badValue,
            "the header `\(entry.key.value)` holds a line break or another control character",
            at: value.range, help: ["write it on one line"])
        }
        if SecretCheck.isSecretName(entry.key.value) {
          SecretCheck.check(value, in: entry.key.value, &reading)
        } else {
          SecretCheck.warn(about: value, &reading)
        }
        return TargetDefinition.Header(name: entry.key, value: value)
      }
    }

  private static let node = Kind<Node>(shape: .setting) { node, _ in node }

  private static let name = Kind<Located<String>>(shape: .text) { node, reading in
    guard let text = Kind<Located<String>>.text.read(node, &reading) else { return nil }
    let isToken = text.value.utf8.allSatisfy {
      Names.isDigit($0) || Names.isLower($0 | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains($0)
    }
    guard isToken else {
      reading.report(
        Codes.badName, "`\(text.value)` is not the name of a header", at: text.range,
        help: ["use letters, digits and `-`"])
      return nil
    }
    return text
  }
}
