import Engine
import Foundation
import JSON
import Ledger
import Sandbox
import Synchronization
import Testing

@testable import Operations

/// What a service or an editor would do: the operations, without the command line.
@Suite(.timeLimit(.minutes(5))) struct OperationsTests {
  private func operations(
    _ store: Storehouse, stop: StopSignal = StopSignal(),
    report: @escaping @Sendable (OperationEvent) -> Void = { _ in }
  ) -> Operations {
    return Operations(
      project: store.path("mappings").path,
      OperationEnvironment(variables: store.environment, stop: stop, report: report))
  }

  private func refuseEverything(_ store: Storehouse) {
    store.depot.inject(Fault("/v1/**", .status(401), calls: nil))
  }

  /// A storehouse whose ledger has a place that does not hang on where the tests run.
  private func open(
    _ body: @Sendable (inout Storehouse) async throws -> Void
  ) async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/crosswalk.yaml", "sqlite: .crosswalk/ledger.sqlite",
        "sqlite: \(store.ledger.path)")
      try await body(&store)
    }
  }

  /// The latest run, and that nobody holds the ledger.
  private func lastRun(_ store: Storehouse) async throws -> RunRecord {
    let ledger = try SQLiteLedger.openReadOnly(path: store.ledger.path)
    #expect(try await ledger.leaseHolder() == nil)
    return try #require(try await ledger.runs(limit: 1).first)
  }

  @Test("The whole way: plan, run, history, undo")
  func wholeWay() async throws {
    try await open { store in
      let operations = operations(store)
      #expect(
        try await operations.lint(LintRequest()).findings.filter { $0.severity == .error }.isEmpty)
      #expect(try await operations.test().count > 0)
      let plan = try await operations.plan(PlanRequest())
      #expect(plan.outcome.report.mappings.map(\.created).reduce(0, +) == 9)
      #expect(store.writes.isEmpty)
      let run = try await operations.run(RunRequest())
      #expect(run.report.status == .succeeded)
      #expect(try store.objects("tools").count == 5)
      let history = try await operations.history("tools", "1001")
      #expect(history.link != nil)
      #expect(try await operations.explain("tools", "1001") != nil)
      #expect(try await operations.waitingRecords().isEmpty)
      #expect(try await operations.runs(limit: 9).map(\.status) == ["succeeded"])
      let undone = try await operations.undo(UndoRequest(1))
      #expect(undone.items.count == 9)
    }
  }

  @Test("A plan is kept and applied: once, by whom, and refused where the project is another")
  func kept() async throws {
    try await open { store in
      let operations = operations(store)
      let file = store.path("a.plan").path
      let plan = try await operations.plan(PlanRequest(out: file))
      #expect(plan.file?.count == 9)
      #expect(plan.file?.guards == [])
      let applied = try await operations.apply(ApplyRequest(file, ["b*"], who: "a service"))
      #expect(applied.report.mappings.map(\.created) == [4])
      #expect(applied.report.plan?.by == "a service")
      let rest = try await operations.apply(ApplyRequest(file, who: "a service"))
      #expect(rest.report.status == .succeeded)
      #expect(rest.report.plan?.earlierRuns == [1])
      #expect(try store.objects("tools").count == 5)
      #expect(try await lastRun(store).command.hasPrefix("apply "))
      try store.edit("mappings/crosswalk.yaml", "project: storehouse", "project: other")
      await #expect(throws: OperationFailure.self) {
        _ = try await operations.apply(ApplyRequest(file, who: "a service"))
      }
    }
  }

  /// Why a plan did not come to its end.
  private func message(ofPlanBy operations: Operations) async -> String {
    do throws(OperationFailure) {
      let report = try await operations.plan(PlanRequest()).outcome.report
      return report.mappings.compactMap(\.message).joined(separator: "\n")
    } catch {
      return error.message
    }
  }

  @Test("Two at once have each their own stop")
  func ownStops() async throws {
    try await open { (store: inout Storehouse) async throws in
      let planned = StopSignal()
      let stopping = operations(store, stop: planned) { event in
        if case .run(.started) = event { planned.set("told to end") }
      }
      let running = operations(store)
      async let run = running.run(RunRequest())
      #expect(await message(ofPlanBy: stopping).contains("told to end"))
      #expect(try await run.report.status == .succeeded)
      #expect(try store.objects("tools").count == 5)
    }
  }

  @Test("Where a run's work ends with an error, its record is closed and the ledger is free")
  func failedRuns() async throws {
    try await open { store in
      _ = try await operations(store).run(RunRequest())
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      _ = try await operations(store).run(RunRequest())

      refuseEverything(store)
      await #expect(throws: OperationFailure.self) {
        _ = try await operations(store).adopt(AdoptRequest("tools", applies: true))
      }
      var last = try await lastRun(store)
      #expect((last.command, last.status) == ("adopt", "failed"))
      #expect(last.finishedAt != nil)

      await #expect(throws: OperationFailure.self) {
        _ = try await operations(store).undo(UndoRequest(2, applies: true))
      }
      last = try await lastRun(store)
      #expect((last.command, last.status) == ("undo 2", "failed"))
      #expect(last.finishedAt != nil)

      try await store.sql("update inventory.tools set label = 'Axe' where number = 1001")
      #expect(try await operations(store).run(RunRequest()).report.status == .failed)
      last = try await lastRun(store)
      #expect((last.command, last.status) == ("run", "failed"))
    }
  }

  @Test("Whatever throws inside a run closes its record, and what was done so far is kept")
  func bracket() async throws {
    struct Broken: Error {}
    let folder = FileManager.default.temporaryDirectory.appending(path: "bracket-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ledger.sqlite").path
    let environment = OperationEnvironment(variables: [:])
    await #expect(throws: Broken.self) {
      let ledger = try SQLiteLedger(path: path)
      try await LedgerClaim.hold(ledger, at: path, takesDoubt: true, wait: .no, environment) {
        claim in
        try await claim.recorded("run", ["tools"], environment.clock) { _, ending in
          ending.report = Array("{}".utf8)
          throw Broken()
        }
      }
    }
    let ledger = try SQLiteLedger.openReadOnly(path: path)
    #expect(try await ledger.leaseHolder() == nil)
    let run = try #require(try await ledger.run(1))
    #expect((run.status, run.report) == ("failed", Array("{}".utf8)))
  }

  @Test("A decision is an operation too")
  func decisions() async throws {
    try await open { store in
      store.depot.inject(Fault("POST /v1/tools", .status(422)))
      _ = try await operations(store).run(RunRequest())
      let waiting = try #require(try await operations(store).waitingRecords().first)
      let decided = try await operations(store).decide(
        DecisionRequest(
          .dismiss(.named(["\(waiting.key)"])), waiting.mapping, who: "a test", note: "why not"))
      #expect(decided.map(\.decision.note) == ["why not"])
      await #expect(throws: OperationFailure.self) {
        _ = try await operations(store).decide(
          DecisionRequest(.retry(.named(["nobody"])), waiting.mapping, who: "a test"))
      }
    }
  }
}

