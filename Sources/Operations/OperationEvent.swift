import Diagnostics
import Engine

/// What happens during an operation.
public enum OperationEvent: Sendable {
  case run(RunEvent)
  /// Something that the operator should know and that stops nothing; one clause.
  case warning(String)
  /// A lasting change; one clause.
  case note(String)
  /// The operation waits: `for …`, or how long.
  case waiting(String)
  /// Findings in the project's files that stop a part of the work.
  case findings([Diagnostic])
  /// A line of `check`.
  case checked(CheckLine)
}
