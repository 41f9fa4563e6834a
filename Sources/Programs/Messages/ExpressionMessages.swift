import Diagnostics
import Expressions
import Mappings
import Rows

extension Diagnostic {
  static func expression(
    _ issue: Issue, _ text: SourceText, columns: [Column], parameters: [BoundParameter],
    extract: ExtractDefinition, mappings: [String] = []
  ) -> Diagnostic {
    let range = text.range(of: issue.range)
    let help = issue.help.map { [$0] } ?? []
    switch issue.kind {
    case .unknownName(let name) where name.hasPrefix("row."):
      return unknownColumn(String(name.dropFirst(4)), range, columns.map(\.name), in: extract)
    case .unknownName(let name) where name.hasPrefix("parameters."):
      let names = parameters.map { "parameters." + $0.name }
      let help =
        switch extract {
        case .query: "declare it under `query.parameters`"
        case .file: "a file has no parameters: write the value itself"
        }
      return Diagnostic(
        ProgramCodes.unknownName, "`\(name)` is not a parameter of this \(extract.noun)", at: range,
        help: closest(to: name, in: names).map { ["did you mean `\($0)`?"] } ?? [help])
    case .unknownName(let name) where name == "row":
      return Diagnostic(
        ProgramCodes.unknownName, "`row` is not a value by itself", at: range,
        help: ["name a column: \(columns.nameable.quoted)"])
    case .unknownName(let name):
      if columns.contains(where: { $0.name == name }) {
        return Diagnostic(
          ProgramCodes.unknownName, issue.message, at: range,
          help: ["did you mean the column \(ColumnName(name).quoted)?"])
      }
      // A mapping's name without quotes; a dash in it is read as a minus.
      if let mapping = mappings.first(where: { $0 == name || $0.hasPrefix(name + "-") }),
        text.text.contains("link(" + mapping)
      {
        return Diagnostic(
          ProgramCodes.unknownName, issue.message, at: range,
          help: ["the name of a mapping is text: `link(\"\(mapping)\", …)`"])
      }
      // A word alone is perhaps text that was meant as it stands.
      let literal = "for the text itself write `{ value: \(text.text.quotedIfNeeded) }`"
      return Diagnostic(
        ProgramCodes.unknownName, issue.message, at: range,
        help: text.short == "…" ? help : help + [literal])
    case .unknownFunction:
      return Diagnostic(
        ProgramCodes.unknownFunction, issue.message, at: range,
        help: help.isEmpty ? ["docs/functions.md lists the functions"] : help)
    case .noOverload:
      // Nothing else says that a number of the table is a text here.
      let decimals = columns.filter { column in
        column.type == .decimal && range.text.names(column)
      }
      return Diagnostic(
        ProgramCodes.noOverload, issue.message, at: range,
        notes: decimals.isEmpty
          ? [] : [Diagnostic.Note("decimals are text in expressions, so that no digit is lost")],
        help: decimals.isEmpty ? help : decimals.map { $0.asNumber })
    case .nullable:
      return Diagnostic(ProgramCodes.nullRisk, issue.message, at: range, help: help)
    case .neverNull:
      return Diagnostic(
        ProgramCodes.vainTest, severity: .warning, issue.message, at: range, help: help)
    case .tooDeep:
      return Diagnostic(ProgramCodes.tooComplex, issue.message, at: range, help: help)
    case .tooCostly:
      return Diagnostic(ProgramCodes.tooCostly, issue.message, at: range, help: help)
    case .alwaysFails:
      return Diagnostic(ProgramCodes.alwaysFails, issue.message, at: range, help: help)
    case .badPattern:
      return Diagnostic(ProgramCodes.badPattern, issue.message, at: range, help: help)
    default:
      return Diagnostic(
        ProgramCodes.syntax, issue.message, at: range,
        help: text.cutHelp(at: issue).map { [$0] } ?? help)
    }
  }

  static func unknownColumn(
    _ name: String, _ range: SourceRange, _ columns: [String], in extract: ExtractDefinition
  ) -> Diagnostic {
    let shown = columns.prefix(2).joined(separator: ", ")
    let more = columns.count > 2 ? " and \(columns.count - 2) more" : ""
    return Diagnostic(
      ProgramCodes.unknownColumn,
      "\(ColumnName(name).quoted) is not a column of this \(extract.noun)", at: range,
      label: columns.isEmpty ? nil : "\(extract.has) \(shown)\(more)",
      help: [
        closest(to: name, in: columns).map { ColumnName($0).suggestion(in: extract) }
          ?? extract.addsColumn
      ])
  }

