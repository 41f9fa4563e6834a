import Engine
import JSON
import Ledger
import Mappings
import Programs
import Rows
import Synchronization
import Testing

/// Two mappings, of groups and of the things in them, with a ledger, a target and tables in memory.
final class Stage {
  let ledger: SQLiteLedger
  let clock: SteppingClock
  let target: SimulatedTarget
  let source: MemorySource
  let programs: [MappingProgram]
  let definition: TargetDefinition
  private(set) var events: [RunEvent] = []

  static let schemas = [
    "group": """
    { "type": "object", "required": ["code"], "additionalProperties": false, "properties": {
      "code": { "type": "string", "minLength": 1 }, "name": { "type": "string" } } }
    """,
    "thing": """
    { "type": "object", "required": ["code", "name"], "additionalProperties": false,
      "properties": {
        "code": { "type": "string", "minLength": 1 },
        "name": { "type": "string", "maxLength": 40 },
        "note": { "type": "string" },
        "size": { "type": "integer", "minimum": 0 },
        "born": { "type": "string" },
        "group_id": { "type": "integer" },
        "chief_id": { "type": "integer" },
        "active": { "type": "integer" },
        "made_by": { "type": "string" } } }
    """,
  ]

  static let target = """
    target: crm
    base_url: https://api.example.com
    concurrency: 3
    retry: { attempts: 3, base: 1s, max: 10s }
    settle: 120s
    error_body: { message: message, fields: errors }
    resources:
      groups:
        schema: { create: group.json }
        id: { path: id, kind: int }
        match: { field: code }
        list: { call: GET /groups, items: data }
        create: { call: POST /groups, object: data }
        update: { call: "PATCH /groups/{id}", object: data, send: changed }
      things:
        schema: { create: thing.json }
        id: { path: id, kind: int }
        match: { field: code }
        list:
          call: GET /things
          items: data
          page: { kind: number, parameter: page, first: 1, size_parameter: limit, size: 4, until: empty }
        get: { call: "GET /things/{id}", object: data }
        create: { call: POST /things, object: data }
        update: { call: "PATCH /things/{id}", object: data, send: changed }
        delete: { call: "DELETE /things/{id}" }
    """

  static let groups = """
    mapping: groups
    source: db
    target: crm
    resource: groups
    query: { sql: 'select id, name from groups' }
    key: id
    fields:
      code: '"g" + string(row.id)'
      name: row.name
    """

  static let things = """
    mapping: things
    source: db
    target: crm
    resource: things
    query: { sql: 'select id, name, note, size, "group" from things' }
    key: id
    fields:
      code: '"t" + string(row.id)'
      name: row.name
      note: row.note
      size: row.size
      group_id: link("groups", row.group)
      active: { value: 1 }
    on_create:
      made_by: { value: crosswalk }
    when_absent:
      after: 2
      set: { active: { value: 0 } }
    """

  static let groupColumns = [column("id", .int, nullable: false), column("name", .text)]
  static let thingColumns = [
    column("id", .int, nullable: false), column("name", .text), column("note", .text),
    column("size", .int), column("group", .int),
  ]

  init(
    things: String = Stage.things, target: String = Stage.target,
    schemas: [String: String] = Stage.schemas, seed: UInt64 = 1,
    ledger: SQLiteLedger? = nil, batchSize: Int = 3,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    self.ledger = try ledger ?? SQLiteLedger()
    clock = SteppingClock(seed: seed)
    self.target = SimulatedTarget()
    source = MemorySource(
      [
        "groups": MemorySource.Table(columns: Stage.groupColumns),
        "things": MemorySource.Table(columns: Stage.thingColumns),
      ], batchSize: batchSize)
    (programs, definition) = try Stage.compiled(things, target, schemas, sourceLocation)
  }

  private static let cache = Mutex<[String: ([MappingProgram], TargetDefinition)]>([:])

  private static func compiled(
    _ things: String, _ target: String, _ schemas: [String: String],
    _ sourceLocation: SourceLocation
  ) throws -> ([MappingProgram], TargetDefinition) {
    let name = things + target + schemas.values.sorted().joined()
    if let known = cache.withLock({ $0[name] }) { return known }
    let text = ProjectText(
      target: target, schemas: schemas, mappings: ["groups": groups, "things": things])
    let programs = try text.programs(
      ["groups": groupColumns, "things": thingColumns], sourceLocation: sourceLocation)
    let definition = try #require(try text.compiler().1.targets.first)
    cache.withLock { $0[name] = (programs, definition) }
    return (programs, definition)
  }

  enum Mode {
    case run
    case plan(details: Int)
  }

