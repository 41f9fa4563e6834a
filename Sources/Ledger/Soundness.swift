import Engine
import GRDB

/// Whether the ledger is undamaged.
extension SQLiteLedger {
  public func identity() async throws -> LedgerIdentity {
    let identity = try await read { database in
      try database.first("SELECT id, write_count FROM ledger") {
        LedgerIdentity(id: $0.bytes(0), writeCount: $0.int(1))
      }
    }
    guard let identity else { throw LedgerError.corrupt("the ledger's name is gone") }
    return identity
  }

  public func problems() async throws -> [String] {
    let problems = try await checkIntegrity()
    // If the file itself is damaged, checking records adds nothing.
    return problems.isEmpty ? try await unreadableRecords() : problems
  }

  /// Reads the whole file, and returns what is wrong with it.
  func checkIntegrity() async throws -> [String] {
    try await read { try $0.problems("PRAGMA integrity_check") + $0.linkProblems() }
  }

  /// Reads every record, and returns those that cannot be read.
  func unreadableRecords() async throws -> [String] {
    try await read { try $0.recordProblems() }
  }

  /// Files up to this size are read whole at each opening for writing; that takes a tenth of a second.
  private static let smallSize: Int64 = 32 << 20

  public func verify(isInDoubt: Bool) async throws {
    let problems = try await read { database -> [String] in
      let size = try database.first(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
      ) { $0.int(0) }
      if (size ?? 0) <= Self.smallSize {
        return try database.problems("PRAGMA integrity_check(5)") + database.linkProblems()
      }
      guard isInDoubt else { return [] }
      return try database.problems("PRAGMA quick_check(5)") + database.linkProblems()
    }
    if let first = problems.first { throw LedgerError.corrupt(first) }
  }
}

extension Database {
  fileprivate func problems(_ pragma: String) throws -> [String] {
    let found = try all(pragma) { $0.text(0) }
    return found == ["ok"] ? [] : found
  }

  /// What no sound file contains: two keys with one object, or a link without what was sent.
  fileprivate func linkProblems() throws -> [String] {
    let index = try first(
      "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'link_target'"
    ) { _ in true }
    if index == true {
      let counts = try first(
        """
        SELECT (SELECT count(*) FROM link NOT INDEXED),
          (SELECT count(*) FROM link INDEXED BY link_target)
        """
      ) { ($0.int(0), $0.int(1)) }
      if let counts, counts.0 != counts.1 {
        return ["\(counts.0) links, and \(counts.1) in the index of their objects"]
      }
    }
    let doubled = try all(
      """
      SELECT (SELECT name FROM resource WHERE id = resource), target_id FROM link NOT INDEXED
      GROUP BY resource, target_id HAVING count(*) > 1 LIMIT 5
      """
    ) { "two keys are linked to the object \($0.text(1)) of \($0.text(0))" }
    let lost = try first(
      """
      SELECT count(*) FROM link WHERE change IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM change WHERE change.id = link.change)
      """
    ) { $0.int(0) }
    if index == nil { return doubled + ["the index that keeps objects apart is gone"] }
    guard let lost, lost > 0 else { return doubled }
    return doubled + ["\(lost) links have lost what was last sent"]
  }

  /// Records and reports that cannot be read, the first few of each kind.
  fileprivate func recordProblems() throws -> [String] {
    let most = 5
    var problems: [String] = []
    func look(_ what: String, _ sql: String) throws {
      var found = 0
      try scan(sql, []) { row in
        for column in 2..<row.count {
          do throws(UnreadableRecord) {
            let key = row.isNull(1) ? nil : row.key(1)
            _ = try FlatRecord(remembered: row.bytes(column), of: row.text(0), key)
          } catch {
            let whose = error.mapping + (error.key.map { " \($0)" } ?? "")
            problems.append("\(what) of \(whose) cannot be read (\(error.reason))")
            found += 1
            break
          }
        }
        return found < most
      }
    }
    try look(
      "what was last sent",
      """
      SELECT name, link.key, fields FROM link
      JOIN change ON change.id = link.change JOIN mapping ON mapping.id = link.mapping
      """)
    try look(
      "a write that is open",
      """
      SELECT name, key, sent FROM intent JOIN mapping ON mapping.id = intent.mapping
      WHERE \(Schema.isOpen)
      """)
    try look(
      "the history",
      """
      SELECT name, key, before, coalesce(after, fields) FROM change
      JOIN mapping ON mapping.id = change.mapping WHERE operation IS NOT NULL
      """)
    try look("the report", "SELECT 'run ' || id, NULL, report FROM run WHERE report IS NOT NULL")
    return problems
  }
}