/// What left remembers across commands.
@Suite(.timeLimit(.minutes(15))) struct CallMemoryTests {
  @Test(
    "Twenty short runs in a row keep to a window of sixty calls, and so do the plans between them")
  func acrossCommands() async throws {
    // A hundredth of 610 s, on both sides.
    let window = RateWindow("all", calls: 60, per: .seconds(610))
    try await Storehouse.open(windows: [window]) { store in
      try store.edit(
        "mappings/crosswalk.yaml", "sqlite: .crosswalk/ledger.sqlite",
        "sqlite: \(store.ledger.path)")
      try store.edit(
        "mappings/targets/depot.yaml", "{ name: all, calls: 100, per: 10s }",
        "{ name: all, calls: 60, per: 610s }")
      let operations = Operations(
        project: store.path("mappings").path,
        OperationEnvironment(variables: store.environment) { _ in })
      for round in 1...20 {
        try await store.sql("update inventory.tools set label = 'Tool \(round)'")
        if round % 5 == 0 {
          _ = try await operations.plan(PlanRequest(reconciles: true))
        }
        let report = try await operations.run(RunRequest()).report
        #expect(report.status == .succeeded, "\(report)")
      }
      let calls = store.depot.calls
      #expect(calls.count > 120, "two windows at least")
      #expect(calls.allSatisfy { $0.status != 429 })
    }
  }

  private struct WallClock: Timekeeper {
    var wall: Instant
    var monotonic: Duration { wall.since(0) }
    func sleep(for duration: Duration) async throws {}
    func random() -> Double { 0.5 }
  }

  private final class MovingClock: Timekeeper {
    let now = Mutex(Duration.seconds(1))
    var monotonic: Duration { now.withLock { $0 } }
    var wall: Instant { Instant(milliseconds: 0).later(by: monotonic) }
    func sleep(for duration: Duration) async throws {}
    func random() -> Double { 0.5 }
  }

  private func file(
    _ path: String, at seconds: Int64,
    report: @escaping @Sendable (OperationEvent) -> Void = { _ in }
  ) -> CallFile {
    CallFile(
      path: path, patience: .seconds(30), longest: .seconds(60),
      clock: WallClock(wall: Instant(milliseconds: 1_700_000_000_000 + seconds * 1000)),
      report: report)
  }

  @Test(
    "That calls cannot be kept is said once, and stops nothing; before the first run nothing is said"
  )
  func unwritable() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let warnings = Mutex<[String]>([])
    let calls = file(folder.appending(path: "calls").path, at: 0) { event in
      if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
    }
    calls.left(1, countedBy: "all", cost: 1)
    #expect(warnings.withLock { $0 }.isEmpty)
    // A folder in the file's place.
    try FileManager.default.createDirectory(
      at: folder.appending(path: "calls"), withIntermediateDirectories: true)
    for call in UInt64(2)...4 { calls.left(call, countedBy: "all", cost: 1) }
    let said = warnings.withLock { $0 }
    #expect(said.count == 1)
    #expect(said.first?.hasPrefix("the calls of this command cannot be kept in ") == true)
  }

  @Test("A large file is begun anew with what still counts")
  func shortened() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let old = file(path, at: 0)
    for call in UInt64(1)...140_000 { old.left(call, countedBy: "all", cost: 1) }
    file(path, at: 80).left(1, countedBy: "all", cost: 2)
    #expect(file(path, at: 80).others(countedBy: "all")?.count == 140_001)
    file(path, at: 100).left(1, countedBy: "all", cost: 3)
    let kept = file(path, at: 100).others(countedBy: "all")?.map(\.cost).sorted()
    #expect(kept == [2, 3])
  }

  @Test(
    "A call counts from its answer, and one whose end nobody told from as late as it may have come")
  func ends() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(file(path, at: 0).others(countedBy: "all") == [])
    let first = file(path, at: 0)
    for call in UInt64(1)...4 { first.left(call, countedBy: "all", cost: Int(call)) }
    first.left(9, countedBy: "another", cost: 1)
    let later = file(path, at: 80)
    first.withdrawn(2, countedBy: "all")
    first.answered(1, countedBy: "all")
    func earlier() -> [EarlierCall] {
      (file(path, at: 80).others(countedBy: "all") ?? []).sorted { $0.cost < $1.cost }
    }
    #expect(
      earlier() == [
        EarlierCall(ago: .seconds(80), cost: 1), EarlierCall(ago: .seconds(50), cost: 3),
        EarlierCall(ago: .seconds(50), cost: 4),
      ])
    // What a full disk has cut short is no call, and moves none.
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data([1, 2, 3]))
    try handle.close()
    later.left(5, countedBy: "all", cost: 5)
    #expect(earlier().last == EarlierCall(ago: .seconds(-30), cost: 5))
    #expect(earlier().count == 4)
  }

  @Test("Who calls at the same time sees what the other has sent, and when that has ended")
  func atTheSameTime() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (one, other) = (file(path, at: 0), file(path, at: 1))
    func seen() -> [Duration]? {
      (other.deciding { other.others(countedBy: "all") } ?? nil)?.map(\.ago)
    }
    #expect(seen() == [])
    #expect(seen() == nil)
    one.deciding { one.left(1, countedBy: "all", cost: 1) }
    other.deciding { other.left(1, countedBy: "all", cost: 1) }
    #expect(seen() == [.seconds(-29)])
    #expect(other.othersAreCalling)
    one.answered(1, countedBy: "all")
    #expect(seen() == [.seconds(1)])
    #expect(!other.othersAreCalling)
    #expect(seen() == nil)
    // A file that is begun anew meanwhile is read from its start.
    try FileManager.default.removeItem(atPath: path)
    file(path, at: 0).left(7, countedBy: "all", cost: 3)
    let costs = (other.deciding { other.others(countedBy: "all") } ?? nil)?.map(\.cost)
    #expect(costs == [3])
  }

  @Test("While another command decides nothing leaves, unless that one has been paused")
  func oneDecidesAtATime() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "calls-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let one = file(path, at: 0)
    let clock = MovingClock()
    let other = CallFile(
      path: path, patience: .seconds(30), longest: .seconds(60), clock: clock)
    let later = one.deciding {
      let early = [other.deciding { 1 }, other.deciding { 2 }]
      clock.now.withLock { $0 += .seconds(5) }
      return early + [other.deciding { 3 }]
    }
    #expect(later == [nil, nil, 3])
    #expect(other.deciding { 4 } == 4)
    // A moment at which it decided itself begins the patience again.
    #expect(one.deciding { other.deciding { 5 } } == .some(nil))
  }

  @Test("A plan and a run at the same time keep to a window of sixty calls together")
  func planBesideRun() async throws {
    let window = RateWindow("all", calls: 60, per: .seconds(610))
    try await Storehouse.open(windows: [window]) { store in
      try store.edit(
        "mappings/crosswalk.yaml", "sqlite: .crosswalk/ledger.sqlite",
        "sqlite: \(store.ledger.path)")
      try store.edit(
        "mappings/targets/depot.yaml", "{ name: all, calls: 100, per: 10s }",
        "{ name: all, calls: 60, per: 610s }")
      let project = store.path("mappings").path
      let variables = store.environment
      func operations() -> Operations {
        Operations(project: project, OperationEnvironment(variables: variables) { _ in })
      }
      _ = try await operations().run(RunRequest())
      for round in 1...12 {
        try await store.sql("update inventory.tools set label = 'Tool \(round)'")
        async let plan = operations().plan(PlanRequest(reconciles: true))
        async let other = operations().plan(PlanRequest(reconciles: true))
        let report = try await operations().run(RunRequest(reconciles: true)).report
        #expect(report.status == .succeeded, "\(report)")
        _ = try await (plan, other)
      }
      let calls = store.depot.calls
      #expect(calls.count > 180, "three windows at least")
      #expect(calls.allSatisfy { $0.status != 429 })
    }
  }
}

