/// The reason for which the ledger could not do what it was asked to.
///
/// `message` and `remedy` hold no values of records; a key is the most that they name.
public struct LedgerError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The writer's lease has passed to somebody else, or there is none.
    case fenced
    /// The intent is not there.
    case noIntent = "no-intent"
    /// The intent is not in the state in which this may be done.
    case intentState = "intent-state"
    /// The run is not there.
    case noRun = "no-run"
    /// Another process holds the file's lock for too long.
    case locked
    case diskFull = "disk-full"
    /// The file, or the ledger as it was opened, cannot be written.
    case readOnly = "read-only"
    /// The operating system does not let this user at the file or its folder.
    case permission
    case corrupt
    /// The file is no ledger.
    case foreign
    /// The file was written by a newer release.
    case newer
    /// The file was written by an older release, and was opened for reading only.
    case older
    case networkFileSystem = "network-file-system"
    /// Reading or writing the file failed; a commit's outcome is unknown.
    case inputOutput = "input-output"
    /// The planned changes, which wait in a temporary file, cannot be kept there.
    case temporaryFile = "temporary-file"
    /// SQLite refused for a reason that none of the others covers.
    case sqlite
  }

  public var code: Code
  /// What happened.
  public var message: String
  /// What to do about it.
  public var remedy: String

  public init(code: Code, message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }
}

extension LedgerError: CustomStringConvertible {
  public var description: String { "\(message). \(remedy)" }
}

// MARK: What the protocol of effects forbids

extension LedgerError {
  package static func fenced(epoch: LeaseEpoch, now: LeaseEpoch?) -> LedgerError {
    let present = now.map { "; the newest lease is of epoch \($0)" } ?? ""
    return LedgerError(
      code: .fenced,
      message: "the ledger refused a write of epoch \(epoch): its lease has ended, or another "
        + "process has taken it over\(present)",
      remedy: "Stop sending and start a new run; it takes the lease and settles what is open.")
  }

  package static func noIntent(_ id: Int64) -> LedgerError {
    LedgerError(
      code: .noIntent, message: "the ledger has no intent number \(id)",
      remedy: "Start a new run; it reads the open intents again.")
  }

  package static func intentState(_ id: Int64, _ state: String, wanted: String) -> LedgerError {
    LedgerError(
      code: .intentState, message: "intent number \(id) is \(state), and has to be \(wanted)",
      remedy: "Start a new run; it reads the open intents again.")
  }

  package static func noRun(_ id: Int64) -> LedgerError {
    LedgerError(
      code: .noRun, message: "the ledger has no run number \(id)", remedy: "Start a new run.")
  }

  package static func nameIsTaken(_ name: String, remedy: String) -> LedgerError {
    LedgerError(
      code: .intentState, message: "the ledger knows objects of \(name) already", remedy: remedy)
  }
}
