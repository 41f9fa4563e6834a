import Diagnostics
import Documents
import Expressions
import Mappings
import Rows

// What is said of a field whose values the target may not take.

extension Diagnostic {
  static func mayBeNull(_ fit: FieldFit, _ text: SourceText, _ columns: [Column]) -> Diagnostic {
    Diagnostic(
      ProgramCodes.mayBeNull,
      "`\(fit.path)` may be null, but \(fit.mapping.target.value) requires \(fit.schema.wanted)",
      at: text.range, notes: columns.map(\.allowsNull) + fit.declaration,
      help: [
        "give another value: `coalesce(\(text.short), …)`",
        "refuse such records on purpose, `required(\(text.short))`, or \(fit.extract.leavesOutNulls)",
      ])
  }

  static func mayBeAbsent(_ fit: FieldFit, _ text: SourceText, _ columns: [Column]) -> Diagnostic {
    Diagnostic(
      ProgramCodes.mayBeNull,
      "`\(fit.path)` may have no value, but \(fit.mapping.target.value) requires \(fit.schema.wanted)",
      at: text.range, notes: columns.map(\.allowsNull) + fit.declaration,
      help: [
        "give another value with `.orValue(…)`",
        "refuse such records on purpose with `required(…)` around what may be null, or \(fit.extract.leavesOutNulls)",
      ])
  }

  static func selfLinkNeeded(_ fit: FieldFit, _ text: SourceText) -> Diagnostic {
    Diagnostic(
      ProgramCodes.selfLinkNeeded, severity: .warning,
      "every record needs another one of `\(fit.mapping.name.value)` before it, so none can be the first",
      at: text.range, label: "\(fit.mapping.target.value) requires `\(fit.path)`",
      notes: fit.declaration,
      help: [
        "say what the first record has: `.orValue(…)`",
        "or link the first rows to objects that are there already: `crosswalk failures adopt`",
      ])
  }

