import Engine
import GRDB

/// How the target changes the values that it is sent, and which of them it shows.
extension SQLiteLedger {
  public func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    try await read { database in
      guard let id = try database.mappingID(mapping) else { return [] }
      return try keys.flatMap { key in
        try database.all(
          "SELECT field, sent, held, count FROM alteration WHERE mapping = ? AND key = ?",
          .int(id), .key(key)
        ) { row in
          Alteration(
            mapping: mapping, key: key, field: row.text(0), sent: row.bytes(1), held: row.bytes(2),
            count: Int(row.int(3)))
        }
      }
    }
  }

  public func keep(_ alterations: [Alteration], epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      for alteration in alterations { try database.put(alteration) }
    }
  }

  public func shownFields(of resource: String) async throws -> ShownFields {
    try await read { database in
      var shown = ShownFields()
      try database.each(
        """
        SELECT field, is_listed FROM shown_field
        WHERE resource = (SELECT id FROM resource WHERE name = ?)
        """, [.text(resource)]
      ) { row in
        if row.int(1) == 1 {
          shown.listed.insert(row.text(0))
        } else {
          shown.answered.insert(row.text(0))
        }
      }
      return shown
    }
  }

  public func keep(_ shown: ShownFields, of resource: String, epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      let id = try database.ensureResource(resource)
      for (fields, isListed) in [(shown.listed, 1), (shown.answered, 0)] {
        for field in fields {
          try database.run(
            "INSERT OR IGNORE INTO shown_field (resource, field, is_listed) VALUES (?, ?, ?)",
            .int(id), .text(field), .int(isListed))
        }
      }
    }
  }
}

extension Database {
  func put(_ alteration: Alteration) throws {
    try run(
      """
      INSERT OR REPLACE INTO alteration (mapping, key, field, sent, held, count)
      VALUES (?, ?, ?, ?, ?, ?)
      """, .int(try ensureMapping(alteration.mapping)), .key(alteration.key),
      .text(alteration.field), .blob(alteration.sent), .blob(alteration.held),
      .int(alteration.count))
  }
}
