import Mappings
import Synchronization
import Testing

@testable import Engine

@Suite struct TargetGateTests {
  /// When each of the routes was let through; each is answered at once.
  private func times(_ routes: [String], _ limits: [LimitDefinition], scale: Double = 1)
    async throws -> [Duration]
  {
    let clock = SteppingClock()
    let start = clock.monotonic
    let gate = TargetGate(limits: limits, scale: scale, clock: clock)
    var times: [Duration] = []
    for route in routes {
      let pass = try await gate.admit(route)
      times.append(clock.monotonic - start)
      gate.ended(pass, .well)
    }
    return times
  }

  @Test func aCallCountsInEveryWindowThatCoversIt() async throws {
    let limits = [
      limit(3, per: .seconds(1)), limit(1, per: .seconds(10), match: ["POST /things"]),
    ]
    let times = try await times(
      ["POST /things", "GET /things", "GET /things", "GET /things/1", "POST /things"], limits)
    #expect(times == [.zero, .zero, .zero, .seconds(1), .seconds(10)])
  }

  @Test func scaleShortensTheWindows() async throws {
    let times = try await times(
      ["GET /a", "GET /a"], [limit(1, per: .seconds(61))], scale: 61)
    #expect(times == [.zero, .seconds(1)])
  }

  @Test func aPauseHoldsEverythingBack() async throws {
    let clock = SteppingClock()
    let start = clock.monotonic
    let gate = TargetGate(limits: [], scale: 1, clock: clock)
    gate.pause(for: .seconds(30))
    gate.pause(for: .seconds(5))
    _ = try await gate.admit("GET /a")
    #expect(clock.monotonic - start == .seconds(30))
  }

  @Test func aCallTakenBackFreesItsSlotAtOnce() async throws {
    let clock = SteppingClock()
    let start = clock.monotonic
    let gate = TargetGate(limits: [limit(1, per: .seconds(10))], scale: 1, clock: clock)
    let pass = try await gate.admit("GET /a")
    gate.takeBack(pass, isWell: true)
    _ = try await gate.admit("GET /a")
    #expect(clock.monotonic == start)
    #expect(gate.callCount == 1)
  }

  @Test func theFirstReasonToStopStays() async throws {
    let gate = TargetGate(limits: [], scale: 1, clock: SteppingClock())
    let first = TargetStopped(target: "t", message: "token", remedy: "")
    gate.stop(first)
    gate.stop(TargetStopped(target: "t", message: "later", remedy: ""))
    await #expect(throws: first) { try await gate.admit("GET /a") }
  }

  @Test func whoWaitsIsToldOfTheStop() async throws {
    let clock = WaitingClock()
    let gate = TargetGate(limits: [limit(1, per: .seconds(1))], scale: 1, clock: clock)
    let pass = try await gate.admit("GET /a")
    gate.ended(pass, .well)
    let waiting = (0..<3).map { _ in Task { try await gate.admit("GET /a") } }
    await clock.untilSomebodySleeps()
    let reason = TargetStopped(target: "t", message: "token", remedy: "")
    gate.stop(reason)
    for task in waiting {
      await #expect(throws: reason) { try await task.value }
    }
  }

  @Test func whoWaitsCanBeCancelledAndHoldsNoSlot() async throws {
    let clock = WaitingClock()
    let gate = TargetGate(limits: [limit(1, per: .seconds(1))], scale: 1, clock: clock)
    let pass = try await gate.admit("GET /a")
    gate.ended(pass, .well)
    let waiting = Task { try await gate.admit("GET /a") }
    await clock.untilSomebodySleeps()
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    clock.advance(by: .seconds(1))
    _ = try await gate.admit("GET /a")
    #expect(gate.callCount == 2)
  }

