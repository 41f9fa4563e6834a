import Engine
import Ledger
import Testing

@Suite struct SpoolTests {
  private func change(_ kind: PlannedChange.Kind, _ number: Int, _ record: String = "{}")
    -> PlannedChange
  {
    PlannedChange(
      kind: kind, key: key(number), fingerprint: Fingerprint(of: Array(record.utf8)),
      record: Array(record.utf8), onCreate: kind == .create ? [1] : [], returns: number == 3)
  }

  @Test func changesComeBackInSendingOrder() async throws {
    let ledger = try SQLiteLedger()
    let spooled = [
      change(.update, 1), change(.create, 9), change(.deactivate, 5), change(.create, -2),
      change(.update, 3), change(.create, 9, "{\"again\":1}"),
    ]
    try await ledger.spool(Array(spooled.prefix(2)), mapping: "users")
    try await ledger.spool(Array(spooled.dropFirst(2)), mapping: "users")
    try await ledger.spool([change(.create, 1)], mapping: "assets")
    let wanted = [spooled[2], spooled[3], spooled[1], spooled[5], spooled[0], spooled[4]]
    for limit in [1, 2, 100] {
      var found: [PlannedChange] = []
      var position: Int64 = 0
      while true {
        let page = try await ledger.spooled(mapping: "users", after: position, limit: limit)
        guard let last = page.last else { break }
        found += page.map(\.change)
        position = last.position
      }
      #expect(found == wanted)
    }
    try await ledger.clearSpool(mapping: "users")
    #expect(try await ledger.spooled(mapping: "users", after: 0, limit: 9).isEmpty)
    #expect(try await ledger.spooled(mapping: "assets", after: 0, limit: 9).count == 1)
    // The last ones, all at once.
    try await ledger.clearSpool(mapping: "assets")
    #expect(try await ledger.spooled(mapping: "assets", after: 0, limit: 9).isEmpty)
    try await ledger.spool([change(.create, 2)], mapping: "users")
    #expect(
      try await ledger.spooled(mapping: "users", after: 0, limit: 9).map(\.change.key) == [key(2)])
  }

  @Test func aPageOfLargeChangesEndsSooner() async throws {
    let ledger = try SQLiteLedger()
    let record = String(repeating: "x", count: PlannedChange.stretch / 3)
    try await ledger.spool((1...10).map { change(.create, $0, record) }, mapping: "users")
    var sizes: [Int] = []
    var position: Int64 = 0
    while let last = try await ledger.spooled(mapping: "users", after: position, limit: 100).last {
      let page = try await ledger.spooled(mapping: "users", after: position, limit: 100)
      sizes.append(page.count)
      position = last.position
    }
    #expect(sizes == [3, 3, 3, 1])
  }

  @Test func manyAreClearedInStretches() async throws {
    let ledger = try SQLiteLedger()
    try await ledger.spool((1...20_000).map { change(.create, $0) }, mapping: "users")
    try await ledger.clearSpool(mapping: "users")
    #expect(try await ledger.spooled(mapping: "users", after: 0, limit: 9).isEmpty)
  }

  @Test func planOnAReadOnlyLedgerSpools() async throws {
    let folder = Folder()
    try SQLiteLedger(path: folder.ledger).close()
    let ledger = try SQLiteLedger.openReadOnly(path: folder.ledger)
    let record = String(repeating: "x", count: 40_000)
    for number in 1...400 {
      try await ledger.spool([change(.create, number, record)], mapping: "users")
    }
    let last = try await ledger.spooled(mapping: "users", after: 399, limit: 9)
    #expect(last.map(\.change.key) == [key(400)])
  }
}
