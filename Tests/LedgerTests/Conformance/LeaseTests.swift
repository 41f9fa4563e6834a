import Engine
import Testing

@Suite struct LeaseTests {
  @Test(arguments: LedgerKind.all) func secondHolderWaitsForTheEndAndFencesTheFirst(
    _ store: LedgerKind
  ) async throws {
    let (first, second) = try await store.openTwice()
    let old = try await first.lease("a:1", now: 1000)
    #expect(
      try await second.acquireLease(holder: "b:2", for: length, now: 30_999)
        == .held(by: "a:1", until: 31_000))
    let id = try await first.begin(intent(key(1), epoch: old.epoch))

    let new = try await second.lease("b:2", now: 31_000)
    #expect(new.epoch == old.epoch.next)
    let stale = await refusal {
      try await first.settle(done(id, key(1), targetID: "1", epoch: old.epoch))
    }
    #expect(stale == .fenced)
    #expect(try await first.renewLease(old, for: length, now: 31_001) == false)
    #expect(
      await refusal { _ = try await first.begin(intent(key(2), epoch: old.epoch)) } == .fenced)
    // The next holder settles what the former one left.
    try await second.settle(done(id, key(1), targetID: "1", epoch: new.epoch))
  }

  @Test(arguments: LedgerKind.all) func releasedLeaseIsFreeAndWritesNoMore(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    #expect(await refusal { _ = try await ledger.begin(intent(key(1), epoch: 0)) } == .fenced)
    let lease = try await ledger.lease("a:1", now: 1000)
    #expect(try await ledger.renewLease(lease, for: length, now: 20_000))
    try await ledger.releaseLease(lease)
    let late = await refusal { _ = try await ledger.begin(intent(key(1), epoch: lease.epoch)) }
    #expect(late == .fenced)
    let next = try await ledger.lease("b:2", now: 1001)
    #expect(next.epoch == lease.epoch.next)
    // Giving back what one no longer has takes nothing from the holder.
    try await ledger.releaseLease(lease)
    _ = try await ledger.begin(intent(key(1), epoch: next.epoch))
  }

  @Test(arguments: LedgerKind.all) func clockSetBackBlocksForOneLengthOnly(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    _ = try await ledger.lease("a:1", now: 9_000_000)
    #expect(
      try await ledger.acquireLease(holder: "b:2", for: length, now: 1000)
        == .held(by: "a:1", until: 31_000))
    _ = try await ledger.lease("b:2", now: 31_000)
  }

  @Test(arguments: LedgerKind.all) func runsAreRememberedUnderTheirLease(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    let start = RunStart(
      command: "run", mappings: ["users", "assets"], startedAt: 10, epoch: lease.epoch)
    let first = try await ledger.startRun(start)
    let second = try await ledger.startRun(start)
    try await ledger.finishRun(first, status: "ok", report: [7], now: 20)
    #expect(try await ledger.lastRowCount(of: "users") == nil)
    try await ledger.setLastRowCount(5, of: "users", run: first, epoch: lease.epoch)
    try await ledger.setLastRowCount(6, of: "users", run: second, epoch: lease.epoch)
    #expect(try await ledger.lastRowCount(of: "users") == 6)
    let runs = try await ledger.runs(limit: 9)
    #expect(runs.map(\.id) == [second, first])
    #expect(runs.map(\.status) == [nil, "ok"])
    #expect(runs.map(\.report) == [[], [7]])
    #expect(runs[0].mappings == ["users", "assets"])
    let unheard = await refusal {
      try await ledger.finishRun(99, status: "ok", report: [], now: 20)
    }
    #expect(unheard == .noRun)

    let id = try await ledger.begin(intent(key(1), epoch: lease.epoch))
    try await ledger.settle(done(id, key(1), targetID: "1", epoch: lease.epoch))
    try await ledger.pruneAll(before: 21, epoch: lease.epoch)
    #expect(try await ledger.runs(limit: 9).map(\.id) == [second])
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
    #expect(try await ledger.link(of: "users", key: key(1)) != nil)
    _ = try await ledger.lease("c:3", now: 99_000)
    let late = await refusal {
      try await ledger.finishRun(second, status: "ok", report: [], now: 20)
    }
    #expect(late == .fenced)
  }

  @Test(arguments: LedgerKind.all) func theLeaseOfADeadHolderIsTakenOverAndFencesIt(
    _ store: LedgerKind
  ) async throws {
    let (first, second) = try await store.openTwice()
    let old = try await first.lease("a:1", now: 1000)
    #expect(try await second.leaseHolder() == "a:1")
    try await second.endLease(ofDead: "a:2", of: .project)
    #expect(
      try await second.acquireLease(holder: "a:3", for: length, now: 2000)
        == .held(by: "a:1", until: 31_000))
    try await second.endLease(ofDead: "a:1", of: .project)
    let new = try await second.lease("a:3", now: 2001)
    #expect(new.epoch == old.epoch.next)
    #expect(
      await refusal { _ = try await first.begin(intent(key(1), epoch: old.epoch)) } == .fenced)
  }

  @Test(arguments: LedgerKind.all) func leasesOfOtherTargetsStandBesideEachOther(
    _ store: LedgerKind
  ) async throws {
    let (first, second) = try await store.openTwice()
    let assets = try await first.lease("a:1", of: .targets(["assets"]), now: 1000)
    let people = try await second.lease("b:2", of: .targets(["people"]), now: 1000)
    #expect(people.epoch > assets.epoch)
    _ = try await first.begin(intent(key(1), epoch: assets.epoch))
    _ = try await second.begin(intent(key(2), epoch: people.epoch))
    #expect(try await second.leaseHolder(of: .targets(["assets", "other"])) == "a:1")
    #expect(try await second.leaseHolder(of: .targets(["other"])) == nil)
    #expect(
      try await first.leases(against: .project).map(\.scope)
        == [.targets(["assets"]), .targets(["people"])])
    for scope in [LeaseScope.project, .targets(["assets", "people"]), .targets(["assets"])] {
      #expect(
        try await second.acquireLease(of: scope, holder: "c:3", for: length, now: 2000)
          == .held(by: "a:1", until: 31_000))
    }
    try await first.releaseLease(assets)
    #expect(
      await refusal { _ = try await first.begin(intent(key(3), epoch: assets.epoch)) } == .fenced)
    _ = try await second.begin(intent(key(3), epoch: people.epoch))
    #expect(
      try await first.acquireLease(holder: "c:3", for: length, now: 2000)
        == .held(by: "b:2", until: 31_000))
  }

  @Test(arguments: LedgerKind.all) func whatHasExpiredIsTakenOverWhole(_ store: LedgerKind)
    async throws
  {
    let (first, second) = try await store.openTwice()
    let both = try await first.lease("a:1", of: .targets(["assets", "people"]), now: 1000)
    #expect(
      try await second.leases(against: .targets(["people"])) == [
        HeldLease(scope: .targets(["assets", "people"]), lease: both, expires: 31_000)
      ])
    let people = try await second.lease("b:2", of: .targets(["people"]), now: 31_000)
    #expect(people.epoch == both.epoch.next)
    // It does not know that it has lost one of them, so it writes to neither.
    #expect(try await first.renewLease(both, for: length, now: 31_001) == false)
    #expect(
      await refusal { _ = try await first.begin(intent(key(1), epoch: both.epoch)) } == .fenced)
    let whole = try await first.lease("a:1", now: 70_000)
    #expect(whole.epoch == people.epoch.next)
    #expect(
      await refusal { _ = try await second.begin(intent(key(1), epoch: people.epoch)) } == .fenced)
    #expect(
      try await second.acquireLease(
        of: .targets(["other"]), holder: "b:2", for: length, now: 71_000)
        == .held(by: "a:1", until: 100_000))
    // Of a dead holder only what stands in the way ends.
    try await second.endLease(ofDead: "b:2", of: .targets(["other"]))
    _ = try await first.begin(intent(key(1), epoch: whole.epoch))
    try await second.endLease(ofDead: "a:1", of: .targets(["other"]))
    #expect(
      await refusal { _ = try await first.begin(intent(key(2), epoch: whole.epoch)) } == .fenced)
  }
}
