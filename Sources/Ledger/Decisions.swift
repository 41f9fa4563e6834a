import Engine
import GRDB

/// What the operator can decide about, and what was decided.
extension SQLiteLedger {
  /// The mappings that the ledger has seen, by name.
  public func mappingNames() async throws -> [String] {
    try await read { try $0.all("SELECT name FROM mapping ORDER BY name") { $0.text(0) } }
  }

  /// The keys of a mapping that a text may mean, e.g. `1/1042`: see `KeySearch`.
  public func keys(of mapping: String, written: String) async throws -> [Key] {
    try await read { database in
      guard let id = try database.mappingID(mapping) else { return [] }
      var search = KeySearch(written)
      // A key that was ever written has a link, or the decision that removed it.
      for place in [
        "link WHERE mapping = ?", "failure WHERE mapping = ?", "decision WHERE mapping = ?",
        "intent WHERE mapping = ? AND \(Schema.isOpen)",
        "intent WHERE mapping = ? AND \(Schema.isRefused)",
      ] {
        try database.each("SELECT DISTINCT key FROM \(place)", [.int(id)]) {
          search.look(at: $0.key(0))
        }
      }
      return search.keys
    }
  }

  public func decisions(mapping: String, key: Key) async throws -> [Decision] {
    try await read { database in
      try database.all(
        """
        SELECT verb, target_id, who, note, at FROM decision
        WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND key = ? ORDER BY id
        """, .text(mapping), .key(key)
      ) { row in
        Decision(
          verb: try row.value(0, as: Decision.Verb.self), mapping: mapping, key: key,
          targetID: row.textIfAny(1), who: row.text(2), note: row.textIfAny(3), at: row.moment(4))
      }
    }
  }

  /// All remembered intents of a key, oldest first, without what they sent.
  public func intents(mapping: String, key: Key) async throws -> [Intent] {
    try await read { database in
      try database.all(
        """
        WITH RECURSIVE \(Self.chain)
        SELECT id, run, operation, target_id, fingerprint, state, attempt, epoch, sent_at,
          not_before, evidence, natural_key, (SELECT name FROM resource WHERE id = resource)
        FROM intent WHERE id IN (
          SELECT intent FROM chain JOIN change ON change.id = chain.id
          UNION ALL SELECT intent.id FROM intent, wanted
          WHERE intent.mapping = wanted.mapping AND intent.key = wanted.key AND \(Schema.isOpen)
          UNION ALL SELECT intent.id FROM intent, wanted
          WHERE intent.mapping = wanted.mapping AND intent.key = wanted.key AND \(Schema.isRefused))
        ORDER BY id
        """, .text(mapping), .key(key)
      ) { row in
        Intent(
          id: row.int(0), run: row.int(1), mapping: mapping, key: key,
          operation: try row.value(2, as: Operation.self), resource: row.text(12),
          naturalKey: row.textIfAny(11), targetID: row.textIfAny(3),
          fingerprint: try row.fingerprint(4), sent: [],
          state: try row.value(5, as: IntentState.self), attempt: Int(row.int(6)),
          epoch: row.epoch(7), sentAt: row.momentIfAny(8), notBefore: row.momentIfAny(9),
          evidence: row.textIfAny(10))
      }
    }
  }

  public func dismissedIntents(of mapping: String) async throws -> Set<Key> {
    try await read { database in
      Set(
        try database.all(
          """
          SELECT key FROM intent
          WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND \(Schema.isOpen)
          AND (SELECT verb FROM decision WHERE decision.mapping = intent.mapping
            AND decision.key = intent.key AND decision.at >= coalesce(intent.sent_at, 0)
            ORDER BY decision.id DESC LIMIT 1) = 'dismiss'
          """, .text(mapping)
        ) { $0.key(0) })
    }
  }

  public func decide(_ decision: Decision, epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      let mapping = try database.ensureMapping(decision.mapping)
      let id = try database.add(decision, mapping: mapping)
      let key = Bound.key(decision.key)
      switch decision.verb {
      case .retry, .dismiss:
        let standing: Failure.Standing = decision.verb == .retry ? .released : .dismissed
        try database.run(
          "UPDATE failure SET standing = ? WHERE mapping = ? AND key = ?",
          .text(standing.rawValue), .int(mapping), key)
        guard decision.verb == .retry else { return }
        try database.run(
          """
          UPDATE intent SET state = iif(state = 'quarantined', 'unknown', state), not_before = NULL,
            look_ups = 0, losses = 0
          WHERE mapping = ? AND key = ? AND \(Schema.isOpen)
          """, .int(mapping), key)
      case .adopt, .move, .forget: break
      case .absent:
        try database.endIntents(mapping, decision, as: .absent)
        try database.forgetLink(mapping, decision.key, by: id)
      case .unlink:
        let open = try database.first(
          "SELECT id FROM intent WHERE mapping = ? AND key = ? AND \(Schema.isOpen)",
          .int(mapping), key
        ) { $0.int(0) }
        if let open { throw KeyIsBusy(intent: open, key: decision.key, isNatural: false) }
        try database.forgetLink(mapping, decision.key, by: id)
        try database.run("DELETE FROM alteration WHERE mapping = ? AND key = ?", .int(mapping), key)
      }
    }
  }

  /// Links a key to the object that the operator named, in the same transaction as the decision.
  public func adopt(
    _ decision: Decision, link: Link, resource: String, sent: [UInt8], change: ChangeEntry,
    epoch: LeaseEpoch
  ) async throws {
    try await write(epoch: epoch) { database in
      let mapping = try database.ensureMapping(decision.mapping)
      try database.add(decision, mapping: mapping)
      let ended = try database.first(
        "SELECT id FROM intent WHERE mapping = ? AND key = ? AND \(Schema.isOpen)",
        .int(mapping), .key(decision.key)
      ) { $0.int(0) }
      try database.endIntents(mapping, decision, as: .done)
      try database.clearFailure(mapping: mapping, key: decision.key)
      _ = try database.put(
        Remembered(link: link, sent: sent), resource: resource, change: change, intent: ended)
    }
  }
}

extension Database {
  @discardableResult
  func add(_ decision: Decision, mapping: Int64) throws -> Int64 {
    try run(
      """
      INSERT INTO decision (verb, mapping, key, target_id, who, note, at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, .text(decision.verb.rawValue), .int(mapping), .key(decision.key),
      .text(ifAny: decision.targetID), .text(decision.who), .text(ifAny: decision.note),
      .moment(decision.at))
    return lastInsertedRowID
  }

  /// Removes the link. The history of the object remains reachable through the decision.
  fileprivate func forgetLink(_ mapping: Int64, _ key: Key, by decision: Int64) throws {
    try run(
      """
      UPDATE decision SET change = (SELECT change FROM link WHERE mapping = ?1 AND key = ?2)
      WHERE id = ?3
      """, .int(mapping), .key(key), .int(decision))
    try run("DELETE FROM link WHERE mapping = ? AND key = ?", .int(mapping), .key(key))
    try clearFailure(mapping: mapping, key: key)
  }

  fileprivate func endIntents(
    _ mapping: Int64, _ decision: Decision, as state: IntentState
  ) throws {
    let words = state == .absent ? "it is not at the target" : "it is the object"
    let object = decision.targetID.map { " \($0)" } ?? ""
    try run(
      """
      UPDATE intent SET state = ?, evidence = ?, sent = x''
      WHERE mapping = ? AND key = ? AND \(Schema.isOpen)
      """, .text(state.rawValue), .text("\(decision.who): \(words)\(object)"), .int(mapping),
      .key(decision.key))
  }
}
