import Engine
import JSON
import Mappings
import Synchronization
import Testing

/// A clock on which time never passes: what waits is woken by a stop, or never.
private final class EndlessClock: Timekeeper {
  private let onSleep: @Sendable () -> Void

  init(onSleep: @escaping @Sendable () -> Void) { self.onSleep = onSleep }

  var monotonic: Duration { .seconds(1) }
  var wall: Instant { 1_700_000_000_000 }
  func random() -> Double { 1 }

  func sleep(for duration: Duration) async throws {
    onSleep()
    try await Task.sleep(for: .seconds(100_000))
  }
}

private func thing(_ id: Int64, _ name: String) -> [Cell] {
  [.int(id), .text(name), .null, .null, .null]
}

/// A run that is told to end while it only waits ends; what is under way is let finish.
@Suite(.timeLimit(.minutes(5))) struct StopTests {
  private func stopped(
    _ stage: Stage, _ options: Stage.Options = Stage.Options()
  ) async throws -> MappingReport {
    var options = options
    let stop = StopSignal()
    options.stop = stop
    options.clock = EndlessClock { stop.set("interrupted") }
    let report = try await stage.runThings(options)
    #expect(report.status == .failed)
    #expect(report.message?.contains("interrupted") == true, "\(report.message ?? "")")
    // A later run that nobody stops goes on from there.
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().status == .succeeded)
    return report
  }

  @Test func whileATargetWantsPatienceForAWrite() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...5).map { thing($0, "a") })
    stage.target.spoil { request in
      request.method == "POST" ? .status(429, retryAfter: .seconds(600)) : .none
    }
    let report = try await stopped(stage)
    #expect(report.created == 0)
    #expect(stage.target.objects("things").count == 5)
  }

  @Test func whileATargetWantsPatienceForAListing() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...5).map { thing($0, "a") })
    stage.target.spoil { request in
      request.method == "GET" ? .status(429, retryAfter: .seconds(600)) : .none
    }
    #expect(try await stopped(stage).created == 0)
  }

  @Test func whileAListingGoesOn() async throws {
    let stage = try Stage()
    for number in 1...20 { stage.target.put(["code": .string("x\(number)")], in: "things") }
    stage.source.set("things", [thing(1, "a")])
    let stop = StopSignal()
    let target = stage.target
    target.spoil { _ in
      if target.calls.count == 2 { stop.set("interrupted") }
      return .none
    }
    let report = try await stage.runThings(Stage.Options(stop: stop))
    #expect(report.status == .failed)
    #expect(report.deferred == 1)
    // The page that was under way has come, and no other was asked for.
    #expect(target.calls.count == 3)
    target.spoil { _ in .none }
    #expect(try await stage.runThings().created == 1)
  }

  @Test func whileAWindowIsFull() async throws {
    let stage = try Stage(
      target: Stage.target.replacing(
        "resources:", with: "limits: [{ name: few, calls: 2, per: 60s }]\nresources:"))
    stage.source.set("things", (1...5).map { thing($0, "a") })
    #expect(try await stopped(stage).created <= 1)
  }

  @Test func whileABreakerIsOpen() async throws {
    let stop = StopSignal()
    let gate = TargetGate(
      limits: [], breaker: BreakerDefinition(failures: 1), scale: 1,
      clock: EndlessClock { stop.set("interrupted") })
    stop.watch { gate.interrupt($0) }
    gate.ended(try await gate.admit("GET /things"), .unwell())
    await #expect(throws: RunInterrupted()) { _ = try await gate.admit("GET /things") }
    await #expect(throws: RunInterrupted()) { _ = try await gate.admit("GET /things") }
  }

  @Test("A wait is said once, however many wait for the same")
  func announcements() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...5).map { thing($0, "a") })
    stage.target.spoil { request in
      request.method == "POST" ? .status(429, retryAfter: .seconds(600)) : .none
    }
    let stop = StopSignal()
    let waits = Mutex(0)
    let clock = EndlessClock {
      // All three that may be under way wait, or fewer, where the first answer came before the others had left.
      let count = waits.withLock {
        $0 += 1
        return $0
      }
      if count == 1 {
        Task {
          try await Task.sleep(for: .seconds(2))
          stop.set("interrupted")
        }
      }
      if count >= 3 { stop.set("interrupted") }
    }
    _ = try await stage.runThings(Stage.Options(clock: clock, stop: stop))
    let said = stage.events.compactMap { event in
      if case .waiting(_, let reason, let wait) = event { (reason, wait) } else { nil }
    }
    #expect(said.count == 1, "\(said)")
    #expect(said.first?.1 == .seconds(600))
  }

  @Test func aSignalWakesAndIsRemembered() async throws {
    let stop = StopSignal()
    let waiting = Task { try await stop.interrupting { try await Task.sleep(for: .seconds(9999)) } }
    stop.set("the deadline of 10 min has passed")
    stop.set("interrupted")
    let reason = RunInterrupted(reason: "the deadline of 10 min has passed")
    await #expect(throws: reason) { try await waiting.value }
    await #expect(throws: reason) { try await stop.interrupting {} }
    #expect(throws: reason) { try stop.check() }
    let heard = Mutex<RunInterrupted?>(nil)
    stop.watch { interrupted in heard.withLock { $0 = interrupted } }
    #expect(heard.withLock { $0 } == reason)
  }

  @Test func whatEndsByItselfIsNotInterrupted() async throws {
    let stop = StopSignal()
    #expect(try await stop.interrupting { 7 } == 7)
    struct Broken: Error, Equatable {}
    await #expect(throws: Broken()) { try await stop.interrupting { throw Broken() } }
    let cancelled = Task {
      try await stop.interrupting { try await Task.sleep(for: .seconds(9999)) }
    }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }
}
