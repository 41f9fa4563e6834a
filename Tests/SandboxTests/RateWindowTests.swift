import JSON
import Testing

@testable import Sandbox

@Suite struct RateWindowTests {
  private func call(_ method: String, _ path: String) throws -> Call {
    try #require(Call(method: method, target: path))
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func noStretchHoldsMoreThanItsCallsAndNoneIsRefusedWithoutNeed(seed: UInt64) throws {
    let window = RateWindow("all", calls: 7, per: .seconds(3))
    var limiter = RateLimiter([window])
    var random = SeededRandom(seed: seed)
    var admitted: [Duration] = []
    var now = Duration.zero
    for _ in 0..<2000 {
      now += .milliseconds(Int.random(in: 0..<700, using: &random))
      let recent = admitted.suffix(7).filter { now - $0 < window.per }
      switch limiter.admit(try call("GET", "/x"), at: now) {
      case .admitted(_, let remaining):
        #expect(recent.count < 7)
        #expect(remaining == 6 - recent.count)
        admitted.append(now)
      case .refused(_, let wait):
        #expect(recent.count == 7)
        // Exactly then, and not before, there is room again.
        #expect(wait == window.per - (now - admitted[admitted.count - 7]))
      }
    }
    #expect(admitted.count > 500)
  }

  @Test func aRefusedCallCountsInNoWindow() throws {
    var limiter = RateLimiter([
      RateWindow("wide", calls: 3, per: .seconds(10)),
      RateWindow("narrow", calls: 1, per: .seconds(1), matching: ["POST /x"]),
    ])
    func admits(_ method: String, at seconds: Int) throws -> Bool {
      if case .admitted = limiter.admit(try call(method, "/x"), at: .seconds(seconds)) {
        true
      } else {
        false
      }
    }
    #expect(try admits("POST", at: 0))
    #expect(try !admits("POST", at: 0))
    #expect(try !admits("POST", at: 0))
    #expect(try admits("GET", at: 0))
    #expect(try admits("POST", at: 1))
    #expect(try !admits("GET", at: 2))
    #expect(try admits("GET", at: 10))
  }

  @Test func theLongestWaitOfSeveralFullWindowsIsTold() throws {
    var limiter = RateLimiter([
      RateWindow("second", calls: 1, per: .seconds(1)),
      RateWindow("minute", calls: 1, per: .seconds(60)),
    ])
    _ = limiter.admit(try call("GET", "/"), at: .zero)
    let verdict = limiter.admit(try call("GET", "/"), at: .milliseconds(500))
    #expect(
      verdict
        == .refused(
          RateWindow("minute", calls: 1, per: .seconds(60)), wait: .milliseconds(59_500)))
  }

  @Test func timeScaleShortensEveryWindow() throws {
    var limiter = RateLimiter(
      [RateWindow("minute", calls: 1, per: .seconds(60))], timeScale: 100)
    _ = limiter.admit(try call("GET", "/"), at: .zero)
    guard case .refused = limiter.admit(try call("GET", "/"), at: .milliseconds(599)) else {
      Issue.record("admitted too early")
      return
    }
    guard case .admitted = limiter.admit(try call("GET", "/"), at: .milliseconds(600)) else {
      Issue.record("refused too long")
      return
    }
  }

  @Test func theLogKnowsTheFullestWindow() throws {
    var log = CallLog()
    for (second, path) in [(0, "/a"), (1, "/a"), (2, "/b"), (10, "/a"), (11, "/a"), (12, "/a")] {
      log.record(
        try call("GET", path), at: .seconds(second), status: 200, refused: false, fault: nil)
    }
    #expect(log.fullestWindow(seconds: 3) == 3)
    #expect(log.fullestWindow(seconds: 2) == 2)
    #expect(log.fullestWindow(seconds: 3, matching: "GET /b") == 1)
    #expect(log.fullestWindow(seconds: 3, matching: "POST /**") == 0)
    #expect(log.fullestWindow(seconds: 100, matching: "/a") == 5)
    #expect(log.count(matching: "/a") == 5)
    #expect(log.all.map(\.number) == [1, 2, 3, 4, 5, 6])
  }
}
