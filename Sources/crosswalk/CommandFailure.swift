import ArgumentParser
import Diagnostics
import Engine
import Foundation

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

  var code: ExitCode { ExitCode(rawValue) }
}

/// Why a command cannot go on: what happened, and the mend.
struct CommandFailure: Error, CustomStringConvertible {
  let exit: Exit
  let message: String
  let mend: String?
  private var isRendered = false

  init(exit: Exit, _ message: String, mend: String? = nil) {
    self.exit = exit
    self.message = message
    self.mend = mend
  }

  init(exit: Exit, _ diagnostics: [Diagnostic]) {
    self.exit = exit
    message = render(diagnostics, as: .text).trimmingCharacters(in: .newlines)
    mend = nil
    isRendered = true
  }

  var description: String {
    if isRendered { return message }
    return "error: \(message)" + (mend.map { "\n  = help: \($0)" } ?? "")
  }
}

extension CommandFailure {
  /// The key that is meant, in the words of a command where it may be several.
  static func key(_ search: KeySearch, of mapping: String) throws(CommandFailure) -> Key? {
    do throws(AmbiguousKey) {
      return try search.key(of: mapping)
    } catch {
      throw CommandFailure(exit: .unreadable, error.description, mend: error.mend)
    }
  }
}
