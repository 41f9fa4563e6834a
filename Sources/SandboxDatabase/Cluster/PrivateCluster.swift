import Foundation

/// A PostgreSQL server of this process alone, in a temporary folder, on loopback only.
///
/// It trusts every login and forgets everything: durability is switched off, and the folder goes
/// when ``stop()`` is called, when the last reference is dropped, or when the process dies in
/// whatever way. One that ``keep(in:)`` made outlives all of these, and its folder stays.
public final class PrivateCluster: Sendable {
  /// The loopback address that the server listens on.
  public let host = "127.0.0.1"
  public let port: Int
  /// Folder of the Unix-domain socket, for clients that prefer it to ``host``.
  public let socketDirectory: URL
  /// The server's own administrator.
  public let superuser = ServerPrograms.account

  private let psql: Psql
  /// `nil` for a server that outlives this process.
  private let keeper: ServerKeeper?

  /// Starts a server in a new folder inside `directory`, by default the temporary directory.
  public static func start(in directory: URL? = nil) async throws(ClusterError) -> PrivateCluster {
    let result = await onOwnThread {
      Result { () throws(ClusterError) in try PrivateCluster(in: directory) }
    }
    return try result.get()
  }

  /// The server that all tests of this process use, started when first asked for.
  public static func shared() async throws(ClusterError) -> PrivateCluster {
    try await one.value.get()
  }

  private static let one = Task<Result<PrivateCluster, ClusterError>, Never> {
    do throws(ClusterError) {
      return .success(try await start())
    } catch {
      return .failure(error)
    }
  }

  private init(in directory: URL?) throws(ClusterError) {
    let programs = try ServerPrograms.find()
    let folder = try ClusterFolder(in: directory)
    let ports = LoopbackPorts.free(count: 5)
    let keeper: ServerKeeper
    do throws(ClusterError) {
      keeper = try ServerKeeper(folder: folder.url, programs: programs, ports: ports)
    } catch {
      folder.remove()
      throw error
    }
    self.keeper = keeper
    port = keeper.port
    socketDirectory = folder.sockets
    psql = Psql(program: programs.psql, host: host, port: port, user: ServerPrograms.account)
  }

  private init(kept folder: ClusterFolder) throws(ClusterError) {
    let programs = try ServerPrograms.find()
    keeper = nil
    port = try KeptServer(folder: folder.url, programs: programs).start(
      tryingPorts: LoopbackPorts.free(count: 5))
    socketDirectory = folder.sockets
    psql = Psql(program: programs.psql, host: host, port: port, user: ServerPrograms.account)
  }

  /// Starts a server that outlives this process, with its data in `folder`, which is made if it is not there. Where one
  /// runs already it is that one; where one was stopped its data are there again.
  public static func keep(in folder: URL) async throws(ClusterError) -> PrivateCluster {
    let result = await onOwnThread {
      Result { () throws(ClusterError) in try PrivateCluster(kept: ClusterFolder(kept: folder)) }
    }
    return try result.get()
  }

  /// Stops the server that ``keep(in:)`` left in `folder`. The data stay.
  public static func stopKept(in folder: URL) async throws(ClusterError) {
    let result = await onOwnThread {
      Result { () throws(ClusterError) in
        try KeptServer(folder: folder, programs: ServerPrograms.find()).stop()
      }
    }
    try result.get()
  }

  /// Whether the server has a database of this name.
  public func holds(database: String) async throws(ClusterError) -> Bool {
    let count = try await execute(
      "SELECT count(*) FROM pg_database WHERE datname = \(SQL.literal(database))", in: "postgres")
    return count != "0"
  }

  /// Makes a database, either empty or as a copy of `template`, which takes some 50 ms.
  ///
  /// - Parameter encoding: a server encoding such as `UTF8` or `WIN1252`; a copy keeps its own.
  public func createDatabase(
    _ name: String, encoding: String = "UTF8", copying template: String? = nil
  ) async throws(ClusterError) {
    let from: String
    if let template {
      from = "TEMPLATE \(SQL.identifier(template))"
    } else {
      // The locale C goes with every encoding, C.UTF-8 with one only.
      let locale = encoding.uppercased() == "UTF8" ? "C.UTF-8" : "C"
      from =
        "TEMPLATE template0 ENCODING \(SQL.literal(encoding)) LOCALE \(SQL.literal(locale))"
    }
    try await execute("CREATE DATABASE \(SQL.identifier(name)) \(from)", in: "postgres")
  }

  /// Runs SQL, stopping at the first error.
  ///
  /// - Parameters:
  ///   - sql: statements, and data after a `COPY … FROM STDIN`, as psql reads a file.
  ///   - role: who runs them, by default the administrator.
  /// - Returns: the rows, one to a line, their columns separated by `|`.
  @discardableResult
  public func execute(
    _ sql: String, in database: String, as role: String? = nil
  ) async throws(ClusterError) -> String {
    try await psql.run(Data(sql.utf8), in: database, as: role)
  }

  /// Runs SQL that is at hand as UTF-8 bytes, such as a whole database to load.
  func load(_ script: [UInt8], into database: String) async throws(ClusterError) {
    try await psql.run(Data(script), in: database)
  }

  /// Stops the server and removes its folder; returns when both are gone.
  public func stop() async {
    guard let keeper else { return }
    await onOwnThread { keeper.stop() }
  }
}

/// Runs blocking work on a thread of its own, since it must not hold one of the cooperative pool.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: work()) }
  }
}