  static func mayBeTooLong(
    _ fit: FieldFit, _ text: SourceText, _ length: Int, _ limit: Int, _ column: Column?
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.mayBeTooLong,
      "`\(fit.path)` may have \(length) characters, and \(fit.mapping.target.value) takes \(limit)",
      at: text.range,
      notes: (column.map { [$0.width] } ?? []) + fit.declaration(of: "maxLength"),
      help: [
        "cut it: `text.truncate(\(text.short), \(limit))`",
        "or refuse longer ones on purpose: `text.limit(\(text.short), \(limit))`",
      ])
  }

  static func valueNeverFits(_ fit: FieldFit, _ text: SourceText, _ problem: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.valueNeverFits, "`\(fit.path)` can be a value that never fits: \(problem)",
      at: text.range, notes: fit.declaration, help: ["correct the value"])
  }

  static func valuesUnproved(_ fit: FieldFit, _ text: SourceText) -> Diagnostic {
    let allowed = fit.schema.values.prefix(8).map(\.description).joined(separator: ", ")
    return Diagnostic(
      ProgramCodes.valuesUnproved, severity: .warning,
      "nothing says that `\(fit.path)` is always one of \(allowed)\(fit.schema.values.count > 8 ? " …" : "")",
      at: text.range, notes: fit.declaration(of: "enum"),
      help: ["write a table: `{ from: \(text.short), values: { … }, otherwise: … }`"])
  }

  static func tableLacks(_ fit: FieldFit, _ text: SourceText, _ values: [String]) -> Diagnostic {
    let list =
      values.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (values.count > 8 ? " …" : "")
    return Diagnostic(
      ProgramCodes.tableOpen, severity: .warning,
      "the table of `\(fit.path)` does not cover \(list)",
      at: text.range, label: "such a record would be refused",
      help: ["add \(values.count == 1 ? "it" : "them"), or `otherwise: …` for all other values"])
  }

  static func tableIsOpen(_ fit: FieldFit, _ text: SourceText) -> Diagnostic {
    Diagnostic(
      ProgramCodes.tableOpen, severity: .warning,
      "the table of `\(fit.path)` does not say what becomes of other values", at: text.range,
      label: "a record with another value would be refused",
      help: ["add `otherwise: …`; `otherwise: null` leaves the field without a value"])
  }

  static func entryNeverOccurs(
    _ fit: FieldFit, _ key: Located<String>, _ reason: String
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.entryNeverOccurs, severity: .warning,
      "`\(key.value)` can never be looked up in the table of `\(fit.path)`", at: key.range,
      label: reason, help: ["correct the value, or leave it out"])
  }

  static func numberNeverFits(
    _ fit: FieldFit, _ text: SourceText, _ given: String,
    _ bounds: (lowest: Double?, highest: Double?)
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.numberNeverFits,
      "`\(fit.path)` is \(given), and \(fit.mapping.target.value) takes \(range(bounds))",
      at: text.range, notes: fit.declaration, help: ["correct the calculation"])
  }

  static func numberMayNotFit(
    _ fit: FieldFit, _ text: SourceText, _ given: String,
    _ bounds: (lowest: Double?, highest: Double?), _ column: Column?
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.numberMayNotFit, severity: .warning,
      "`\(fit.path)` may be \(given), and \(fit.mapping.target.value) takes \(range(bounds))",
      at: text.range, notes: (column.map { [$0.width] } ?? []) + fit.declaration,
      help: [
        // A decimal is text in expressions, and cannot be compared there.
        column?.type == .decimal
          ? fit.narrowed
          : fit.orLeftOut("test it: `\(text.short) <= … ? dyn(\(text.short)) : null`")
      ])
  }

  private static func range(_ bounds: (lowest: Double?, highest: Double?)) -> String {
    switch bounds {
    case (let low?, let high?): "\(low.formatted) to \(high.formatted)"
    case (let low?, nil): "\(low.formatted) and more"
    case (nil, let high?): "\(high.formatted) and less"
    case (nil, nil): "any number"
    }
  }

  static func formNeverFits(
    _ fit: FieldFit, _ text: SourceText, _ given: String, _ wanted: String
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.formNeverFits,
      "`\(fit.path)` is \(given), and \(fit.mapping.target.value) takes \(FieldFormat.words[wanted] ?? wanted)",
      at: text.range, notes: fit.declaration(of: "format"), help: [form(wanted, text, fit.extract)])
  }

  static func formUnproved(_ fit: FieldFit, _ text: SourceText, _ wanted: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.formUnproved, severity: .warning,
      "nothing says that `\(fit.path)` is \(FieldFormat.words[wanted] ?? wanted)", at: text.range,
      notes: fit.declaration(of: "format"), help: [form(wanted, text, fit.extract)])
  }

  static func patternUnproved(_ fit: FieldFit, _ text: SourceText, _ pattern: String) -> Diagnostic
  {
    let test = "\(text.short) != null && \(text.short).matches(r\"\(pattern)\")"
    return Diagnostic(
      ProgramCodes.formUnproved, severity: .warning,
      "nothing says that `\(fit.path)` fits the pattern `\(pattern)`", at: text.range,
      notes: fit.declaration(of: "pattern"),
      help: [fit.orLeftOut("test it: `\(test) ? dyn(\(text.short)) : null`")])
  }

  private static func form(
    _ wanted: String, _ text: SourceText, _ extract: ExtractDefinition
  ) -> String {
    switch (wanted, extract) {
    case ("date", _): "write `date.valid(\(text.short))`, or \(extract.types("date"))"
    case ("date-time", .query):
      "give the moment its zone in the query: `… at time zone 'America/Chicago'`"
    case ("date-time", .file):
      "declare the column as `timestamptz`, with a `format` that has the zone"
    case ("email", _): "write `email.clean(\(text.short))`"
    case (_, .query):
      "cast it in the query, or test it: `\(text.short).matches(\"…\") ? … : null`"
    case (_, .file): "test it: `\(text.short).matches(\"…\") ? … : null`"
    }
  }

  static func linkIdentity(
    _ fit: FieldFit, _ text: SourceText, _ type: CELType, _ expression: CompiledExpression
  ) -> Diagnostic {
    let name = expression.hostCalls.first?.literal ?? ""
    return Diagnostic(
      ProgramCodes.linkIdentity,
      "`\(fit.path)` takes \(fit.schema.kindWords), and the ids of `\(name)` are \(type)",
      at: text.range, notes: fit.declaration,
      help: ["link to the mapping whose objects the field refers to"])
  }

  static func linkKeyType(
    _ reference: LinkChecks.Reference, _ type: CELType, _ wanted: CELType, _ column: Column,
    _ range: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.linkKeyType,
      "`\(reference.to)` has \(wanted) in its key, and this gives \(type.base)",
      at: reference.range, label: "such a link leads nowhere, ever",
      notes: [Note("the key's column `\(column.name)` is \(column.declared)", at: range)],
      help: [
        wanted == .string
          ? "convert it: `string(…)`"
          : "convert it: `\(wanted)(…)`, or give its column that type in the \(reference.noun)"
      ])
  }

  static func linkCycle(_ way: [LinkChecks.Reference]) -> Diagnostic {
    let names = way.map { "`\($0.from)`" } + [way[0].from].map { "`\($0)`" }
    let waits = way.allSatisfy(\.waits)
    return Diagnostic(
      ProgramCodes.linkCycle, severity: waits ? .error : .warning,
      "the links go in a circle: \(names.joined(separator: " → "))", at: way[0].range,
      label: waits
        ? "each would wait for the other" : "one of them is sent without its link at first",
      notes: way.dropFirst().map { Note("`\($0.from)` refers to `\($0.to)` here", at: $0.range) },
      help: [
        waits
          ? "let one of them go without: `link(…).orValue(null)`; a later run fills it in"
          : "leave one of the links out if the order matters"
      ])
  }
}

