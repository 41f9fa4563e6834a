import Engine
import GRDB

/// A person's right to erasure.
extension SQLiteLedger {
  public func contents(of mapping: String, key: Key) async throws -> KeyContents {
    try await read { database in
      guard let id = try database.mappingID(mapping) else { return KeyContents() }
      return try database.contents(of: mapping, id, key)
    }
  }

  public func forget(_ decision: Decision, epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      let mapping = try database.ensureMapping(decision.mapping)
      try database.forgetValues(of: decision.key, mapping)
      try database.forgetReports(of: decision)
      try database.add(decision, mapping: mapping)
    }
    // The file's pages and its log hold more than its tables do.
    try await compacting()
  }

  public func compact() throws {
    do {
      try database.writeWithoutTransaction { try $0.compact() }
    } catch {
      throw LedgerError.inWords(error)
    }
  }

  private func compacting() async throws {
    do {
      try await database.writeWithoutTransaction { try $0.compact() }
    } catch {
      throw LedgerError.inWords(error)
    }
  }
}

extension Database {
  fileprivate func compact() throws {
    try execute(sql: "VACUUM")
    _ = try first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) }
  }

  fileprivate func contents(of mapping: String, _ id: Int64, _ key: Key) throws -> KeyContents {
    func count(_ sql: String) throws -> Int {
      try first("SELECT count(*) FROM \(sql)", .int(id), .key(key)) { Int($0.int(0)) } ?? 0
    }
    var contents = KeyContents()
    let record = try linkRecords(of: mapping, id, where: "link.key = ?2", .key(key)).first
    contents.link = record?.link
    contents.resource = record?.resource
    if let record {
      contents.sentFields = try FlatRecord(
        remembered: record.sent, of: mapping, key
      ).members.count
    }
    contents.changes = try count("change WHERE mapping = ? AND key = ? AND operation IS NOT NULL")
    contents.intents = try count("intent WHERE mapping = ? AND key = ?")
    contents.isBusy = try count("intent WHERE mapping = ? AND key = ? AND \(Schema.isOpen)") > 0
    contents.hasFailure = try count("failure WHERE mapping = ? AND key = ?") > 0
    contents.alterations = try count("alteration WHERE mapping = ? AND key = ?")
    contents.formerKeys = try all(
      """
      SELECT note FROM decision WHERE mapping = ? AND key = ? AND verb = 'move'
      AND note GLOB 'from *'
      """, .int(id), .key(key)
    ) { row in
      // The operator's note follows it.
      String(row.text(0).dropFirst("from ".count).prefix { $0 != ":" })
    }
    return contents
  }

  fileprivate func forgetValues(of key: Key, _ mapping: Int64) throws {
    let open = try first(
      "SELECT id FROM intent WHERE mapping = ? AND key = ? AND \(Schema.isOpen)", .int(mapping),
      .key(key)
    ) { $0.int(0) }
    if let open { throw KeyIsBusy(intent: open, key: key, isNatural: false) }
    for statement in [
      "UPDATE change SET before = x'', after = NULL, fields = x'' WHERE mapping = ? AND key = ?",
      """
      UPDATE intent SET natural_key = NULL, evidence = NULL, sent = x'', fingerprint = zeroblob(16)
      WHERE mapping = ? AND key = ?
      """,
      "UPDATE link SET fingerprint = zeroblob(16) WHERE mapping = ? AND key = ?",
      // Why an earlier request was granted is no value of the key.
      """
      UPDATE decision SET note = NULL
      WHERE mapping = ? AND key = ? AND verb NOT IN ('move', 'forget')
      """,
      "DELETE FROM alteration WHERE mapping = ? AND key = ?",
      // The operator must still answer that an object is gone.
      "DELETE FROM failure WHERE mapping = ? AND key = ? AND missing_object IS NULL",
      "DELETE FROM failure_reason WHERE mapping = ? AND key = ?",
      "DELETE FROM failure_object WHERE mapping = ? AND key = ?",
      "UPDATE failure SET fingerprint = zeroblob(16) WHERE mapping = ? AND key = ?",
    ] {
      try run(statement, .int(mapping), .key(key))
    }
  }

  fileprivate func forgetReports(of decision: Decision) throws {
    let forgotten = ForgottenKey(decision.key, of: decision.mapping)
    let changed = try all("SELECT id, report FROM run WHERE report IS NOT NULL") { row in
      (id: row.int(0), report: forgotten.removed(from: row.bytes(1)))
    }
    for case (let id, let report?) in changed {
      try run("UPDATE run SET report = ? WHERE id = ?", .blob(report), .int(id))
    }
  }
}
