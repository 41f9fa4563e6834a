import Engine
import GRDB

extension SQLiteLedger {
  /// The failures of one mapping, or of all, in the order of their keys.
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

  public func objectsClaimed(
    of resource: String, byOthersThan mapping: String
  ) async throws -> Set<String> {
    try await read { database in
      Set(
        try database.all(
          """
          SELECT claims FROM failure JOIN mapping ON mapping.id = failure.mapping
          JOIN mapping_shape ON mapping_shape.mapping = failure.mapping
          WHERE claims IS NOT NULL AND mapping_shape.resource = ? AND mapping.name <> ?
          """, .text(resource), .text(mapping)
        ) { $0.text(0) })
    }
  }

  public func record(_ failures: [Failure], epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      for failure in failures { try database.put(failure) }
    }
  }

  public func clearFailures(of mapping: String, keys: [Key], epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      guard let id = try database.mappingID(mapping) else { return }
      for key in keys { try database.clearFailure(mapping: id, key: key) }
    }
  }

  private static let failures = """
    SELECT mapping.name, key, fingerprint, status, attempts, first_at, last_at, run, refusals, read,
      standing, missing_object, claims
    FROM failure JOIN mapping ON mapping.id = failure.mapping\u{20}
    """

  private static func failure(_ row: RawRow) throws -> Failure {
    var failure = Failure(
      mapping: row.text(0), key: row.key(1), fingerprint: try row.fingerprint(2), reasons: [],
      status: row.intIfAny(3).map { Int($0) }, attempts: Int(row.int(4)), firstAt: row.moment(5),
      lastAt: row.moment(6), run: row.int(7))
    failure.refusals = Int(row.int(8))
    failure.read = Int(row.int(9))
    failure.standing = try row.value(10, as: Failure.Standing.self)
    failure.missingObject = row.textIfAny(11)
    failure.claims = row.textIfAny(12)
    return failure
  }
}

extension Database {
  fileprivate func withReasons(_ failure: Failure, mapping: Int64) throws -> Failure {
    var failure = failure
    failure.reasons = try all(
      "SELECT field, message FROM failure_reason WHERE mapping = ? AND key = ? ORDER BY position",
      .int(mapping), .key(failure.key)
    ) { Failure.Reason(field: $0.textIfAny(0), message: $0.text(1)) }
    let objects = try all(
      """
      SELECT target_id, natural_key, owner FROM failure_object
      WHERE mapping = ? AND key = ? ORDER BY position
      """, .int(mapping), .key(failure.key)
    ) { (id: $0.text(0), naturalKey: $0.textIfAny(1), owner: $0.textIfAny(2)) }
    if let first = objects.first {
      failure.conflict = Failure.Conflict(
        naturalKey: first.naturalKey, objects: objects.map(\.id), owner: first.owner)
    }
    return failure
  }

  /// Replaces the key's earlier failure, but keeps its start and its counts. The operator's release is used up; a dismissal
  /// lasts while the record is the same. The fact that the object is gone outlasts the results of our own checks.
  func put(_ failure: Failure) throws {
    let mapping = try ensureMapping(failure.mapping)
    let before = try first(
      """
      SELECT fingerprint, attempts, refusals, first_at, standing, missing_object FROM failure
      WHERE mapping = ? AND key = ?
      """, .int(mapping), .key(failure.key)
    ) { row in
      (
        fingerprint: try row.fingerprint(0), attempts: row.int(1), refusals: row.int(2),
        firstAt: row.moment(3), standing: try row.value(4, as: Failure.Standing.self),
        missingObject: row.textIfAny(5)
      )
    }
    if failure.status == nil, before?.missingObject != nil { return }
    let isSame = before?.fingerprint == failure.fingerprint
    let isDismissed = failure.standing == .dismissed || isSame && before?.standing == .dismissed
    let standing = isDismissed ? Failure.Standing.dismissed : .waiting
    // A read counts before any of its changes is sent.
    let reads =
      try first("SELECT reads FROM read_state WHERE mapping = ?", .int(mapping)) { $0.int(0) } ?? 0
    try clearFailure(mapping: mapping, key: failure.key)
    try run(
      """
      INSERT INTO failure (mapping, key, fingerprint, status, attempts, first_at, last_at, run,
        refusals, read, standing, missing_object, claims)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, .int(mapping),
      .key(failure.key), .blob(failure.fingerprint.bytes),
      .int(ifAny: failure.status.map { Int64($0) }), .int((before?.attempts ?? 0) + 1),
      .moment(before?.firstAt ?? failure.firstAt), .moment(failure.lastAt), .int(failure.run),
      .int(isSame ? (before?.refusals ?? 0) + 1 : 1), .int(reads), .text(standing.rawValue),
      .text(ifAny: failure.missingObject), .text(ifAny: failure.claims))
    for (position, reason) in failure.reasons.enumerated() {
      try run(
        "INSERT INTO failure_reason VALUES (?, ?, ?, ?, ?)", .int(mapping), .key(failure.key),
        .int(position), .text(ifAny: reason.field), .text(reason.message))
    }
    for (position, id) in (failure.conflict?.objects ?? []).enumerated() {
      try run(
        "INSERT INTO failure_object VALUES (?, ?, ?, ?, ?, ?)", .int(mapping), .key(failure.key),
        .int(position), .text(id), .text(ifAny: failure.conflict?.naturalKey),
        .text(ifAny: failure.conflict?.owner))
    }
  }

  func clearFailure(mapping: Int64, key: Key) throws {
    // There is usually none, and SQLite would create a temporary table to delete its reasons even then.
    let isThere = try first(
      "SELECT 1 FROM failure WHERE mapping = ? AND key = ?", .int(mapping), .key(key)
    ) { _ in true }
    guard isThere == true else { return }
    try run("DELETE FROM failure WHERE mapping = ? AND key = ?", .int(mapping), .key(key))
  }
}
