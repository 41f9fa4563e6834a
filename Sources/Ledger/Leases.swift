import Engine
import GRDB

extension Database {
  /// Refuses a writer whose lease has passed on.
  ///
  /// An expired lease still counts until another holder takes it. A former holder must only not write after the next one has
  /// begun.
  func fence(_ epoch: LeaseEpoch) throws {
    let current = try first("SELECT epoch FROM lease WHERE holder IS NOT NULL") { $0.epoch(0) }
    guard current == epoch else { throw LedgerError.fenced(epoch: epoch, now: current) }
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
  /// Takes the lease with the next epoch, if it is free, expired, or held by the same holder.
  ///
  /// A lease that would outlast this caller's own is shortened to that length: a wall clock that was set back must not block
  /// the project for as long as it was wrong.
  public func acquireLease(
    holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome {
    let expires = now.later(by: length)
    return try await write { database in
      let present = try database.first("SELECT holder, epoch, expires FROM lease") {
        (holder: $0.textIfAny(0), epoch: $0.epoch(1), expires: $0.moment(2))
      }
      if let present, let other = present.holder, present.expires > now,
        !other.unicodeScalars.elementsEqual(holder.unicodeScalars)
      {
        if present.expires > expires {
          try database.run("UPDATE lease SET expires = ?", .moment(expires))
        }
        return .held(by: other, until: min(present.expires, expires))
      }
      let epoch = (present?.epoch ?? .none).next
      try database.run(
        """
        INSERT INTO lease (one, holder, epoch, expires) VALUES (1, ?1, ?2, ?3)
        ON CONFLICT (one) DO UPDATE SET holder = ?1, epoch = ?2, expires = ?3
        """, .text(holder), .epoch(epoch), .moment(expires))
      return .acquired(Lease(holder: holder, epoch: epoch))
    }
  }

  /// The holder of the lease, expired or not.
  public func leaseHolder() async throws -> String? {
    try await read { database in
      try database.first("SELECT holder FROM lease") { $0.textIfAny(0) } ?? nil
    }
  }

  /// Extends a lease; `false` when another holder has it.
  public func renewLease(_ lease: Lease, for length: Duration, now: Instant) async throws -> Bool {
    let expires = now.later(by: length)
    return try await write { database in
      let isHeld =
        try database.run(
          "UPDATE lease SET expires = ? WHERE epoch = ? AND holder = ?",
          .moment(expires), .epoch(lease.epoch), .text(lease.holder)) == 1
      if isHeld { try database.run("UPDATE clock SET latest = max(latest, ?)", .moment(now)) }
      return isHeld
    }
  }

  /// Ends the lease of a holder that is known to be dead; its epoch stays used.
  public func endLease(ofDead holder: String) async throws {
    try await write { database in
      _ = try database.run(
        "UPDATE lease SET holder = NULL, expires = 0 WHERE holder = ?", .text(holder))
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
