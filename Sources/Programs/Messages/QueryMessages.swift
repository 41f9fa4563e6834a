import Diagnostics
import Mappings
import Rows
import SQLText

extension Diagnostic {
  static func keyColumnUnknown(
    _ name: Located<String>, _ columns: [String], in extract: ExtractDefinition
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.key, "the key's column `\(name.value)` is not in the \(extract.noun)",
      at: name.range,
      help: closest(to: name.value, in: columns).map { ["did you mean `\($0)`?"] } ?? [
        "\(extract.has) \(columns.joined(separator: ", "))"
      ])
  }

  static func keyColumnType(
    _ name: Located<String>, _ column: Column, in extract: ExtractDefinition
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.key, "`\(name.value)` cannot be part of the key: it is \(column.declared)",
      at: name.range, label: "a key is made of integer, text, date, uuid or bool",
      help: ["\(extract.types("text")), for instance"])
  }

  static func parameterMissing(
    _ name: String, _ range: SourceRange, declared: Set<String>
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.parameterMissing, "the query uses `:\(name)`, which is not declared", at: range,
      help: closest(to: name, in: declared.sorted()).map { ["did you mean `:\($0)`?"] } ?? [
        "declare it: `parameters: { \(name): { type: text, value: … } }`"
      ])
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

  static func columnUnused(
    _ name: String, _ range: SourceRange, in extract: ExtractDefinition
  ) -> Diagnostic {
    let help =
      switch extract {
      case .query: "leave it out of the query"
      case .file: "leave it out of `columns`, and write `other_columns: ignore`"
      }
    return Diagnostic(
      ProgramCodes.columnUnused, severity: .warning, "the column `\(name)` is not used", at: range,
      help: [help])
  }

  /// The source's refusal of what a mapping reads, at its place where the source tells one.
  public static func refused(
    _ message: String, _ extract: ExtractDefinition, offset: Int?, hint: String?
  ) -> Diagnostic {
    switch extract {
    case .query(let query): return sql(message, query.sql, offset: offset, hint: hint)
    case .file(let file):
      return Diagnostic(
        ProgramCodes.file, message, at: file.name.range, label: "the source refuses this",
        help: hint.map { [$0] } ?? [])
    }
  }

  /// The source's refusal of a query, at its place in the SQL where it tells one.
  static func sql(
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

  static func sql(_ fault: SQLFault, _ sql: SourceText) -> Diagnostic {
    func sign(_ byte: UInt8) -> String { String(decoding: [byte], as: UTF8.self) }
    let (words, help) =
      switch fault.kind {
      case .unclosed(let byte):
        (
          "this `\(sign(byte))` is never closed",
          "close it: `\(byte == UInt8(ascii: "(") ? ")" : "]")`"
        )
      case .unopened(let byte):
        ("nothing opens this `\(sign(byte))`", "take it out, or write the other half before it")
      case .secondStatement:
        (
          "a second statement begins here",
          "a query is one statement: take out the `;` and what follows it"
        )
      case .noQuery(let word):
        ("`\(word)` begins no query", "write one SELECT, which may begin with `with`")
      case .bracketedName:
        ("brackets do not quote names here", "PostgreSQL quotes with double quotes: `\"Name\"`")
      case .danglingComma("from"):
        ("nothing follows this comma but `from`", "take the comma out")
      case .danglingComma(let word):
        ("nothing follows this comma\(word.isEmpty ? "" : " but `\(word)`")", "take the comma out")
      case .foreignParameter(let name):
        ("a parameter is written with a colon", "write `:\(name)`")
      case .placeholder:
        (
          "nothing is put into the text of a query",
          "write `:name`, and declare it: `parameters: { name: { type: text, value: … } }`"
        )
      }
    return Diagnostic(
      ProgramCodes.sqlFault, words, at: sql.range(of: fault.range), help: [help])
  }

  static func sqlSwallowed(_ range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.sqlFault, "this comment takes in all lines below it", at: range,
      label: "`>` makes one line of the text",
      help: ["begin the text with `|`, which keeps its lines"])
  }

  static func queryLimited(_ range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.queryLimited, severity: .warning,
      "the query leaves rows out, and `when_absent` gives up the objects of all others", at: range,
      label: "a row that is left out counts as gone",
      help: ["take it out; to try a few rows, leave `when_absent` out until then"])
  }

  static func columnTwice(_ name: String, _ range: SourceRange, _ first: SourceRange) -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.columnTwice, "the query returns two columns named `\(name)`", at: range,
      label: "\(ColumnName(name).quoted) is the first of them",
      notes: [Note("the first one is here", at: first)],
      help: ["take one out, or name it otherwise: `as …`"])
  }

  /// `isUsed`: whether the mapping reads a column of the name, and nobody can tell which is meant.
  static func columnTwice(
    _ name: String, _ extract: ExtractDefinition, isUsed: Bool
  ) -> Diagnostic {
    let help =
      switch extract {
      case .query: "name the columns instead of `*`, and give one of the two another name: `as …`"
      case .file: "have one of them renamed in the file"
      }
    return Diagnostic(
      ProgramCodes.columnTwice, severity: isUsed ? .error : .warning,
      "\(extract.has) two columns named `\(name)`", at: extract.range,
      label: isUsed ? "\(ColumnName(name).quoted) may be either of them" : nil, help: [help])
  }

  static func keyColumnNullable(
    _ name: Located<String>, _ column: Column, in extract: ExtractDefinition
  ) -> Diagnostic {
    let help =
      switch extract {
      case .query:
        "take columns that are never null, or leave such rows out: `where … is not null`"
      case .file: "declare the column `required: true`, if every row has a value"
      }
    return Diagnostic(
      ProgramCodes.key, severity: .warning, "`\(name.value)` is part of the key, and may be null",
      at: name.range, label: "a row without it has no identity, and is refused",
      notes: [column.allowsNull], help: [help])
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

  static func absenceCallMissing(
    _ absence: AbsenceDefinition, _ resource: ResourceDefinition
  ) -> Diagnostic {
    let call = absence.delete ? "delete" : "update"
    return Diagnostic(
      ProgramCodes.calls,
      "`when_absent` needs `\(call)`, which the resource `\(resource.name.value)` lacks",
      at: absence.range,
      notes: [Note("the resource is declared here", at: resource.name.range)],
      help: ["declare `\(call):` there, or say otherwise what becomes of absent rows"])
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
