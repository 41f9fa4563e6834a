import Engine
import Foundation
import JSON
import Ledger
import Loopback
import Mappings
import Programs
import Rows
import Sandbox
import Synchronization
import Testing

@testable import Operations

/// Parts from a table in memory, for a pretended shop behind a proxy; all between the two is as in the command: the files
/// on disk, the engine, libcurl, a ledger in SQLite.
struct Shop: Sendable {
  /// The part whose call meets the fault, and the number of parts.
  static let victim = 2
  static let size = 6

  let folder: URL
  let table = PartsTable()
  let sandbox: Sandbox
  let system: PretendSystem
  let proxy: FaultProxy
  let clock = HurriedClock()

  private static let token = "shop-token"

  struct Setup: Sendable {
    /// How long a call may take.
    var patience: Duration = .seconds(60)
    /// Whether an object of which the row is gone is deleted, and not only marked.
    var deletes = false
    var batch: Batch?
  }

  /// Parts are created many at a time.
  struct Batch: Sendable {
    var kind: GenericCollection.Bulk.Kind
    /// What stands under `batch` in the target's file.
    var way: String
  }

  /// Opens a shop for a test and tears it down afterwards.
  static func open<Result>(
    _ setup: Setup = Setup(), _ body: (Shop) async throws -> Result
  ) async throws -> Result {
    var configuration = SandboxConfiguration()
    configuration.safetyamp = nil
    configuration.samsara = nil
    configuration.generic = GenericCollection(
      token: token, resources: [.init("parts", id: .int, required: ["name"])],
      paging: .page(defaultSize: 2), bulk: setup.batch.map { GenericCollection.Bulk($0.kind) })
    let sandbox = try await Sandbox.start(configuration)
    let folder = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID().uuidString)")
    for (name, text) in files(setup) {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let result: Swift.Result<Result, any Error>
    do {
      let system = try #require(sandbox.generic)
      let shop = Shop(
        folder: folder, sandbox: sandbox, system: system, proxy: try FaultProxy(before: system))
      result = .success(try await body(shop))
    } catch {
      result = .failure(error)
    }
    await sandbox.stop()
    try? FileManager.default.removeItem(at: folder)
    return try result.get()
  }

  private static func files(_ setup: Setup) -> [String: String] {
    let create =
      setup.batch.map { "call: POST /v1/parts/bulk, object: data, batch: { \($0.way) }" }
      ?? "call: POST /v1/parts"
    return [
      "crosswalk.yaml": "project: shop\nledger: { sqlite: ledger.sqlite }\n",
      "sources/db.yaml": "source: db\npostgres: { host: localhost, database: d, user: u }\n",
      "parts.yaml": """
      mapping: parts
      source: db
      target: shop
      resource: parts
      query: { sql: 'select number, name from parts' }
      key: number
      fields:
        code: '"P" + string(row.number)'
        name: row.name
        status: { value: sold }
      when_absent:
        after: 1
        \(setup.deletes ? "delete: true" : "set: { status: { value: gone } }")
      """,
      "targets/part.json": """
      { "type": "object", "required": ["code", "name"], "additionalProperties": false,
        "properties": {
          "code": { "type": "string" }, "name": { "type": "string" },
          "status": { "type": "string" } } }
      """,
      "targets/shop.yaml": """
      target: shop
      base_url: ${SHOP_URL}
      development: ${SHOP_DEVELOPMENT}
      auth: { bearer: "${secret:SHOP_TOKEN}" }
      timeouts: { connect: 5s, total: \(Int(setup.patience / .milliseconds(1)))ms }
      concurrency: 2
      retry: { attempts: 3, base: 1s, max: 10s }
      settle: 120s
      error_body: { message: message, fields: errors }
      answers:
        - { status: 200, body: '^{ "error":', means: unknown }
      resources:
        parts:
          schema: { create: part.json }
          id: { path: id, kind: int }
          match: { field: code }
          list:
            call: GET /v1/parts
            items: items
            page: { kind: number, parameter: page, first: 1, size_parameter: per_page, size: 2, until: short }
          get: { call: "GET /v1/parts/{id}" }
          create: { \(create) }
          update: { call: "PATCH /v1/parts/{id}", send: changed }
          delete: { call: "DELETE /v1/parts/{id}" }
      """,
    ]
  }

  // MARK: Runs

