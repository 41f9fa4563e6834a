import Foundation
import Sandbox
import SandboxDatabase

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
    do {
      try FileManager.default.removeItem(at: folder)
    } catch {
      Screen.complain("warning: \(folder.path) cannot be removed: \(error)")
    }
  }

  /// Lets a working day pass in the database, and says what happened on it.
  mutating func passADay(seed: UInt64) async throws -> String {
    let day = try await viewpoint.applyDayOfChanges(seed: seed)
    let personal = day.phoneChanged.count + day.addressChanged.count + day.emailChanged.count
    return """
      \(counted(day.hired.count, "hire")), \(counted(day.left.count, "leaver")), \
      \(counted(day.moved.count, "person", "people")) moved to another job, \
      \(counted(personal, "change")) of personal data, \(counted(day.opened.count, "job")) opened, \
      \(day.closed.count) closed.

      """
  }

  // MARK: What the targets saw

  var callCount: Int { sandbox.systems.reduce(0) { $0 + $1.calls.count } }

  func witness() -> String {
    sandbox.systems.map { system in
      let calls = system.calls
      let refused = calls.count { $0.status == 429 }
      return "\(system.name): \(counted(calls.count, "call")), \(refused) of them over a limit"
    }.joined(separator: "\n")
  }

  /// How long the calls so far take at the least under the limits as they are in reality.
  func realTime() -> String {
    sandbox.systems.compactMap { system in
      system.slowestWindow.map { window, time in
        "With \(system.name)'s real limits these calls take about \(words(time)) "
          + "(\(window.calls) calls in \(words(window.per))"
          + (window.patterns.isEmpty ? ")." : ", for \(window.name)).")
      }
    }.joined(separator: "\n")
  }
}

private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

private func words(_ time: Duration) -> String {
  let seconds = time / .seconds(1)
  switch seconds {
  case ..<10: return "\((seconds * 10).rounded() / 10) s"
  case ..<120: return "\(Int(seconds.rounded())) s"
  default: return "\(Int((seconds / 60).rounded())) minutes"
  }
}
