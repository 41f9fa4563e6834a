import Engine
import GRDB

extension SQLiteLedger {
  public func observe(_ clock: ClockReading, epoch: LeaseEpoch) async throws -> ClockJump? {
    try await write(epoch: epoch) { database in
      let known = try database.first("SELECT boot, started, latest, is_doubtful FROM clock") {
        ClockRecord(
          boot: $0.textIfAny(0), started: $0.momentIfAny(1), latest: $0.moment(2),
          isDoubtful: $0.int(3) != 0)
      }
      var record = known ?? ClockRecord(clock)
      let ahead = try database.first(
        "SELECT 1 FROM intent WHERE \(Schema.isOpen) AND state <> 'quarantined' AND sent_at > ? LIMIT 1",
        .moment(clock.wall.later(by: ClockRecord.tolerance))
      ) { _ in ClockJump.unknown }
      let jump = (known == nil ? nil : record.note(clock)) ?? ahead
      try database.run(
        "INSERT OR REPLACE INTO clock (one, boot, started, latest, is_doubtful) VALUES (1, ?, ?, ?, ?)",
        .text(ifAny: record.boot), .moment(ifAny: record.started), .moment(record.latest),
        .int(record.isDoubtful ? 1 : 0))
      if let jump { try database.move(by: jump, now: clock.wall) }
      return jump
    }
  }
}

extension Database {
  /// Shifts the moments that still matter to a clock that was set. History stays as it was written.
  fileprivate func move(by jump: ClockJump, now: Instant) throws {
    let intents = try all(
      "SELECT id, sent_at, not_before FROM intent WHERE \(Schema.isOpen) AND state <> 'quarantined'"
    ) { (id: $0.int(0), sentAt: $0.momentIfAny(1), notBefore: $0.momentIfAny(2)) }
    for intent in intents {
      try run(
        "UPDATE intent SET sent_at = ?, not_before = ? WHERE id = ?",
        .moment(ifAny: intent.sentAt.map { jump.moved($0, now: now) }),
        .moment(ifAny: intent.notBefore.flatMap { jump.movedAhead($0) }), .int(intent.id))
    }
    let failures = try all("SELECT mapping, key, first_at, last_at FROM failure") {
      (mapping: $0.int(0), key: $0.key(1), first: $0.moment(2), last: $0.moment(3))
    }
    for failure in failures {
      // If nothing is known, only moments in the future are certainly wrong.
      func moved(_ moment: Instant) -> Instant {
        if case .unknown = jump { return min(moment, now) }
        return jump.moved(moment, now: now)
      }
      try run(
        "UPDATE failure SET first_at = ?, last_at = ? WHERE mapping = ? AND key = ?",
        .moment(moved(failure.first)), .moment(moved(failure.last)), .int(failure.mapping),
        .key(failure.key))
    }
  }
}
