import Engine
import GRDB

extension Database {
  /// Refuses a writer whose lease has passed on.
  ///
  /// An expired lease still counts until another holder takes it. A former holder must only not write after the next one has
  /// begun.
  func fence(_ epoch: LeaseEpoch) throws {
    let isHeld = try first(
      "SELECT 1 FROM lease WHERE holder IS NOT NULL AND epoch = ?", .epoch(epoch)
    ) { _ in true }
    guard isHeld == nil else { return }
    let current = try first("SELECT max(epoch) FROM lease WHERE holder IS NOT NULL") {
      $0.intIfAny(0)
    }
    throw LedgerError.fenced(epoch: epoch, now: (current ?? nil).map { LeaseEpoch($0) })
  }

  /// The leases that stand against one of this scope, expired or not, the oldest first.
  fileprivate func leases(against scope: LeaseScope) throws -> [HeldLease] {
    let rows = try all(
      "SELECT scope, holder, epoch, expires FROM lease WHERE holder IS NOT NULL ORDER BY epoch"
    ) {
      HeldLease(
        scope: LeaseScope(names: [$0.text(0)]),
        lease: Lease(holder: $0.text(1), epoch: $0.epoch(2)), expires: $0.moment(3))
    }
    // One lease has a row for each of its targets.
    var leases: [HeldLease] = []
    for row in rows {
      if let last = leases.last, last.lease.epoch == row.lease.epoch {
        leases[leases.count - 1].scope = LeaseScope(names: Set(last.scope.names + row.scope.names))
      } else {
        leases.append(row)
      }
    }
    return leases.filter { scope.overlaps($0.scope) }
  }

  /// Ends a lease in all its scope; its epoch stays used.
  fileprivate func endLease(_ epoch: LeaseEpoch) throws {
    try run("UPDATE lease SET holder = NULL, expires = 0 WHERE epoch = ?", .epoch(epoch))
  }
}

/// Checks the lease once for consecutive writes of a transaction under the same lease.
struct Fence {
  private var passed: LeaseEpoch?

  mutating func pass(_ epoch: LeaseEpoch?, _ database: Database) throws {
    // A write without an epoch may change the lease itself.
    if let epoch, epoch != passed { try database.fence(epoch) }
    passed = epoch
  }
}

extension SQLiteLedger {
  public func acquireLease(
    of scope: LeaseScope, holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome {
    let expires = now.later(by: length)
    return try await write { database in
      let present = try database.leases(against: scope)
      let other = present.first {
        $0.expires > now && !$0.lease.holder.unicodeScalars.elementsEqual(holder.unicodeScalars)
      }
      if let other {
        if other.expires > expires {
          try database.run(
            "UPDATE lease SET expires = ? WHERE epoch = ?", .moment(expires),
            .epoch(other.lease.epoch))
        }
        return .held(by: other.lease.holder, until: min(other.expires, expires))
      }
      for held in present { try database.endLease(held.lease.epoch) }
      let latest = try database.first("SELECT max(epoch) FROM lease") { $0.intIfAny(0) }
      let epoch = ((latest ?? nil).map { LeaseEpoch($0) } ?? .none).next
      for name in scope.names {
        try database.run(
          """
          INSERT INTO lease (scope, holder, epoch, expires) VALUES (?1, ?2, ?3, ?4)
          ON CONFLICT (scope) DO UPDATE SET holder = ?2, epoch = ?3, expires = ?4
          """, .text(name), .text(holder), .epoch(epoch), .moment(expires))
      }
      return .acquired(Lease(holder: holder, epoch: epoch))
    }
  }

  public func leases(against scope: LeaseScope) async throws -> [HeldLease] {
    try await read { try $0.leases(against: scope) }
  }

  /// Extends a lease; `false` when another holder has it.
  public func renewLease(_ lease: Lease, for length: Duration, now: Instant) async throws -> Bool {
    let expires = now.later(by: length)
    return try await write { database in
      let isHeld =
        try database.run(
          "UPDATE lease SET expires = ? WHERE epoch = ? AND holder = ?",
          .moment(expires), .epoch(lease.epoch), .text(lease.holder)) > 0
      if isHeld { try database.run("UPDATE clock SET latest = max(latest, ?)", .moment(now)) }
      return isHeld
    }
  }

  public func endLease(ofDead holder: String, of scope: LeaseScope) async throws {
    try await write { database in
      for held in try database.leases(against: scope)
      where held.lease.holder.unicodeScalars.elementsEqual(holder.unicodeScalars) {
        try database.endLease(held.lease.epoch)
      }
    }
  }

  /// Releases a lease; its epoch stays used. Does nothing when another holder has it.
  public func releaseLease(_ lease: Lease) async throws {
    try await write { database in
      _ = try database.run(
        "UPDATE lease SET holder = NULL, expires = 0 WHERE epoch = ? AND holder = ?",
        .epoch(lease.epoch), .text(lease.holder))
    }
  }
}
