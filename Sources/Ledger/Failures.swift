import Engine
import GRDB

extension SQLiteLedger {
  public func failures(of mapping: String, keys: [Key]) async throws -> [Key: Failure] {
    try await read { database in
      var found: [Key: Failure] = [:]
      guard let id = try database.mappingID(mapping) else { return found }
      for key in keys {
        let row = try database.all(
          Self.failures + "WHERE failure.mapping = ? AND failure.key = ?", .int(id), .key(key),
          read: Self.failure)
        found[key] = try row.first.map { try database.withReasons($0, mapping: id) }
      }
      return found
    }
  }

  /// All failures of one mapping, or of all, in the order of their keys.
  public func failures(of mapping: String?) async throws -> [Failure] {
    try await read { database in
      let order = " ORDER BY mapping.name, failure.key"
      let rows =
        if let mapping {
          try database.all(
            Self.failures + "WHERE mapping.name = ?" + order, .text(mapping), read: Self.failure)
        } else {
          try database.all(Self.failures + order, read: Self.failure)
        }
      return try rows.map { failure in
        guard let id = try database.mappingID(failure.mapping) else { return failure }
        return try database.withReasons(failure, mapping: id)
      }
    }
  }

  public func record(_ failures: [Failure], epoch: Int64) async throws {
    try await write(epoch: epoch) { database in
      for failure in failures { try database.put(failure) }
    }
  }

  public func clearFailures(of mapping: String, keys: [Key], epoch: Int64) async throws {
    try await write(epoch: epoch) { database in
      guard let id = try database.mappingID(mapping) else { return }
      for key in keys { try database.clearFailure(mapping: id, key: key) }
    }
  }

  private static let failures = """
    SELECT mapping.name, key, fingerprint, status, attempts, first_at, last_at, run
    FROM failure JOIN mapping ON mapping.id = failure.mapping\u{20}
    """

  private static func failure(_ row: RawRow) throws -> Failure {
    Failure(
      mapping: row.text(0), key: row.key(1), fingerprint: try row.fingerprint(2), reasons: [],
      status: row.intIfAny(3).map { Int($0) }, attempts: Int(row.int(4)), firstAt: row.int(5),
      lastAt: row.int(6), run: row.int(7))
  }
}

extension Database {
  fileprivate func withReasons(_ failure: Failure, mapping: Int64) throws -> Failure {
    var failure = failure
    failure.reasons = try all(
      "SELECT field, message FROM failure_reason WHERE mapping = ? AND key = ? ORDER BY position",
      .int(mapping), .key(failure.key)
    ) { Failure.Reason(field: $0.textIfAny(0), message: $0.text(1)) }
    return failure
  }

  /// Takes the place of the key's earlier failure.
  func put(_ failure: Failure) throws {
    let mapping = try ensureMapping(failure.mapping)
    try clearFailure(mapping: mapping, key: failure.key)
    try run(
      "INSERT INTO failure VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .int(mapping), .key(failure.key),
      .blob(failure.fingerprint.bytes), .int(ifAny: failure.status.map { Int64($0) }),
      .int(failure.attempts), .int(failure.firstAt), .int(failure.lastAt), .int(failure.run))
    for (position, reason) in failure.reasons.enumerated() {
      try run(
        "INSERT INTO failure_reason VALUES (?, ?, ?, ?, ?)", .int(mapping), .key(failure.key),
        .int(position), .text(ifAny: reason.field), .text(reason.message))
    }
  }

  func clearFailure(mapping: Int64, key: Key) throws {
    try run("DELETE FROM failure WHERE mapping = ? AND key = ?", .int(mapping), .key(key))
  }
}
