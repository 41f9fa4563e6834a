import Engine
import JSON
import Mappings
import Synchronization
import Testing

private func thing(_ id: Int64, _ name: String) -> [Cell] {
  [.int(id), .text(name), .null, .null, .null]
}

/// Nothing is concluded from a listing that is not whole.
@Suite struct WholeListingTests {
  /// Twenty things that are linked.
  private func stage(_ target: String = Stage.target, things: String = Stage.things) async throws
    -> Stage
  {
    let stage = try Stage(things: things, target: target)
    stage.source.set("things", (1...20).map { thing($0, "n") })
    let report = try await stage.runThings(Self.alone)
    #expect(report.created == 20)
    return stage
  }

  private static let alone = Stage.Options(mappings: ["things"])
  private static func reconciling(_ mode: Stage.Mode = .run) -> Stage.Options {
    var options = alone
    options.reconciles = true
    options.mode = mode
    return options
  }

  private func delete(_ count: Int, _ stage: Stage) {
    stage.target.state.withLock { state in
      for id in (state.objects["things"] ?? [:]).keys.sorted().prefix(count) {
        state.objects["things"]?[id] = nil
      }
    }
  }

  enum Short: CaseIterable, Sendable {
    case empty
    case half
    /// As many objects as ever, and none of ours.
    case strangers
  }

  private func show(_ short: Short, _ stage: Stage) {
    let objects = stage.target.objects("things")
    let shown: [JSON] =
      switch short {
      case .empty: []
      case .half: Array(objects.prefix(10))
      case .strangers:
        (1...20).map { ["id": .integer(Int64(900 + $0)), "code": .string("x\($0)")] }
      }
    stage.target.spoil { request in
      guard request.method == "GET", request.path.hasPrefix("/things?") else { return .none }
      let isFirst = request.path.contains("page=1&")
      let page: JSON = ["data": .array(isFirst ? shown : [])]
      return .status(200, body: page.description)
    }
  }

  @Test(arguments: Short.allCases) func nothingIsCalledDeletedFromAShortList(short: Short)
    async throws
  {
    let stage = try await stage()
    show(short, stage)
    for mode in [Stage.Mode.plan(details: 9), .run] {
      let report = try await stage.outcome(Self.reconciling(mode)).report.mappings.only()
      #expect(report.status == .failed)
      #expect(report.message?.contains("is not whole") == true, "\(report.message ?? "-")")
      #expect(report.reconciled == nil)
    }
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    stage.target.spoil { _ in .none }
    let whole = try await stage.outcome(Self.reconciling()).report.mappings.only()
    #expect(whole.reconciled?.deleted.isEmpty == true)
    #expect(whole.unchanged == 20)
  }

  @Test(arguments: Short.allCases) func nothingIsCreatedFromAShortList(short: Short) async throws {
    let stage = try await stage()
    show(short, stage)
    stage.source.set("things", (1...21).map { thing($0, "n") })
    let writes = stage.target.writes.count
    let report = try await stage.outcome(Self.alone).report.mappings.only()
    #expect(report.status == .failed)
    #expect(report.message?.contains("is not whole") == true, "\(report.message ?? "-")")
    #expect(stage.target.writes.count == writes)
  }

  /// As with lists that leave out what they are not asked for.
  @Test func aListThatDoesNotShowTheNaturalKeyTellsNothing() async throws {
    let stage = try await stage()
    let bare = stage.target.objects("things").map { $0.merging(["code": .null]) }
    stage.target.spoil { request in
      guard request.method == "GET", request.path.hasPrefix("/things?") else { return .none }
      let page: JSON = ["data": .array(request.path.contains("page=1&") ? bare : [])]
      return .status(200, body: page.description)
    }
    stage.source.set("things", (1...21).map { thing($0, "n") })
    let report = try await stage.outcome(Self.alone).report.mappings.only()
    #expect(report.status == .failed)
    #expect(report.message?.contains("none of the 20 linked objects in it has `code`") == true)
  }

  private static let trusting = Stage.target.replacing(
    "items: data\n      page:", with: "items: data\n      at_least: 0\n      page:")

