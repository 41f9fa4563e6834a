import Foundation
import JSON
import Sandbox
import SandboxDatabase
import Testing

/// The project `Cases/new-entity` in a folder, with a database and a pretended depot of its own.
struct Storehouse: Sendable {
  static let original = Repository.root.appending(path: "Tests/Cases/new-entity")
  static let boxes = ["A1", "B2", "C3", "D4"]
  static let tools = ["1001", "1002", "1003", "1004", "1005"]

  /// A role belongs to the whole server: another test may have made it.
  private static let grants = """
    do $$ begin
      create role storehouse_reader login;
    exception when duplicate_object or unique_violation then null;
    end $$;
    grant usage on schema inventory to storehouse_reader;
    grant select on all tables in schema inventory to storehouse_reader;
    """

  let folder: URL
  let database: String
  let cluster: PrivateCluster
  let sandbox: Sandbox
  let depot: PretendSystem
  var environment: [String: String]

  var ledger: URL { folder.appending(path: ".crosswalk/ledger.sqlite") }

  /// Opens a storehouse for a test and tears it down afterwards. `refusesTwins`: whether the depot itself keeps codes unique.
  static func open<Result>(
    encoding: String = "UTF8", boxID: GenericCollection.IDKind = .int,
    paging: GenericCollection.Paging = .page(defaultSize: 2), refusesTwins: Bool = true,
    bulk: GenericCollection.Bulk? = nil, toolsRequire: [String] = ["name"],
    windows: [RateWindow] = [],
    _ body: (inout Storehouse) async throws -> Result
  ) async throws -> Result {
    await Slots.storehouses.take()
    let result: Swift.Result<Result, any Error>
    do {
      var depot = GenericCollection(
        token: "depot-sandbox-token",
        resources: [
          .init("boxes", id: boxID, required: ["name"], unique: refusesTwins ? ["code"] : []),
          .init(
            "tools", id: .text, required: toolsRequire, unique: refusesTwins ? ["code"] : [],
            filters: ["code"]),
        ], paging: paging, bulk: bulk)
      depot.windows = windows
      result = .success(try await open(depot, encoding, body))
    } catch {
      result = .failure(error)
    }
    await Slots.storehouses.give()
    return try result.get()
  }

  private static func open<Result>(
    _ collection: GenericCollection, _ encoding: String,
    _ body: (inout Storehouse) async throws -> Result
  ) async throws -> Result {
    var configuration = SandboxConfiguration()
    configuration.safetyamp = nil
    configuration.samsara = nil
    configuration.timeScale = 100
    configuration.generic = collection
    let sandbox = try await Sandbox.start(configuration)
    let cluster = try await PrivateCluster.shared()
    let database = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
    try await cluster.createDatabase(database, encoding: encoding)
    var tables = try String(contentsOf: original.appending(path: "tables.sql"), encoding: .utf8)
    if encoding != "UTF8" { tables = "set client_encoding = 'UTF8';\n" + tables }
    try await cluster.execute(tables + grants, in: database)
    let folder = FileManager.default.temporaryDirectory.appending(path: "storehouse-\(database)")
    try FileManager.default.copyItem(at: original, to: folder)
    let depot = try #require(sandbox.generic)
    var storehouse = Storehouse(
      folder: folder, database: database, cluster: cluster, sandbox: sandbox, depot: depot,
      environment: [
        "INVENTORY_HOST": cluster.host, "INVENTORY_PORT": String(cluster.port),
        "INVENTORY_DATABASE": database, "INVENTORY_USER": "storehouse_reader",
        "DEPOT_URL": depot.url, "DEPOT_TOKEN": depot.token, "DEPOT_DEVELOPMENT": "true",
        "DEPOT_WINDOW_SCALE": "100",
      ])
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(&storehouse))
    } catch {
      result = .failure(error)
    }
    await sandbox.stop()
    try? FileManager.default.removeItem(at: folder)
    try await cluster.execute("drop database \(database) with (force)", in: "postgres")
    return try result.get()
  }

  // MARK: The command

  func crosswalk(_ arguments: String...) async throws -> Crosswalk {
    try await Crosswalk.run(arguments, in: folder, environment: environment)
  }

  /// `run --format json`, with its exit code checked.
  func run(
    _ arguments: String..., exits status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Report {
    let result = try await Crosswalk.run(
      ["run", "--format", "json"] + arguments, in: folder, environment: environment)
    #expect(result.status == status, "\(result.text)", sourceLocation: sourceLocation)
    return try Report(result)
  }

  // MARK: The files

  func path(_ file: String) -> URL { folder.appending(path: file) }

  func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: path(file))
  }

  func text(_ file: String) throws -> String {
    try String(contentsOf: path(file), encoding: .utf8)
  }

  /// Changes a file's text, which must hold what is replaced.
  func edit(
    _ file: String, _ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let text = try text(file)
    #expect(text.contains(old), "\(file) has no `\(old)`", sourceLocation: sourceLocation)
    try write(text.replacing(old, with: new), to: file)
  }

  /// Where the first occurrence of a text begins, as diagnostics say it: `mappings/tools.yaml:12:5`.
  func place(
    _ words: String, in file: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let text = try text(file)
    let range = try #require(
      text.range(of: words), "\(file) has no `\(words)`", sourceLocation: sourceLocation)
    let before = text[..<range.lowerBound]
    let line = before.count { $0 == "\n" } + 1
    let column = before.reversed().prefix { $0 != "\n" }.count + 1
    return "\(file):\(line):\(column)"
  }

  // MARK: Both ends

  @discardableResult
  func sql(_ statement: String) async throws -> String {
    try await cluster.execute(statement, in: database)
  }

  /// The objects of a resource by their codes; a code that two objects have fails the test.
  func objects(
    _ resource: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String: JSON] {
    let objects = try depot.objects(resource).map { ($0["code"]?.stringValue ?? "?", $0) }
    return Dictionary(objects) { first, second in
      Issue.record("twice at the target: \(first) \(second)", sourceLocation: sourceLocation)
      return first
    }
  }

  /// Calls that can change something.
  var writes: [LoggedCall] { depot.calls.filter { $0.call.method != "GET" } }
}
