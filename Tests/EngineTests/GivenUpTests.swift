import Engine
import JSON
import Ledger
import Synchronization
import Testing

private func thing(_ id: Int64, _ name: String = "a") -> [Cell] {
  [.int(id), .text(name), .null, .null, .null]
}

extension Stage {
  /// Things that are deleted when they have been absent once.
  fileprivate static let deleted = Stage.things.replacing(
    "  after: 2\n  set: { active: { value: 0 } }", with: "  after: 1\n  delete: true")

  /// Things whose `active` the mapping writes only when a key goes or comes back.
  fileprivate static let restored = Stage.things.replacing("  active: { value: 1 }\n", with: "")
    .replacing(
      "  after: 2\n  set: { active: { value: 0 } }",
      with: "  after: 1\n  set: { active: { value: 0 } }\n  restore: { active: { value: 1 } }")

  /// How the target can be asked what became of an object.
  enum Looking: String, Sendable, CaseIterable {
    case get, list, find, none

    var target: String {
      let list = """
            list:
              call: GET /things
              items: data
              page: { kind: number, parameter: page, first: 1, size_parameter: limit, size: 4, until: empty }

        """
      let get = "    get: { call: \"GET /things/{id}\", object: data }\n"
      let find = "    find: { call: \"GET /things/by/{match.value}\", object: data }\n"
      return switch self {
      case .get: Stage.target
      case .list: Stage.target.replacing(get, with: "")
      case .find: Stage.target.replacing(get, with: "").replacing(list, with: find)
      case .none: Stage.target.replacing(get, with: "").replacing(list, with: "")
      }
    }
  }

  fileprivate func spoilOnce(
    _ method: String, _ fault: @escaping @Sendable () -> SimulatedTarget.Fault
  ) {
    let isSpent = Mutex(false)
    target.spoil { request in
      guard request.method == method else { return .none }
      return isSpent.withLock { spent in
        defer { spent = true }
        return spent ? .none : fault()
      }
    }
  }

  fileprivate func link(_ id: Int64) async throws -> Link? {
    try await ledger.link(of: "things", key: Key([.int(id)]))
  }

  fileprivate func codes() -> [String] {
    target.objects("things").compactMap { $0["code"]?.stringValue }.sorted()
  }

  /// Runs, as a process that may be killed on the way.
  fileprivate func runAsFarAsItComes() async throws {
    do { _ = try await runThings() } catch is CancellationError {}
  }
}

/// What was sent for a key that is gone from the source, and whose answer is lost or is not what it seems.
@Suite struct GivenUpTests {
  enum Loss: Sendable, CaseIterable {
    case answer, process
    var landed: SimulatedTarget.Fault { self == .answer ? .lostAfter : .killedAfter }
    var lost: SimulatedTarget.Fault { self == .answer ? .lostBefore : .killedBefore }
  }

