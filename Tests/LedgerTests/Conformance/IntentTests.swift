import Engine
import Testing

@Suite struct IntentTests {
  @Test(arguments: LedgerKind.all) func intentLivesFromBeginToSettle(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    var wanted = intent(key(1), epoch: lease.epoch, naturalKey: "N-1")
    wanted.id = try await ledger.begin(wanted)
    wanted.state = .sent
    #expect(try await ledger.openIntents(of: "users") == [wanted])

    try await ledger.settle(
      Settlement(
        intent: wanted.id, state: .planned, attempt: 1, notBefore: 77, evidence: "429",
        resource: resource, epoch: lease.epoch))
    let planned = try await ledger.openIntents(of: "users")
    #expect(planned.map(\.state) == [.planned])
    #expect(planned.map(\.notBefore) == [77])
    #expect(planned.map(\.evidence) == ["429"])

    wanted.attempt = 2
    #expect(try await ledger.begin(wanted) == wanted.id)
    #expect(try await ledger.openIntents(of: "users") == [wanted])

    try await ledger.settle(done(wanted.id, key(1), targetID: "42", epoch: lease.epoch))
    #expect(try await ledger.openIntents(of: "users").isEmpty)
    #expect(try await ledger.link(of: "users", key: key(1))?.targetID == "42")
    #expect(try await ledger.history(mapping: "users", key: key(1)).count == 1)
  }

  @Test(arguments: LedgerKind.all) func keyAndNaturalKeyHaveOneOpenIntent(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    let first = try await ledger.begin(intent(key(1), epoch: epoch, naturalKey: "N-1"))
    await #expect(throws: KeyIsBusy(intent: first, key: key(1), isNatural: false)) {
      try await ledger.begin(intent(key(1), epoch: epoch))
    }
    let sameNaturalKey = intent(key(2), epoch: epoch, naturalKey: "N-1")
    await #expect(throws: KeyIsBusy(intent: first, key: key(2), isNatural: true)) {
      try await ledger.begin(sameNaturalKey)
    }
    // Nothing but the natural key is shared, and two without one do not share it.
    _ = try await ledger.begin(intent(key(3), epoch: epoch))
    _ = try await ledger.begin(intent(key(4), epoch: epoch))
    try await ledger.settle(done(first, key(1), targetID: "1", epoch: epoch))
    _ = try await ledger.begin(sameNaturalKey)
    _ = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
  }

  @Test(arguments: LedgerKind.all, [IntentState.sent, .unknown, .resolving, .quarantined])
  func onlyAPlannedIntentIsSentAgain(_ store: LedgerKind, state: IntentState) async throws {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    let id = try await ledger.begin(intent(key(1), epoch: epoch))
    try await ledger.settle(
      Settlement(intent: id, state: state, attempt: 1, resource: resource, epoch: epoch))
    let again = await refusal { _ = try await ledger.begin(intent(key(1), epoch: epoch, id: id)) }
    #expect(again == .intentState)
    #expect(try await ledger.openIntents(of: "users").map(\.state) == [state])
  }

  @Test(arguments: LedgerKind.all) func settlementIsAllOrNothing(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await ledger.keep(
      link(key(9), id: "42"), resource: resource, sent: [], change: nil, epoch: epoch)
    let id = try await ledger.begin(intent(key(1), epoch: epoch))
    let taken = ObjectIsLinked(
      targetID: "42", resource: resource, mapping: "users", key: key(9))
    await #expect(throws: taken) {
      try await ledger.settle(done(id, key(1), targetID: "42", epoch: epoch))
    }
    #expect(try await ledger.openIntents(of: "users").map(\.id) == [id])
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
    try await ledger.settle(done(id, key(1), targetID: "43", epoch: epoch))
    let twice = await refusal {
      try await ledger.settle(done(id, key(1), targetID: "43", epoch: epoch))
    }
    #expect(twice == .intentState)
    let unheard = await refusal {
      try await ledger.settle(done(99, key(1), targetID: "43", epoch: epoch))
    }
    #expect(unheard == .noIntent)
  }

  @Test(arguments: LedgerKind.all) func failureWaitsUntilItIsCleared(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    let id = try await ledger.begin(intent(key(1), epoch: epoch))
    let failure = Failure(
      mapping: "users", key: key(1), fingerprint: Fingerprint(of: [1]),
      reasons: [.init(field: "email", message: "is taken"), .init(field: nil, message: "no")],
      status: 422, attempts: 1, firstAt: 5, lastAt: 6, run: 1)
    try await ledger.settle(
      Settlement(
        intent: id, state: .rejected, attempt: 1, resource: resource, failure: failure,
        epoch: epoch))
    var other = failure
    other.key = key(2)
    other.status = nil
    other.reasons = []
    try await ledger.record([other], epoch: epoch)
    #expect(try await ledger.failures(of: "users") == [failure, other])
    #expect(try await ledger.failures(of: nil) == [failure, other])
    #expect(try await ledger.failures(of: "users").first == failure)
    try await ledger.clearFailures(of: "users", keys: [key(2)], epoch: epoch)
    let again = try await ledger.begin(intent(key(1), epoch: epoch))
    try await ledger.settle(done(again, key(1), targetID: "1", epoch: epoch))
    #expect(try await ledger.failures(of: nil).isEmpty)
  }
}
