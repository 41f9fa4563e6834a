import Engine
import JSON
import Synchronization
import Testing

@Suite struct ForecastTests {
  @Test func theSlowestWindowDecides() {
    let limits = [
      limit(60, per: .seconds(61)), limit(10, per: .seconds(1), match: ["POST /a"]),
    ]
    let calls = [Forecast.Calls("POST /a", count: 61, atOnce: 8)]
    var forecast = Forecast(limits: limits, latency: .zero)
    #expect(forecast.add(calls) == .seconds(61))
    #expect(Forecast.pace(of: calls, limits: limits) == "60 per 61 s")
    #expect(forecast.add([]) == .zero)
    #expect(Forecast.pace(of: [], limits: limits) == nil)
  }

  @Test func laterCallsFindTheWindowsAsTheEarlierLeftThem() {
    var forecast = Forecast(limits: [limit(10, per: .seconds(10))], latency: .zero)
    #expect(forecast.add([Forecast.Calls("GET /a", count: 10, atOnce: 1)]) == .zero)
    #expect(forecast.add([Forecast.Calls("POST /a", count: 1, atOnce: 1)]) == .seconds(10))
  }

  @Test func withoutLimitsTheAnswersTakeTheTime() {
    var forecast = Forecast(limits: [], latency: .milliseconds(100))
    #expect(forecast.add([Forecast.Calls("POST /a", count: 40, atOnce: 4)]) == .seconds(1))
  }

  @Test func callsThatCostMoreTakeLonger() {
    let dear = limit(10, per: .seconds(10), costs: [("POST /a", 5)])
    var forecast = Forecast(limits: [dear], latency: .zero)
    #expect(forecast.add([Forecast.Calls("POST /a", count: 6, atOnce: 9)]) == .seconds(20))
  }

  @Test func manyCallsGoOnAtTheirPace() {
    var forecast = Forecast(limits: [limit(1000, per: .seconds(1))], latency: .zero)
    let time = forecast.add([Forecast.Calls("POST /a", count: 1_000_000, atOnce: 8)])
    #expect(abs(time / .seconds(999) - 1) < 0.01)
  }

  /// Answers late, and refuses whatever is too much for its window.
  private final class StrictWire: Wire {
    let target: SimulatedTarget
    let clock: VirtualClock
    let calls: Int
    let per: Duration
    private let counted = Mutex<[Duration]>([])
    let refused = Mutex(0)

    init(_ target: SimulatedTarget, _ clock: VirtualClock, calls: Int, per: Duration) {
      (self.target, self.clock, self.calls, self.per) = (target, clock, calls, per)
    }

    func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
      do {
        try await clock.sleep(for: .milliseconds(20))
        let now = clock.monotonic
        let isCounted = counted.withLock { counted in
          if counted.count >= calls, now - counted[counted.count - calls] < per { return false }
          counted.append(now)
          return true
        }
        try await clock.sleep(for: .milliseconds(130 + Int(clock.random() * 100)))
        guard isCounted else {
          refused.withLock { $0 += 1 }
          return .answer(status: 429, retryAfter: .seconds(1), body: [])
        }
      } catch { throw CancellationError() }
      return try await target.send(request)
    }
  }

  @Test func whatAPlanForetellsIsWhatTheRunTakes() async throws {
    let text = Stage.target.replacing(
      "concurrency: 3", with: "concurrency: 3\nlimits: [{ name: all, calls: 20, per: 10s }]")
    let stage = try Stage(target: text)
    stage.source.set("groups", (1...30).map { [.int($0), .text("G\($0)")] })
    stage.source.set(
      "things",
      (1...150).map { [.int($0), .text("T\($0)"), .null, .int(5), .int($0 % 30 + 1)] })
    for code in ["x", "y", "z"] { stage.target.put(["code": .string(code)], in: "things") }
    let clock = VirtualClock()
    let wire = StrictWire(stage.target, clock, calls: 20, per: .seconds(10))
    var options = Stage.Options(mode: .plan(details: 0), wire: wire, clock: clock)
    let planning = options
    let plan = try await clock.running { try await stage.outcome(planning) }.report.mappings
    options.mode = .run
    let running = options
    // What the plan called is not to count any more.
    clock.advance(by: .seconds(60))
    let started = clock.monotonic
    let run = try await clock.running { try await stage.outcome(running) }.report.mappings
    let took = clock.monotonic - started

    #expect(run.reduce(0) { $0 + $1.created } == 180)
    #expect(wire.refused.withLock { $0 } == 0)
    let foretold = plan.reduce(Duration.zero) { $0 + $1.forecast }
    #expect(abs(foretold / took - 1) <= 0.05, "\(foretold) foretold, \(took) taken")
    let calls = (
      foretold: plan.reduce(0) { $0 + $1.forecastCalls }, made: run.reduce(0) { $0 + $1.calls }
    )
    #expect(abs(Double(calls.foretold) / Double(calls.made) - 1) <= 0.05, "\(calls)")
  }
}
