import Engine
import Testing

/// What a ledger no longer needs goes, and nothing else.
@Suite struct UpkeepTests {
  private func entry(_ key: Key, at: Instant, run: Int64 = 1) -> ChangeEntry {
    ChangeEntry(
      run: run, mapping: "users", key: key, operation: "update", before: Array("{}".utf8),
      after: Array(#"{"name":"Ada"}"#.utf8), at: at)
  }

  private func keep(
    _ number: Int, at: Instant, _ ledger: any ProjectLedger, _ epoch: LeaseEpoch
  ) async throws {
    try await ledger.keep(
      link(key(number), id: "o\(number)"), resource: resource,
      sent: Array(#"{"name":"Ada","phone":"555"}"#.utf8), change: entry(key(number), at: at),
      epoch: epoch)
  }

  @Test(arguments: LedgerKind.all) func whatIsOpenOrLinkedOutlastsPruning(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    for number in 1...7 {
      for at: Instant in [10, 20] { try await keep(number, at: at, ledger, epoch) }
    }
    let open = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    let ended = try await ledger.begin(intent(key(2), epoch: epoch, operation: .update))
    try await ledger.settle(
      Settlement(intent: ended, state: .rejected, attempt: 1, resource: resource, epoch: epoch))
    try await ledger.record(
      [
        Failure(
          mapping: "users", key: key(3), fingerprint: Fingerprint(of: [1]),
          reasons: [.init(field: nil, message: "no")], status: 422, firstAt: 1, lastAt: 1, run: 1)
      ], epoch: epoch)
    try await ledger.decide(
      Decision(verb: .dismiss, mapping: "users", key: key(3), who: "ada", at: 2), epoch: epoch)
    #expect(try await ledger.lastPruned() == nil)

    try await ledger.pruneAll(before: 1000, epoch: epoch, now: 5000)
    #expect(try await ledger.lastPruned() == 5000)
    let summary = try await ledger.summary()
    #expect(summary.links == 7)
    #expect(summary.changes == 0)
    #expect(summary.openIntents == 1)
    #expect(summary.endedIntents == 0)
    #expect(try await ledger.openIntents(of: "users").map(\.id) == [open])
    #expect(try await ledger.failures(of: "users").map(\.standing) == [.dismissed])
    #expect(try await ledger.decisions(mapping: "users", key: key(3)).count == 1)
    let sent = try await ledger.sent(of: "users", keys: (1...7).map(key))
    #expect(sent.count == 7)
    #expect(sent.values.allSatisfy { $0 == Array(#"{"name":"Ada","phone":"555"}"#.utf8) })
    #expect(try await ledger.problems() == [])
    // The link's next change begins a new history.
    try await keep(1, at: 2000, ledger, epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [2000])
  }

  @Test(arguments: LedgerKind.all) func pruningIsForTheHolderOfTheLease(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    try await keep(1, at: 1, ledger, lease.epoch)
    try await ledger.releaseLease(lease)
    #expect(
      await refusal {
        _ = try await ledger.prune(before: 9, atMost: 9, now: 9, epoch: lease.epoch)
      } == .fenced)
    #expect(try await ledger.history(mapping: "users", key: key(1)).count == 1)
  }

  @Test("What a link needed at the last look goes at a later one", arguments: LedgerKind.all)
  func later(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(1, at: 10, ledger, epoch)
    try await ledger.pruneAll(before: 100, epoch: epoch)
    try await keep(1, at: 200, ledger, epoch)
    try await keep(1, at: 300, ledger, epoch)
    try await ledger.pruneAll(before: 250, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [300])
  }

  // MARK: Erasure

  @Test(arguments: LedgerKind.all) func allValuesOfAKeyAreForgotten(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    for number in 1...2 { try await keep(number, at: 10, ledger, epoch) }
    let refused = try await ledger.begin(
      intent(key(1), epoch: epoch, naturalKey: "N-1", operation: .update))
    try await ledger.settle(
      Settlement(
        intent: refused, state: .rejected, attempt: 1, evidence: "Ada is taken", resource: resource,
        failure: Failure(
          mapping: "users", key: key(1), fingerprint: Fingerprint(of: [1]),
          reasons: [.init(field: "name", message: "Ada is taken")], status: 422, firstAt: 1,
          lastAt: 1, run: 1), epoch: epoch))
    try await ledger.keep(
      [
        Alteration(
          mapping: "users", key: key(1), field: "name", sent: Array("\"Ada\"".utf8),
          held: Array("\"ADA\"".utf8))
      ], epoch: epoch)
    let run = try await ledger.startRun(
      RunStart(command: "run", mappings: ["users"], startedAt: 1, epoch: epoch))
    let report = """
      {"mappings":[{"mapping":"users","reasons":[{"message":"Ada is taken","examples":["1/1"]},\
      {"message":"Bob is taken","examples":["1/2"]}],"reconciled":{"edited":[{"key":"1/1","fields":\
      [{"sent":"Ada"}]},{"key":"1/2","fields":[{"sent":"Bob"}]}]}}]}
      """
    try await ledger.finishRun(run, status: "partial", report: Array(report.utf8), now: 2)

    let known = try await ledger.contents(of: "users", key: key(1))
    #expect(known.sentFields == 2)
    #expect(known.changes == 1)
    #expect(known.intents == 1)
    #expect(known.hasFailure)
    #expect(known.alterations == 1)
    #expect(!known.isBusy)
    #expect(known.resource == resource)

    try await ledger.forget(
      Decision(verb: .forget, mapping: "users", key: key(1), who: "ada@desk", at: 50),
      epoch: epoch)
    let kept = try #require(try await ledger.remembered(of: "users", keys: [key(1)])[key(1)])
    #expect(kept.sent.isEmpty)
    #expect(kept.link.targetID == "o1")
    #expect(kept.link.fingerprint == .unknown)
    let history = try await ledger.history(mapping: "users", key: key(1))
    #expect(history.map(\.operation) == ["update"])
    #expect(history.allSatisfy { $0.before.isEmpty && $0.after.isEmpty })
    let intents = try await ledger.intents(mapping: "users", key: key(1))
    #expect(intents.allSatisfy { $0.evidence == nil && $0.naturalKey == nil })
    #expect(try await ledger.failures(of: "users").isEmpty)
    #expect(try await ledger.alterations(of: "users", keys: [key(1)]).isEmpty)
    #expect(try await ledger.decisions(mapping: "users", key: key(1)).map(\.verb) == [.forget])
    let words = String(decoding: try #require(try await ledger.run(run)).report, as: UTF8.self)
    #expect(!words.contains("Ada"))
    #expect(words.contains("Bob is taken") && words.contains(#""sent":"Bob""#))
    // The others' values stay.
    #expect(try await ledger.sent(of: "users", keys: [key(2)])[key(2)]?.isEmpty == false)
    #expect(try await ledger.problems() == [])
  }

  @Test(arguments: LedgerKind.all) func aKeyWithAnOpenWriteIsNeitherForgottenNorUnlinked(
    _ store: LedgerKind
  ) async throws {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(1, at: 10, ledger, epoch)
    let open = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    let busy = KeyIsBusy(intent: open, key: key(1), isNatural: false)
    let forget = Decision(verb: .forget, mapping: "users", key: key(1), who: "a", at: 1)
    await #expect(throws: busy) { try await ledger.forget(forget, epoch: epoch) }
    let unlink = Decision(verb: .unlink, mapping: "users", key: key(1), who: "a", at: 1)
    await #expect(throws: busy) { try await ledger.decide(unlink, epoch: epoch) }
    #expect(try await ledger.contents(of: "users", key: key(1)).isBusy)
    #expect(try await ledger.sent(of: "users", keys: [key(1)])[key(1)]?.isEmpty == false)
    #expect(try await ledger.decisions(mapping: "users", key: key(1)).isEmpty)
  }

  @Test(arguments: LedgerKind.all) func thatAnObjectIsGoneOutlastsErasure(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(1, at: 10, ledger, epoch)
    var gone = Failure(
      mapping: "users", key: key(1), fingerprint: Fingerprint(of: [1]),
      reasons: [.init(field: nil, message: "Ada is gone")], status: 404, firstAt: 1, lastAt: 1,
      run: 1)
    gone.missingObject = "o1"
    try await ledger.record([gone], epoch: epoch)
    try await ledger.forget(
      Decision(verb: .forget, mapping: "users", key: key(1), who: "a", at: 1), epoch: epoch)
    let failure = try #require(try await ledger.failures(of: "users").first)
    #expect(failure.missingObject == "o1")
    #expect(failure.reasons.isEmpty)
  }

  @Test(arguments: LedgerKind.all) func unlinkingLeavesTheHistory(_ store: LedgerKind) async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(1, at: 10, ledger, epoch)
    try await ledger.decide(
      Decision(
        verb: .unlink, mapping: "users", key: key(1), targetID: "o1", who: "ada", note: "namesake",
        at: 20), epoch: epoch)
    #expect(try await ledger.link(of: "users", key: key(1)) == nil)
    #expect(try await ledger.owner(of: "o1", resource: resource) == nil)
    #expect(try await ledger.history(mapping: "users", key: key(1)).count == 1)
    let decision = try #require(try await ledger.decisions(mapping: "users", key: key(1)).first)
    #expect(decision.verb == .unlink && decision.targetID == "o1" && decision.note == "namesake")
    #expect(try await ledger.keys(of: "users", written: "1/1") == [key(1)])
  }

  // MARK: For other tools

  @Test(arguments: LedgerKind.all) func everythingIsHandedOverInPages(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    for number in 1...5 {
      try await keep(number, at: Instant(milliseconds: Int64(number)), ledger, epoch)
    }
    var links: [LinkRecord] = []
    while true {
      let page = try await ledger.linkRecords(
        of: "users", after: links.last?.link.key, limit: 2)
      links += page
      if page.count < 2 { break }
    }
    #expect(links.map(\.link.key) == (1...5).map(key))
    #expect(links.allSatisfy { $0.resource == resource && !$0.sent.isEmpty })
    var changes: [ChangeEntry] = []
    var position: Int64 = 0
    while true {
      let page = try await ledger.changes(after: position, limit: 2)
      changes += page.map(\.change)
      guard page.count == 2, let last = page.last else { break }
      position = last.position
    }
    #expect(changes.map(\.key) == (1...5).map(key))
    #expect(try await ledger.linkRecords(of: "nobody", after: nil, limit: 2).isEmpty)
  }

  @Test(arguments: LedgerKind.all) func aPrivateCopyIsNobodyElses(_ store: LedgerKind) async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(1, at: 1, ledger, epoch)
    let copy = try ledger.privateCopy()
    let other = try await copy.lease("plan").epoch
    try await copy.decide(
      Decision(verb: .unlink, mapping: "users", key: key(1), who: "a", at: 2), epoch: other)
    #expect(try await copy.link(of: "users", key: key(1)) == nil)
    #expect(try await ledger.link(of: "users", key: key(1)) != nil)
  }
}
