import Engine
import GRDB

/// The changes of one run, on disk, in a private database that SQLite deletes with the connection.
///
/// It is not the ledger's file: a plan writes nothing durable, needs no lease, and does not wait for commits.
/// SQLite opens a real file only when the changes outgrow the cache. All methods throw ``LedgerError`` with the code
/// `temporaryFile`.
public final class SQLiteSpool: ChangeSpool {
  private let database: DatabaseQueue

  public init() throws {
    do {
      database = try DatabaseQueue(path: "")
      try Self.prepare(database)
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }

  private static func prepare(_ database: DatabaseQueue) throws {
    try database.writeWithoutTransaction { database in
      try database.execute(
        sql: """
          PRAGMA journal_mode = MEMORY;
          PRAGMA synchronous = OFF;
          PRAGMA cache_size = -8192;
          CREATE TABLE change (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            mapping TEXT NOT NULL,
            kind INTEGER NOT NULL,
            key BLOB NOT NULL,
            fingerprint BLOB NOT NULL,
            record BLOB NOT NULL,
            on_create BLOB NOT NULL,
            returns INTEGER NOT NULL
          );
          CREATE INDEX sending_order ON change (mapping, kind, key, position);
          """)
    }
  }

  private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
    do {
      try await database.write(body)
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }

  /// Removes a range of a mapping's changes, and returns how many it removed.
  private func clear(mapping: String, atMost limit: Int) async throws -> Int {
    do {
      return try await database.write { database in
        var count = 0
        var size: Int64 = 0
        try database.scan(
          "SELECT length(record) + length(on_create) FROM change WHERE mapping = ? LIMIT ?",
          [.text(mapping), .int(limit)]
        ) { row in
          count += 1
          size += row.int(0)
          return size < PlannedChange.stretch
        }
        try database.execute(
          sql: """
            DELETE FROM change WHERE position IN (
              SELECT position FROM change WHERE mapping = ? LIMIT ?)
            """, arguments: [mapping, count])
        return database.changesCount
      }
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await database.read(body)
    } catch {
      throw LedgerError.inWords(ofSpool: error)
    }
  }
}

extension SQLiteSpool {
  public func add(_ changes: [PlannedChange], mapping: String) async throws {
    try await write { database in
      for change in changes {
        try database.run(
          """
          INSERT INTO change (mapping, kind, key, fingerprint, record, on_create, returns)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """, .text(mapping), .int(change.kind.rawValue), .key(change.key),
          .blob(change.fingerprint.bytes), .blob(change.record), .blob(change.onCreate),
          .int(change.returns ? 1 : 0))
      }
    }
  }

  /// The next changes by kind and key. A position identifies one change, 0 before the first; positions are not ordered as
  /// numbers.
  public func next(
    mapping: String, after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: PlannedChange)] {
    try await read { database in
      var from: (kind: Int64, key: [UInt8]) = (-1, [])
      if position != 0 {
        let last = try database.first(
          "SELECT kind, key FROM change WHERE position = ?", .int(position)
        ) { (kind: $0.int(0), key: $0.bytes(1)) }
        guard let last else { return [] }
        from = last
      }
      var page: [(position: Int64, change: PlannedChange)] = []
      var size = 0
      try database.scan(
        """
        SELECT position, kind, key, fingerprint, record, on_create, returns FROM change
        WHERE mapping = ? AND (kind, key, position) > (?, ?, ?)
        ORDER BY kind, key, position LIMIT ?
        """, [.text(mapping), .int(from.kind), .blob(from.key), .int(position), .int(limit)]
      ) { row in
        guard size < PlannedChange.stretch else { return false }
        guard let kind = PlannedChange.Kind(rawValue: Int(row.int(1))) else {
          throw LedgerError.corrupt("a planned change has the unknown kind \(row.int(1))")
        }
        let change = PlannedChange(
          kind: kind, key: row.key(2), fingerprint: try row.fingerprint(3), record: row.bytes(4),
          onCreate: row.bytes(5), returns: row.int(6) != 0)
        page.append((position: row.int(0), change: change))
        size += change.size
        return true
      }
      return page
    }
  }

  /// In ranges limited by count and bytes: the journal of a transaction is in memory.
  public func clear(mapping: String) async throws {
    var removed = 1
    while removed > 0 {
      removed = try await clear(mapping: mapping, atMost: 5000)
    }
  }
}
