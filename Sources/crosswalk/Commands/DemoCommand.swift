import ArgumentParser
import Engine
import Foundation
import JSON
import Operations
import Sandbox
import SandboxDatabase

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole story on a private database and the sandbox, in about a minute.",
    discussion: """
      Starts a PostgreSQL of its own with an invented contractor in it, pretends to be the targets, and runs the project's \
      mappings: the first load, an unchanged second run, a day's changes as a dry run and then applied. Everything is \
      stopped and removed at the end.

      Examples:
        crosswalk demo
        crosswalk demo --size tiny
      """)

  @OptionGroup var project: ProjectOption
  @Option(help: "tiny, mid or large: 12, 1,800 or 12,000 active employees.")
  var size: DatabaseSize = .mid
  @Option(help: "The seed of the invented data.")
  var seed: UInt64 = 7
  @Option(help: "Divide the length of every limit's window by this.")
  var windowScale = 100.0

  func run() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await tell()
        return true
      }
      group.addTask {
        !(await Interruption.wait())
      }
      // An interrupted demonstration stops its servers on the way out.
      let isTold = try await group.next() ?? false
      group.cancelAll()
      if !isTold { Terminal.complain("interrupted; the servers are being stopped") }
      while (try? await group.next()) != nil {}
      if !isTold { throw Exit.unavailable.code }
    }
  }

  private func tell() async throws {
    let stage: DemoStage
    do {
      stage = try await DemoStage.set(size: size, seed: seed, windowScale: windowScale)
    } catch let error as ClusterError {
      throw OperationFailure(.unavailable, error.message, mend: error.mend)
    } catch let error as SandboxError {
      throw OperationFailure(.unavailable, error.message, mend: error.mend)
    }
    do {
      try await play(stage)
      await stage.strike()
    } catch {
      await stage.strike()
      throw error
    }
  }

  private func play(_ stage: DemoStage) async throws {
    var stage = stage
    let scale = windowScale == windowScale.rounded() ? String(Int(windowScale)) : "\(windowScale)"
    Terminal.print(
      """
      A private PostgreSQL holds an invented contractor (\(size.rawValue)); the targets are pretended on this machine.
      Their limits' windows are \(scale) times shorter than in reality, on both sides; their logic is the same.
      """)
    heading(
      "1. The first load: everything is read, matched with what the targets hold, and created")
    let first = try await run(stage)
    Terminal.print(try realTime(first))

    heading("2. The same again: nothing has changed, so nothing is sent")
    let second = try await run(stage)
    let calls = second.mappings.reduce(0) { $0 + $1.calls }
    Terminal.print("\(calls.counted("call")).")

    heading("3. A working day passes in Viewpoint; a dry run shows it field by field")
    Terminal.print(try await stage.passADay(seed: seed))
    let plan = try await Door.open(
      project.project, ProgressView(isPlan: true), whenInterrupted: .endsInOrder,
      variables: stage.environment
    ) { try await $0.plan(PlanRequest(details: 4)) }
    let changed = plan.outcome.report.mappings.filter {
      $0.created + $0.updated + $0.deactivated + $0.absent > 0 || $0.message != nil
    }
    var shown = plan.outcome
    shown.report.mappings = changed
    Terminal.print(PlanView.text(shown, targets: plan.targets))

    heading("4. Applied")
    _ = try await run(stage)

    heading("5. The next run: who is still absent has left, and loses access")
    _ = try await run(stage)

    heading("6. And once more")
    let last = try await run(stage)
    let lastCalls = last.mappings.reduce(0) { $0 + $1.calls }
    Terminal.print("\(lastCalls.counted("call")).")

    heading("What the targets saw")
    Terminal.print(stage.witness())
  }

  private func run(_ stage: DemoStage) async throws -> RunReport {
    let started = ContinuousClock.now
    let report = try await Door.open(
      project.project, ProgressView(), whenInterrupted: .endsInOrder,
      variables: stage.environment
    ) { try await $0.run(RunRequest()) }.report
    try Task.checkCancellation()
    Terminal.print("")
    Terminal.print(RunView.summary(report, seconds: started.duration(to: .now) / .seconds(1)))
    return report
  }

  private func heading(_ text: String) {
    Terminal.print("\n── \(text)\n")
  }

  /// How long the calls of a run take under the limits as they are. Targets work beside each other, so the slowest decides.
  private func realTime(_ report: RunReport) throws -> String {
    guard
      let project = try Workspace.load(
        self.project.project, environment: [:]
      ).workspace?.project
    else {
      return ""
    }
    let times = project.targets.map { target in
      var calls: [Forecast.Calls] = []
      for one in report.mappings where one.target == target.name.value {
        let resource = project.mappings.first { $0.name.value == one.mapping }?.resource.value
        let create = target.resources.first { $0.name.value == resource }?.create
        let call = create?.call
        let size = create?.batch?.size ?? 1
        let creates = (one.created + size - 1) / size
        let reads = max(0, one.calls - creates)
        calls.append(
          Forecast.Calls(
            "\(call?.method ?? "POST") \(call?.path ?? "/")", count: creates,
            atOnce: target.concurrency))
        calls.append(Forecast.Calls("GET \(call?.path ?? "/")", count: reads, atOnce: 1))
      }
      var forecast = Forecast(
        limits: target.limits, latency: target.latency ?? .milliseconds(200))
      return (
        name: target.name.value, time: forecast.add(calls),
        pace: Forecast.pace(of: calls, limits: target.limits)
      )
    }
    return times.map { time in
      "With \(time.name)'s real limits its calls take about \(time.time.words)"
        + (time.pace.map { " (\($0))." } ?? ".")
    }.joined(separator: "\n")
  }
}

