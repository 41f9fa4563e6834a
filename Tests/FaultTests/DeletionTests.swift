import JSON
import Sandbox
import Testing

/// A deletion of ours of which the answer is lost, and what becomes of the object's key meanwhile.
@Suite(.timeLimit(.minutes(10)))
struct DeletionTests {
  /// A shop in which the victim has been deleted, and nobody knows.
  private func withLostDeletion(_ body: @escaping @Sendable (Shop, String) async throws -> Void)
    async throws
  {
    try await Cells.of(patience: .seconds(60)).take {
      try await Shop.open(Shop.Setup(deletes: true)) { shop in
        #expect(try await shop.run().status == .succeeded)
        let id = try shop.id(of: Shop.victim)
        shop.table.remove(Shop.victim)
        shop.proxy.strike(1, { $0.method == "DELETE" }) { exchange in
          _ = exchange.apply()
          exchange.connection.end()
        }
        #expect(try await shop.run().unknownAbsent == 1)
        #expect(await shop.proxy.relent() == 1)
        try await body(shop, id)
      }
    }
  }

  @Test func theKeyAtAnotherObjectIsSomebodyElses() async throws {
    try await withLostDeletion { shop, _ in
      try shop.seed(Shop.victim...Shop.victim)
      for _ in 1...3 {
        shop.clock.advance(by: .seconds(200))
        #expect(try await shop.run().status == .succeeded)
      }
      #expect(try shop.objects.count == Shop.size)
      #expect(try await shop.open().isEmpty)
      #expect(shop.deletions == 1)

      // Whose it is when the row is there again, the key says.
      shop.table.restore(Shop.victim)
      let back = try await shop.run()
      #expect(back.status == .succeeded, "\(back.words)")
      #expect(back.adopted == 1)
      #expect(try shop.objects.count == Shop.size)
      #expect(try await shop.run().unchanged == Shop.size)
    }
  }

  @Test func theSameAndTheRowIsBackAtOnce() async throws {
    try await withLostDeletion { shop, _ in
      try shop.seed(Shop.victim...Shop.victim)
      shop.table.restore(Shop.victim)
      shop.clock.advance(by: .seconds(200))
      let back = try await shop.run()
      #expect(back.status == .succeeded, "\(back.words)")
      #expect(back.adopted == 1)
      #expect(try shop.objects.count == Shop.size)
      #expect(try await shop.run().unchanged == Shop.size)
      #expect(shop.deletions == 1)
    }
  }

  @Test(arguments: [false, true])
  func anIDThatSomebodyElseHasNow(isBack: Bool) async throws {
    try await withLostDeletion { shop, id in
      _ = try shop.system.seed(
        "parts",
        ["id": .number(id), "code": "X9", "name": "somebody else's", "status": "sold"])
      if isBack { shop.table.restore(Shop.victim) }
      for _ in 1...3 {
        shop.clock.advance(by: .seconds(200))
        // A person is asked, and the object stays as it is.
        #expect(try await shop.run().unknown == 1)
        let open = try await shop.open().joined(separator: "; ")
        #expect(open.contains("quarantined") && open.contains("may be another's"), "\(open)")
      }
      #expect(try shop.objects.contains("X9 somebody else's sold"))
      #expect(try shop.objects.count == Shop.size)
      #expect(shop.deletions == 1)
    }
  }
}
