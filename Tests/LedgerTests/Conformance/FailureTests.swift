import Engine
import Testing

/// Refused records, how long they wait, and what a person decides.
@Suite struct FailureTests {
  private func failure(_ key: Key, of record: [UInt8] = [1], at now: Instant) -> Failure {
    Failure(
      mapping: "users", key: key, fingerprint: Fingerprint(of: record),
      reasons: [Failure.Reason(field: nil, message: "no")], status: 422, firstAt: now,
      lastAt: now, run: 1)
  }

  @Test(arguments: LedgerKind.all) func theBeginningAndTheCountsAreKept(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    try await ledger.record([failure(key(1), at: 10)], epoch: lease.epoch)
    try await ledger.record([failure(key(1), at: 20)], epoch: lease.epoch)
    try await ledger.record([failure(key(1), of: [2], at: 30)], epoch: lease.epoch)
    let kept = try #require(try await ledger.failures(of: "users").first)
    #expect(kept.attempts == 3)
    #expect(kept.refusals == 1)
    #expect(kept.firstAt == 10)
    #expect(kept.lastAt == 30)
    try await ledger.clearFailures(of: "users", keys: [key(1)], epoch: lease.epoch)
    try await ledger.record([failure(key(1), at: 40)], epoch: lease.epoch)
    #expect(try await ledger.failures(of: "users").map(\.firstAt) == [40])
  }

  @Test(
    "A refused record rests for 1, 2, 4 … reads, and never longer than a day",
    arguments: LedgerKind.all)
  func rest(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    var tried: [Int] = []
    for read in 1...17 {
      let known = try await ledger.failures(of: "users").first
      #expect(try await ledger.readCount(of: "users") == read - 1)
      let rests = known?.holdsBack(Fingerprint(of: [1]), read: read, now: 60) ?? false
      try await ledger.setLastRowCount(1, of: "users", run: 1, epoch: lease.epoch)
      if rests { continue }
      tried.append(read)
      try await ledger.record([failure(key(1), at: 50)], epoch: lease.epoch)
    }
    #expect(tried == [1, 3, 6, 11])
    let last = try #require(try await ledger.failures(of: "users").first)
    #expect(last.holdsBack(Fingerprint(of: [1]), read: 18, now: 60))
    #expect(!last.holdsBack(Fingerprint(of: [1]), read: 18, now: 86_400_050))
    #expect(!last.holdsBack(Fingerprint(of: [2]), read: 18, now: 60))
    var blamed = last
    blamed.reasons = [Failure.Reason(field: "name", message: "no")]
    #expect(blamed.holdsBack(Fingerprint(of: [1]), read: 1000, now: 60))
    #expect(!blamed.holdsBack(Fingerprint(of: [1]), read: 18, now: 86_400_050))
  }

  @Test(arguments: LedgerKind.all) func decisionsAreKeptAndWork(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    try await ledger.record([failure(key(1), at: 10)], epoch: lease.epoch)
    func decide(_ verb: Decision.Verb, at now: Instant) async throws {
      try await ledger.decide(
        Decision(
          verb: verb, mapping: "users", key: key(1), who: "ada@desk", note: "why", at: now),
        epoch: lease.epoch)
    }
    let record = Fingerprint(of: [1])
    try await decide(.dismiss, at: 1)
    var kept = try #require(try await ledger.failures(of: "users").first)
    #expect(kept.holdsBack(record, read: 999, now: .distantFuture))
    try await decide(.retry, at: 2)
    kept = try #require(try await ledger.failures(of: "users").first)
    #expect(!kept.holdsBack(record, read: 1, now: 11))
    let decisions = try await ledger.decisions(mapping: "users", key: key(1))
    #expect(decisions.map(\.verb) == [.dismiss, .retry])
    #expect(decisions.map(\.who) == ["ada@desk", "ada@desk"])
    let fenced = await refusal {
      try await ledger.decide(decisions[0], epoch: lease.epoch.next)
    }
    #expect(fenced == .fenced)
  }

  @Test("Absent: the open intent ends, and the link is forgotten", arguments: LedgerKind.all)
  func absent(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    let id = try await ledger.begin(intent(key(1), epoch: lease.epoch))
    try await ledger.settle(
      Settlement(
        intent: id, state: .quarantined, attempt: 1, resource: resource, epoch: lease.epoch))
    try await ledger.decide(
      Decision(verb: .dismiss, mapping: "users", key: key(1), who: "a", at: 9), epoch: lease.epoch)
    #expect(try await ledger.dismissedIntents(of: "users") == [key(1)])
    try await ledger.decide(
      Decision(verb: .absent, mapping: "users", key: key(1), who: "a", at: 9), epoch: lease.epoch)
    #expect(try await ledger.openIntents(of: "users").isEmpty)
    #expect(try await ledger.dismissedIntents(of: "users").isEmpty)
    let intents = try await ledger.intents(mapping: "users", key: key(1))
    #expect(intents.map(\.state) == [.absent])
    #expect(try await ledger.keys(of: "users", written: "1/1") == [key(1)])
    #expect(try await ledger.keys(of: "users", written: "1/2").isEmpty)
  }
}
