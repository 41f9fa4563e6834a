import Diagnostics
import Mappings
import Programs

extension Diagnostic {
  static func exampleFailed(
    _ name: Located<String>, _ message: String, at range: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.testFailed, "the example “\(name.value)” does not come out: \(message)",
      at: range)
  }

  static func unreached(_ what: String, at range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.unreached, severity: .warning, "no example reaches this: \(what)", at: range,
      help: ["add an example under `tests:` with a row that does"])
  }

  static func exampleColumnUnknown(
    _ name: Located<String>, _ columns: [String], in extract: ExtractDefinition
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.testFailed, "`\(name.value)` is not a column of this \(extract.noun)",
      at: name.range,
      help: closest(to: name.value, in: columns).map { ["did you mean `\($0)`?"] } ?? [])
  }
}
