/// Diagnostics as JSON: an array of objects that always have all members, `null` where there is nothing to say.
enum DiagnosticObjects {
  static func text(of diagnostics: [Diagnostic]) -> String {
    JSONText.array(diagnostics.map(object), lines: true).text + "\n"
  }

  private static func object(_ diagnostic: Diagnostic) -> JSONText {
    let place = diagnostic.range.map(Place.init)
    return .object([
      "code": .string(diagnostic.code.id),
      "severity": .string(diagnostic.severity.rawValue),
      "message": .string(diagnostic.message),
      "path": place.map { .string($0.path) } ?? .null,
      "line": place.map { .number($0.line) } ?? .null,
      "column": place.map { .number($0.column) } ?? .null,
      "endLine": place.map { .number($0.endLine) } ?? .null,
      "endColumn": place.map { .number($0.endColumn) } ?? .null,
      "label": diagnostic.label.map { .string($0) } ?? .null,
      "notes": .array(
        diagnostic.notes.map { note in
          let place = note.range.map(Place.init)
          return .object([
            "message": .string(note.message),
            "path": place.map { .string($0.path) } ?? .null,
            "line": place.map { .number($0.line) } ?? .null,
            "column": place.map { .number($0.column) } ?? .null,
          ])
        }),
      "help": .array(diagnostic.help.map { .string($0) }),
      "fix": diagnostic.fix.map(fix) ?? .null,
    ])
  }

  private static func fix(_ fix: Diagnostic.Fix) -> JSONText {
    let place = Place(fix.range)
    return .object([
      "path": .string(place.path),
      "line": .number(place.line), "column": .number(place.column),
      "endLine": .number(place.endLine), "endColumn": .number(place.endColumn),
      "replacement": .string(fix.replacement),
    ])
  }
}

/// A range as lines and columns, both counted from 1; the end is the first column behind it.
struct Place {
  let path: String
  let line: Int
  let column: Int
  let endLine: Int
  let endColumn: Int

  init(_ range: SourceRange) {
    path = range.file.path
    (line, column) = range.file.position(at: range.start)
    (endLine, endColumn) = range.file.position(at: range.end)
  }
}
