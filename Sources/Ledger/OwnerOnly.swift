import Engine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that only their owner may read: a ledger, its key, its mark, and what SQLite keeps next to it.
///
/// A copy restored from a backup is often readable by everyone.
public enum OwnerOnly {
  /// Removes the permissions of group and others from an existing file.
  ///
  /// - Throws: `LedgerError` with the code `permission` when others may read the file and that cannot be changed. A group of
  ///   another owner keeps its permissions: mounted secrets are shared with a process in this way.
  public static func tighten(_ path: String) throws(LedgerError) {
    var information = stat()
    guard stat(path, &information) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .permission(path, reason: String(cString: strerror(errno)))
    }
    guard information.st_mode & 0o077 != 0 else { return }
    if information.st_uid == geteuid() || geteuid() == 0,
      chmod(path, information.st_mode & 0o700) == 0
    {
      return
    }
    guard information.st_mode & 0o007 == 0 else {
      throw .permission(path, reason: "everybody may read it, and this process cannot change that")
    }
  }
}
