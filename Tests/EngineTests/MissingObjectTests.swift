import Engine
import JSON
import Ledger
import Testing

private func thing(_ id: Int64, _ name: String = "a") -> [Cell] {
  [.int(id), .text(name), .null, .null, .null]
}

/// What people did at the target, found by reading it whole.
@Suite struct MissingObjectTests {
  private static let key = Key([.int(1)])

  private func stage() async throws -> Stage {
    let stage = try Stage()
    // One after the other, so that the first gets the first id.
    stage.source.set("things", [thing(1)])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1), thing(2), thing(3)])
    #expect(try await stage.runThings().created == 2)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    let report = try await stage.runThings(Stage.Options(reconciles: true))
    #expect(report.reconciled?.deleted.map(\.key) == [Self.key])
    #expect(report.rejected == 1)
    return stage
  }

  private func lease(_ stage: Stage) async throws -> Lease {
    guard
      case .acquired(let lease) = try await stage.ledger.acquireLease(
        holder: "test", for: .seconds(30), now: stage.clock.wall)
    else { throw CancellationError() }
    return lease
  }

  private func decide(_ verb: Decision.Verb, _ stage: Stage) async throws {
    let lease = try await lease(stage)
    try await stage.ledger.decide(
      Decision(
        verb: verb, mapping: "things", key: Self.key, who: "me", at: stage.clock.wall),
      epoch: lease.epoch)
  }

  @Test func aMissingObjectStaysAFailureInEveryReport() async throws {
    let stage = try await stage()
    for name in ["a", "a", "b", "a"] {
      stage.source.set("things", [thing(1, name), thing(2), thing(3)])
      stage.clock.advance(by: .seconds(90_000))
      let report = try await stage.runThings()
      #expect(report.rejected == 1)
      #expect(report.unchanged == 2)
      #expect(report.reasons.first?.message == "its object is no longer at the target")
      #expect(try await stage.ledger.failures(of: "things").only().missingObject == "1")
    }
    // What our own checks say meanwhile does not take its place.
    stage.source.set(
      "things", [thing(1, String(repeating: "x", count: 50)), thing(2), thing(3)])
    #expect(try await stage.runThings().rejected == 1)
    stage.source.set("things", [thing(1), thing(2), thing(3)])
    #expect(try await stage.runThings().rejected == 1)
    #expect(try await stage.ledger.failures(of: "things").only().missingObject == "1")
    #expect(stage.target.objects("things").count == 2)
  }

  @Test func anAnswerEndsIt() async throws {
    let stage = try await stage()
    _ = try await stage.runThings()
    try await decide(.absent, stage)
    #expect(try await stage.runThings().created == 1)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    #expect(try await stage.runThings().unchanged == 3)
  }

  @Test func aLaterReadingThatFindsItEndsIt() async throws {
    let stage = try await stage()
    stage.target.state.withLock {
      $0.objects["things"]?[1] = ["active": 1, "code": "t1", "id": 1, "name": "other"]
    }
    let report = try await stage.runThings(Stage.Options(reconciles: true))
    #expect(report.updated == 1)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    #expect(stage.target.objects("things").first?["name"] == "a")
    #expect(try await stage.runThings().unchanged == 3)
  }

  @Test func aRetryAsksTheTarget() async throws {
    let stage = try await stage()
    try await decide(.retry, stage)
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unknown == 1)
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .quarantined)
  }

  @Test func aDismissalHoldsUntilTheRowChanges() async throws {
    let stage = try await stage()
    _ = try await stage.runThings()
    try await decide(.dismiss, stage)
    #expect(try await stage.runThings().dismissed == 1)
    #expect(try await stage.runThings(Stage.Options(reconciles: true)).dismissed == 1)
    stage.source.set("things", [thing(1, "b"), thing(2), thing(3)])
    #expect(try await stage.runThings().rejected == 1)
  }

  @Test func theRowOfAMissingObjectGoesToo() async throws {
    let stage = try await stage()
    stage.source.set("things", [thing(2), thing(3)])
    _ = try await stage.runThings()
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().status == .succeeded)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    #expect(try await stage.ledger.link(of: "things", key: Self.key)?.state == .inactive)
  }

  @Test func accessThatSomebodyGaveBackIsTakenAwayAgain() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1)])
    try await stage.run()
    stage.source.set("things", [thing(1), thing(2)])
    try await stage.run()
    stage.source.set("things", [thing(2)])
    for _ in 1...2 { try await stage.run() }
    #expect(stage.target.objects("things").first?["active"] == 0)
    stage.target.state.withLock { state in
      let edited = state.objects["things"]?[1]?.merging(["active": 1])
      state.objects["things"]?[1] = edited
    }
    let plan = try await stage.runThings(
      Stage.Options(mode: .plan(details: 9), reconciles: true))
    #expect(plan.reconciled?.edited.map(\.key) == [Self.key])
    #expect(plan.deactivated == 1)
    let report = try await stage.runThings(Stage.Options(reconciles: true))
    #expect(report.reconciled?.edited.first?.writtenBack == ["active"])
    #expect(report.deactivated == 1)
    #expect(stage.target.objects("things").first?["active"] == 0)
    #expect(
      try await stage.runThings(Stage.Options(reconciles: true)).reconciled?.isClean == true)
  }
}
