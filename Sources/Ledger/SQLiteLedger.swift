import Engine
import GRDB

/// The ledger in a SQLite file.
///
/// Reads run beside each other and beside a write, each on a connection of its own (WAL); writes are grouped into
/// transactions, each on the disk before its callers go on (`synchronous=FULL`). Nothing blocks the cooperative pool:
/// SQLite runs on GRDB's queues. All methods throw `LedgerError`, and reads also `CancellationError`.
public final class SQLiteLedger: LedgerStore, Sendable {
  /// A pool of connections to a file, or the one connection to a ledger in memory.
  private let database: any DatabaseWriter
  private let writes: GroupCommit
  private let isReadOnly: Bool
  let spool: Spool
  /// Takes down how long its reads and writes last.
  public let times = StageTimes()

  /// Opens a ledger, and creates the file (mode 0600) and its folder (mode 0700) where they are missing.
  ///
  /// Blocks while it does so; at most `lockTimeout` for a lock, which every later write waits for as well.
  public convenience init(path: String, lockTimeout: Duration = .seconds(5)) throws {
    do {
      let file = LedgerFile(path: path)
      try file.prepare()
      let pool = try file.openingAlone { try Self.open(file, lockTimeout: lockTimeout) }
      try self.init(database: pool, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// An empty ledger in memory, for tests and for a plan before the first run.
  public convenience init() throws {
    do {
      let queue = try DatabaseQueue(configuration: Self.configuration)
      try Schema.migrator.migrate(queue)
      try self.init(database: queue, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// A copy in memory of another ledger as it is now, for tests.
  public convenience init(copyOf other: SQLiteLedger) throws {
    do {
      let queue = try DatabaseQueue(configuration: Self.configuration)
      try other.database.backup(to: queue)
      try self.init(database: queue, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// Opens a ledger that is only read: the file is neither created nor changed, and every write but the spool's throws.
  ///
  /// Where there is no file the ledger is an empty one in memory. SQLite may leave an empty `-wal` and a `-shm` file
  /// beside the ledger.
  public static func openReadOnly(path: String) throws -> SQLiteLedger {
    do {
      let file = LedgerFile(path: path)
      try file.tighten()
      guard case .ledger(let version) = try file.content() else { return try SQLiteLedger() }
      guard version == Schema.version else { throw LedgerError.older(path, version: version) }
      var configuration = configuration
      configuration.readonly = true
      return try SQLiteLedger(
        database: DatabaseQueue(path: file.path, configuration: configuration), isReadOnly: true)
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  /// A copy that nobody else sees, in a file that goes with it: for a plan that moves links before it compares.
  public func privateCopy() throws -> SQLiteLedger {
    do {
      let copy = try DatabaseQueue(path: "", configuration: Self.configuration)
      try database.backup(to: copy)
      try copy.write { try $0.execute(sql: "UPDATE lease SET holder = NULL, expires = 0") }
      return try SQLiteLedger(database: copy, isReadOnly: false)
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }

  private static func open(_ file: LedgerFile, lockTimeout: Duration) throws -> DatabasePool {
    // Before anything is changed: the file may be somebody else's.
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
      // What a savepoint would restore stays in memory, instead of in a file that every write adds to. Not so before: a
      // migration rewrites whole tables.
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return pool
  }

  private init(database: any DatabaseWriter, isReadOnly: Bool) throws {
    self.database = database
    self.isReadOnly = isReadOnly
    writes = GroupCommit(database: database)
    spool = try Spool()
  }

  /// Moves the write-ahead log into the file, as far as nobody else reads it, and closes it; every later call throws.
  public func close() throws {
    do {
      if !isReadOnly {
        // GRDB's pool closes its readers last, and they have no right to do it. Where another process is reading, the
        // log stays beside the file, complete.
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

  /// Joins the next transaction; returns when it is durable. With an epoch, the transaction refuses `body` unless that is
  /// the epoch of the present lease.
  func write<Value: Sendable>(
    epoch: Int64? = nil, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    guard !isReadOnly else { throw LedgerError.openedReadOnly }
    let begun = ContinuousClock.now
    defer { times.add(begun.duration(to: .now), to: .ledger) }
    return try await writes.perform(epoch: epoch, body)
  }

  // MARK: The file as a whole

  /// From now on the mark moves with each transaction of this ledger.
  public func follow(_ mark: MarkFile) { writes.follow(mark) }

  /// A setting of the connection that writes.
  func setting(_ pragma: String) throws -> String? {
    try database.writeWithoutTransaction { database in
      try database.first("PRAGMA \(pragma)") { $0.text(0) }
    }
  }

  /// The ledger's own random name, and how many transactions it has seen.
  ///
  /// Transactions that only took, renewed or gave back the lease do not count. A copy that comes back with a smaller count
  /// than one already seen is an old backup.
  public func identity() async throws -> (id: [UInt8], writeCount: Int64) {
    let identity = try await read { database in
      try database.first("SELECT id, write_count FROM ledger") { ($0.bytes(0), $0.int(1)) }
    }
    guard let identity else { throw LedgerError.corrupt("the ledger's name is gone") }
    return identity
  }

  /// Reads the whole file, and returns what is wrong with it: nothing, as a rule.
  public func checkIntegrity() async throws -> [String] {
    try await read { try $0.problems("PRAGMA integrity_check") + $0.linkProblems() }
  }

  /// Reads every record, and says of which that cannot be done.
  public func unreadableRecords() async throws -> [String] {
    try await read { try $0.recordProblems() }
  }

  /// Files up to this size are read whole at each opening for writing; that takes a tenth of a second.
  private static let smallSize: Int64 = 32 << 20

  /// Refuses a damaged ledger before anything is sent by it.
  ///
  /// - Parameter isInDoubt: The last writer did not come to its end, so that files may have been exchanged or lost since. Then
  ///   a large file is read too.
  public func verify(isInDoubt: Bool) async throws {
    let problems = try await read { database -> [String] in
      let size = try database.first(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
      ) { $0.int(0) }
      if (size ?? 0) <= Self.smallSize {
        return try database.problems("PRAGMA integrity_check(5)") + database.linkProblems()
      }
      guard isInDoubt else { return [] }
      return try database.problems("PRAGMA quick_check(5)") + database.linkProblems()
    }
    if let first = problems.first { throw LedgerError.corrupt(first) }
  }

  /// Writes a copy of the whole ledger as it is now, readable for its owner only. Others may go on writing meanwhile.
  ///
  /// Blocks until the copy is on the disk. There must be no file at `path`.
  public func backUp(to path: String) throws {
    do {
      try BackupFile(path: path).write { copy in
        let queue = try DatabaseQueue(path: copy)
        try database.backup(to: queue)
        // One file, without a log alongside.
        try queue.writeWithoutTransaction { database in
          _ = try database.first("PRAGMA journal_mode = DELETE") { $0.text(0) }
        }
        try queue.close()
      }
    } catch {
      throw LedgerError.inWords(error)
    }
  }
}

// MARK: Soundness

extension Database {
  fileprivate func problems(_ pragma: String) throws -> [String] {
    let found = try all(pragma) { $0.text(0) }
    return found == ["ok"] ? [] : found
  }

  /// What no index of a sound file lets happen: two keys with one object, or a link without what was sent.
  fileprivate func linkProblems() throws -> [String] {
    let index = try first(
      "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'link_target'"
    ) { _ in true }
    if index == true {
      let counts = try first(
        """
        SELECT (SELECT count(*) FROM link NOT INDEXED),
          (SELECT count(*) FROM link INDEXED BY link_target)
        """
      ) { ($0.int(0), $0.int(1)) }
      if let counts, counts.0 != counts.1 {
        return ["\(counts.0) links, and \(counts.1) in the index of their objects"]
      }
    }
    let doubled = try all(
      """
      SELECT (SELECT name FROM resource WHERE id = resource), target_id FROM link NOT INDEXED
      GROUP BY resource, target_id HAVING count(*) > 1 LIMIT 5
      """
    ) { "two keys are linked to the object \($0.text(1)) of \($0.text(0))" }
    let lost = try first(
      """
      SELECT count(*) FROM link WHERE change IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM change WHERE change.id = link.change)
      """
    ) { $0.int(0) }
    if index == nil { return doubled + ["the index that keeps objects apart is gone"] }
    guard let lost, lost > 0 else { return doubled }
    return doubled + ["\(lost) links have lost what was last sent"]
  }

  /// Records and reports that cannot be read, the first few of each kind.
  fileprivate func recordProblems() throws -> [String] {
    let most = 5
    var problems: [String] = []
    func look(_ what: String, _ sql: String) throws {
      var found = 0
      try scan(sql, []) { row in
        for column in 2..<row.count {
          do throws(UnreadableRecord) {
            let key = row.isNull(1) ? nil : row.key(1)
            _ = try FlatRecord(remembered: row.bytes(column), of: row.text(0), key)
          } catch {
            let whose = error.mapping + (error.key.map { " \($0)" } ?? "")
            problems.append("\(what) of \(whose) cannot be read (\(error.reason))")
            found += 1
            break
          }
        }
        return found < most
      }
    }
    try look(
      "what was last sent",
      """
      SELECT name, link.key, fields FROM link
      JOIN change ON change.id = link.change JOIN mapping ON mapping.id = link.mapping
      """)
    try look(
      "a write that is open",
      """
      SELECT name, key, sent FROM intent JOIN mapping ON mapping.id = intent.mapping
      WHERE \(Schema.isOpen)
      """)
    try look(
      "the history",
      """
      SELECT name, key, before, coalesce(after, fields) FROM change
      JOIN mapping ON mapping.id = change.mapping WHERE operation IS NOT NULL
      """)
    try look("the report", "SELECT 'run ' || id, NULL, report FROM run WHERE report IS NOT NULL")
    return problems
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
