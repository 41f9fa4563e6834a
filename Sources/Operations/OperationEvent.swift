import Diagnostics
import Engine

/// What happens while an operation goes on.
public enum OperationEvent: Sendable {
  case run(RunEvent)
  /// Something that a person should know and that stops nothing: one clause.
  case warning(String)
  /// Something that is so from now on.
  case note(String)
  /// The operation waits: `for …`, or how long.
  case waiting(String)
  /// Findings in the project's files that stop a part of the work.
  case findings([Diagnostic])
  /// A line of `check`.
  case checked(CheckLine)
}
