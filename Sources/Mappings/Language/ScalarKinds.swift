import Diagnostics
import Documents

extension Kind where Value == Located<String> {
  /// Text on one line or several, not empty.
  static let text = plainText(.text)

  static let filePath = plainText(.filePath)

  static let pattern = plainText(.pattern)

  static let name = Kind(shape: .name) { node, reading in
    guard let text = Kind.plainText(.name).read(node, &reading) else { return nil }
    guard Names.isName(text.value) else {
      reading.report(
        Codes.badName, "`\(text.value)` is not a name", at: text.range,
        help: ["use up to 64 lower-case letters, digits, `-` and `_`, beginning with a letter"])
      return nil
    }
    return text
  }

  static let fieldPath = Kind(shape: .fieldPath) { node, reading in
    guard let text = Kind.plainText(.fieldPath).read(node, &reading) else { return nil }
    guard Names.isPath(text.value) else {
      reading.report(
        Codes.badName, "`\(text.value)` is not the path of a field", at: text.range,
        help: ["write names with dots between them, such as `geofence.radius`"])
      return nil
    }
    return text
  }

  private static func plainText(_ shape: Shape) -> Kind {
    Kind(shape: shape) { node, reading in
      guard let scalar = node.scalar, !node.isNull else {
        reading.reportWrongType(node, shape)
        return nil
      }
      guard scalar.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
        reading.report(Codes.emptyValue, "\(reading.quotedSubject) is empty", at: node.range)
        return nil
      }
      return Located(scalar.text, at: node.range)
    }
  }
}

/// What names are made of.
enum Names {
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, (1...64).contains(text.utf8.count) else { return false }
    return isLower(first)
      && text.utf8.allSatisfy {
        isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
  }

  /// Members with dots between them; a member is anything visible that is not a dot.
  static func isPath(_ text: String) -> Bool {
    var previous = UInt8(ascii: ".")
    for byte in text.utf8 {
      guard byte > 0x20 else { return false }
      guard byte < 0x7F else { return isPathBeyondASCII(text) }
      if byte == UInt8(ascii: "."), previous == byte { return false }
      previous = byte
    }
    return previous != UInt8(ascii: ".")
  }

  private static func isPathBeyondASCII(_ text: String) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { member in
      !member.isEmpty
        && member.unicodeScalars.allSatisfy { $0.value > 0x20 && !$0.properties.isWhitespace }
    }
  }

  static func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

extension Kind where Value == String {
  /// Text whose place does not matter.
  static let words = Kind(shape: .text) { node, reading in
    Kind<Located<String>>.text.read(node, &reading)?.value
  }

  /// The name of a time zone. Not an offset, nor one in POSIX's notation, in which `UTC-5` lies east of Greenwich.
  static let timeZone = Kind(shape: .text) { node, reading in
    guard let text = Kind<Located<String>>.text.read(node, &reading) else { return nil }
    let parts = text.value.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      guard let first = part.first, Names.isLower(first | 0x20) else { return false }
      return part.allSatisfy { byte in
        Names.isLower(byte | 0x20)
          || (parts.count > 1 && (Names.isDigit(byte) || "_-+".utf8.contains(byte)))
      }
    }
    guard isName else {
      reading.report(
        Codes.badValue, "`\(text.value)` is not the name of a time zone", at: text.range,
        help: ["write `UTC` or a name such as `America/Chicago`"])
      return nil
    }
    return text.value
  }
}

extension Kind where Value == Bool {
  static let bool = Kind(shape: .bool) { node, reading in
    if case .bool(let value)? = node.scalar?.resolved { return value }
    if let scalar = node.scalar, scalar.style == .plain,
      let meant = oldBooleans[scalar.text.lowercased()]
    {
      reading.report(
        Codes.oldBoolean, severity: .warning, "`\(scalar.text)` is not a boolean in YAML 1.2",
        at: node.range, help: ["write `\(meant)`"],
        fix: Diagnostic.Fix(node.range, replacement: "\(meant)"))
      return meant
    }
    reading.reportWrongType(node, .bool)
    return nil
  }
}

private let oldBooleans = [
  "yes": true, "on": true, "y": true, "no": false, "off": false, "n": false,
]

extension Kind where Value == Int {
  static func int(_ range: ClosedRange<Int>) -> Kind {
    Kind(shape: .integer(range)) { node, reading in
      guard let scalar = node.scalar, case .int = scalar.resolved, let value = Int(scalar.text)
      else {
        reading.reportWrongType(node, .integer(range))
        return nil
      }
      guard range.contains(value) else {
        reading.report(
          Codes.outOfRange,
          "\(reading.quotedSubject) must be \(Shape.integer(range).phrase), not \(value)",
          at: node.range)
        return nil
      }
      return value
    }
  }
}