  private func stage(_ things: String, _ looking: Stage.Looking = .get) async throws -> Stage {
    let stage = try Stage(things: things, target: looking.target)
    // One after the other, so that the first gets the first id.
    stage.source.set("things", [thing(1)])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1), thing(2)])
    #expect(try await stage.runThings().created == 1)
    return stage
  }

  @Test(arguments: Stage.Looking.allCases, Loss.allCases)
  func aRecordThatComesBackAfterOurDeleteIsCreated(looking: Stage.Looking, loss: Loss)
    async throws
  {
    let stage = try await stage(Stage.deleted, looking)
    stage.spoilOnce("DELETE") { loss.landed }
    stage.source.set("things", [thing(2)])
    try await stage.runAsFarAsItComes()
    #expect(stage.codes() == ["t2"])
    stage.source.set("things", [thing(1), thing(2)])
    // Until it is known, the row is not taken for unchanged.
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.runThings()
    if looking == .none {
      // Nobody can tell but the target, when it is written to.
      #expect(report.unknown == 1)
      #expect(try await stage.ledger.openIntents(of: "things").only().state == .quarantined)
      return
    }
    #expect(report.created == 1, "\(report)")
    #expect(stage.codes() == ["t1", "t2"])
    #expect(try await stage.runThings().unchanged == 2)
    #expect(stage.codes() == ["t1", "t2"])
  }

  @Test(arguments: Stage.Looking.allCases, Loss.allCases)
  func aDeleteThatDidNotHappenIsForgottenWhenTheRowIsBack(looking: Stage.Looking, loss: Loss)
    async throws
  {
    let stage = try await stage(Stage.deleted, looking)
    stage.spoilOnce("DELETE") { loss.lost }
    stage.source.set("things", [thing(2)])
    try await stage.runAsFarAsItComes()
    stage.source.set("things", [thing(1), thing(2)])
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.runThings()
    #expect(report.unchanged + report.updated == 2, "\(report)")
    #expect(try await stage.runThings().unchanged == 2)
    #expect(stage.codes() == ["t1", "t2"])
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }

  @Test(arguments: Stage.Looking.allCases, [true, false])
  func aRowThatStaysAwayIsDeletedInTheEnd(looking: Stage.Looking, landed: Bool) async throws {
    let stage = try await stage(Stage.deleted, looking)
    stage.spoilOnce("DELETE") { landed ? .lostAfter : .lostBefore }
    stage.source.set("things", [thing(2)])
    let first = try await stage.runThings()
    #expect(first.unknown == 1)
    #expect(first.status == .partial)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().status == .succeeded)
    #expect(stage.codes() == ["t2"])
    #expect(try await stage.link(1)?.state == .inactive)
    let calls = stage.target.writes.count
    #expect(try await stage.runThings().status == .succeeded)
    #expect(stage.target.writes.count == calls)
  }

  @Test func aDeleteThatLandsLateIsWaitedFor() async throws {
    let stage = try await stage(Stage.deleted)
    stage.spoilOnce("DELETE") { .lostBefore }
    stage.source.set("things", [thing(2)])
    _ = try await stage.runThings()
    let reads = stage.target.calls.count
    stage.source.set("things", [thing(1), thing(2)])
    stage.clock.advance(by: .seconds(60))
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.target.calls.count == reads)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.clock.advance(by: .seconds(61))
    #expect(try await stage.runThings().created == 1)
    #expect(stage.codes() == ["t1", "t2"])
  }

  @Test func whatIsGoneAlreadyCountsAsDeleted() async throws {
    let stage = try await stage(Stage.deleted)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.source.set("things", [thing(2)])
    #expect(try await stage.runThings().deactivated == 1)
    stage.source.set("things", [thing(1), thing(2)])
    #expect(try await stage.runThings().created == 1)
  }

  @Test func aDeleteIsNotDoneWhenTheTargetStillShowsTheObject() async throws {
    let stage = try await stage(Stage.deleted)
    stage.target.spoil { $0.method == "DELETE" ? .status(404) : .none }
    stage.source.set("things", [thing(2)])
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.deactivated == 0)
    #expect(report.reasons.first?.message.contains("the object 1 is there") == true)
    #expect(try await stage.link(1)?.state == .active)
  }

  @Test func aRefusedDeletionIsCountedAndRemembered() async throws {
    let stage = try await stage(Stage.deleted)
    stage.target.spoil { request in
      request.method == "DELETE" ? .status(422, body: #"{"message":"it is in use"}"#) : .none
    }
    stage.source.set("things", [thing(2)])
    for attempts in 1...2 {
      let report = try await stage.runThings()
      #expect(report.rejected == 1)
      #expect(report.rejectedAbsent == 1)
      #expect(report.status == .partial)
      let failure = try await stage.ledger.failures(of: "things").only()
      #expect(failure.attempts == attempts)
      #expect(failure.reasons.map(\.message) == ["it is in use"])
    }
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().deactivated == 1)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
  }

  @Test func whoseDeletionIsOpenIsUnknownInEveryReport() async throws {
    let stage = try await stage(Stage.deleted)
    stage.target.spoil { $0.method == "DELETE" ? .lostBefore : .none }
    stage.source.set("things", [thing(2)])
    for _ in 1...3 {
      let report = try await stage.runThings()
      #expect(report.unknown == 1)
      #expect(report.status == .partial)
    }
  }

  // MARK: Deactivations

  @Test(arguments: [Stage.Looking.get, .list, .find, .none], [true, false])
  func whatWasTakenAwayIsGivenBackWhenTheRowIsBack(looking: Stage.Looking, landed: Bool)
    async throws
  {
    let stage = try await stage(Stage.restored, looking)
    stage.spoilOnce("PATCH") { landed ? .lostAfter : .lostBefore }
    stage.source.set("things", [thing(2)])
    #expect(try await stage.runThings().unknown == 1)
    stage.source.set("things", [thing(1), thing(2)])
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().status == .succeeded)
    #expect(stage.target.objects("things").first?["active"] == 1)
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test func whatWasGivenBackIsTakenAwayWhenTheRowGoesAgain() async throws {
    let stage = try await stage(Stage.restored)
    stage.source.set("things", [thing(2)])
    #expect(try await stage.runThings().deactivated == 1)
    stage.spoilOnce("PATCH") { .lostAfter }
    stage.source.set("things", [thing(1), thing(2)])
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.target.objects("things").first?["active"] == 1)
    stage.source.set("things", [thing(2)])
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().deactivated == 1)
    #expect(stage.target.objects("things").first?["active"] == 0)
  }

  @Test func whatIsNotFoundByADeactivationIsLookedUp() async throws {
    let stage = try await stage(Stage.restored)
    stage.spoilOnce("PATCH") { .status(404) }
    stage.source.set("things", [thing(2)])
    let report = try await stage.runThings()
    #expect(report.deactivated == 0)
    #expect(report.unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().deactivated == 1)
    #expect(stage.target.objects("things").first?["active"] == 0)
  }

  @Test(arguments: [Stage.Looking.get, .list, .find])
  func whoIsNotThereNeedsNoDeactivation(looking: Stage.Looking) async throws {
    let stage = try await stage(Stage.restored, looking)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.source.set("things", [thing(2)])
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().status == .succeeded)
    #expect(try await stage.link(1)?.state == .inactive)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }

  @Test func whoIsThereUnderAnotherIDIsDeactivatedThere() async throws {
    let stage = try await stage(Stage.restored)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.target.put(["code": "t1", "name": "a", "active": 1], in: "things")
    stage.source.set("things", [thing(2)])
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().deactivated == 1)
    #expect(try await stage.link(1)?.targetID == "3")
    #expect(stage.target.objects("things").last?["active"] == 0)
  }
}
