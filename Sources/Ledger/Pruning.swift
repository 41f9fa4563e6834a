import Engine
import GRDB

/// Removes what is older than it has to be, a little at a time.
extension SQLiteLedger {
  public func prune(
    before moment: Instant, atMost limit: Int, now: Instant, epoch: LeaseEpoch
  ) async throws -> PruneStep {
    try await write(epoch: epoch) { database in
      let places = try database.first(
        "SELECT change_after, intent_after, run_after, pruned_at FROM upkeep"
      ) { (after: [$0.int(0), $0.int(1), $0.int(2)], prunedAt: $0.momentIfAny(3)) }
      var after = places?.after ?? [0, 0, 0]
      var removed = 0
      var isDone = true
      for (index, kind) in Kind.allCases.enumerated() {
        let found = try database.first(
          "SELECT count(*), max(id) FROM (SELECT id FROM \(kind) WHERE id > ? ORDER BY id LIMIT ?)",
          .int(after[index]), .int(limit)
        ) { (count: Int($0.int(0)), last: $0.intIfAny(1)) }
        guard let found, let last = found.last else { continue }
        removed += try database.remove(
          kind, in: after[index] + 1, through: last, before: moment, epoch: epoch)
        after[index] = last
        if found.count == limit { isDone = false }
      }
      // The next pass starts from the beginning: what a link needs today it may not need then.
      if isDone { after = [0, 0, 0] }
      try database.run(
        """
        INSERT OR REPLACE INTO upkeep (one, change_after, intent_after, run_after, pruned_at)
        VALUES (1, ?, ?, ?, ?)
        """, .int(after[0]), .int(after[1]), .int(after[2]),
        .moment(ifAny: isDone ? now : places?.prunedAt))
      return PruneStep(removed: removed, isDone: isDone)
    }
  }

  public func lastPruned() async throws -> Instant? {
    try await read { try $0.first("SELECT pruned_at FROM upkeep") { $0.momentIfAny(0) } ?? nil }
  }

  /// The tables whose old rows are removed, in the order of ``upkeep``'s columns.
  fileprivate enum Kind: String, CaseIterable, CustomStringConvertible {
    case change
    case intent
    case run

    var description: String { rawValue }
  }
}

extension Database {
  /// Removes old rows in this range of numbers, and returns how many it removed.
  fileprivate func remove(
    _ kind: SQLiteLedger.Kind, in first: Int64, through last: Int64, before moment: Instant,
    epoch: LeaseEpoch
  ) throws -> Int {
    switch kind {
    case .change:
      let removed = try run(
        """
        DELETE FROM change WHERE id BETWEEN ? AND ? AND at < ? AND NOT EXISTS (
          SELECT 1 FROM link WHERE link.mapping = change.mapping AND link.key = change.key
          AND link.change = change.id)
        """, .int(first), .int(last), .moment(moment))
      // What a link's latest change sent is still needed.
      return try removed
        + run(
          """
          UPDATE change SET operation = NULL, before = x'', after = NULL
          WHERE id BETWEEN ? AND ? AND at < ? AND operation IS NOT NULL
          """, .int(first), .int(last), .moment(moment))
    case .intent:
      return try run(
        """
        DELETE FROM intent WHERE id BETWEEN ? AND ? AND NOT \(Schema.isOpen)
        AND coalesce(sent_at, (SELECT started_at FROM run WHERE run.id = intent.run), 0) < ?
        """, .int(first), .int(last), .moment(moment))
    case .run:
      return try run(
        """
        DELETE FROM run WHERE id BETWEEN ? AND ? AND (finished_at IS NOT NULL OR epoch <> ?)
        AND coalesce(finished_at, started_at) < ?
        """, .int(first), .int(last), .epoch(epoch), .moment(moment))
    }
  }
}
