import Engine
import GRDB

extension SQLiteLedger {
  public func startRun(_ run: RunStart) async throws -> Int64 {
    try await write(epoch: run.epoch) { database in
      try database.run(
        "INSERT INTO run (command, mappings, started_at, report, epoch) VALUES (?, ?, ?, ?, ?)",
        .text(run.command), .text(run.mappings.joined(separator: "\n")), .moment(run.startedAt),
        run.report.isEmpty ? .null : .blob(run.report), .epoch(run.epoch))
      return database.lastInsertedRowID
    }
  }

  /// Ends a run under the lease with which it was started.
  public func finishRun(_ id: Int64, status: String, report: [UInt8], now: Instant) async throws {
    try await write { database in
      let epoch = try database.first("SELECT epoch FROM run WHERE id = ?", .int(id)) { $0.epoch(0) }
      guard let epoch else { throw LedgerError.noRun(id) }
      try database.fence(epoch)
      try database.run(
        "UPDATE run SET finished_at = ?, status = ?, report = ? WHERE id = ?", .moment(now),
        .text(status), .blob(report), .int(id))
    }
  }

  public func lastRowCount(of mapping: String) async throws -> Int? {
    try await read { database in
      try database.first(
        """
        SELECT row_count FROM read_state
        WHERE mapping = (SELECT id FROM mapping WHERE name = ?)
        """, .text(mapping)
      ) { Int($0.int(0)) }
    }
  }

  public func setLastRowCount(
    _ count: Int, of mapping: String, run: Int64, epoch: LeaseEpoch
  ) async throws {
    try await write(epoch: epoch) { database in
      _ = try database.run(
        """
        INSERT INTO read_state (mapping, row_count, run, reads) VALUES (?1, ?2, ?3, 1)
        ON CONFLICT (mapping) DO UPDATE SET row_count = ?2, run = ?3, reads = reads + 1
        """, .int(try database.ensureMapping(mapping)), .int(count), .int(run))
    }
  }

  public func readCount(of mapping: String) async throws -> Int {
    try await read { database in
      try database.first(
        """
        SELECT reads FROM read_state WHERE mapping = (SELECT id FROM mapping WHERE name = ?)
        """, .text(mapping)
      ) { Int($0.int(0)) } ?? 0
    }
  }

  public func listedCount(of resource: String) async throws -> Int? {
    try await read { database in
      try database.first(
        """
        SELECT object_count FROM listing
        WHERE resource = (SELECT id FROM resource WHERE name = ?)
        """, .text(resource)
      ) { Int($0.int(0)) }
    }
  }

  public func setListedCount(_ count: Int, of resource: String, epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      _ = try database.run(
        """
        INSERT INTO listing (resource, object_count) VALUES (?1, ?2)
        ON CONFLICT (resource) DO UPDATE SET object_count = ?2
        """, .int(try database.ensureResource(resource)), .int(count))
    }
  }

  // MARK: History

  /// The latest runs, newest first.
  public func runs(limit: Int) async throws -> [RunRecord] {
    try await read { database in
      try database.all(Self.runs + " ORDER BY id DESC LIMIT ?", .int(limit), read: Self.run)
    }
  }

  /// The runs whose command begins with these words, oldest first.
  public func runs(ofCommand words: String) async throws -> [RunRecord] {
    try await read { database in
      try database.all(
        Self.runs + " WHERE substr(command, 1, length(?1)) = ?1 ORDER BY id", .text(words),
        read: Self.run)
    }
  }

  public func run(_ id: Int64) async throws -> RunRecord? {
    try await read { database in
      try database.first(Self.runs + " WHERE id = ?", .int(id), read: Self.run)
    }
  }

  private static let runs = """
    SELECT id, command, mappings, started_at, finished_at, status, report, epoch FROM run
    """

  private static func run(_ row: RawRow) -> RunRecord {
    RunRecord(
      id: row.int(0), command: row.text(1),
      mappings: row.text(2).split(separator: "\n").map(String.init), startedAt: row.moment(3),
      finishedAt: row.momentIfAny(4), status: row.textIfAny(5), report: row.bytes(6),
      epoch: row.epoch(7))
  }

  /// The changes of an object, oldest first.
  public func history(mapping: String, key: Key) async throws -> [ChangeEntry] {
    try await read { database in
      try database.all(
        """
        WITH RECURSIVE \(Self.chain)
        SELECT run, operation, before, coalesce(after, fields), at
        FROM chain JOIN change ON change.id = chain.id
        WHERE operation IS NOT NULL ORDER BY chain.id
        """, .text(mapping), .key(key)
      ) { row in
        ChangeEntry(
          run: row.int(0), mapping: mapping, key: key, operation: row.text(1),
          before: row.bytes(2), after: row.bytes(3), at: row.moment(4))
      }
    }
  }

  /// The table `chain` of the ids of all log entries of one mapping's key, given by name and key. It goes from the latest
  /// entry, and from those at which the key lost its link, back to the first that is still remembered. A forgotten entry's
  /// number may now belong to another key.
  static let chain = """
    wanted (mapping, key) AS (VALUES ((SELECT id FROM mapping WHERE name = ?1), ?2)),
    latest (id) AS (
      SELECT change FROM link JOIN wanted USING (mapping, key)
      UNION SELECT change FROM decision JOIN wanted USING (mapping, key)),
    chain (id, previous) AS (
      SELECT change.id, previous FROM latest JOIN change ON change.id = latest.id
      JOIN wanted USING (mapping, key)
      UNION SELECT change.id, change.previous FROM chain JOIN change ON change.id = chain.previous
      JOIN wanted USING (mapping, key))
    """

  /// What a run changed, oldest first.
  public func changes(ofRun run: Int64) async throws -> [ChangeEntry] {
    try await read { database in
      try database.all(
        """
        SELECT mapping.name, key, operation, before, coalesce(after, fields), at
        FROM change JOIN mapping ON mapping.id = change.mapping
        WHERE run = ? AND operation IS NOT NULL ORDER BY change.id
        """, .int(run)
      ) { row in
        ChangeEntry(
          run: run, mapping: row.text(0), key: row.key(1), operation: row.text(2),
          before: row.bytes(3), after: row.bytes(4), at: row.moment(5))
      }
    }
  }
}

extension Database {
  /// Adds an entry to the log, and returns its number. `after` is stored only if it is not everything that was sent.
  ///
  /// - Parameters:
  ///   - change: `nil` when nothing happened that is shown in the history.
  ///   - sent: What the ledger remembers about the object from now on.
  func add(
    _ change: ChangeEntry?, mapping: Int64, key: Key, sent: [UInt8], previous: Int64?,
    intent: Int64?
  ) throws -> Int64 {
    let after = change.flatMap { $0.after == sent ? nil : $0.after }
    // A hidden entry is as old as the entry it builds on, so no chain is cut too early.
    let at =
      try change?.at
      ?? first(
        "SELECT at FROM change WHERE id = ?", .int(ifAny: previous)
      ) { $0.moment(0) }
    try run(
      """
      INSERT INTO change (run, mapping, key, operation, before, after, fields, previous, intent, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, .int(change?.run ?? 0), .int(mapping), .key(key), .text(ifAny: change?.operation),
      .blob(change?.before ?? []), after.map(Bound.blob) ?? .null, .blob(sent),
      .int(ifAny: previous), .int(ifAny: intent), .moment(at ?? 0))
    return lastInsertedRowID
  }
}
