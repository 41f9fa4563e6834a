import ArgumentParser
import Engine
import Operations

/// The exit codes of all commands.
enum Exit: Int32 {
  case done = 0
  case findings = 1
  /// Files could not be read; for `plan --detailed-exitcode`, there are changes.
  case unreadable = 2
  case rejected = 3
  case blocked = 4
  /// A source, a target or the ledger could not be used, the run was interrupted, or an output could not be written.
  case unavailable = 5

  /// `plan --detailed-exitcode` follows the custom of comparing tools.
  static let changes = Exit.unreadable

  init(_ failure: OperationFailure) {
    self =
      switch failure.kind {
      case .findings: .findings
      case .unreadable: .unreadable
      case .rejected: .rejected
      case .blocked: .blocked
      case .unavailable: .unavailable
      }
  }

  var code: ExitCode { ExitCode(rawValue) }

  /// Ends a command as its run came out; returns when all is done.
  static func check(_ report: RunReport) throws {
    switch report.status {
    case .succeeded: return
    case .partial:
      let isRejected = report.mappings.contains { $0.status == .partial }
      throw (isRejected ? Exit.rejected : Exit.unreadable).code
    case .invalid: throw Exit.findings.code
    case .blocked: throw Exit.blocked.code
    case .failed: throw Exit.unavailable.code
    }
  }
}