extension Kind where Value == ClosedRange<Int> {
  /// A status of HTTP, or a class of them.
  static let status = Kind(shape: .oneOf([.integer(100...599), .choice(statusClasses)])) {
    node, reading in
    let words = statusClasses.map(\.word)
    if let place = words.firstIndex(of: node.scalar?.text ?? "") {
      return (place + 1) * 100...(place + 1) * 100 + 99
    }
    if let text = node.scalar?.text, text.lowercased().hasSuffix("xx") {
      reading.report(
        Codes.notAChoice, "`\(text)` is not a class of statuses", at: node.range,
        help: ["write one of \(words.map { "`\($0)`" }.joined(separator: ", "))"])
      return nil
    }
    return Kind<Int>.int(100...599).read(node, &reading).map { $0...$0 }
  }
}

private let statusClasses = (1...5).map { Shape.Choice("\($0)xx", "") }

extension Kind where Value == Double {
  static func number(_ range: ClosedRange<Double>) -> Kind {
    Kind(shape: .number(range)) { node, reading in
      let shape = Shape.number(range)
      guard let scalar = node.scalar, [.int, .float].contains(scalar.resolved),
        let value = Double(scalar.text)
      else {
        reading.reportWrongType(node, shape)
        return nil
      }
      guard range.contains(value) else {
        reading.report(
          Codes.outOfRange, "\(reading.quotedSubject) must be \(shape.phrase), not \(scalar.text)",
          at: node.range)
        return nil
      }
      return value
    }
  }
}

extension Kind where Value == Duration {
  /// The limits count milliseconds.
  static func duration(_ range: ClosedRange<Int>) -> Kind {
    Kind(shape: .duration(range)) { node, reading in
      guard let scalar = node.scalar, !node.isNull else {
        reading.reportWrongType(node, .duration(range))
        return nil
      }
      let digits = scalar.text.utf8.prefix(while: Names.isDigit)
      let unit = String(scalar.text.dropFirst(digits.count))
      guard let scale = durationUnits[unit], let count = Int(String(digits) ?? "") else {
        let help =
          unit.isEmpty && !digits.isEmpty
          ? "write the unit, such as `\(scalar.text)s`"
          : "write `500ms`, `10s`, `2m`, `1h` or `30d`"
        reading.report(
          Codes.badDuration, "`\(scalar.text)` is not a duration", at: node.range, help: [help])
        return nil
      }
      let (milliseconds, overflow) = count.multipliedReportingOverflow(by: scale)
      guard !overflow, range.contains(milliseconds) else {
        let low = Duration.written(milliseconds: range.lowerBound)
        let high = Duration.written(milliseconds: range.upperBound)
        reading.report(
          Codes.outOfRange, "\(reading.quotedSubject) must be from \(low) to \(high)",
          at: node.range)
        return nil
      }
      return .milliseconds(milliseconds)
    }
  }
}

private let durationUnits = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]

extension Duration {
  /// As a person would write it.
  static func written(milliseconds: Int) -> String {
    let day = 86_400_000
    if milliseconds > day && milliseconds % day == 0 { return "\(milliseconds / day)d" }
    for (unit, scale) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
    where milliseconds >= scale && milliseconds % scale == 0 {
      return "\(milliseconds / scale)\(unit)"
    }
    return "\(milliseconds)ms"
  }
}

extension Kind where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  /// One of the cases, by its raw value; `summaries` says what each is for.
  static func choice(_ summaries: [Value: String] = [:]) -> Kind where Value: Hashable {
    let choices = Value.allCases.map { Shape.Choice($0.rawValue, summaries[$0] ?? "") }
    return Kind(shape: .choice(choices)) { node, reading in
      if let text = node.scalar?.text, let value = Value(rawValue: text) { return value }
      guard let scalar = node.scalar, !node.isNull else {
        reading.reportWrongType(node, .choice(choices))
        return nil
      }
      let words = choices.map(\.word)
      let near = closest(to: scalar.text, in: words)
      var help = ["write one of " + words.map { "`\($0)`" }.joined(separator: ", ")]
      if let near { help.insert("did you mean `\(near)`?", at: 0) }
      reading.report(
        Codes.notAChoice, "\(reading.quotedSubject) cannot be `\(scalar.text)`", at: node.range,
        help: help,
        fix: onlyClosest(to: scalar.text, in: words).map {
          Diagnostic.Fix(node.range, replacement: $0)
        })
      return nil
    }
  }
}
