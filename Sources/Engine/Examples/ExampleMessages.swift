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

  static func exampleColumnUnknown(_ name: Located<String>, _ columns: [String]) -> Diagnostic {
    Diagnostic(
      ProgramCodes.testFailed, "`\(name.value)` is not a column of this query", at: name.range,
      help: closest(to: name.value, in: columns).map { ["did you mean `\($0)`?"] } ?? [])
  }
}
