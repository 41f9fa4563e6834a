import Engine
import GRDB

// MARK: What is wrong with the file

extension LedgerError {
  static let openedReadOnly = LedgerError(
    code: .readOnly, message: "the ledger was opened for reading only",
    remedy: "Open it for writing: only `run` and `apply` change it.")

  static func foreign(_ path: String) -> LedgerError {
    LedgerError(
      code: .foreign, message: "`\(path)` is not a ledger",
      remedy: "Name another file for the ledger; this one was left as it is.")
  }

  static func newer(_ path: String, version: Int64) -> LedgerError {
    LedgerError(
      code: .newer,
      message: "`\(path)` has format \(version); this release knows up to \(Schema.version)",
      remedy: "Use the newer release that wrote it; this file was left as it is.")
  }

  static func older(_ path: String, version: Int64) -> LedgerError {
    LedgerError(
      code: .older,
      message:
        "`\(path)` has format \(version), and reading does not change it to \(Schema.version)",
      remedy: "Let `crosswalk run` open it once.")
  }

  static func networkFileSystem(_ path: String, kind: String) -> LedgerError {
    LedgerError(
      code: .networkFileSystem, message: "`\(path)` is on a network file system (\(kind))",
      remedy: "SQLite's locks do not hold there: put the ledger on a local disk or a block volume.")
  }

  static func permission(_ path: String, reason: String) -> LedgerError {
    LedgerError(
      code: .permission, message: "`\(path)` cannot be opened: \(reason)",
      remedy: "Give this user a folder that it may write to.")
  }

  static func corrupt(_ detail: String) -> LedgerError {
    LedgerError(
      code: .corrupt, message: "the ledger is damaged (\(detail))",
      remedy: "Keep the file, restore the newest backup, and run `crosswalk plan` before `run`.")
  }
}

// MARK: What SQLite says

extension LedgerError {
  /// Converts SQLite's errors to the ledger's, and leaves all others as they are.
  static func inWords(_ error: any Error) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    return LedgerError(error)
  }

  /// The same for the spool, which is not in the ledger's file.
  static func inWords(ofSpool error: any Error) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    return LedgerError(
      code: .temporaryFile,
      message: "the planned changes cannot be kept in a temporary file (\(detail(error)))",
      remedy: "Free space there, or set SQLITE_TMPDIR to a folder that this user may write to.")
  }

  private static func detail(_ error: DatabaseError) -> String {
    "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
  }

  init(_ error: DatabaseError) {
    let detail = Self.detail(error)
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        code: .locked, message: "another process keeps the ledger locked (\(detail))",
        remedy: "Wait for it, or end the program that has the file open, e.g. a database browser.")
    case .SQLITE_FULL:
      self.init(
        code: .diskFull, message: "the ledger's disk is full (\(detail))",
        remedy: "Free space or enlarge the volume; nothing is sent until the ledger can be written."
      )
    case .SQLITE_READONLY:
      self.init(
        code: .readOnly, message: "the ledger cannot be written (\(detail))",
        remedy: "Check the file's owner and mode, and that its volume is not mounted read-only.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self = .corrupt(detail)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(
        code: .permission, message: "the ledger or a file next to it cannot be opened (\(detail))",
        remedy: "Give this user a folder that it may write to.")
    case .SQLITE_IOERR:
      self.init(
        code: .inputOutput, message: "reading or writing the ledger failed (\(detail))",
        remedy: "Check the disk, then start again: what was under way is settled then.")
    default:
      self.init(
        code: .sqlite, message: "SQLite refused (\(detail))",
        remedy: "Report this with the message; the ledger was left as it was before.")
    }
  }
}
