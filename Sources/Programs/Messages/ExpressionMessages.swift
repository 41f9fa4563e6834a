import Diagnostics
import Expressions
import Mappings
import Rows

extension Diagnostic {
  static func expression(
    _ issue: Issue, _ text: SourceText, columns: [Column], parameters: [BoundParameter]
  ) -> Diagnostic {
    let range = text.range(of: issue.range)
    let help = issue.help.map { [$0] } ?? []
    switch issue.kind {
    case .unknownName(let name) where name.hasPrefix("row."):
      return unknownColumn(String(name.dropFirst(4)), range, columns.map(\.name))
    case .unknownName(let name) where name.hasPrefix("parameters."):
      let names = parameters.map { "parameters." + $0.name }
      return Diagnostic(
        ProgramCodes.unknownName, "`\(name)` is not a parameter of this query", at: range,
        help: closest(to: name, in: names).map { ["did you mean `\($0)`?"] } ?? [
          "declare it under `query.parameters`"
        ])
    case .unknownName(let name) where name == "row":
      return Diagnostic(
        ProgramCodes.unknownName, "`row` is not a value of its own", at: range,
        help: ["name a column: `row.\(columns.first?.name ?? "name")`"])
    case .unknownName(let name):
      if columns.contains(where: { $0.name == name }) {
        return Diagnostic(
          ProgramCodes.unknownName, issue.message, at: range,
          help: ["did you mean the column `row.\(name)`?"],
          fix: Diagnostic.Fix(range, replacement: "row.\(name)"))
      }
      // A word alone is text that was meant as it stands.
      let isWord = name == text.text && issue.help == nil && text.range.text == name
      let written = "{ value: \(text.text) }"
      return Diagnostic(
        ProgramCodes.unknownName, issue.message, at: range,
        help: help + ["for the text itself write `\(written)`"],
        fix: isWord ? Diagnostic.Fix(text.range, replacement: written) : nil)
    case .unknownFunction:
      return Diagnostic(
        ProgramCodes.unknownFunction, issue.message, at: range,
        help: help.isEmpty ? ["docs/functions.md lists the functions"] : help,
        fix: functionFix(issue, range))
    case .noOverload:
      return Diagnostic(ProgramCodes.noOverload, issue.message, at: range, help: help)
    case .nullable:
      return Diagnostic(ProgramCodes.nullRisk, issue.message, at: range, help: help)
    case .tooDeep:
      return Diagnostic(ProgramCodes.tooComplex, issue.message, at: range, help: help)
    case .tooCostly:
      return Diagnostic(ProgramCodes.tooCostly, issue.message, at: range, help: help)
    case .alwaysFails:
      return Diagnostic(ProgramCodes.alwaysFails, issue.message, at: range, help: help)
    case .badPattern:
      return Diagnostic(ProgramCodes.badPattern, issue.message, at: range, help: help)
    default:
      return Diagnostic(ProgramCodes.syntax, issue.message, at: range, help: help)
    }
  }

  static func unknownColumn(_ name: String, _ range: SourceRange, _ columns: [String]) -> Diagnostic
  {
    let shown = columns.prefix(2).joined(separator: ", ")
    let more = columns.count > 2 ? " and \(columns.count - 2) more" : ""
    return Diagnostic(
      ProgramCodes.unknownColumn, "`row.\(name)` is not a column of this query", at: range,
      label: columns.isEmpty ? nil : "the query returns \(shown)\(more)",
      help: closest(to: name, in: columns).map { ["did you mean `row.\($0)`?"] } ?? [
        "add it to the query's select list, or correct the name"
      ],
      fix: range.text == "row.\(name)"
        ? onlyClosest(to: name, in: columns).map {
          Diagnostic.Fix(range, replacement: "row.\($0)")
        } : nil)
  }

  /// Puts the suggested name in place of a function's, where it stands once.
  private static func functionFix(_ issue: Issue, _ range: SourceRange) -> Diagnostic.Fix? {
    guard case .unknownFunction(let name) = issue.kind, let help = issue.help,
      help.hasPrefix("did you mean `"), help.hasSuffix("`?")
    else { return nil }
    let suggestion = String(help.dropFirst("did you mean `".count).dropLast(2))
    return range.replacing(name + "(", with: suggestion + "(")
  }

  static func nullRisk(_ risk: Issue, _ text: SourceText, columns: [Column]) -> Diagnostic {
    let range = text.range(of: risk.range)
    let blamed = columns.first { range.text.contains("row." + $0.name) }
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
      ],
      fix: onlyClosest(to: name, in: mappings).flatMap {
        range.replacing("\"\(name)\"", with: "\"\($0)\"")
      })
  }

  static func linkKeyCount(
    _ name: String, _ range: SourceRange, _ key: [Located<String>], _ given: Int
  ) -> Diagnostic {
    let columns = key.map(\.value).joined(separator: ", ")
    return Diagnostic(
      ProgramCodes.link,
      "`\(name)` has a key of \(key.count) column\(key.count == 1 ? "" : "s"), and \(given) \(given == 1 ? "is" : "are") given",
      at: range, label: "the key is \(columns)",
      notes: key.first.map { [Diagnostic.Note("the key is declared here", at: $0.range)] } ?? [],
      help: ["give one value a column: `link(\"\(name)\", \(columns))`"])
  }
}

extension SourceRange {
  /// The correction of a text that stands exactly once in the range.
  fileprivate func replacing(_ old: String, with new: String) -> Diagnostic.Fix? {
    let old = Array(old.utf8)
    let text = Array(self.text.utf8)
    guard !old.isEmpty, old.count <= text.count else { return nil }
    let places = (0...(text.count - old.count)).filter {
      text[$0..<$0 + old.count].elementsEqual(old)
    }
    guard places.count == 1, let place = places.first else { return nil }
    let range = SourceRange(file: file, start: start + place, end: start + place + old.count)
    return Diagnostic.Fix(range, replacement: new)
  }
}
