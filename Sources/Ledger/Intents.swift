import Engine
import GRDB

extension SQLiteLedger {
  public func openIntents(of mapping: String) async throws -> [Intent] {
    try await read { database in
      try database.all(
        """
        SELECT intent.id, run, key, operation, resource.name, natural_key, target_id, fingerprint,
          sent, state, attempt, epoch, sent_at, not_before, evidence, look_ups, losses
        FROM intent JOIN resource ON resource.id = intent.resource
        WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND \(Schema.isOpen)
        ORDER BY intent.id
        """, .text(mapping)
      ) { row in
        Intent(
          id: row.int(0), run: row.int(1), mapping: mapping, key: row.key(2),
          operation: try row.value(3, as: Operation.self), resource: row.text(4),
          naturalKey: row.textIfAny(5), targetID: row.textIfAny(6),
          fingerprint: try row.fingerprint(7), sent: row.bytes(8),
          state: try row.value(9, as: IntentState.self), attempt: Int(row.int(10)),
          epoch: row.epoch(11), sentAt: row.momentIfAny(12), notBefore: row.momentIfAny(13),
          lookUps: Int(row.int(15)), losses: Int(row.int(16)), evidence: row.textIfAny(14))
      }
    }
  }

  /// Records an intent as sent, whatever state it carries.
  ///
  /// An intent with an id is sent once more: it must be `planned` in the ledger, and takes all of the new values.
  public func begin(_ intent: Intent) async throws -> Int64 {
    try await write(epoch: intent.epoch) { database in
      do {
        guard intent.id != 0 else { return try database.insert(intent) }
        try database.sendAgain(intent)
        return intent.id
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
        throw try database.openIntent(against: intent) ?? error
      }
    }
  }

  /// Ends an attempt. The intent must be open; its epoch may be an earlier one.
  public func settle(_ settlement: Settlement) async throws {
    try await write(epoch: settlement.epoch) { database in
      try database.end(settlement)
      if let object = settlement.object {
        if object.link.state == .inactive {
          try database.expectFewer(of: settlement.resource, without: object.link)
        }
        let mapping = try database.put(
          object, resource: settlement.resource, change: settlement.change,
          intent: settlement.intent)
        if settlement.clearsFailure {
          try database.clearFailure(mapping: mapping, key: object.link.key)
        }
      }
      if let failure = settlement.failure { try database.put(failure) }
      for alteration in settlement.alterations { try database.put(alteration) }
    }
  }
}

extension Database {
  /// An object that is given up now is not expected in the next listing.
  fileprivate func expectFewer(of resource: String, without link: Link) throws {
    try run(
      """
      UPDATE listing SET object_count = max(0, object_count - 1)
      WHERE resource = (SELECT id FROM resource WHERE name = ?) AND EXISTS (
        SELECT 1 FROM link WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND key = ?
          AND state = ?)
      """, .text(resource), .text(link.mapping), .key(link.key),
      .int(LinkState.active.rawValue))
  }

  fileprivate func insert(_ intent: Intent) throws -> Int64 {
    do {
      try insertKnown(intent)
    } catch let error as DatabaseError
      where error.extendedResultCode == .SQLITE_CONSTRAINT_NOTNULL
    {
      // The first intent of its mapping or its resource.
      _ = try ensureMapping(intent.mapping)
      _ = try ensureResource(intent.resource)
      try insertKnown(intent)
    }
    return lastInsertedRowID
  }

