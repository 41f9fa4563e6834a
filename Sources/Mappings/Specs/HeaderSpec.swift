import Diagnostics
import Documents

/// The headers of a target.
enum HeaderSpec {
  static let kind = Kind<[MapEntry<Node>]>.map(name, node, of: "name of the header")
    .map { entries, _, reading in
      checkNames(entries.map(\.key), &reading)
      return entries.compactMap { entry -> TargetDefinition.Header? in
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

  /// What the client says itself, because a request would mean something else with another value.
  private static let own: Set<String> = [
    "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  private static func checkNames(_ names: [Located<String>], _ reading: inout Reading) {
    for (place, name) in names.enumerated() {
      let plain = name.value.lowercased()
      if own.contains(plain) {
        reading.report(
          Codes.ownHeader, "`\(name.value)` is set by Crosswalk itself", at: name.range,
          help: ["take it out"])
      }
      if let first = names[..<place].first(where: { $0.value.lowercased() == plain }) {
        reading.report(
          Codes.headerTwice,
          "`\(name.value)` is there twice: case does not count in the names of headers",
          at: name.range, notes: [Diagnostic.Note("the first one is here", at: first.range)],
          help: ["keep one of the two"])
      }
    }
  }

  /// What can be said only when the whole target has been read.
  static func check(
    _ headers: [TargetDefinition.Header], _ bearer: Setting?, _ reading: inout Reading
  ) {
    for header in headers {
      switch header.name.value.lowercased() {
      case "authorization" where bearer != nil:
        reading.report(
          Codes.headerTwice, "`\(header.name.value)` is there twice: `auth` sets it too",
          at: header.name.range, help: ["keep one of the two"])
      case "content-type":
        if header.value.isLiteral, let written = header.value.written,
          !written.lowercased().contains("json")
        {
          reading.report(
            Codes.otherContent, "`\(written)` is not a kind of JSON, and every body is JSON",
            at: header.value.range,
            help: [
              "write `application/json`, or a kind of it such as `application/merge-patch+json`"
            ])
        }
      default: break
      }
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
