import Engine
import GRDB

/// The ledger in a SQLite file.
///
/// Reads run alongside each other and alongside a write, each on its own connection (WAL). Writes are grouped into
/// transactions, each on the disk before its callers continue (`synchronous=FULL`). Nothing blocks the cooperative pool:
/// SQLite runs on GRDB's queues. All methods throw `LedgerError`, and reads also `CancellationError`.
public final class SQLiteLedger: ProjectLedger, Sendable {
  /// A pool of connections to a file, or the one connection to a ledger in memory.
  let database: any DatabaseWriter
  private let writes: GroupCommit
  private let isReadOnly: Bool
  /// Records how long its reads and writes take.
  public let times = StageTimes()

  /// Opens a ledger, and creates the file (mode 0600) and its folder (mode 0700) if they are missing.
  ///
  /// Blocks meanwhile; waits at most `lockTimeout` for a lock, as does every later write.
  public convenience init(path: String, lockTimeout: Duration = .seconds(5)) throws {
    do {
      let file = LedgerFile(path: path)
      try file.prepare()
      let pool = try file.openingAlone { try Self.open(file, lockTimeout: lockTimeout) }
      self.init(database: pool, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// An empty ledger in memory, for tests and for a plan before the first run.
  public convenience init() throws {
    do {
      let queue = try DatabaseQueue(configuration: Self.configuration)
      try Schema.migrator.migrate(queue)
      self.init(database: queue, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// A copy in memory of another ledger as it is now, for tests.
  public convenience init(copyOf other: SQLiteLedger) throws {
    do {
      let queue = try DatabaseQueue(configuration: Self.configuration)
      try other.database.backup(to: queue)
      self.init(database: queue, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// Opens a ledger read-only: the file is neither created nor changed, and every write throws.
  ///
  /// Without a file, the ledger is an empty one in memory. SQLite may leave an empty `-wal` and a `-shm` file next to the
  /// ledger.
  public static func openReadOnly(path: String) throws -> SQLiteLedger {
    do {
      let file = LedgerFile(path: path)
      try file.tighten()
      guard case .ledger(let version) = try file.content() else { return try SQLiteLedger() }
      guard version == Schema.version else { throw LedgerError.older(path, version: version) }
      var configuration = configuration
      configuration.readonly = true
      return SQLiteLedger(
        database: try DatabaseQueue(path: file.path, configuration: configuration), isReadOnly: true
      )
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// In a file that is deleted with the copy.
  public func privateCopy() throws -> any ProjectLedger {
    do {
      let copy = try DatabaseQueue(path: "", configuration: Self.configuration)
      try database.backup(to: copy)
      try copy.write { try $0.execute(sql: "UPDATE lease SET holder = NULL, expires = 0") }
      return SQLiteLedger(database: copy, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }

  private static func open(_ file: LedgerFile, lockTimeout: Duration) throws -> DatabasePool {
    // Before anything is changed: the file may belong to another program.
    _ = try file.content()
    var configuration = configuration
    configuration.busyMode = .timeout(lockTimeout / .seconds(1))
    let pool = try DatabasePool(path: file.path, configuration: configuration)
    try pool.writeWithoutTransaction { database in
      // GRDB's pool has just set NORMAL, with which a commit may be lost when the power fails.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    try Schema.migrator.migrate(pool)
    try pool.writeWithoutTransaction { database in
      // Keeps what a savepoint would restore in memory, instead of in a file that every write adds to. Not set earlier, since a
      // migration rewrites whole tables.
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return pool
  }

  private init(database: any DatabaseWriter, isReadOnly: Bool) {
    self.database = database
    self.isReadOnly = isReadOnly
    writes = GroupCommit(database: database)
  }

  /// Moves the write-ahead log into the file, as far as no other process reads it, and closes it. Every later call throws.
  public func close() throws {
    do {
      if !isReadOnly {
        // GRDB's pool closes its readers last, and they may not do it. If another process is reading, the complete log stays
        // next to the file.
        try database.writeWithoutTransaction { database in
          _ = try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        }
      }
      try database.close()
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 4
    configuration.label = "ledger"
    return configuration
  }

  // MARK: Reading and writing

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let begun = ContinuousClock.now
    defer { times.add(begun.duration(to: .now), to: .ledger) }
    do {
      return try await database.read(body)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// Joins the next transaction; returns when it is durable. With an epoch, the transaction refuses `body` unless it is the
  /// current lease's epoch.
  func write<Value: Sendable>(
    epoch: LeaseEpoch? = nil, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    guard !isReadOnly else { throw LedgerError.openedReadOnly }
    let begun = ContinuousClock.now
    defer { times.add(begun.duration(to: .now), to: .ledger) }
    return try await writes.perform(epoch: epoch, body)
  }

  public func follow(_ mark: any WriteMark) { writes.follow(mark) }

  /// A setting of the writing connection.
  func setting(_ pragma: String) throws -> String? {
    try database.writeWithoutTransaction { database in
      try database.first("PRAGMA \(pragma)") { $0.text(0) }
    }
  }
}

// MARK: Names

extension Database {
  /// A mapping's number, or `nil` when the ledger has never seen it.
  func mappingID(_ name: String) throws -> Int64? {
    try first("SELECT id FROM mapping WHERE name = ?", .text(name)) { $0.int(0) }
  }

  func ensureMapping(_ name: String) throws -> Int64 {
    if let id = try mappingID(name) { return id }
    try run("INSERT INTO mapping (name) VALUES (?)", .text(name))
    return lastInsertedRowID
  }

  func ensureResource(_ name: String) throws -> Int64 {
    let known = try first("SELECT id FROM resource WHERE name = ?", .text(name)) { $0.int(0) }
    if let known { return known }
    try run("INSERT INTO resource (name) VALUES (?)", .text(name))
    return lastInsertedRowID
  }
}
