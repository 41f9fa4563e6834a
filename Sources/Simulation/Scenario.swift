import Diagnostics
import Documents
import Engine
import Ledger
import Mappings
import Programs
import Rows
import Synchronization

/// A small project whose real runs are sent through a bad day, and then through a calm one.
struct Scenario: Sendable {
  enum Store: String, Sendable, CaseIterable {
    case memory
    case sqlite
  }

  static let limit = 30
  static let period = Duration.seconds(10)
  private static let records = 20
  private static let columns = [
    Column(name: "id", type: .int, declared: "integer", nullable: false),
    Column(name: "name", type: .text, declared: "text", nullable: true),
  ]

  private let program: MappingProgram
  private let target: TargetDefinition
  private let weakness: Weakness?
  private let store: Store

  struct Unusable: Error { var message: String }

  /// `searches`: whether the target is asked for one object at a time where that is cheaper.
  init(weakness: Weakness?, store: Store, searches: Bool) throws {
    self.weakness = weakness
    self.store = store
    let files = Self.files(weakness, searches: searches).mapValues { Array($0.utf8) }
    let reader = FileReader(
      bytes: { (path, _) throws(FileReader.Failure) in
        guard let bytes = files[path] else { throw .missing }
        return bytes
      },
      entries: { (folder) throws(FileReader.Failure) in
        let prefix = folder == "." ? "" : folder + "/"
        let inside = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        if inside.isEmpty { throw .missing }
        let names = inside.map { (String($0.prefix { $0 != "/" }), $0.contains("/")) }
        return Set(names.map { FileReader.Entry(name: $0.0, isFolder: $0.1) }).map { $0 }
      })
    let (project, diagnostics, _) = loadProject(at: ".", reading: reader)
    guard let project, let mapping = project.mappings.first, let target = project.targets.first
    else { throw Unusable(message: render(diagnostics, as: .text)) }
    var compiler = ProgramCompiler(
      project: project, settings: SettingResolver(environment: { _ in nil })
    ) { path in
      guard let bytes = files[path] else { throw Unusable(message: path) }
      return bytes
    }
    guard let program = compiler.compile(mapping, columns: Self.columns) else {
      throw Unusable(message: render(compiler.diagnostics, as: .text))
    }
    self.program = program
    self.target = target
  }

  private static func files(_ weakness: Weakness?, searches: Bool) -> [String: String] {
    let patience =
      weakness == .immediate
      ? "settle: 0s\nlook_up: { times: 1, every: 0s }" : "settle: 120s"
    let find =
      searches ? "    find: { call: \"GET /things/by/{match.value}\", object: data }\n" : ""
    return [
      "crosswalk.yaml": "project: simulation\n",
      "sources/db.yaml": "source: db\npostgres: { host: h, database: d, user: u }\n",
      "targets/crm.yaml": """
      target: crm
      base_url: https://api.example.com
      concurrency: 1
      limits: [{ name: account, calls: \(limit), per: \(period.components.seconds)s }]
      retry: { attempts: 4, base: 1s, max: 20s }
      \(patience)
      resources:
        things:
          schema: { create: thing.json }
          id: { path: id, kind: int }
          match: { field: code }
          list: # the target gives seven, whatever it is asked for
            call: GET /things
            items: data
            page: { kind: number, parameter: page, first: 1, size_parameter: limit, size: 50, until: short }
      \(find)    get: { call: "GET /things/{id}", object: data }
          create: { call: POST /things, object: data }
          update: { call: "PATCH /things/{id}", object: data, send: changed }
          delete: { call: "DELETE /things/{id}" }

      """,
      "targets/thing.json": """
      { "type": "object", "required": ["code", "name"], "additionalProperties": false,
        "properties": { "code": { "type": "string", "minLength": 1 }, "name": { "type": "string" } } }
      """,
      "things.yaml": """
      mapping: things
      target: crm
      resource: things
      source: db
      query: { sql: select id, name from things }
      key: id
      fields:
        code: '"t" + string(row.id)'
        name: row.name
      when_absent: { after: 1, delete: true }
      guard: { deactivations: { percent: 100, count: 20 }, source_drop: { percent: 100 } }
      """,
    ]
  }

  // MARK: One seed

  func run(seed: UInt64) async throws -> Tally {
    let world = World(seed: seed, showsKeys: weakness != .identity)
    let shelf = try Shelf(store, isFenced: weakness != .fence)
    let source = Table(columns: Self.columns)
    for id in 1...Self.records { source.set(id, "a") }
    for day in 0..<6 {
      if day > 0 {
        for id in 1...Self.records { source.change(id, to: "v\(day)", in: world) }
        world.setClock()
        if world.happens(300) { try shelf.backUp() }
        if world.happens(100), try shelf.restore() { world.count(\.restored) }
      }
      await once(world, shelf, source, mayPause: true)
      world.advance(by: .seconds(world.number(in: 1...400)))
    }
    world.state.withLock { $0.isCalm = true }
    var last: MappingReport?
    for _ in 0..<8 {
      world.advance(by: .seconds(200))
      last = await once(world, shelf, source, mayPause: false) ?? last
    }
    return try await judge(world, shelf.ledger, source, last)
  }

