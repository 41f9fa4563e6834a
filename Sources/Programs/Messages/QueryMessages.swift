import Diagnostics
import Mappings
import Rows
import SQLText

extension Diagnostic {
  static func keyColumnUnknown(_ name: Located<String>, _ columns: [String]) -> Diagnostic {
    Diagnostic(
      ProgramCodes.key, "the key's column `\(name.value)` is not in the query", at: name.range,
      help: closest(to: name.value, in: columns).map { ["did you mean `\($0)`?"] } ?? [
        "the query returns \(columns.joined(separator: ", "))"
      ],
      fix: name.range.text == name.value
        ? onlyClosest(to: name.value, in: columns).map {
          Diagnostic.Fix(name.range, replacement: $0)
        } : nil)
  }

  static func keyColumnType(_ name: Located<String>, _ column: Column) -> Diagnostic {
    Diagnostic(
      ProgramCodes.key, "`\(name.value)` cannot be part of the key: it is \(column.declared)",
      at: name.range, label: "a key is made of integer, text, date, uuid or bool",
      help: ["cast it in the query, e.g. `::text`"])
  }

  static func parameterMissing(
    _ name: String, _ range: SourceRange, declared: Set<String>
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.parameterMissing, "the query uses `:\(name)`, which is not declared", at: range,
      help: closest(to: name, in: declared.sorted()).map { ["did you mean `:\($0)`?"] } ?? [
        "declare it: `parameters: { \(name): { type: text, value: … } }`"
      ],
      fix: range.text == ":\(name)"
        ? onlyClosest(to: name, in: declared.sorted()).map {
          Diagnostic.Fix(range, replacement: ":\($0)")
        } : nil)
  }

  static func parameterUnused(_ name: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.parameterUnused, severity: .warning,
      "the parameter `\(name.value)` is not used", at: name.range, help: ["leave it out"])
  }

  static func parameterValue(_ name: Located<String>, _ text: String, _ kind: String) -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.parameterValue,
      "the parameter `\(name.value)` is `\(text)`, which is no \(kind)",
      at: name.range)
  }

  static func columnUnused(_ name: String, _ range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.columnUnused, severity: .warning, "the column `\(name)` is not used", at: range,
      help: ["leave it out of the query"])
  }

  /// The source's refusal of a query, at its place in the SQL where it tells one.
  public static func sql(
    _ message: String, _ sql: SourceText, offset: Int?, hint: String?
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.sql, message,
      at: offset.map { sql.range(of: $0..<$0 + 1).word } ?? sql.range,
      label: "the source refuses this", help: hint.map { [$0] } ?? [])
  }

  static func sql(_ problem: SQLProblem, _ sql: SourceText) -> Diagnostic {
    let (words, offset, help) =
      switch problem {
      case .nul(let at): ("the SQL text holds a NUL character", at, "remove it")
      case .endlessComment(let at): ("a comment that begins here never ends", at, "close it: `*/`")
      case .endlessQuotation(let at):
        ("a quotation that begins here never ends", at, "close it with the same sign")
      case .numberedParameter(let at):
        (
          "parameters are named, not numbered", at,
          "write `:name` and declare it under `parameters:`"
        )
      }
    return Diagnostic(
      ProgramCodes.sql, words, at: sql.range(of: offset..<offset + 1), help: [help])
  }

  static func schemaUnreadable(_ path: Located<String>, _ reason: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaUnreadable, "the schema `\(path.value)` cannot be read: \(reason)",
      at: path.range, help: ["the path is relative to this file"])
  }

  static func resourceWithoutCreate(_ resource: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.calls,
      "`\(resource.value)` has no `create` call, so nothing can be mapped onto it",
      at: resource.range, help: ["declare `create:` in the target's file"])
  }

  static func answerPattern(_ body: Located<String>, _ reason: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.answerPattern, "the pattern `\(body.value)` cannot be used: \(reason)",
      at: body.range)
  }
}

extension SourceRange {
  /// The word that begins here, with what its dots lead to, so that carets show more than one sign.
  fileprivate var word: SourceRange {
    var end = start
    while end < file.bytes.count {
      let byte = file.bytes[end]
      let isPart =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || byte == 46 || byte == 95 || byte >= 128 || (byte == 34 && end == start)
      guard isPart || (file.bytes[start] == 34 && byte != 34) else {
        if byte == 34, file.bytes[start] == 34 { end += 1 }
        break
      }
      end += 1
    }
    return SourceRange(file: file, start: start, end: max(end, start + 1))
  }
}
