import Engine
import GRDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The ledger's file before SQLite opens it for writing: its owner, its permissions, and what it holds.
///
/// An existing file is opened here only through SQLite: closing another descriptor would drop the locks that SQLite holds on
/// the same file in this process.
struct LedgerFile {
  enum Content {
    /// No file, or one without a single table.
    case nothing
    case ledger(version: Int64)
  }

  let path: String

  init(path: String) {
    // SQLite would take `file:` for a URI, and an empty path or `:memory:` for no file.
    self.path = path.hasPrefix("/") ? path : "./" + path
  }

  /// Ensures that the file exists and that only its owner may read it.
  ///
  /// - Throws: `LedgerError` with the code `permission`, `foreign` or `network-file-system`.
  func prepare() throws {
    try createFolder(folder)
    if let kind = networkFileSystem { throw LedgerError.networkFileSystem(path, kind: kind) }
    if let information = try information() {
      guard information.st_mode & S_IFMT == S_IFREG else { throw LedgerError.foreign(path) }
      try tighten()
      return
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
    } else if errno != EEXIST {
      throw refused()
    }
  }

  /// Makes the file, and those that SQLite and the commands keep next to it, readable only by their owner.
  func tighten() throws {
    for suffix in ["", "-wal", "-shm", ".mark", ".lock"] { try OwnerOnly.tighten(path + suffix) }
  }

  /// Keeps other processes from opening a ledger in the same folder, so only one of them creates the tables.
  ///
  /// The lock is on the folder: it leaves no file behind, and ends with the process.
  func openingAlone<Value>(_ body: () throws -> Value) throws -> Value {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refused() }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw refused() }
    }
    return try body()
  }

  /// Examines the file through SQLite, read-only.
  ///
  /// - Throws: `LedgerError` with the code `foreign`, `newer`, `corrupt`, `locked` or `permission`.
  func content() throws -> Content {
    guard let information = try information() else { return .nothing }
    guard information.st_mode & S_IFMT == S_IFREG else { throw LedgerError.foreign(path) }
    var configuration = SQLiteLedger.configuration
    configuration.readonly = true
    let (id, version, tables) = try DatabaseQueue(path: path, configuration: configuration).read {
      database in
      (
        try database.first("PRAGMA application_id") { $0.int(0) } ?? 0,
        try database.first("PRAGMA user_version") { $0.int(0) } ?? 0,
        // If a first opening was interrupted, GRDB's tables exist before ours.
        try database.first("SELECT count(*) FROM sqlite_master WHERE tbl_name NOT GLOB 'grdb_*'") {
          $0.int(0)
        } ?? 0
      )
    }
    guard tables > 0 else { return .nothing }
    guard id == Schema.applicationID else { throw LedgerError.foreign(path) }
    guard version <= Schema.version else { throw LedgerError.newer(path, version: version) }
    return .ledger(version: version)
  }

  private var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Creates a folder and its parents, accessible only to the owner.
  private func createFolder(_ folder: String) throws {
    guard access(folder, F_OK) != 0, !folder.isEmpty else { return }
    if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      try createFolder(String(folder[..<slash]))
    }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw refused() }
  }

  private func information() throws -> stat? {
    var information = stat()
    guard stat(path, &information) != 0 else { return information }
    guard errno == ENOENT else { throw refused() }
    return nil
  }

  private func refused() -> LedgerError {
    .permission(path, reason: String(cString: strerror(errno)))
  }

  /// The kind of network file system under the folder, if SQLite's locks do not work there.
  private var networkFileSystem: String? {
    guard let resolved = realpath(folder, nil) else { return nil }
    defer { free(resolved) }
    guard let mounts = fopen("/proc/self/mountinfo", "re") else { return nil }
    defer { fclose(mounts) }
    var table = MountTable(folder: String(cString: resolved))
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, mounts) > 0 {
      if let line { table.read(String(cString: line)) }
    }
    return table.networkFileSystem
  }
}

/// Linux's table of mounts, read for the one that holds a folder.
struct MountTable {
  private let folder: String
  private var mountPoint = ""
  private var kind = ""

  init(folder: String) { self.folder = folder }

  /// Parses a line of `/proc/self/mountinfo`: `… / /mount/point options … - kind source options`.
  mutating func read(_ line: String) {
    let fields = line.split(separator: " ")
    guard fields.count > 5, let dash = fields.lastIndex(of: "-"), dash + 1 < fields.count else {
      return
    }
    let point = String(fields[4])
    let holds = point == "/" || folder == point || folder.hasPrefix(point + "/")
    // Of two mounts on the same point, the later one hides the other.
    guard holds, point.utf8.count >= mountPoint.utf8.count else { return }
    mountPoint = point
    kind = String(fields[dash + 1])
  }

  var networkFileSystem: String? {
    let known = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "afs", "lustre", "fuse.sshfs"]
    return known.contains(kind) ? kind : nil
  }
}