  struct Options {
    var mode = Mode.run
    var limit: Int?
    var reconciles = false
    var ledger: (any LedgerStore)?
    var wire: (any Wire)?
    var clock: (any Timekeeper)?
    /// Asked after each call: whether the run is to end.
    var isStopping: (@Sendable () -> Bool)?
    /// Without one, what waits sleeps in its own task.
    var stop: StopSignal?
    var mappings: Set<String> = ["groups", "things"]
    /// Whether a plan is kept, to be applied.
    var keeps = false
    /// What a kept plan lets through.
    var gate: PlanGate?
    /// The keys that are worked on.
    var keys: [String] = []

    func stopping(_ wire: any Wire, by stop: StopSignal?) -> any Wire {
      guard let stop, let isStopping else { return wire }
      return StoppingWire(wire: wire, stop: stop, isStopping: isStopping)
    }
  }

  /// Ends the run behind a call.
  private struct StoppingWire: Wire {
    let wire: any Wire
    let stop: StopSignal
    let isStopping: @Sendable () -> Bool

    func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
      let result = try await wire.send(request)
      if isStopping() { stop.set("interrupted") }
      return result
    }
  }

  /// A whole run, as the command makes one.
  @discardableResult
  func outcome(_ options: Options = Options()) async throws -> ProjectRun.Outcome {
    let heard = Mutex<[RunEvent]>([])
    let context = try await context(options) { event in heard.withLock { $0.append(event) } }
    defer { events = heard.withLock { $0 } }
    let chosen = programs.filter { options.mappings.contains($0.name) }
    return try await ProjectRun(programs: chosen, context: context).run()
  }

  /// Of the plans that are kept.
  let seal = PlanSeal(Masking(key: Array(repeating: 7, count: 32)))

  /// What a run that begins now works with.
  func context(
    _ options: Options = Options(), report: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) async throws -> RunContext {
    let clock: any Timekeeper = options.clock ?? clock
    guard
      case .acquired(let lease) = try await ledger.acquireLease(
        holder: "test", for: .seconds(30), now: clock.wall)
    else { throw CancellationError() }
    let run = try await ledger.startRun(
      RunStart(command: "run", mappings: [], startedAt: clock.wall, epoch: lease.epoch))
    let gate = TargetGate(
      limits: definition.limits, scale: 1, atOnce: definition.concurrency, clock: clock)
    let stop = options.stop ?? (options.isStopping == nil ? nil : StopSignal())
    let store: any LedgerStore = options.ledger ?? ledger
    var asked = RunOptions()
    asked.limit = options.limit
    asked.reconciles = options.reconciles
    asked.seal = options.keeps ? seal : nil
    asked.gate = options.gate
    asked.keys = options.keys
    let access: LedgerAccess
    switch options.mode {
    case .run: access = .writing(LedgerWriter(store, lease, run: run))
    case .plan(let details):
      access = .reading(copy: store, lease)
      asked.details = details
    }
    return RunContext(
      project: RunProject(
        sources: ["db": source],
        targets: [
          "crm": TargetConnection(
            definition: definition, wire: options.stopping(options.wire ?? target, by: stop),
            gate: gate, clock: clock, windowScale: 1)
        ], integerIDs: programs.integerIDs),
      access: access,
      environment: RunEnvironment(
        clock: clock, masking: Masking(key: Array(repeating: 7, count: 32)), stop: stop,
        report: report),
      spool: try SQLiteSpool(), options: asked)
  }

  /// Another mapping's write of a thing with this code has not come to its end.
  func holdElsewhere(naturalKey: String) async throws {
    guard
      case .acquired(let lease) = try await ledger.acquireLease(
        holder: "test", for: .seconds(30), now: clock.wall)
    else { throw CancellationError() }
    _ = try await ledger.begin(
      Intent(
        run: 1, mapping: "others", key: Key([.int(7)]), operation: .create, resource: "crm/things",
        naturalKey: naturalKey, targetID: nil, fingerprint: Fingerprint(high: 1, low: 1), sent: [],
        epoch: lease.epoch, sentAt: 0))
  }

  /// Runs, and checks that every row is counted once.
  @discardableResult
  func run(
    _ options: Options = Options(), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> [String: MappingReport] {
    let reports = try await outcome(options).report.mappings
    for report in reports { expectCountsAddUp(report, sourceLocation: sourceLocation) }
    return Dictionary(uniqueKeysWithValues: reports.map { ($0.mapping, $0) })
  }

  /// One run of the things alone.
  func runThings(
    _ options: Options = Options(), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> MappingReport {
    try #require(try await run(options, sourceLocation: sourceLocation)["things"])
  }
}

func expectCountsAddUp(
  _ report: MappingReport, sourceLocation: SourceLocation = #_sourceLocation
) {
  let sum =
    report.unchanged + report.created + report.updated + report.rejected + report.deferred
    + report.unknown + report.dismissed - report.rejectedAbsent - report.unknownAbsent
  #expect(report.rows == sum, "\(report)", sourceLocation: sourceLocation)
}