  static func nullRisk(_ risk: Issue, _ text: SourceText, columns: [Column]) -> Diagnostic {
    let range = text.range(of: risk.range)
    let blamed = columns.first { range.text.names($0) }
    return Diagnostic(
      ProgramCodes.nullRisk, severity: .warning, risk.message, at: range,
      notes: blamed?.origin.map { [Diagnostic.Note("\($0) allows NULL")] } ?? [],
      help: risk.help.map { [$0] } ?? [])
  }

  static func linkNotLiteral(_ range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.link, "`link` must name its mapping as text", at: range,
      help: [#"write `link("mapping-name", row.key)`"#])
  }

  static func linkUnknown(_ name: String, _ range: SourceRange, _ mappings: [String]) -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.link, "there is no mapping `\(name)` to link to", at: range,
      help: closest(to: name, in: mappings).map { ["did you mean `\($0)`?"] } ?? [
        "the mappings are \(mappings.sorted().joined(separator: ", "))"
      ])
  }

  static func linkKeyCount(
    _ name: String, _ range: SourceRange, _ key: [Located<String>], _ given: Int
  ) -> Diagnostic {
    let columns = key.map(\.value).joined(separator: ", ")
    let values = key.map { ColumnName($0.value).reference ?? "…" }.joined(separator: ", ")
    return Diagnostic(
      ProgramCodes.link,
      "`\(name)` has a key of \(key.count) column\(key.count == 1 ? "" : "s"), and \(given) \(given == 1 ? "is" : "are") given",
      at: range, label: "the key is \(columns)",
      notes: key.first.map { [Diagnostic.Note("the key is declared here", at: $0.range)] } ?? [],
      help: [
        "give one value a column: `link(\"\(name)\", \(values))`, whatever the columns are called here"
      ])
  }
}

extension SourceText {
  /// What to do where YAML has cut the expression at ` #`, which begins a comment.
  fileprivate func cutHelp(at issue: Issue) -> String? {
    let bytes = range.file.bytes
    guard issue.range.upperBound >= text.utf8.count, range.start < range.end,
      range.end < bytes.count,
      ![UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "|"), UInt8(ascii: ">")]
        .contains(bytes[range.start])
    else { return nil }
    let line = range.file.position(at: range.end).line
    let end = line < range.file.lineStarts.count ? range.file.lineStarts[line] - 1 : bytes.count
    let rest = String(decoding: bytes[range.end..<end], as: UTF8.self)
    guard rest.drop(while: { $0 == " " }).hasPrefix("#") else { return nil }
    let whole = String(decoding: bytes[range.start..<end], as: UTF8.self)
    return "YAML cuts the text at ` #`, where a comment begins: quote the whole, "
      + "`'\(whole.replacing("'", with: "''"))'`"
  }
}

extension Column {
  /// A decimal as a number, where it may be null and where it may not.
  fileprivate var asNumber: String {
    let value = ColumnName(name).reference ?? "…"
    return nullable == false
      ? "make a number of it: `double(\(value))`"
      : "make a number of it: `double(coalesce(\(value), \"0\"))`, or test it for null first"
  }
}

extension [Column] {
  /// The first that an expression can name.
  fileprivate var nameable: ColumnName {
    lazy.map { ColumnName($0.name) }.first { $0.reference != nil } ?? ColumnName("name")
  }
}

extension String {
  /// Whether a column's name occurs that does not go on behind it.
  fileprivate func names(_ column: Column) -> Bool {
    if contains("row.`\(column.name)`") { return true }
    return ranges(of: "row." + column.name).contains { range in
      guard range.upperBound < endIndex else { return true }
      let next = self[range.upperBound]
      return !(next.isLetter || next.isNumber || next == "_")
    }
  }

  /// Text as a YAML value that is nothing but text.
  fileprivate var quotedIfNeeded: String {
    contains("\"") ? "'\(replacing("'", with: "''"))'" : "\"\(self)\""
  }
}
