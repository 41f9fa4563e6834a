import Foundation
import JSON
import Sandbox
import SandboxDatabase
import Testing

/// The mappings of the repository between an invented contractor and the pretended targets.
struct Contractor: Sendable {
  static let windowScale = 100.0
  static let mappings = [
    "safetyamp-departments", "safetyamp-regions", "safetyamp-sites", "safetyamp-titles",
    "safetyamp-users", "samsara-addresses", "samsara-assets", "samsara-drivers", "samsara-tags",
  ]

  var viewpoint: InventedViewpoint
  let safetyamp: PretendSystem
  let samsara: PretendSystem
  let folder: URL
  var environment: [String: String]

  var ledger: URL { folder.appending(path: "ledger.sqlite") }

  private static let tiny = Task<Swift.Result<InventedViewpoint, any Error>, Never> {
    do {
      let cluster = try await PrivateCluster.shared()
      return .success(
        try await InventedViewpoint.create(in: cluster, database: "journeys_tiny", size: .tiny))
    } catch {
      return .failure(error)
    }
  }

  /// Opens a contractor for a test and tears everything down afterwards.
  static func open<Result>(
    size: DatabaseSize = .tiny, _ body: (inout Contractor) async throws -> Result
  ) async throws -> Result {
    let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
    let cluster = try await PrivateCluster.shared()
    let viewpoint =
      size == .tiny
      ? try await tiny.value.get().copy(as: name)
      : try await InventedViewpoint.create(in: cluster, database: name, size: size)
    var configuration = SandboxConfiguration()
    configuration.timeScale = windowScale
    configuration.generic = nil
    let sandbox = try await Sandbox.start(configuration)
    let folder = FileManager.default.temporaryDirectory.appending(path: "contractor-\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let safetyamp = try #require(sandbox.safetyamp)
    let samsara = try #require(sandbox.samsara)
    var contractor = Contractor(
      viewpoint: viewpoint, safetyamp: safetyamp, samsara: samsara, folder: folder,
      environment: [
        "CROSSWALK_LEDGER": folder.appending(path: "ledger.sqlite").path,
        "CROSSWALK_DEVELOPMENT": "true", "CROSSWALK_WINDOW_SCALE": String(windowScale),
        "VIEWPOINT_HOST": cluster.host, "VIEWPOINT_PORT": String(cluster.port),
        "VIEWPOINT_DATABASE": name, "VIEWPOINT_USER": InventedViewpoint.reader,
        "VIEWPOINT_PASSWORD": "reader", "SAFETYAMP_URL": safetyamp.url,
        "SAFETYAMP_TOKEN": safetyamp.token, "SAFETYAMP_FQDN": safetyamp.fqdn ?? "",
        "SAMSARA_URL": samsara.url, "SAMSARA_TOKEN": samsara.token,
        "SAMSARA_DRIVER_PASSWORD": "changed-at-first-login",
      ])
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(&contractor))
    } catch {
      result = .failure(error)
    }
    await sandbox.stop()
    try? FileManager.default.removeItem(at: folder)
    try await cluster.execute("drop database \(name) with (force)", in: "postgres")
    return try result.get()
  }

  func crosswalk(_ arguments: String...) async throws -> Crosswalk {
    try await Crosswalk.run(
      arguments, in: Repository.root, environment: environment, timeout: .seconds(300))
  }

  /// `run --format json`, with its exit code checked.
  func run(
    _ arguments: String..., exits status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Report {
    let result = try await Crosswalk.run(
      ["run", "--format", "json"] + arguments, in: Repository.root, environment: environment,
      timeout: .seconds(300))
    #expect(result.status == status, "\(result.text)", sourceLocation: sourceLocation)
    return try Report(result)
  }

  func plan() async throws -> Report {
    try Report(try await crosswalk("plan", "--format", "json", "--limit", "100000"))
  }

  func sql(_ statement: String) async throws -> [String] {
    try await viewpoint.cluster.execute(statement, in: viewpoint.database)
      .split(separator: "\n").map(String.init)
  }

  // MARK: What the targets hold

  /// Users by their employee number; two for one number fail the test.
  func users(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: JSON] {
    try byName(safetyamp.objects("users"), sourceLocation) { $0["emp_id"]?.stringValue }
  }

  func sites(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: JSON] {
    try byName(safetyamp.objects("sites"), sourceLocation) { $0["ext_id"]?.stringValue }
  }

  func drivers(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: JSON] {
    try byName(samsara.objects("drivers"), sourceLocation) {
      $0["externalIds"]?["vistaEmployee"]?.stringValue
    }
  }

  private func byName(
    _ objects: [JSON], _ sourceLocation: SourceLocation, _ name: (JSON) -> String?
  ) throws -> [String: JSON] {
    // What was there before us has no name of ours.
    let named = objects.compactMap { object in name(object).map { ($0, object) } }
    return Dictionary(named) { first, second in
      Issue.record("twice at the target: \(first) \(second)", sourceLocation: sourceLocation)
      return first
    }
  }

  func calls(_ pattern: CallPattern) -> Int {
    safetyamp.count(matching: pattern) + samsara.count(matching: pattern)
  }

  var allCalls: Int { safetyamp.calls.count + samsara.calls.count }
}

/// `Testing` has another type of this name.
typealias ContractorExpectation = SandboxDatabase.Expectation
