import Diagnostics
import Mappings
import Testing

@testable import Engine

@Suite struct AdmissionTests {
  /// Calls that join in this order; each is answered a millisecond after it left.
  private final class Desk {
    var admission: Admission
    var now = Duration.zero
    var names: [Admission.Ticket: String] = [:]
    var underWay: [String: Admission.Pass] = [:]

    init(_ limits: [LimitDefinition], breaker: BreakerDefinition = BreakerDefinition()) {
      admission = Admission(limits: limits, breaker: breaker)
    }

    func join(_ name: String, _ route: String, _ priority: CallPriority) {
      names[admission.join(route, priority)] = name
    }

    /// Who may leave now.
    func release() -> [String] {
      admission.release(at: now).passes.map { ticket, pass in
        let name = names[ticket] ?? "?"
        underWay[name] = pass
        return name
      }
    }

    /// When to ask again.
    func again() -> Duration? { admission.release(at: now).again }

    func end(_ name: String, _ ending: Admission.Ending = .well) {
      if let pass = underWay.removeValue(forKey: name) {
        admission.ended(pass, ending, at: now)
      }
    }

    /// Lets everybody go one after another, and tells the order.
    func drain() -> [String] {
      var order: [String] = []
      while true {
        let (passes, again) = admission.release(at: now)
        for (ticket, pass) in passes {
          order.append(names[ticket] ?? "?")
          admission.ended(pass, .well, at: now)
        }
        guard passes.isEmpty else { continue }
        guard let again else { return order }
        now = again
      }
    }
  }

  @Test func noMoreLeaveThanMayBeUnderWay() {
    var admission = Admission(limits: [], atOnce: 2)
    let tickets = (0..<4).map { _ in admission.join("GET /a", CallPriority(.update)) }
    let first = admission.release(at: .zero)
    #expect(first.passes.map(\.ticket) == Array(tickets[..<2]))
    #expect(first.again == nil)
    admission.ended(first.passes[0].pass, .well, at: .zero)
    let second = admission.release(at: .zero)
    #expect(second.passes.map(\.ticket) == [tickets[2]])
    admission.takeBack(second.passes[0].pass, isWell: true, at: .zero)
    #expect(admission.release(at: .zero).passes.map(\.ticket) == [tickets[3]])
  }

  private let one = limit(1, per: .seconds(1))
  private let update = CallPriority(.update)

  @Test func whoComesFirstGoesFirst() {
    let desk = Desk([one])
    for number in 0..<20 { desk.join("\(number)", "POST /a", update) }
    #expect(desk.drain() == (0..<20).map { "\($0)" })
  }

  @Test func deactivationsGoBeforeCreatesBeforeUpdates() {
    let desk = Desk([one])
    for (name, purpose) in [
      ("u1", CallPriority.Purpose.update), ("c1", .create), ("d1", .deactivate), ("u2", .update),
      ("r1", .read), ("d2", .deactivate),
    ] { desk.join(name, "POST /a", CallPriority(purpose)) }
    #expect(desk.drain() == ["d1", "d2", "c1", "r1", "u1", "u2"])
  }

  @Test func aMappingsOwnPriorityCountsMore() {
    let desk = Desk([one])
    desk.join("low", "POST /a", CallPriority(.deactivate, mapping: -1))
    desk.join("plain", "POST /a", CallPriority(.update))
    desk.join("high", "POST /a", CallPriority(.update, mapping: 5))
    #expect(desk.drain() == ["high", "plain", "low"])
  }

  @Test func nobodyWaitsForEver() {
    let desk = Desk([one])
    desk.join("late", "POST /a", CallPriority(.update))
    for number in 0..<30 { desk.join("\(number)", "POST /a", CallPriority(.deactivate)) }
    #expect(desk.drain().firstIndex(of: "late") == 7)
  }

  @Test func whatAWindowHoldsBackLetsOthersPass() {
    let desk = Desk([
      limit(10, per: .seconds(1)), limit(1, per: .seconds(60), match: ["POST /a"]),
    ])
    desk.join("a1", "POST /a", update)
    desk.join("a2", "POST /a", update)
    desk.join("b", "POST /b", update)
    #expect(desk.release() == ["a1", "b"])
  }

