/// Diagnostics as a SARIF 2.1.0 log of one run.
enum SARIFLog {
  static func text(of diagnostics: [Diagnostic]) -> String {
    let codes = Set(diagnostics.map(\.code)).sorted { $0.id < $1.id }
    let indices = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
    let log: JSONText = .object([
      "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
      "version": .string("2.1.0"),
      "runs": .array([
        .object([
          "tool": .object([
            "driver": .object([
              "name": .string("crosswalk"),
              "rules": .array(codes.map(rule)),
            ])
          ]),
          "columnKind": .string("unicodeCodePoints"),
          "results": .array(
            diagnostics.map { result($0, rule: indices[$0.code] ?? -1) }, lines: true),
        ])
      ]),
    ])
    return log.text + "\n"
  }

  private static func rule(_ code: Code) -> JSONText {
    .object([
      "id": .string(code.id),
      "shortDescription": message(code.title),
      "fullDescription": message(code.explanation),
    ])
  }

  private static func result(_ diagnostic: Diagnostic, rule: Int) -> JSONText {
    let words = [diagnostic.message + (diagnostic.label.map { ": \($0)" } ?? "")] + diagnostic.help
    let related = diagnostic.notes.map { note in
      JSONText.object([
        "message": message(note.message),
        "physicalLocation": note.range.map(physicalLocation),
      ])
    }
    return .object([
      "ruleId": .string(diagnostic.code.id),
      "ruleIndex": .number(rule),
      "level": .string(diagnostic.severity.rawValue),
      "message": message(words.joined(separator: "\n")),
      "locations": .array(
        diagnostic.range.map { [.object(["physicalLocation": physicalLocation($0)])] } ?? []),
      "relatedLocations": related.isEmpty ? nil : .array(related),
      "fixes": diagnostic.fix.map { .array([fix($0)]) },
    ])
  }

  private static func fix(_ fix: Diagnostic.Fix) -> JSONText {
    .object([
      "artifactChanges": .array([
        .object([
          "artifactLocation": artifact(fix.range.file.path),
          "replacements": .array([
            .object([
              "deletedRegion": region(fix.range),
              "insertedContent": .object(["text": .string(fix.replacement)]),
            ])
          ]),
        ])
      ])
    ])
  }

  private static func message(_ text: String) -> JSONText { .object(["text": .string(text)]) }

  private static func physicalLocation(_ range: SourceRange) -> JSONText {
    .object(["artifactLocation": artifact(range.file.path), "region": region(range)])
  }

  private static func region(_ range: SourceRange) -> JSONText {
    let place = Place(range)
    return .object([
      "startLine": .number(place.line), "startColumn": .number(place.column),
      "endLine": .number(place.endLine), "endColumn": .number(place.endColumn),
    ])
  }

  /// A path as a relative URI reference: bytes beyond the unreserved ones are percent-encoded.
  private static func artifact(_ path: String) -> JSONText {
    var uri = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "~"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        uri += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return .object(["uri": .string(uri)])
  }
}
