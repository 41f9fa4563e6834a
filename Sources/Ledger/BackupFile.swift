import Engine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A copy of the ledger that exists whole or not at all.
struct BackupFile {
  private let path: String

  init(path: String) { self.path = path.hasPrefix("/") ? path : "./" + path }

  /// Lets `body` fill an empty file, and names the file once it is on the disk.
  func write(_ body: (_ path: String) throws -> Void) throws {
    guard access(path, F_OK) != 0 else {
      throw LedgerError(
        code: .permission, message: "the backup `\(path)` exists already",
        remedy: "name a file that does not exist; a backup never replaces another file")
    }
    let copy = path + ".part"
    let made = open(copy, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw refused() }
    close(made)
    defer { unlink(copy) }
    try body(copy)
    let written = open(copy, O_RDONLY | O_CLOEXEC)
    guard written >= 0 else { throw refused() }
    defer { close(written) }
    // Unlike a rename, this never replaces a file that was created meanwhile.
    guard fsync(written) == 0, link(copy, path) == 0 else { throw refused() }
  }

  private func refused() -> LedgerError {
    let reason = String(cString: strerror(errno))
    return LedgerError(
      code: .permission, message: "the backup `\(path)` cannot be written: \(reason)",
      remedy: "name a file in a folder that exists and that you may write to")
  }
}
