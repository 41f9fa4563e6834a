import Engine
import Testing

@Suite struct MoveTests {
  private func moves(_ pairs: [(Int, Int)], _ epoch: LeaseEpoch) -> LinkMoves {
    LinkMoves(
      mapping: "users", moves: pairs.map { LinkMove(from: key($0.0), to: key($0.1)) }, who: "ada",
      at: 7, epoch: epoch)
  }

  private func renaming(_ epoch: LeaseEpoch, _ moves: [LinkMove] = []) -> LinkMoves {
    LinkMoves(
      mapping: "people", formerName: "users", moves: moves, who: "ada", at: 7, epoch: epoch)
  }

  private func filled(
    _ store: LedgerKind, _ numbers: [Int]
  ) async throws -> (any ProjectLedger, LeaseEpoch) {
    let ledger = try await store.open()
    let epoch = try await ledger.lease().epoch
    for number in numbers {
      try await ledger.keep(
        link(key(number), id: "o\(number)"), resource: resource,
        sent: Array("{\"n\":\(number)}".utf8), change: nil, epoch: epoch)
    }
    return (ledger, epoch)
  }

  private func objects(_ ledger: any ProjectLedger) async throws -> [Key: String] {
    var objects: [Key: String] = [:]
    for key in try await ledger.allLinks(of: "users", limit: 10) {
      objects[key] = try await ledger.link(of: "users", key: key)?.targetID
    }
    return objects
  }

  @Test(arguments: LedgerKind.all) func keysChangePlacesInOneStep(_ store: LedgerKind) async throws
  {
    let (ledger, epoch) = try await filled(store, [1, 2, 3])
    let made = try await ledger.move(moves([(1, 2), (2, 3), (3, 1)], epoch))
    #expect(made.count == 3)
    #expect(try await objects(ledger) == [key(1): "o3", key(2): "o1", key(3): "o2"])
    let sent = try await ledger.sent(of: "users", keys: [key(2)])
    #expect(sent[key(2)] == Array(#"{"n":1}"#.utf8))
  }

  @Test(arguments: LedgerKind.all) func whatCannotMoveStaysAndSoDoesWhatWouldComeThere(
    _ store: LedgerKind
  ) async throws {
    let (ledger, epoch) = try await filled(store, [1, 2, 3, 4])
    _ = try await ledger.begin(intent(key(3), epoch: epoch))
    // 3 has an open write, so 2 cannot come there, nor 1 to 2; nobody has 9; two claim 6.
    let made = try await ledger.move(
      moves([(1, 2), (2, 3), (3, 5), (9, 8), (4, 6), (4, 7)], epoch))
    #expect(made.isEmpty)
    #expect(try await objects(ledger).count == 4)
    #expect(try await ledger.move(moves([(4, 2)], epoch)).isEmpty)
    #expect(try await ledger.move(moves([(4, 6)], epoch)).count == 1)
    #expect(try await objects(ledger)[key(6)] == "o4")
  }

  @Test(arguments: LedgerKind.all) func bothKeysTellOfTheMove(_ store: LedgerKind) async throws {
    let (ledger, epoch) = try await filled(store, [])
    let id = try await ledger.begin(intent(key(1), epoch: epoch))
    try await ledger.settle(done(id, key(1), targetID: "o1", epoch: epoch))
    _ = try await ledger.move(moves([(1, 2)], epoch))
    for (number, note) in [(1, "to 1/2"), (2, "from 1/1")] {
      let decision = try #require(
        try await ledger.decisions(mapping: "users", key: key(number)).first)
      #expect(decision.verb == .move)
      #expect(decision.targetID == "o1")
      #expect(decision.note == note)
    }
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.operation) == ["create"])
    #expect(try await ledger.history(mapping: "users", key: key(2)).isEmpty)
    #expect(try await ledger.keys(of: "users", written: "1/1") == [key(1)])
  }

  @Test(arguments: LedgerKind.all) func aMappingTakesAllThatIsKnownUnderItsFormerName(
    _ store: LedgerKind
  ) async throws {
    let (ledger, epoch) = try await filled(store, [1, 2])
    let shape = MappingShape(resource: resource, key: [.init(name: "id", kind: .int)])
    try await ledger.setShape(shape, of: "users", epoch: epoch)
    try await ledger.setLastRowCount(0, of: "people", run: 1, epoch: epoch)
    _ = try await ledger.move(renaming(epoch))
    #expect(try await ledger.linkCount(of: "people") == (2, 0))
    #expect(try await ledger.shapes() == ["people": shape])
    #expect(try await ledger.mappingNames() == ["people"])
    try await ledger.keep(
      link(key(9), id: "o9", mapping: "users"), resource: resource, sent: [], change: nil,
      epoch: epoch)
    #expect(
      await refusal {
        _ = try await ledger.move(renaming(epoch))
      } == .intentState)
  }

  @Test(arguments: LedgerKind.all) func aFormerNameAndFormerKeysGoInOneStep(
    _ store: LedgerKind
  ) async throws {
    let (ledger, epoch) = try await filled(store, [1, 2])
    let made = try await ledger.move(renaming(epoch, [LinkMove(from: key(1), to: key(5))]))
    #expect(made == [LinkMove(from: key(1), to: key(5))])
    #expect(try await ledger.link(of: "people", key: key(5))?.targetID == "o1")
    #expect(try await ledger.link(of: "people", key: key(2))?.targetID == "o2")
    #expect(try await ledger.linkCount(of: "users") == (0, 0))
  }

  @Test(arguments: LedgerKind.all) func aShapeIsRememberedWhole(_ store: LedgerKind) async throws {
    let (ledger, epoch) = try await filled(store, [])
    let shape = MappingShape(
      resource: resource,
      key: [.init(name: "company", kind: .int), .init(name: nil, kind: .text)],
      formerKey: ["a", "b"])
    for shape in [shape, MappingShape(resource: "x/y", key: [.init(name: "id", kind: .uuid)])] {
      try await ledger.setShape(shape, of: "users", epoch: epoch)
      #expect(try await ledger.shapes() == ["users": shape])
    }
  }

  @Test(arguments: LedgerKind.all) func aTieIsTheLatestOfItsSubject(_ store: LedgerKind)
    async throws
  {
    let (ledger, epoch) = try await filled(store, [1])
    for place in ["https://a:443", "https://b:443"] {
      try await ledger.tie(
        [Tie(.target("people"), place, who: "ada", at: 1), Tie(.project, "p", at: 1)],
        epoch: epoch)
    }
    #expect(try await ledger.ties() == [.target("people"): "https://b:443", .project: "p"])
    #expect(try await ledger.knowsObjects(of: .target("people")))
    #expect(try await !ledger.knowsObjects(of: .target("peopl")))
    #expect(try await ledger.knowsObjects(of: .project))
    #expect(
      try await ledger.renameResource(
        resource, to: "people/persons", who: "ada", note: nil, at: 2, epoch: epoch))
    #expect(try await ledger.owner(of: "o1", resource: "people/persons")?.key == key(1))
  }
}
