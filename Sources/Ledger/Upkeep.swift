import Engine
import GRDB

extension SQLiteLedger {
  public func summary() async throws -> LedgerSummary {
    try await read { database in
      func count(_ sql: String) throws -> Int {
        try database.first("SELECT count(*) FROM \(sql)") { Int($0.int(0)) } ?? 0
      }
      var summary = LedgerSummary(format: Int(Schema.version))
      summary.links = try count("link")
      summary.inactiveLinks = try count("link WHERE state = \(LinkState.inactive.rawValue)")
      summary.openIntents = try count("intent WHERE \(Schema.isOpen)")
      summary.endedIntents = try count("intent WHERE NOT \(Schema.isOpen)")
      summary.failures = try count("failure")
      summary.changes = try count("change WHERE operation IS NOT NULL")
      summary.runs = try count("run")
      summary.oldest =
        try database.first(
          """
          SELECT min(at) FROM (SELECT min(started_at) AS at FROM run
            UNION ALL SELECT min(at) FROM change WHERE operation IS NOT NULL)
          """
        ) { $0.momentIfAny(0) } ?? nil
      let size = try database.first(
        """
        SELECT page_count * page_size, freelist_count * page_size
        FROM pragma_page_count, pragma_page_size, pragma_freelist_count
        """
      ) { (all: $0.int(0), free: $0.int(1)) }
      summary.size = size?.all
      summary.free = size?.free
      return summary
    }
  }

  public func linkRecords(
    of mapping: String, after key: Key?, limit: Int
  ) async throws -> [LinkRecord] {
    try await read { database in
      guard let id = try database.mappingID(mapping) else { return [] }
      return try database.linkRecords(
        of: mapping, id,
        where: "link.key \(key == nil ? ">=" : ">") ?2 ORDER BY link.key LIMIT \(max(0, limit))",
        .blob(key?.bytes ?? []))
    }
  }

  public func changes(
    after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: ChangeEntry)] {
    try await read { database in
      try database.all(
        """
        SELECT change.id, run, mapping.name, key, operation, before, coalesce(after, fields), at
        FROM change JOIN mapping ON mapping.id = change.mapping
        WHERE change.id > ? AND operation IS NOT NULL ORDER BY change.id LIMIT ?
        """, .int(position), .int(limit)
      ) { row in
        (
          position: row.int(0),
          change: ChangeEntry(
            run: row.int(1), mapping: row.text(2), key: row.key(3), operation: row.text(4),
            before: row.bytes(5), after: row.bytes(6), at: row.moment(7))
        )
      }
    }
  }

  public func backUp(to path: String) throws {
    do {
      try BackupFile(path: path).write { copy in
        let queue = try DatabaseQueue(path: copy)
        try database.backup(to: queue)
        // A single file, without a log next to it.
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

extension Database {
  /// `condition`: a condition on the value, which is `?2`.
  func linkRecords(
    of mapping: String, _ id: Int64, where condition: String, _ value: Bound
  ) throws -> [LinkRecord] {
    try all(
      """
      SELECT fingerprint, state, absences, target_id, fields, link.key, resource.name
      FROM link LEFT JOIN change ON change.id = link.change
      JOIN resource ON resource.id = link.resource
      WHERE link.mapping = ?1 AND \(condition)
      """, .int(id), value
    ) { row in
      LinkRecord(
        link: try row.link(mapping, row.key(5)), resource: row.text(6), sent: row.bytes(4))
    }
  }
}
