import Engine
import Synchronization
import Testing

@Suite struct LinkTests {
  @Test(arguments: LedgerKind.all) func scanFollowsTheOrderOfKeys(_ store: LedgerKind) async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    let parts: [[Key.Part]] = [
      [.int(1), .int(-5)], [.int(1), .int(0)], [.int(.min), .int(0)], [.int(.max)], [.int(-1)],
      [.text("")], [.text("Z")], [.text("a")], [.text("ab")], [.text("a"), .text("b")],
      [.text("é")], [.text("e\u{301}")], [.text("\u{10FFFF}")], [.text("日本")], [.bool(true)],
      [.bool(false)],
    ]
    let keys = parts.map { Key($0) }
    for (index, key) in keys.enumerated() {
      try await ledger.keep(
        link(key, id: "t\(index)"), resource: resource, sent: [], change: nil, epoch: lease.epoch)
    }
    for limit in [1, 3, 100] {
      #expect(try await ledger.allLinks(of: "users", limit: limit) == keys.sorted())
    }
    #expect(try await ledger.allLinks(of: "nobody", limit: 3).isEmpty)

    let found = Mutex<[Key: String]>([:])
    try await ledger.targetIDs(of: "users", onlyActive: false) { key, id in
      found.withLock { $0[key] = id }
    }
    #expect(found.withLock { $0.count } == keys.count)
    #expect(found.withLock { $0[keys[3]] } == "t3")
  }

  @Test(arguments: LedgerKind.all) func linkComesBackWhole(_ store: LedgerKind) async throws {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    var wanted = link(key(7), id: "", state: .inactive)
    wanted.absences = 3
    try await ledger.keep(
      wanted, resource: resource, sent: Array("{}".utf8),
      change: ChangeEntry(
        run: 4, mapping: "users", key: key(7), operation: "adopt", before: [], after: [1], at: 2),
      epoch: lease.epoch)
    #expect(try await ledger.link(of: "users", key: key(7)) == wanted)
    #expect(try await ledger.link(of: "users", key: key(8)) == nil)
    #expect(
      try await ledger.sent(of: "users", keys: [key(7), key(8)]) == [key(7): Array("{}".utf8)])
    #expect(try await ledger.linkCount(of: "users") == (0, 1))
    let history = try await ledger.history(mapping: "users", key: key(7))
    #expect(history.map(\.operation) == ["adopt"])
    #expect(history.map(\.after) == [[1]])
  }

  @Test(arguments: LedgerKind.all) func targetIDIsUniquePerResource(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    try await ledger.keep(
      link(key(1), id: "42"), resource: resource, sent: [], change: nil, epoch: lease.epoch)
    let taken = ObjectIsLinked(
      targetID: "42", resource: resource, mapping: "users", key: key(1))
    await #expect(throws: taken) {
      try await ledger.keep(
        link(key(2), id: "42", mapping: "others"), resource: resource, sent: [], change: nil,
        epoch: lease.epoch)
    }
    #expect(try await ledger.link(of: "others", key: key(2)) == nil)
    try await ledger.keep(
      link(key(2), id: "42"), resource: "people/assets", sent: [], change: nil,
      epoch: lease.epoch)
    let owner = try #require(try await ledger.owner(of: "42", resource: resource))
    #expect(owner == ("users", key(1)))
    #expect(try await ledger.owner(of: "42", resource: "nowhere") == nil)
  }

  @Test(arguments: LedgerKind.all) func absencesAreCountedAndCleared(_ store: LedgerKind)
    async throws
  {
    let ledger = try await store.open()
    let lease = try await ledger.lease()
    for number in 1...3 {
      try await ledger.keep(
        link(key(number), id: "\(number)"), resource: resource, sent: [], change: nil,
        epoch: lease.epoch)
    }
    try await ledger.recordAbsences(
      of: "users", absent: [(key(1), 1), (key(2), 4)], present: [], epoch: lease.epoch)
    try await ledger.recordAbsences(
      of: "users", absent: [], present: [key(2)], epoch: lease.epoch)
    let page = try await ledger.links(of: "users", after: nil, limit: 9)
    #expect((0..<page.count).map { page[$0].absences } == [1, 0, 0])
  }
}