  @Test func itSleepsOnceForManyWhoWaitAndWakesInTime() async throws {
    let clock = WaitingClock()
    let gate = TargetGate(limits: [limit(5, per: .seconds(1))], scale: 1, clock: clock)
    for _ in 0..<5 { gate.ended(try await gate.admit("GET /a"), .well) }
    let waiting = (0..<5).map { _ in Task { try await gate.admit("GET /a") } }
    await clock.untilSomebodySleeps()
    clock.advance(by: .seconds(1))
    for task in waiting { #expect(try await task.value.departure == .seconds(1)) }
    #expect(clock.sleeps == 1)
  }

  @Test func whoWaitsForAnAnswerSleepsNotAtAll() async throws {
    let clock = WaitingClock()
    let gate = TargetGate(limits: [limit(1, per: .seconds(1))], scale: 1, clock: clock)
    let pass = try await gate.admit("GET /a")
    let waiting = Task { try await gate.admit("GET /a") }
    for _ in 0..<100 { await Task.yield() }
    #expect(clock.sleeps == 0)
    gate.takeBack(pass, isWell: true)
    _ = try await waiting.value
    #expect(clock.sleeps == 0)
  }

  @Test func manyWaitersAreAllLetThroughAndNeverTooMany() async throws {
    let clock = SteppingClock()
    let gate = TargetGate(limits: [limit(5, per: .seconds(1))], scale: 1, clock: clock)
    let times = try await withThrowingTaskGroup(of: Duration.self) { group in
      for _ in 0..<40 {
        group.addTask {
          let pass = try await gate.admit("POST /a")
          let time = clock.monotonic
          gate.ended(pass, .well)
          return time
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
    #expect(times.count == 40)
    for (index, time) in times.enumerated().dropFirst(5) {
      #expect(time - times[index - 5] >= .seconds(1))
    }
  }

  @Test func neverMoreAreUnderWayThanMayBe() async throws {
    let gate = TargetGate(limits: [], scale: 1, atOnce: 3, clock: SteppingClock())
    final class Count: Sendable { let now = Mutex(0) }
    let underWay = Count()
    let most = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 {
        group.addTask {
          let pass = try await gate.admit("POST /a")
          let count = underWay.now.withLock { count in
            count += 1
            return count
          }
          for _ in 0..<5 { await Task.yield() }
          underWay.now.withLock { $0 -= 1 }
          gate.ended(pass, .well)
          return count
        }
      }
      return try await group.reduce(0) { max($0, $1) }
    }
    #expect(most <= 3)
    #expect(gate.callCount == 200)
  }

  @Test func whoIsCancelledWhileOthersComeAndGoHoldsNoPlace() async throws {
    let gate = TargetGate(limits: [], scale: 1, atOnce: 1, clock: SteppingClock())
    for _ in 0..<200 {
      let tasks = (0..<3).map { _ in
        Task {
          let pass = try await gate.admit("GET /a")
          await Task.yield()
          gate.ended(pass, .well)
        }
      }
      tasks[1].cancel()
      for task in tasks { _ = await task.result }
    }
    // The place is free.
    gate.ended(try await gate.admit("GET /a"), .well)
  }
}

/// A clock that stands still until it is moved.
final class WaitingClock: Timekeeper {
  private let now = Mutex(Duration.zero)
  private let sleepers = Mutex(0)

  var monotonic: Duration { now.withLock { $0 } }
  var wall: Instant { 0 }
  var sleeps: Int { sleepers.withLock { $0 } }
  func random() -> Double { 0 }
  func advance(by duration: Duration) { now.withLock { $0 += duration } }

  func sleep(for duration: Duration) async throws {
    let end = monotonic + duration
    sleepers.withLock { $0 += 1 }
    while monotonic < end {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  func untilSomebodySleeps() async {
    while sleeps == 0 { await Task.yield() }
  }
}

@Suite struct RoutePatternTests {
  @Test(arguments: [
    ("PATCH /fleet/drivers/*", "PATCH /fleet/drivers/12", true),
    ("PATCH /fleet/drivers/*", "PATCH /fleet/drivers", false),
    ("PATCH /fleet/drivers/*", "PATCH /fleet/drivers/12/tags", false),
    ("PATCH /fleet/drivers/*", "POST /fleet/drivers/12", false),
    ("* /assets", "DELETE /assets", true),
    ("patch /assets", "PATCH /assets", true),
    ("GET /a/*/c", "GET /a/b/c", true),
    ("GET /a/*/c", "GET /a/b/d", false),
    ("GET /a", "nonsense", false),
  ])
  func covers(pattern: String, route: String, expected: Bool) {
    #expect(RoutePattern(pattern).matches(route) == expected)
  }

  @Test func aRouteIsTheCallWithoutItsQuery() {
    #expect(OutboundRequest(method: "PATCH", path: "/assets?id=1").route == "PATCH /assets")
  }
}

@Suite struct GuardTests {
  private func tripped(
    rows: Int = 1000, lastRows: Int? = 1000, deactivations: Int = 0, active: Int = 1000,
    _ limits: GuardDefinition = GuardDefinition()
  ) -> GuardTripped? {
    limits.check(
      rows: rows, lastRows: lastRows, deactivations: deactivations, active: active
    ).first
  }

  @Test func deactivationsMayReachTheFloorAlways() {
    #expect(tripped(deactivations: 5, active: 5) == nil)
    #expect(
      tripped(deactivations: 6, active: 6) == .deactivations(count: 6, active: 6, allowed: 5))
  }

  @Test func deactivationsMayReachTheShareOfTheActive() {
    #expect(tripped(deactivations: 20, active: 209) == nil)
    #expect(
      tripped(deactivations: 21, active: 209)
        == .deactivations(count: 21, active: 209, allowed: 20))
  }

  @Test func theCountCapsTheShare() {
    #expect(tripped(deactivations: 50, active: 100_000) == nil)
    #expect(
      tripped(deactivations: 51, active: 100_000)
        == .deactivations(count: 51, active: 100_000, allowed: 50))
    let none = GuardDefinition(deactivationCount: 0)
    #expect(
      tripped(deactivations: 1, none) == .deactivations(count: 1, active: 1000, allowed: 0))
  }

  @Test func rowsMayDropByTheirShare() {
    #expect(tripped(rows: 800) == nil)
    #expect(tripped(rows: 799) == .sourceDrop(rows: 799, before: 1000, percent: 20))
    #expect(tripped(rows: 0, lastRows: nil) == nil)
    #expect(tripped(rows: 0, lastRows: 5) == nil)
    #expect(tripped(rows: 0, lastRows: 6) == .sourceDrop(rows: 0, before: 6, percent: 20))
  }

  @Test func moreThanTheShareOfEnoughRecordsMayNotFail() {
    let limits = GuardDefinition(errors: GuardDefinition.Errors(percent: 10, count: 20))
    #expect(limits.check(failed: 19, sent: 19) == nil)
    #expect(limits.check(failed: 2, sent: 20) == nil)
    #expect(limits.check(failed: 3, sent: 20) == .errors(count: 3, sent: 20, percent: 10))
    let before = limits.check(rows: 40, lastRows: nil, deactivations: 0, active: 0, invalid: 5)
    #expect(before == [.invalid(count: 5, rows: 40, percent: 10)])
    #expect(
      limits.check(rows: 40, lastRows: nil, deactivations: 0, active: 0, invalid: 4).isEmpty)
  }

  @Test func theWordsSayHowMuchAndWhatToDo() throws {
    let drop = try #require(tripped(rows: 700))
    #expect(drop.message.contains("700 rows, 1000 the last time"))
    #expect(drop.message.contains("20 %"))
    let many = try #require(tripped(deactivations: 200))
    #expect(many.message.contains("200 of 1000"))
    #expect(many.message.contains("50 are allowed"))
  }
}
