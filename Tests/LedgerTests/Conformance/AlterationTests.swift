import Engine
import Testing

@Suite struct AlterationTests {
  private func alteration(_ id: Int, _ field: String, count: Int = 1) -> Alteration {
    Alteration(
      mapping: "users", key: key(id), field: field, sent: Array("1".utf8), held: Array("2".utf8),
      count: count)
  }

  @Test(arguments: LedgerKind.all) func theLatestOfEachFieldIsKept(_ store: LedgerKind) async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    #expect(try await ledger.alterations(of: "users", keys: [key(1)]).isEmpty)
    try await ledger.keep(
      [alteration(1, "a"), alteration(1, "b"), alteration(2, "a")], epoch: lease.epoch)
    try await ledger.keep([alteration(1, "a", count: 2)], epoch: lease.epoch)
    let known = try await ledger.alterations(of: "users", keys: [key(1), key(3)])
    #expect(Set(known) == [alteration(1, "a", count: 2), alteration(1, "b")])
    #expect(try await ledger.alterations(of: "others", keys: [key(1)]).isEmpty)
  }

  @Test(arguments: LedgerKind.all) func theyAreWrittenWithTheEndOfAnAttempt(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    let id = try await ledger.begin(intent(key(1), epoch: lease.epoch))
    var end = Settlement(
      intent: id, state: .done, attempt: 1, resource: resource, epoch: lease.epoch)
    end.alterations = [alteration(1, "a", count: 2)]
    try await ledger.settle(end)
    #expect(
      try await ledger.alterations(of: "users", keys: [key(1)]) == [alteration(1, "a", count: 2)])
  }

  @Test(arguments: LedgerKind.all) func fieldsThatWereShownAreAdded(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    #expect(try await ledger.shownFields(of: resource) == ShownFields())
    try await ledger.keep(
      ShownFields(listed: ["a"], answered: ["a", "b"]), of: resource, epoch: lease.epoch)
    try await ledger.keep(ShownFields(listed: ["c"]), of: resource, epoch: lease.epoch)
    #expect(
      try await ledger.shownFields(of: resource)
        == ShownFields(listed: ["a", "c"], answered: ["a", "b"]))
    #expect(try await ledger.shownFields(of: "crm/others") == ShownFields())
  }
}
