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

  @Test(arguments: SpoolKind.all) func changesComeBackInSendingOrder(_ kind: SpoolKind) async throws
  {
    let spool = try kind.make()
    let spooled = [
      change(.update, 1), change(.create, 9), change(.deactivate, 5), change(.create, -2),
      change(.update, 3), change(.create, 9, "{\"again\":1}"),
    ]
    try await spool.add(Array(spooled.prefix(2)), mapping: "users")
    try await spool.add(Array(spooled.dropFirst(2)), mapping: "users")
    try await spool.add([change(.create, 1)], mapping: "assets")
    let wanted = [spooled[2], spooled[3], spooled[1], spooled[5], spooled[0], spooled[4]]
    for limit in [1, 2, 100] {
      var found: [PlannedChange] = []
      var position: Int64 = 0
      while true {
        let page = try await spool.next(mapping: "users", after: position, limit: limit)
        guard let last = page.last else { break }
        found += page.map(\.change)
        position = last.position
      }
      #expect(found == wanted)
    }
    try await spool.clear(mapping: "users")
    #expect(try await spool.next(mapping: "users", after: 0, limit: 9).isEmpty)
    #expect(try await spool.next(mapping: "assets", after: 0, limit: 9).count == 1)
    // The last ones, all at once.
    try await spool.clear(mapping: "assets")
    #expect(try await spool.next(mapping: "assets", after: 0, limit: 9).isEmpty)
    try await spool.add([change(.create, 2)], mapping: "users")
    #expect(
      try await spool.next(mapping: "users", after: 0, limit: 9).map(\.change.key) == [key(2)])
  }

  @Test(arguments: SpoolKind.all) func aPageOfLargeChangesEndsSooner(_ kind: SpoolKind) async throws
  {
    let spool = try kind.make()
    let record = String(repeating: "x", count: PlannedChange.stretch / 3)
    try await spool.add((1...10).map { change(.create, $0, record) }, mapping: "users")
    var sizes: [Int] = []
    var position: Int64 = 0
    while let last = try await spool.next(mapping: "users", after: position, limit: 100).last {
      let page = try await spool.next(mapping: "users", after: position, limit: 100)
      sizes.append(page.count)
      position = last.position
    }
    #expect(sizes == [3, 3, 3, 1])
  }

  @Test(arguments: SpoolKind.all) func manyAreClearedInStretches(_ kind: SpoolKind) async throws {
    let spool = try kind.make()
    try await spool.add((1...20_000).map { change(.create, $0) }, mapping: "users")
    try await spool.clear(mapping: "users")
    #expect(try await spool.next(mapping: "users", after: 0, limit: 9).isEmpty)
  }

  @Test func whatOutgrowsTheCacheIsFound() async throws {
    let spool = try SQLiteSpool()
    let record = String(repeating: "x", count: 40_000)
    for number in 1...400 {
      try await spool.add([change(.create, number, record)], mapping: "users")
    }
    let last = try await spool.next(mapping: "users", after: 399, limit: 9)
    #expect(last.map(\.change.key) == [key(400)])
  }
}