  @Test func manyObjectsDeletedAtTheTargetTripTheGuard() async throws {
    let stage = try await stage(Self.trusting)
    delete(6, stage)
    for mode in [Stage.Mode.plan(details: 9), .run] {
      let report = try await stage.outcome(Self.reconciling(mode)).report.mappings.only()
      #expect(report.status == .blocked)
      #expect(
        report.message?.contains("6 of 20 linked objects are no longer at the target") == true)
    }
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
  }

  @Test func theMappingSaysHowManyMayBeMissing() async throws {
    let stage = try await stage(
      Self.trusting, things: Stage.things + "\nguard: { missing_at_target: { floor: 6 } }")
    delete(6, stage)
    let report = try await stage.outcome(Self.reconciling()).report.mappings.only()
    #expect(report.reconciled?.deleted.count == 6)
    #expect(try await stage.ledger.failures(of: "things").count == 6)
  }

  /// Else one that waits for a person would be in the way of all others.
  @Test func whatIsKnownToBeGoneIsNotMissedAgain() async throws {
    let stage = try await stage()
    delete(5, stage)
    let first = try await stage.outcome(Self.reconciling()).report.mappings.only()
    #expect(first.reconciled?.deleted.count == 5)
    delete(5, stage)
    let second = try await stage.outcome(Self.reconciling()).report.mappings.only()
    #expect(second.reconciled?.deleted.count == 10)
    stage.source.set("things", (1...21).map { thing($0, "n") })
    let report = try await stage.outcome(Self.alone).report.mappings.only()
    #expect(report.created == 1)
  }

  /// An object with the same natural key takes the place of one that is gone, which is no loss.
  @Test func objectsThatCameBackUnderOtherIDsAreNotMissing() async throws {
    let stage = try await stage(Self.trusting)
    let objects = stage.target.objects("things").prefix(6)
    delete(6, stage)
    for object in objects { stage.target.put(object, in: "things") }
    let report = try await stage.outcome(Self.reconciling()).report.mappings.only()
    #expect(report.reconciled?.deleted.count { $0.relinkedTo != nil } == 6)
    #expect(report.status == .succeeded)
  }

  @Test func aStopDuringAListingEndsTheMapping() async throws {
    let stage = try await stage()
    stage.source.set("things", (1...21).map { thing($0, "n") })
    let before = stage.target.calls.count
    let target = stage.target
    var options = Self.alone
    options.isStopping = { target.calls.count >= before + 2 }
    let report = try await stage.outcome(options).report.mappings.only()
    #expect(report.status == .failed)
    #expect(report.message?.contains("interrupted") == true)
    #expect(stage.target.calls.count == before + 2)
    expectCountsAddUp(report)
  }
}

/// A target that is only asked for one object at a time.
@Suite struct SearchTests {
  private static let target = FindingTests.target

  /// Answers so many calls, and then ends the process.
  private final class BriefWire: Wire {
    let target: SimulatedTarget
    private let left: Mutex<Int>

    init(_ target: SimulatedTarget, calls: Int) {
      self.target = target
      left = Mutex(calls)
    }

    func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
      let isOver = left.withLock { left in
        left -= 1
        return left < 0
      }
      if isOver { throw CancellationError() }
      return try await target.send(request)
    }
  }

  /// More keys than a process lives to ask for.
  @Test func whatWasFoundIsKeptWhenTheProcessEnds() async throws {
    let stage = try Stage(target: Self.target)
    for number in 1...10 {
      stage.target.put(["code": .string("t\(number)"), "name": "old"], in: "things")
    }
    stage.source.set("things", (1...60).map { thing($0, "n") })
    var lives = 0
    while try await stage.ledger.linkCount(of: "things").active < 60, lives < 40 {
      var options = Stage.Options(mappings: ["things"])
      options.wire = BriefWire(stage.target, calls: 20)
      do { _ = try await stage.outcome(options) } catch is CancellationError {}
      stage.clock.advance(by: .seconds(600))
      lives += 1
    }
    #expect(lives < 40)
    let codes = stage.target.objects("things").compactMap { $0["code"]?.stringValue }
    #expect(codes.count == 60)
    #expect(Set(codes).count == 60)
  }

  @Test func aPlanAsksSideBySide() async throws {
    let stage = try Stage(target: Self.target)
    stage.source.set("things", (1...30).map { thing($0, "n") })
    let clock = VirtualClock()
    var options = Stage.Options(mode: .plan(details: 0), mappings: ["things"])
    options.clock = clock
    options.wire = SlowWire(stage.target, clock)
    let planning = options
    let started = clock.monotonic
    let report = try await clock.running { try await stage.outcome(planning) }.report.mappings
      .only()
    #expect(report.created == 30)
    #expect(report.calls == 30)
    // Three at once, a second each.
    #expect(clock.monotonic - started <= .seconds(15))
  }

  private final class SlowWire: Wire {
    let target: SimulatedTarget
    let clock: VirtualClock

    init(_ target: SimulatedTarget, _ clock: VirtualClock) {
      (self.target, self.clock) = (target, clock)
    }

    func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
      do { try await clock.sleep(for: .seconds(1)) } catch { throw CancellationError() }
      return try await target.send(request)
    }
  }

  @Test func aFewKeysAreListedWhenTheTargetRefusesToAnswerForOne() async throws {
    let target = Stage.target.replacing(
      "    get: {",
      with: "    find: { call: \"GET /things/by/{match.value}\", object: data }\n    get: {")
    let stage = try Stage(target: target)
    for number in 1...40 { stage.target.put(["code": .string("t\(number)")], in: "things") }
    stage.source.set("things", (1...40).map { thing($0, "n") })
    _ = try await stage.runThings()
    stage.target.spoil { $0.path.hasPrefix("/things/by/") ? .status(400) : .none }
    stage.target.put(["code": "t41"], in: "things")
    stage.source.set("things", (1...42).map { thing($0, "n") })
    let report = try await stage.runThings()
    #expect(report.adopted == 1)
    #expect(report.created == 1)
    #expect(stage.target.calls.count { $0.path.hasPrefix("/things?page=1&") } == 2)
  }
}