  @Test func aDearCallIsNotOvertakenByCheapOnesOfItsWindow() {
    let desk = Desk([limit(4, per: .seconds(1), costs: [("POST /bulk", 3)])])
    desk.join("cheap 1", "POST /a", update)
    desk.join("cheap 2", "POST /a", update)
    desk.join("bulk", "POST /bulk", update)
    desk.join("cheap 3", "POST /a", update)
    #expect(desk.release() == ["cheap 1", "cheap 2"])
    desk.end("cheap 1")
    desk.end("cheap 2")
    desk.now = .seconds(1)
    #expect(desk.release() == ["bulk", "cheap 3"])
  }

  @Test func aCallDearerThanTheShrunkenWindowStillGoes() {
    let desk = Desk([limit(4, per: .seconds(1), costs: [("POST /bulk", 4)])])
    desk.join("first", "POST /bulk", update)
    #expect(desk.release() == ["first"])
    desk.end("first", .throttled(after: .zero))
    desk.join("second", "POST /bulk", update)
    desk.now = .seconds(1)
    #expect(desk.release() == ["second"])
  }

  @Test func aRefusalHoldsBackOnlyWhatItsWindowsCount() {
    let desk = Desk([
      limit(9, per: .seconds(1), match: ["GET /a"]), limit(9, per: .seconds(1), match: ["GET /b"]),
    ])
    desk.join("a1", "GET /a", update)
    #expect(desk.release() == ["a1"])
    desk.end("a1", .throttled(after: .seconds(30)))
    desk.join("a2", "GET /a", update)
    desk.join("b1", "GET /b", update)
    #expect(desk.release() == ["b1"])
    #expect(desk.again() == .seconds(30))
    desk.now = .seconds(30)
    #expect(desk.release() == ["a2"])
  }

  @Test func withoutAWindowARefusalHoldsEverythingBack() {
    let desk = Desk([])
    desk.join("a", "GET /a", update)
    #expect(desk.release() == ["a"])
    // Without `Retry-After`: the bound of the first back-off.
    desk.end("a", .throttled(after: nil))
    desk.join("b", "GET /b", update)
    #expect(desk.release() == [])
    desk.now = .seconds(1)
    #expect(desk.release() == ["b"])
  }

  @Test func aRetryAfterOfYearsIsCapped() {
    let desk = Desk([])
    desk.join("a", "GET /a", update)
    _ = desk.release()
    desk.end("a", .throttled(after: .seconds(1_000_000_000)))
    desk.join("b", "GET /b", update)
    #expect(desk.again() == .seconds(900))
  }

  @Test func callsAreLetGoAheadOfTheirDeparture() {
    var admission = Admission(limits: [one], lead: .milliseconds(20))
    _ = admission.join("GET /a", update)
    let first = admission.release(at: .zero).passes[0].pass
    #expect(first.departure == .zero)
    admission.ended(first, .well, at: .milliseconds(50))
    _ = admission.join("GET /a", update)
    let again = admission.release(at: .milliseconds(60)).again
    #expect(again == .milliseconds(1030))
    let second = admission.release(at: .milliseconds(1030)).passes[0].pass
    #expect(second.departure == .milliseconds(1050))
  }

  @Test func oneProbeGoesWhenTheBreakerHasRested() {
    let desk = Desk([], breaker: BreakerDefinition(failures: 2, openFor: .seconds(30)))
    for name in ["a", "b", "c"] { desk.join(name, "GET /a", update) }
    #expect(desk.release() == ["a", "b", "c"])
    desk.end("a", .unwell())
    desk.end("b", .unwell())
    // It left before the breaker opened.
    desk.end("c", .well)
    for name in ["d", "e"] { desk.join(name, "GET /a", update) }
    #expect(desk.release() == [])
    desk.now = .seconds(30)
    #expect(desk.release() == ["d"])
    #expect(desk.again() == nil)
    desk.end("d")
    #expect(desk.release() == ["e"])
  }

  @Test func aProbeThatNeverLeftIsFollowedByAnother() throws {
    let desk = Desk([], breaker: BreakerDefinition(failures: 1, openFor: .seconds(30)))
    for name in ["a", "b"] { desk.join(name, "GET /a", update) }
    _ = desk.release()
    desk.end("a", .unwell())
    desk.end("b", .unwell())
    desk.join("c", "GET /a", update)
    desk.now = .seconds(30)
    #expect(desk.release() == ["c"])
    desk.admission.takeBack(try #require(desk.underWay["c"]), isWell: true, at: desk.now)
    desk.join("d", "GET /a", update)
    #expect(desk.release() == ["d"])
  }
}

@Suite struct BreakerTests {
  private let definition = BreakerDefinition(failures: 3, openFor: .seconds(30), probes: 2)