  /// A process that runs the project once, as far as it comes.
  @discardableResult
  private func once(
    _ world: World, _ shelf: Shelf, _ source: Table, mayPause: Bool
  ) async -> MappingReport? {
    var meanwhile: (@Sendable () async -> Void)?
    if mayPause {
      meanwhile = {
        for id in 1...Self.records where source.name(id) != nil && world.happens(50) {
          source.set(id, "meanwhile")
        }
        _ = await self.once(world, shelf, source, mayPause: false)
      }
    }
    let process = Process(world: world, meanwhile: meanwhile)
    let own = ProcessLedger(shelf.ledger, on: shelf, process: process, weakness: weakness)
    let clock = ProcessClock(world)
    world.count(\.runs)
    do {
      let holder = "process \(world.state.withLock { $0.tally.runs })"
      guard
        case .acquired(let lease) = try await own.acquireLease(
          holder: holder, for: .seconds(30), now: clock.wall)
      else { return nil }
      let isInDoubt = try await shelf.beginRun()
      _ = try await own.observe(clock.reading, epoch: lease.epoch)
      let run = try await own.startRun(
        RunStart(command: "run", mappings: [], startedAt: clock.wall, epoch: lease.epoch))
      // What the missing part of the ledger had sent last may still be on its way.
      if isInDoubt { try await clock.sleep(for: target.settle) }
      let gate = TargetGate(
        limits: target.limits, breaker: target.breaker, retry: target.retry, scale: 1,
        atOnce: target.concurrency, clock: clock)
      var context = RunContext(
        mode: .run, ledger: own, lease: lease, run: run, sources: ["db": source],
        targets: [
          "crm": TargetConnection(
            definition: target, wire: ProcessWire(world: world, process: process), gate: gate,
            clock: clock, windowScale: 1)
        ], clock: clock, masking: Masking(key: Array(repeating: 7, count: 32)),
        integerIDs: ["things"]
      ) { _ in }
      context.reconciles = isInDoubt
      let report = try await ProjectRun(programs: [program], context: context).run().report
      try await shelf.endRun(hasCompared: report.mappings.allSatisfy { $0.reconciled != nil })
      try await own.releaseLease(lease)
      return report.mappings.first
    } catch {
      // Killed, or fenced off: what it leaves behind is what is tested.
      return nil
    }
  }

  /// Everything is done, or named as a person's to decide.
  private func judge(
    _ world: World, _ ledger: any LedgerStore, _ source: Table, _ report: MappingReport?
  ) async throws -> Tally {
    let objects = world.objects()
    var tally = world.state.withLock { $0.tally }
    tally.seeds = 1
    tally.records = Self.records
    let open = try await ledger.openIntents(of: "things")
    let missing = try await ledger.failures(of: "things").filter { $0.missingObject != nil }
    let persons = Set(open.filter { $0.state == .quarantined }.map(\.key) + missing.map(\.key))
    tally.forPersons = persons.count
    var present = 0
    var personsPresent = 0
    for id in 1...Self.records {
      let made = objects["t\(id)"] ?? []
      tally.duplicates += max(0, made.count - 1)
      let name = source.name(id)
      if name != nil { present += 1 }
      if persons.contains(Key([.int(Int64(id))])) {
        personsPresent += name == nil ? 0 : 1
        continue
      }
      // A backup does not know what was made after it; a reading of the target names such an object.
      if name == nil, tally.restored > 0 { continue }
      if made.first?["name"]?.stringValue != name { tally.lost += 1 }
    }
    tally.stuck += open.count { $0.state != .quarantined }
    guard let report else {
      tally.stuck += Self.records
      return tally
    }
    // Who waits for a person is in the report as unknown.
    tally.stuck += max(0, present - report.unchanged - personsPresent)
    return tally
  }
}

/// The source's table.
final class Table: RowSource {
  private let names = Mutex<[Int: String]>([:])
  private let columns: [Column]

  init(columns: [Column]) { self.columns = columns }

  func set(_ id: Int, _ name: String) { names.withLock { $0[id] = name } }

  /// Some rows change, some go, and some of those that went come back.
  func change(_ id: Int, to name: String, in world: World) {
    if self.name(id) == nil {
      if world.happens(500) { set(id, "a") }
    } else if world.happens(200) {
      set(id, name)
    } else if world.happens(60) {
      names.withLock { $0[id] = nil }
    }
  }

  func name(_ id: Int) -> String? { names.withLock { $0[id] } }

  func describe(_ query: SourceQuery) async throws(SourceFailure) -> [Column] { columns }

  func read(_ query: SourceQuery, each: (RowBatch) async throws -> Void) async throws {
    let rows = names.withLock { $0.sorted { $0.key < $1.key } }
    var batch = RowBatch(columns: columns, rowCapacity: rows.count)
    for (id, name) in rows {
      batch.append(Int64(id))
      batch.append(name)
    }
    try await each(batch)
  }
}
