import Engine
import GRDB

extension SQLiteLedger {
  public func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage {
    try await read { database in
      var page = LinkPage()
      guard let id = try database.mappingID(mapping) else { return page }
      // One statement for both: without a key, the range begins below every key.
      try database.each(
        key == nil ? Self.firstLinks : Self.nextLinks,
        [.int(id), .int(limit), .blob(key?.bytes ?? [])]
      ) { row in
        guard let state = LinkState(rawValue: Int(row.int(2))) else {
          throw LedgerError.corrupt("a link has the unknown state \(row.int(2))")
        }
        page.append(
          key: row.rawBytes(0), fingerprint: try row.fingerprint(1), state: state,
          absences: Int(row.int(3)))
      }
      return page
    }
  }

  private static let firstLinks = """
    SELECT key, fingerprint, state, absences FROM link
    WHERE mapping = ?1 AND key >= ?3 ORDER BY key LIMIT ?2
    """
  private static let nextLinks = """
    SELECT key, fingerprint, state, absences FROM link
    WHERE mapping = ?1 AND key > ?3 ORDER BY key LIMIT ?2
    """

  public func link(of mapping: String, key: Key) async throws -> Link? {
    try await read { database in
      try database.first(
        """
        SELECT fingerprint, state, absences, target_id FROM link
        WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND key = ?
        """, .text(mapping), .key(key)
      ) { try $0.link(mapping, key) }
    }
  }

  public func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void
  ) async throws {
    let length = 5000
    var last = Key(bytes: [])
    while true {
      let after = last
      let page = try await read { database in
        try database.all(
          """
          SELECT key, target_id FROM link
          WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND key > ?
            AND state <= ?
          ORDER BY key LIMIT ?
          """, .text(mapping), .key(after),
          .int((onlyActive ? LinkState.active : .inactive).rawValue), .int(length)
        ) { (key: $0.key(0), id: $0.text(1)) }
      }
      for (key, id) in page { each(key, id) }
      guard page.count == length, let key = page.last?.key else { return }
      last = key
    }
  }

  public func owners(
    of targetIDs: [String], resource: String
  ) async throws -> [String: (mapping: String, key: Key)] {
    try await read { database in
      try targetIDs.reduce(into: [:]) { $0[$1] = try database.owner(of: $1, resource: resource) }
    }
  }

  public func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int) {
    let counts = try await read { database in
      try database.first(
        """
        SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1) FROM link
        WHERE mapping = (SELECT id FROM mapping WHERE name = ?)
        """, .text(mapping)
      ) { (active: Int($0.int(0)), inactive: Int($0.int(1))) }
    }
    return counts ?? (0, 0)
  }

  public func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    try await read { database in
      var found: [Key: [UInt8]] = [:]
      guard let id = try database.mappingID(mapping) else { return found }
      for key in keys {
        found[key] = try database.first(
          """
          SELECT fields FROM link JOIN change ON change.id = link.change
          WHERE link.mapping = ? AND link.key = ?
          """, .int(id), .key(key)
        ) { $0.bytes(0) }
      }
      return found
    }
  }

  public func remembered(of mapping: String, keys: [Key]) async throws -> [Key: Remembered] {
    try await read { database in
      var found: [Key: Remembered] = [:]
      guard let id = try database.mappingID(mapping) else { return found }
      for key in keys {
        found[key] = try database.first(
          """
          SELECT fingerprint, state, absences, target_id, fields
          FROM link LEFT JOIN change ON change.id = link.change
          WHERE link.mapping = ? AND link.key = ?
          """, .int(id), .key(key)
        ) { row in
          Remembered(link: try row.link(mapping, key), sent: row.bytes(4))
        }
      }
      return found
    }
  }

  public func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: LeaseEpoch
  ) async throws {
    try await write(epoch: epoch) { database in
      guard let id = try database.mappingID(mapping) else { return }
      let update = "UPDATE link SET absences = ? WHERE mapping = ? AND key = ?"
      for (key, absences) in absent {
        try database.run(update, .int(absences), .int(id), .key(key))
      }
      for key in present { try database.run(update, .int(0), .int(id), .key(key)) }
    }
  }

  public func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: LeaseEpoch
  ) async throws {
    try await write(epoch: epoch) { database in
      _ = try database.put(
        Remembered(link: link, sent: sent), resource: resource, change: change)
    }
  }
}

extension RawRow {
  /// Reads the columns `fingerprint, state, absences, target_id`, which come first.
  func link(_ mapping: String, _ key: Key) throws -> Link {
    guard let state = LinkState(rawValue: Int(int(1))) else {
      throw LedgerError.corrupt("a link has the unknown state \(int(1))")
    }
    return Link(
      mapping: mapping, key: key, targetID: text(3), state: state, absences: Int(int(2)),
      fingerprint: try fingerprint(0))
  }
}

extension Database {
  func owner(of targetID: String, resource: String) throws -> (mapping: String, key: Key)? {
    try first(
      """
      SELECT mapping.name, link.key FROM link JOIN mapping ON mapping.id = link.mapping
      WHERE resource = (SELECT id FROM resource WHERE name = ?) AND target_id = ?
      """, .text(resource), .text(targetID)
    ) { (mapping: $0.text(0), key: $0.key(1)) }
  }

  /// Stores a link, with what was sent for its object and why. The log gets one more entry, to which the link points.
  ///
  /// - Parameter intent: The intent that it ends, if there is one.
  /// - Returns: The mapping's number.
  func put(
    _ object: Remembered, resource: String, change: ChangeEntry?, intent: Int64? = nil
  ) throws -> Int64 {
    let link = object.link
    let known = try first(
      """
      SELECT mapping, change FROM link
      WHERE mapping = (SELECT id FROM mapping WHERE name = ?) AND key = ?
      """, .text(link.mapping), .key(link.key)
    ) { (mapping: $0.int(0), change: $0.intIfAny(1)) }
    let mapping = try known?.mapping ?? ensureMapping(link.mapping)
    let latest = try add(
      change, mapping: mapping, key: link.key, sent: object.sent, previous: known?.change,
      intent: intent)
    if known != nil, try renew(link, mapping: mapping, resource: resource, change: latest) {
      return mapping
    }
    do {
      try run(
        """
        INSERT INTO link (mapping, key, fingerprint, state, absences, resource, target_id, change)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (mapping, key) DO UPDATE
        SET fingerprint = ?3, state = ?4, absences = ?5, resource = ?6, target_id = ?7, change = ?8
        """, .int(mapping), .key(link.key), .blob(link.fingerprint.bytes),
        .int(link.state.rawValue), .int(link.absences), .int(try ensureResource(resource)),
        .text(link.targetID), .int(latest))
      return mapping
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      guard let owner = try owner(of: link.targetID, resource: resource) else { throw error }
      throw ObjectIsLinked(
        targetID: link.targetID, resource: resource, mapping: owner.mapping, key: owner.key)
    }
  }

  /// Changes a link that keeps its object. This does not touch the index by object, which would cost a random page.
  private func renew(
    _ link: Link, mapping: Int64, resource: String, change: Int64
  ) throws -> Bool {
    let changed = try run(
      """
      UPDATE link SET fingerprint = ?, state = ?, absences = ?, change = ?
      WHERE mapping = ? AND key = ? AND target_id = ?
        AND resource = (SELECT id FROM resource WHERE name = ?)
      """, .blob(link.fingerprint.bytes), .int(link.state.rawValue), .int(link.absences),
      .int(change), .int(mapping), .key(link.key), .text(link.targetID), .text(resource))
    return changed > 0
  }
}