  private func insertKnown(_ intent: Intent) throws {
    try run(
      """
      INSERT INTO intent (run, mapping, key, operation, resource, natural_key, target_id,
        fingerprint, sent, state, attempt, epoch, sent_at, not_before, evidence, look_ups, losses)
      VALUES (?, (SELECT id FROM mapping WHERE name = ?), ?, ?,
        (SELECT id FROM resource WHERE name = ?), ?, ?, ?, ?, 'sent', ?, ?, ?, ?, ?, ?, ?)
      """, .int(intent.run), .text(intent.mapping), .key(intent.key),
      .text(intent.operation.rawValue), .text(intent.resource),
      .text(ifAny: intent.naturalKey), .text(ifAny: intent.targetID),
      .blob(intent.fingerprint.bytes), .blob(intent.sent), .int(intent.attempt),
      .epoch(intent.epoch), .moment(ifAny: intent.sentAt), .moment(ifAny: intent.notBefore),
      .text(ifAny: intent.evidence), .int(intent.lookUps), .int(intent.losses))
  }

  fileprivate func sendAgain(_ intent: Intent) throws {
    let resource = try ensureResource(intent.resource)
    let changed = try run(
      """
      UPDATE intent SET run = ?, operation = ?, resource = ?, natural_key = ?, target_id = ?,
        fingerprint = ?, sent = ?, state = 'sent', attempt = ?, epoch = ?, sent_at = ?,
        not_before = ?, evidence = ?, look_ups = ?, losses = ?
      WHERE id = ? AND state = 'planned'
      """, .int(intent.run), .text(intent.operation.rawValue), .int(resource),
      .text(ifAny: intent.naturalKey), .text(ifAny: intent.targetID),
      .blob(intent.fingerprint.bytes), .blob(intent.sent), .int(intent.attempt),
      .epoch(intent.epoch), .moment(ifAny: intent.sentAt), .moment(ifAny: intent.notBefore),
      .text(ifAny: intent.evidence), .int(intent.lookUps), .int(intent.losses), .int(intent.id))
    if changed == 0 { throw try notInState("planned", intent: intent.id) }
  }

  /// Settles the intent's own row. Once closed, what it would have sent is removed.
  fileprivate func end(_ settlement: Settlement) throws {
    let ended = try run(
      """
      UPDATE intent SET state = ?, attempt = ?, not_before = ?, evidence = ?, epoch = ?,
        look_ups = ?, losses = ?, sent = iif(?, sent, x'')
      WHERE id = ? AND \(Schema.isOpen)
      """, .text(settlement.state.rawValue), .int(settlement.attempt),
      .moment(ifAny: settlement.notBefore), .text(ifAny: settlement.evidence),
      .epoch(settlement.epoch),
      .int(settlement.lookUps), .int(settlement.losses),
      .int(settlement.state.isOpen ? 1 : 0), .int(settlement.intent))
    guard ended > 0 else { throw try notInState("open", intent: settlement.intent) }
  }

  private func notInState(_ wanted: String, intent: Int64) throws -> LedgerError {
    let state = try first("SELECT state FROM intent WHERE id = ?", .int(intent)) { $0.text(0) }
    return state.map { .intentState(intent, $0, wanted: wanted) } ?? .noIntent(intent)
  }

  /// The open intent that blocks another.
  fileprivate func openIntent(against intent: Intent) throws -> KeyIsBusy? {
    let mapping = try ensureMapping(intent.mapping)
    let resource = try ensureResource(intent.resource)
    let sameKey = try first(
      """
      SELECT id FROM intent
      WHERE mapping = ? AND key = ? AND id <> ? AND \(Schema.isOpen)
      """, .int(mapping), .key(intent.key), .int(intent.id)
    ) { $0.int(0) }
    if let sameKey { return KeyIsBusy(intent: sameKey, key: intent.key, isNatural: false) }
    guard let naturalKey = intent.naturalKey else { return nil }
    let sameNaturalKey = try first(
      """
      SELECT id FROM intent
      WHERE resource = ? AND natural_key = ? AND id <> ? AND \(Schema.isOpen)
      """, .int(resource), .text(naturalKey), .int(intent.id)
    ) { $0.int(0) }
    return sameNaturalKey.map { KeyIsBusy(intent: $0, key: intent.key, isNatural: true) }
  }
}
