import Engine
import Testing

/// The log of changes, in which a link points to its latest entry and each entry to the one before.
@Suite struct ChangeLogTests {
  private func entry(_ key: Key, _ operation: String, run: Int64 = 1, at: Instant) -> ChangeEntry {
    ChangeEntry(
      run: run, mapping: "users", key: key, operation: operation, before: Array("{}".utf8),
      after: Array(#"{"at":\#(at.milliseconds)}"#.utf8), at: at)
  }

  private func keep(
    _ ledger: any ProjectLedger, _ key: Key, _ sent: String, _ change: ChangeEntry?,
    epoch: LeaseEpoch
  ) async throws {
    try await ledger.keep(
      link(key, id: "t\(key)"), resource: resource, sent: Array(sent.utf8), change: change,
      epoch: epoch)
  }

  private func sent(_ ledger: any ProjectLedger, _ key: Key) async throws -> String? {
    try await ledger.sent(of: "users", keys: [key])[key].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Made, and then said to be absent: its link is gone.
  private func giveUp(_ ledger: any ProjectLedger, _ key: Key, epoch: LeaseEpoch) async throws {
    try await keep(ledger, key, "a", entry(key, "create", at: 1), epoch: epoch)
    try await ledger.decide(
      Decision(verb: .absent, mapping: "users", key: key, who: "a", at: 2), epoch: epoch)
  }

  @Test(arguments: LedgerKind.all) func historyIsTheKeysOwnTheOldestFirst(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    for at in 1...3 {
      for number in 1...2 {
        try await keep(
          ledger, key(number), "\(number) \(at)",
          entry(key(number), "update", at: Instant(milliseconds: Int64(at))),
          epoch: epoch)
      }
    }
    // What is remembered without anything to be shown of it.
    try await keep(ledger, key(1), "silent", nil, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1, 2, 3])
    #expect(try await ledger.history(mapping: "users", key: key(2)).map(\.at) == [1, 2, 3])
    #expect(try await ledger.changes(ofRun: 1).map(\.at) == [1, 1, 2, 2, 3, 3])
    #expect(try await sent(ledger, key(1)) == "silent")
    #expect(try await sent(ledger, key(2)) == "2 3")
    #expect(try await ledger.history(mapping: "users", key: key(3)).isEmpty)
  }

  @Test(arguments: LedgerKind.all) func afterIsWhatWasSentWhereItIsTheSame(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    let whole = entry(key(1), "create", at: 1)
    try await ledger.keep(
      link(key(1), id: "1"), resource: resource, sent: whole.after, change: whole, epoch: epoch)
    try await keep(ledger, key(1), "other", entry(key(1), "update", at: 2), epoch: epoch)
    let history = try await ledger.history(mapping: "users", key: key(1))
    #expect(history == [whole, entry(key(1), "update", at: 2)])
  }

  @Test(arguments: LedgerKind.all) func whatWasIsFoundAfterTheLinkIsGone(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await giveUp(ledger, key(1), epoch: epoch)
    #expect(try await ledger.link(of: "users", key: key(1)) == nil)
    #expect(try await sent(ledger, key(1)) == nil)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1])
    try await keep(ledger, key(1), "b", entry(key(1), "create", at: 3), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1, 3])
    #expect(try await sent(ledger, key(1)) == "b")
  }

  @Test(arguments: LedgerKind.all) func aKeysIntentsAreFoundHoweverTheyEnded(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    let made = try await ledger.begin(intent(key(1), epoch: epoch))
    try await ledger.settle(done(made, key(1), targetID: "1", epoch: epoch))
    let refused = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    try await ledger.settle(
      Settlement(
        intent: refused, state: .rejected, attempt: 1, resource: resource, epoch: epoch))
    // Read back, and found done, with nothing to be shown of it.
    let readBack = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    try await ledger.settle(
      Settlement(
        intent: readBack, state: .done, attempt: 1, resource: resource,
        object: Remembered(link: link(key(1), id: "1"), sent: [1]), epoch: epoch))
    let open = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    _ = try await ledger.begin(intent(key(2), epoch: epoch))
    let intents = try await ledger.intents(mapping: "users", key: key(1))
    #expect(intents.map(\.id) == [made, refused, readBack, open])
    #expect(intents.map(\.state) == [.done, .rejected, .done, .sent])
  }

  @Test(arguments: LedgerKind.all) func forgettingLeavesWhatWasSent(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(ledger, key(1), "a", entry(key(1), "create", at: 1), epoch: epoch)
    try await keep(ledger, key(1), "b", entry(key(1), "update", at: 2), epoch: epoch)
    try await keep(ledger, key(2), "c", entry(key(2), "create", at: 3), epoch: epoch)
    try await ledger.pruneAll(before: 3, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
    #expect(try await sent(ledger, key(1)) == "b")
    try await keep(ledger, key(1), "d", entry(key(1), "update", at: 4), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [4])
    #expect(try await ledger.history(mapping: "users", key: key(2)).map(\.at) == [3])
  }

  @Test(arguments: LedgerKind.all) func forgettingBreaksNoChainBeforeItsTime(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await keep(ledger, key(1), "a", entry(key(1), "create", at: 10), epoch: epoch)
    try await keep(ledger, key(1), "b", nil, epoch: epoch)
    try await keep(ledger, key(1), "c", entry(key(1), "update", at: 30), epoch: epoch)
    try await ledger.pruneAll(before: 5, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [10, 30])
    try await ledger.pruneAll(before: 20, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [30])
    #expect(try await sent(ledger, key(1)) == "c")
  }

  @Test(arguments: LedgerKind.all) func theNumberOfAForgottenEntryIsNobodyElses(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    try await giveUp(ledger, key(1), epoch: epoch)
    try await ledger.pruneAll(before: 9, epoch: epoch)
    try await keep(ledger, key(2), "b", entry(key(2), "create", at: 10), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
  }
}