  @Test func onlyFailuresInARowOpenIt() {
    var breaker = Breaker(definition)
    for isWell in [false, false, true, false, false] {
      breaker.ended(isWell: isWell, isProbe: false, at: .zero)
    }
    #expect(breaker.state == .closed)
    breaker.ended(isWell: false, isProbe: false, at: .seconds(5))
    #expect(breaker.state == .open(until: .seconds(35)))
    #expect(breaker.wait(at: .seconds(6)) == .seconds(29))
  }

  @Test func failedProbesOpenItAgainAndAreCounted() {
    var breaker = Breaker(definition)
    for _ in 0..<3 { breaker.ended(isWell: false, isProbe: false, at: .zero) }
    for round in 1...2 {
      #expect(!breaker.hasGivenUp)
      let isProbe = breaker.leave()
      #expect(isProbe)
      #expect(breaker.wait(at: .seconds(1000)) == nil)
      breaker.ended(isWell: false, isProbe: true, at: .seconds(40 * round))
      #expect(breaker.state == .open(until: .seconds(40 * round + 30)))
    }
    #expect(breaker.hasGivenUp)
  }

  @Test func aProbeThatGoesWellClosesIt() {
    var breaker = Breaker(definition)
    for _ in 0..<3 { breaker.ended(isWell: false, isProbe: false, at: .zero) }
    let isProbe = breaker.leave()
    #expect(isProbe)
    breaker.ended(isWell: true, isProbe: true, at: .seconds(31))
    #expect(breaker == Breaker(definition))
  }
}

@Suite struct PatienceTests {
  private let retry = RetryDefinition(
    attempts: 4, base: .seconds(1), max: .seconds(60), retryAfterMax: .seconds(20),
    within: .seconds(30))

  @Test func attemptsAreCounted() {
    var patience = Patience(retry, at: .seconds(100))
    let waits = (0..<4).map { _ in patience.wait(after: nil, at: .seconds(100), random: 0.5) }
    #expect(waits == [.seconds(0.5), .seconds(1), .seconds(2), nil])
  }

  @Test func theTargetsOwnWordIsKeptToAndCapped() {
    var patience = Patience(retry, at: .zero)
    let kept = patience.wait(after: .seconds(7.5), at: .zero, random: 0.9)
    #expect(kept == .seconds(7.5))
    let capped = patience.wait(after: .seconds(600), at: .zero, random: 0.9)
    #expect(capped == .seconds(20))
    let backoff = patience.wait(after: .zero, at: .zero, random: 0.5)
    #expect(backoff == .seconds(2))
  }

  @Test func whatWouldBeTooLateIsNotTried() {
    var patience = Patience(retry, at: .zero)
    let inTime = patience.wait(after: .seconds(20), at: .seconds(10), random: 0)
    #expect(inTime == .seconds(20))
    let late = patience.wait(after: .seconds(20), at: .seconds(11), random: 0)
    #expect(late == nil)
  }

  @Test func theBoundDoublesUpToTheMost() {
    let bounds = (1...9).map { retry.delay(afterAttempt: $0, random: 1) }
    #expect(bounds == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
    #expect(retry.delay(afterAttempt: .max, random: 1) == .seconds(60))
    #expect(retry.delay(afterAttempt: 3, random: 0) == .zero)
    #expect(retry.delay(afterAttempt: 3, random: 0.25) == .seconds(1))
  }
}

func limit(
  _ calls: Int, per: Duration, match: [String] = [], costs: [(String, Int)] = []
) -> LimitDefinition {
  let range = SourceRange(file: SourceFile(path: "t.yaml", bytes: []), start: 0, end: 0)
  return LimitDefinition(
    name: Located("limit", at: range), calls: calls, per: per,
    match: match.map { Located($0, at: range) },
    costs: costs.map { LimitDefinition.Cost(call: Located($0.0, at: range), calls: $0.1) })
}