extension FieldFit {
  var extract: ExtractDefinition { mapping.extract }

  /// How a decimal column gets bounds that fit.
  fileprivate var narrowed: String {
    let way =
      switch extract {
      case .query: "cast it in the query to a type that fits, or leave such rows out there"
      case .file: "declare digits that fit, such as `decimal(6,2)`, under `columns`"
      }
    return way + "; else such a record is refused"
  }

  fileprivate func orLeftOut(_ help: String) -> String {
    extract.leavesOutRows.map { "\(help), or \($0)" } ?? help
  }

  /// Where the target's schema speaks of the field.
  var declaration: [Diagnostic.Note] {
    guard let node = schema.source else { return [] }
    return [Diagnostic.Note("`\(path)` is declared here", at: node.range)]
  }

  func declaration(of keyword: String) -> [Diagnostic.Note] {
    guard let entry = schema.source?.entry(keyword) else { return declaration }
    return [Diagnostic.Note("the target says so here", at: entry.key.range)]
  }
}

extension SchemaNode {
  /// What the field takes, in words.
  var wanted: String {
    if let format, format == "date" { return "a date (format YYYY-MM-DD)" }
    if let format, let words = FieldFormat.words[format] { return words }
    return kinds.isEmpty ? "a value" : kindWords
  }

  var kindWords: String {
    kinds.map { kind in
      switch kind {
      case .null: "null"
      case .boolean: "true or false"
      case .integer: "a whole number"
      case .number: "a number"
      case .string: "text"
      case .array: "a list"
      case .object: "an object"
      }
    }.sorted().joined(separator: " or ")
  }
}

extension Column {
  fileprivate var shortOrigin: String {
    guard let origin else { return "the column `\(name)`" }
    return origin.split(separator: ".").suffix(2).joined(separator: ".")
  }

  var allowsNull: Diagnostic.Note { Diagnostic.Note("\(shortOrigin) allows NULL", at: stated) }

  var width: Diagnostic.Note { Diagnostic.Note("\(shortOrigin) is \(declared)", at: stated) }
}

extension SourceText {
  /// The text as it can be quoted in a help line.
  var short: String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.utf8.count <= 60 ? line : "…"
  }
}