/// How a lease is kept alive.
@Suite struct LeaseRenewalTests {
  /// A clock on which nothing but sleeping takes time.
  private final class SleepingClock: Timekeeper {
    private let now = Mutex(Duration.zero)
    var monotonic: Duration { now.withLock { $0 } }
    var wall: Instant { Instant(milliseconds: 0).later(by: monotonic) }
    func sleep(for duration: Duration) async throws {
      try Task.checkCancellation()
      now.withLock { $0 += duration }
    }
    func random() -> Double { 0.5 }
  }

  private struct Busy: Error {}

  /// The seconds at which the lease was asked to be renewed. `answer`: to the nth question.
  private func asked(_ answer: @escaping @Sendable (Int) throws -> Bool) async -> [Double] {
    let clock = SleepingClock()
    let asked = Mutex<[Double]>([])
    await LeaseRenewal(length: .seconds(30), clock: clock) {
      let count = asked.withLock {
        $0.append(clock.monotonic / .seconds(1))
        return $0.count
      }
      return try answer(count)
    }.keep()
    return asked.withLock { $0 }
  }

  @Test func anErrorIsTriedAgainUntilTheLeaseHasRunOut() async {
    let times = await asked { count in
      // Once it works again, and then no more.
      if count == 5 { return true }
      throw Busy()
    }
    #expect(times.prefix(6) == [10, 11, 12, 13, 14, 24])
    // 30 s after it was renewed last.
    #expect(times.last == 44)
  }

  @Test func aLeaseOfAnotherIsLeftAlone() async {
    #expect(await asked { $0 < 3 } == [10, 20, 30])
  }
}