extension DatabaseSize: ExpressibleByArgument {}

/// The servers of a demonstration, and what the mappings need to find them.
struct DemoStage {
  private let cluster: PrivateCluster
  private var viewpoint: InventedViewpoint
  private let sandbox: Sandbox
  private let folder: URL
  let environment: [String: String]

  static func set(size: DatabaseSize, seed: UInt64, windowScale: Double) async throws -> DemoStage {
    let cluster = try await PrivateCluster.start()
    do {
      let viewpoint = try await InventedViewpoint.create(in: cluster, size: size, seed: seed)
      var configuration = SandboxConfiguration()
      configuration.timeScale = windowScale
      configuration.generic = nil
      let sandbox = try await Sandbox.start(configuration)
      return try DemoStage(cluster, viewpoint, sandbox, windowScale)
    } catch {
      await cluster.stop()
      throw error
    }
  }

  private init(
    _ cluster: PrivateCluster, _ viewpoint: InventedViewpoint, _ sandbox: Sandbox,
    _ windowScale: Double
  ) throws {
    self.cluster = cluster
    self.viewpoint = viewpoint
    self.sandbox = sandbox
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "crosswalk-demo-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var environment = ProcessInfo.processInfo.environment
    environment["CROSSWALK_LEDGER"] = folder.appendingPathComponent("ledger.sqlite").path
    environment["CROSSWALK_DEVELOPMENT"] = "true"
    environment["CROSSWALK_WINDOW_SCALE"] = String(windowScale)
    environment["VIEWPOINT_HOST"] = cluster.host
    environment["VIEWPOINT_PORT"] = String(cluster.port)
    environment["VIEWPOINT_DATABASE"] = viewpoint.database
    environment["VIEWPOINT_USER"] = InventedViewpoint.reader
    environment["VIEWPOINT_PASSWORD"] = "reader"
    self.environment = environment.merging(sandbox.environment) { _, served in served }
  }

  /// Stops and removes everything.
  func strike() async {
    await sandbox.stop()
    await cluster.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Lets a working day pass in the database, and says what happened on it.
  mutating func passADay(seed: UInt64) async throws -> String {
    let day = try await viewpoint.applyDayOfChanges(seed: seed)
    let moved = day.moved.count
    return """
      \(day.hired.count.counted("hire")), \(day.left.count.counted("leaver")), \
      \(moved.counted("person")) moved to another job, \
      \((day.phoneChanged.count + day.addressChanged.count + day.emailChanged.count).counted("change")) of personal data, \
      \(day.opened.count.counted("job")) opened, \(day.closed.count) closed.

      """
  }

  /// What the pretended targets counted.
  func witness() -> String {
    sandbox.systems.map { system in
      let calls = system.calls
      let refused = calls.count { $0.status == 429 }
      return "\(system.name): \(calls.count.counted("call")), \(refused) of them over a limit"
    }.joined(separator: "\n")
  }
}