  /// One run as the command makes it. `address`: where the target is said to be, else at the proxy.
  func run(at address: String? = nil) async throws -> MappingReport {
    let environment = [
      "SHOP_URL": address ?? proxy.url, "SHOP_DEVELOPMENT": "true", "SHOP_TOKEN": Self.token,
    ]
    let (loaded, diagnostics) = try Workspace.load(folder.path, environment: environment)
    #expect(diagnostics.isEmpty, "\(diagnostics)")
    let workspace = try #require(loaded)
    var compiler = ProgramCompiler(
      project: workspace.project, settings: workspace.settings, read: workspace.readSchema)
    let programs = workspace.project.mappings.compactMap {
      compiler.compile($0, columns: PartsTable.columns)
    }
    let definition = try #require(workspace.project.targets.first)
    let target = try workspace.target(definition, clock: clock)
    let ledger = try SQLiteLedger(path: ledgerPath)
    let taken = try await ledger.acquireLease(holder: "test", for: .seconds(3600), now: clock.wall)
    guard case .acquired(let lease) = taken else { throw CancellationError() }
    let run = try await ledger.startRun(
      RunStart(command: "run", mappings: ["parts"], startedAt: clock.wall, epoch: lease.epoch))
    let context = RunContext(
      project: RunProject(
        sources: ["db": table], targets: ["shop": target], integerIDs: workspace.integerIDs,
        deleting: workspace.deleting),
      access: .writing(LedgerWriter(ledger, lease, run: run)),
      environment: RunEnvironment(
        clock: clock, masking: Masking(key: Array(repeating: 7, count: 32)), report: { _ in }),
      spool: try SQLiteSpool())
    let report = try await ProjectRun(programs: programs, context: context).run().report
    try await ledger.finishRun(run, status: report.status.rawValue, report: [], now: clock.wall)
    try await ledger.releaseLease(lease)
    return try #require(report.mappings.first)
  }

  private var ledgerPath: String { folder.appending(path: "ledger.sqlite").path }

  /// What the ledger holds that has not come to its end.
  func open() async throws -> [String] {
    let ledger = try SQLiteLedger(path: ledgerPath)
    let intents = try await ledger.openIntents(of: "parts")
    let failures = try await ledger.failures(of: "parts")
    return intents.map { "\($0.state) \($0.operation) \($0.key): \($0.evidence ?? "")" }
      + failures.map { "failed \($0.key): \($0.reasons.map(\.message))" }
  }

  /// The numbers of the parts of which the outcome is not known, and of those that failed.
  func troubled() async throws -> (unknown: [String], failed: [String]) {
    let ledger = try SQLiteLedger(path: ledgerPath)
    let open = try await ledger.openIntents(of: "parts").filter { $0.state != .planned }
    let failures = try await ledger.failures(of: "parts")
    return (open.map { "\($0.key)" }.sorted(), failures.map { "\($0.key)" }.sorted())
  }

  // MARK: What the target holds

  /// Each object as `code name status`, in the order of the codes.
  var objects: [String] {
    get throws {
      try system.objects("parts").map { object in
        ["code", "name", "status"].map { object[$0]?.stringValue ?? "?" }.joined(separator: " ")
      }.sorted()
    }
  }

  func seed(_ numbers: ClosedRange<Int>) throws {
    for number in numbers {
      try system.seed(
        "parts",
        ["code": .string("P\(number)"), "name": .string("Part \(number)"), "status": "sold"])
    }
  }

  func id(of number: Int) throws -> String {
    let object = try system.objects("parts").first { $0["code"]?.stringValue == "P\(number)" }
    return try #require(object?["id"]?.intValue.map { String($0) })
  }

  var writes: Int { system.calls.count { $0.call.method != "GET" } }

  /// How many deletions the target was told to make.
  var deletions: Int { system.calls.count { $0.call.method == "DELETE" } }

  /// How many of them it has made.
  var deleted: Int { system.calls.count { $0.call.method == "DELETE" && $0.status == 204 } }
}

/// Numbers and names.
final class PartsTable: RowSource {
  static let columns = [
    Column(name: "number", type: .int, declared: "bigint", nullable: false),
    Column(name: "name", type: .text, declared: "text", nullable: false),
  ]

  let rows = Mutex((1...Shop.size).map { (number: $0, name: "Part \($0)") })

  func rename(_ number: Int, _ name: String) {
    rows.withLock { rows in
      for index in rows.indices where rows[index].number == number { rows[index].name = name }
    }
  }

  func remove(_ number: Int) {
    rows.withLock { rows in rows.removeAll { $0.number == number } }
  }

  /// The row is there again as it was.
  func restore(_ number: Int) {
    rows.withLock { rows in
      let place = rows.firstIndex { $0.number > number } ?? rows.endIndex
      rows.insert((number: number, name: "Part \(number)"), at: place)
    }
  }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] { Self.columns }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    let rows = rows.withLock { $0 }
    var batch = RowBatch(columns: Self.columns, rowCapacity: rows.count)
    for row in rows {
      batch.append(Int64(row.number))
      batch.append(row.name)
    }
    try await each(batch)
  }
}
