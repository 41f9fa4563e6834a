import Foundation

/// The PostgreSQL programs of this machine and the words that run them without root's rights.
struct ServerPrograms: Sendable {
  /// The folder of `initdb`, `pg_ctl` and `postgres`.
  let folder: URL
  let psql: URL
  /// Put before a server program's name; empty unless we are root, as whom PostgreSQL won't run.
  let prefix: [String]

  static let account = "postgres"

  static func find(
    searching path: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
    packages: URL = URL(filePath: "/usr/lib/postgresql")
  ) throws(ClusterError) -> ServerPrograms {
    let searched = path.split(separator: ":").map { URL(filePath: String($0)) }
    let folders = packagedFolders(in: packages) + searched
    guard
      let folder = folders.first(where: { folder in
        ["initdb", "pg_ctl", "postgres"].allSatisfy { isProgram(folder.appending(path: $0)) }
      }),
      let psql = ([folder] + folders).map({ $0.appending(path: "psql") }).first(where: isProgram)
    else {
      throw ClusterError(
        code: .programsMissing,
        message: "initdb, pg_ctl, postgres and psql are neither under \(packages.path) nor in PATH",
        remedy: "install them: apt-get install postgresql")
    }
    return ServerPrograms(folder: folder, psql: psql, prefix: try prefixForThisUser())
  }

  /// Debian keeps each major version in a folder of its own; the newest comes first.
  private static func packagedFolders(in packages: URL) -> [URL] {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: packages.path)) ?? []
    return versions.compactMap(Int.init).sorted(by: >)
      .map { packages.appending(path: "\($0)/bin") }
  }

  private static func isProgram(_ file: URL) -> Bool {
    FileManager.default.isExecutableFile(atPath: file.path)
  }

  private static func prefixForThisUser() throws(ClusterError) -> [String] {
    guard geteuid() == 0 else { return [] }
    guard getpwnam(account) != nil else {
      throw ClusterError(
        code: .programsMissing,
        message: "PostgreSQL does not run as root, and there is no account named \(account)",
        remedy: "add the account, or start this program as another user")
    }
    return ["setpriv", "--reuid=\(account)", "--regid=\(account)", "--clear-groups"]
  }
}
