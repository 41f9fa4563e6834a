import Foundation

/// The folder of one private server: its data, its settings, its socket.
struct ClusterFolder: Sendable {
  let url: URL

  /// A socket's whole path has room for 107 bytes in the kernel's structure.
  private static let longestSocketPath = 107

  /// The socket lies in the folder itself: one level less of path.
  var sockets: URL { url }

  init(in directory: URL?) throws(ClusterError) {
    let parent = directory ?? Self.temporaryDirectory
    try self.init(new: parent.appending(path: Self.newName()))
  }

  /// A folder that stays: made now, or by an earlier command.
  init(kept folder: URL) throws(ClusterError) {
    if FileManager.default.fileExists(atPath: folder.appending(path: "private.conf").path) {
      self.init(existing: folder)
    } else {
      try Self.makeParents(of: folder)
      try self.init(new: folder)
    }
  }

  private static func makeParents(of folder: URL) throws(ClusterError) {
    let parent = folder.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    } catch {
      throw ClusterError(
        code: .folderUnusable, message: "\(parent.path) cannot be made: \(error)",
        remedy: "name a folder that one may write to")
    }
  }

  private init(existing folder: URL) { url = folder }

  private init(new folder: URL) throws(ClusterError) {
    let socket = folder.appending(path: ".s.PGSQL.65535").path
    guard socket.utf8.count < Self.longestSocketPath else {
      throw ClusterError(
        code: .folderUnusable,
        message: "the socket's path would have \(socket.utf8.count) bytes: \(socket)",
        remedy: "name a folder with a shorter path")
    }
    url = folder
    do {
      try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try settings.write(
        to: url.appending(path: "private.conf"), atomically: false, encoding: .utf8)
      if geteuid() == 0 {
        for file in [url, url.appending(path: "private.conf")] {
          try FileManager.default.setAttributes(
            [.ownerAccountName: ServerPrograms.account], ofItemAtPath: file.path)
        }
      }
    } catch {
      remove()
      throw ClusterError(
        code: .folderUnusable, message: "\(url.path) cannot be made: \(error)",
        remedy: "name a folder that one may write to")
    }
  }

  func remove() {
    // Best effort after a failure that is itself reported; the keeper may have removed it already.
    try? FileManager.default.removeItem(at: url)
  }

  /// A long TMPDIR, as some systems set, leaves a socket no room.
  private static var temporaryDirectory: URL {
    let usual = FileManager.default.temporaryDirectory
    return usual.path.utf8.count <= 60 ? usual : URL(filePath: "/tmp")
  }

  private static func newName() -> String {
    "crosswalk-pg-" + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  private var settings: String {
    """
    listen_addresses = '127.0.0.1'
    unix_socket_directories = \(SQL.literal("\"" + sockets.path + "\""))
    max_connections = 200
    shared_buffers = '64MB'
    fsync = off
    synchronous_commit = off
    full_page_writes = off
    autovacuum = off
    timezone = 'UTC'
    log_timezone = 'UTC'

    """
  }
}
