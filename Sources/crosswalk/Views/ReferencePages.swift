import Diagnostics
import Documents
import Expressions
import Mappings
import Operations

/// The pages of `docs/` that are made from the code, so that they cannot say anything else than it does.
enum ReferencePages {
  struct Page {
    let name: String
    let text: String
  }

  static var all: [Page] {
    [
      Page(name: "language.md", text: languageReference()),
      Page(name: "functions.md", text: functions(FunctionLibrary.documented)),
      Page(name: "diagnostics.md", text: diagnostics(Linter.codes)),
    ]
  }

  // MARK: Functions

  private static func functions(_ functions: [Function]) -> String {
    var text = """
      # Functions

      This page is made from the code (`crosswalk docs export`). Expressions are
      [CEL](https://github.com/google/cel-spec), the Common Expression Language, with its standard functions and macros, and
      the extensions for strings, mathematics, lists, sets, base64, optionals and network addresses. Beyond them there are
      those below, which know what is in a payroll: blanks, holes, telephone numbers.

      - `row.name` is a column of the query or file, `parameters.name` a parameter of the query. A name with blanks, points, dashes or
        slashes stands between backticks: row.`Machine No.`. Names with other characters get another one, in the query by `as`, in
        a file's `columns` by `header`.
      - A column may be NULL. What takes `nullable string` takes NULL, and most functions below give it back; what takes
        `string` does not, and lint says so (E206). `coalesce(row.name, "")` decides.
      - `dyn` is a value of any type. `optional(…)` is a value that may not be there: `.orValue(null)` makes something else
        of its absence.
      - Each example is run as a test.

      | function | in a sentence |
      |---|---|

      """
    for function in functions {
      text += "| [`\(function.name)`](#\(anchor(function.name))) | \(summary(function)) |\n"
    }
    for function in functions { text += section(function) }
    return text
  }

  private static func section(_ function: Function) -> String {
    var text = "\n## \(function.name)\n\n\(function.documentation ?? "")\n\n```\n"
    for line in function.synopsis { text += line + "\n" }
    text += "```\n"
    guard !function.examples.isEmpty else { return text }
    text += "\n| expression | gives |\n|---|---|\n"
    for example in function.examples {
      text += "| \(code(example.expression)) | \(code(example.result)) |\n"
    }
    return text
  }

  private static func summary(_ function: Function) -> String {
    let text = function.documentation ?? ""
    let sentence = text.split(separator: ". ", maxSplits: 1).first.map(String.init) ?? text
    return cell(sentence.hasSuffix(".") ? sentence : sentence + ".")
  }

  /// The place of a heading, as GitHub names it.
  private static func anchor(_ heading: String) -> String {
    String(heading.lowercased().filter { $0 != "." && $0 != "`" })
      .replacing(" ", with: "-")
  }

  // MARK: Diagnostics

  private static func diagnostics(_ codes: [Code]) -> String {
    var text = """
      # Diagnostics

      This page is made from the code (`crosswalk docs export`). `crosswalk lint --explain E203` says the same. Codes are never
      reused. A diagnostic names its place and, where it can, the remedy.

      ## What a finding stops

      | finding | `lint` | `plan`, `run`, `apply`, `adopt` |
      |---|---|---|
      | an error in how any file is written (E001 to E199): its YAML, its keys, the names that it refers to; a mapping's file too | exit 1, in `test` too | nothing is read or sent: exit 1 |
      | an error in `crosswalk.yaml`, or in the file of a source, a target or a schema | exit 1 | nothing is read or sent: exit 1 |
      | another error in a mapping: in its expressions, fields or query, also against its source | exit 1 | the mapping, and those that depend on it, are `invalid`. The others go on: exit 1 |
      | an error about what single rows may hold (E311, E312, E313) | exit 1 | nothing. Each row is checked, and a record that does not fit is rejected: exit 3 |
      | a source that differs from its snapshot (E408, E409) | exit 1 with `--live` | nothing, unless the mapping no longer compiles |
      | an error from the ledger (E417, E418, E419) | exit 1, if there is a ledger | the mapping is `blocked`. The others go on: exit 4 |
      | a ledger of another project (E427) | exit 1 | nothing is read or sent: exit 5 |
      | an example that gives another result (E601) | exit 1, also in `test` | nothing: examples are tests |
      | a warning | exit 0, or 1 with `--strict` | nothing |

      `lint` reports before any row is read what single rows may hold, so that it can be corrected in time. A run goes on: a column
      that becomes wider, or loses its NOT NULL, stops no mapping, and only the rows that do not fit are rejected.


      """
    for (digit, title) in stages {
      let inside = codes.filter { $0.id.hasPrefix("E\(digit)") }
      guard !inside.isEmpty else { continue }
      text += "## E\(digit): \(title)\n\n"
      for code in inside { text += "### \(code.id) \(code.title)\n\n\(code.explanation)\n\n" }
    }
    while text.hasSuffix("\n\n") { text.removeLast() }
    return text
  }

  /// What the first digit of a code says.
  static let stages = [
    (0, "files and YAML"), (1, "keys and what they mean"), (2, "expressions and columns"),
    (3, "values up to the target's field"), (4, "queries"), (5, "targets"), (6, "examples"),
  ]

  // MARK: Markdown

  private static func code(_ text: String) -> String {
    let mark = text.contains("`") ? "``" : "`"
    return cell(mark + text + mark)
  }

  private static func cell(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "|" { result += "\\" }
      result.unicodeScalars.append(scalar == "\n" ? " " : scalar)
    }
    return result
  }
}
