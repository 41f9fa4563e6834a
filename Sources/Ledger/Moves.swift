import Engine
import GRDB

/// Links that move to other keys, and mappings that are renamed.
extension SQLiteLedger {
  public func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    try await write(epoch: moves.epoch) { database in
      if let former = moves.formerName { try database.rename(mapping: former, to: moves.mapping) }
      let mapping = try database.ensureMapping(moves.mapping)
      let possible = try moves.possible(
        isLinked: { try database.isLinked($0, mapping) },
        isBusy: { try database.isBusy($0, mapping) }
      )
      // Two keys may be exchanged: all links leave before the first arrives.
      for move in possible { try database.rekey(move.from, on: move.to.onItsWay, mapping) }
      for move in possible { try database.arrive(move, moves, mapping) }
      if let shape = moves.shape { try database.set(shape, of: mapping) }
      return possible
    }
  }

  /// Moves an object from a key of one mapping to a key of another mapping with the same resource.
  ///
  /// - Returns: Whether it was moved; `false` when the new key has an object, or a write of either key is open.
  public func move(
    _ key: Key, of mapping: String, to other: Key, of name: String, revives: Bool, who: String,
    note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool {
    try await write(epoch: epoch) { database in
      guard let from = try database.mappingID(mapping) else { return false }
      let to = try database.ensureMapping(name)
      guard try database.isLinked(key, from), try !database.isLinked(other, to),
        try !database.isBusy(key, from), try !database.isBusy(other, to),
        let link = try database.linkOnItsWay(from, key)
      else { return false }
      let latest = try database.add(
        nil, mapping: to, key: other, sent: link.sent, previous: nil, intent: nil)
      try database.run(
        """
        UPDATE link SET mapping = ?1, key = ?2, change = ?3, absences = 0, state = iif(?4, 0, state),
          fingerprint = zeroblob(16)
        WHERE mapping = ?5 AND key = ?6
        """, .int(to), .key(other), .int(latest), .int(revives ? 1 : 0), .int(from), .key(key))
      for (mapping, id, key, words) in [
        (mapping, from, key, "to \(name) \(other)"), (name, to, other, "from \(mapping) \(key)"),
      ] {
        try database.tell(
          Decision(
            verb: .move, mapping: mapping, key: key, targetID: link.id, who: who,
            note: note.map { "\(words): \($0)" } ?? words, at: now), mapping: id,
          change: id == from ? link.change : nil)
      }
      return true
    }
  }
}

extension Key {
  /// A key that no row can have, for a link that has left its key and not yet arrived at the next.
  fileprivate var onItsWay: Key { Key(bytes: [0xFF] + bytes) }
}

extension Database {
  fileprivate func rename(mapping: String, to name: String) throws {
    guard let old = try mappingID(mapping) else { return }
    if let other = try mappingID(name) {
      let isLinked = try first(
        """
        SELECT 1 WHERE EXISTS (SELECT 1 FROM link WHERE mapping = ?1)
        OR EXISTS (SELECT 1 FROM intent WHERE mapping = ?1 AND \(Schema.isOpen))
        """, .int(other)
      ) { _ in true }
      guard isLinked == nil else {
        throw LedgerError.nameIsTaken(name, remedy: "Leave `previous_name` out.")
      }
      try give(allOf: other, to: old)
    }
    try run("UPDATE mapping SET name = ? WHERE id = ?", .text(name), .int(old))
  }

  fileprivate func isLinked(_ key: Key, _ mapping: Int64) throws -> Bool {
    try first("SELECT 1 FROM link WHERE mapping = ? AND key = ?", .int(mapping), .key(key)) { _ in
      true
    } ?? false
  }

  fileprivate func isBusy(_ key: Key, _ mapping: Int64) throws -> Bool {
    try first(
      "SELECT 1 FROM intent WHERE mapping = ? AND key = ? AND \(Schema.isOpen)", .int(mapping),
      .key(key)
    ) { _ in true } ?? false
  }

  fileprivate func rekey(_ key: Key, on other: Key, _ mapping: Int64) throws {
    try run(
      "UPDATE link SET key = ? WHERE mapping = ? AND key = ?", .key(other), .int(mapping), .key(key)
    )
  }

  fileprivate func linkOnItsWay(
    _ mapping: Int64, _ key: Key
  ) throws -> (id: String, change: Int64?, sent: [UInt8])? {
    try first(
      """
      SELECT target_id, change, fields FROM link LEFT JOIN change ON change.id = link.change
      WHERE link.mapping = ? AND link.key = ?
      """, .int(mapping), .key(key)
    ) { (id: $0.text(0), change: $0.intIfAny(1), sent: $0.bytes(2)) }
  }

  fileprivate func arrive(_ move: LinkMove, _ moves: LinkMoves, _ mapping: Int64) throws {
    let (from, to) = (move.from, move.to)
    guard let link = try linkOnItsWay(mapping, to.onItsWay) else { return }
    let latest = try add(
      nil, mapping: mapping, key: to, sent: link.sent, previous: link.change, intent: nil)
    try run(
      """
      UPDATE link SET key = ?1, change = ?2, absences = 0, state = iif(?3, 0, state)
      WHERE mapping = ?4 AND key = ?5
      """, .key(to), .int(latest), .int(moves.revives ? 1 : 0), .int(mapping), .key(to.onItsWay))
    for (key, words) in [(from, "to \(to)"), (to, "from \(from)")] {
      try tell(
        Decision(
          verb: .move, mapping: moves.mapping, key: key, targetID: link.id, who: moves.who,
          note: moves.note.map { "\(words): \($0)" } ?? words, at: moves.at), mapping: mapping,
        change: key == from ? link.change : nil)
    }
  }

  /// Records for one of two keys that an object moves. `change`: the history of the object under the key that it leaves, which
  /// must be found without the link.
  fileprivate func tell(_ decision: Decision, mapping: Int64, change: Int64?) throws {
    let id = try add(decision, mapping: mapping)
    try run("UPDATE decision SET change = ? WHERE id = ?", .int(ifAny: change), .int(id))
    try clearFailure(mapping: mapping, key: decision.key)
  }

  /// What is known about a mapping without links becomes that of another, if the other has nothing itself.
  fileprivate func give(allOf mapping: Int64, to other: Int64) throws {
    for table in ["intent", "change", "decision"] {
      try run("UPDATE \(table) SET mapping = ? WHERE mapping = ?", .int(other), .int(mapping))
    }
    for table in ["failure", "read_state", "mapping_shape"] {
      try run("DELETE FROM \(table) WHERE mapping = ?", .int(mapping))
    }
    try run("DELETE FROM mapping WHERE id = ?", .int(mapping))
  }
}
