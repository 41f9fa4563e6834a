import Engine
import Programs

/// Real runs of a small project, sent through a few bad days, and then through calm ones.
struct Scenario: Sendable {
  enum Store: String, Sendable, CaseIterable {
    case memory
    case sqlite
  }

  static let limit = 30
  static let period = Duration.seconds(10)

  private let variant: Variant
  private let project: Project
  private let lenient: Project
  private let weakness: Weakness?
  private let store: Store

  init(_ variant: Variant, weakness: Weakness?, store: Store) throws {
    self.variant = variant
    self.weakness = weakness
    self.store = store
    project = try Project(variant, weakness)
    lenient = try Project(variant, weakness, isLenient: true)
  }

  /// What one seed works with.
  private struct Course {
    let world: World
    let shelf: Shelf
    let source: Table
  }

  /// `tell`: takes the course down in words.
  func run(
    seed: UInt64, tell: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Tally {
    let course = Course(
      world: World(seed: seed, variant, showsKeys: weakness != .identity),
      shelf: try Shelf(store, isFenced: weakness != .fence), source: Table())
    let (world, shelf, source) = (course.world, course.shelf, course.source)
    world.state.withLock { $0.tell = tell }
    for person in 1...Table.persons { source.set(person, "a") }
    for day in 0..<6 {
      var tenant = Tenant.ours
      if day > 0 {
        source.change(to: "v\(day)", in: world)
        world.setClock()
        if world.happens(300) { try shelf.backUp() }
        if world.happens(100), try shelf.restore() {
          world.count(\.restored)
          tell("the ledger was restored")
        }
        // Before anything is known of objects, another tenant is as good.
        if world.changes(60), try await shelf.knowsObjects() {
          tenant = .theirs
          world.count(\.elsewhere)
        }
      }
      await once(course, tenant, mayPause: true)
      world.advance(by: .seconds(world.number(in: 1...400)))
    }
    world.state.withLock { $0.isCalm = true }
    if source.form == .text { source.form = .textWithFormer }
    var last: MappingReport?
    for _ in 0..<8 {
      world.advance(by: .seconds(200))
      await moveLinks(course)
      // With an old ledger more may be gone than it knows; then somebody looks, and allows it for one run.
      let isLenient =
        world.state.withLock { $0.tally.restored } > 0
        && [.failed, .blocked].contains(last?.status)
      last = await once(course, mayPause: false, isLenient: isLenient) ?? last
    }
    return try await Judgement(world: world, ledger: shelf.ledger, source: source).tally(last)
  }

  /// A process that runs the project once, as far as it comes.
  @discardableResult
  private func once(
    _ course: Course, _ tenant: Tenant = .ours, mayPause: Bool, isLenient: Bool = false
  ) async -> MappingReport? {
    let (world, source) = (course.world, course.source)
    var meanwhile: (@Sendable () async -> Void)?
    if mayPause {
      meanwhile = {
        for person in 1...Table.persons where source.name(person) != nil && world.happens(50) {
          source.set(person, "meanwhile")
        }
        _ = await self.once(course, mayPause: false)
      }
    }
    let process = Process(world: world, meanwhile: meanwhile)
    world.count(\.runs)
    let tell = world.state.withLock { $0.tell }
    tell("run \(world.state.withLock { $0.tally.runs }) \(tenant) \(source.form)")
    do {
      let report = try await run(course, process, tenant, isLenient ? lenient : project)
      let reasons = report?.reasons.map { "\($0.count) \($0.kind): \($0.message)" } ?? []
      tell("run ended: \(report?.status.rawValue ?? "busy") \(report?.message ?? "") \(reasons)")
      return report
    } catch {
      // Killed, fenced off, or refused: what it leaves behind is what is tested.
      tell("run ended: \(error)")
      return nil
    }
  }

  private func run(
    _ course: Course, _ process: Process, _ tenant: Tenant, _ project: Project
  ) async throws -> MappingReport? {
    let (world, shelf, source) = (course.world, course.shelf, course.source)
    let clock = ProcessClock(world)
    let target = project.target
    guard let (own, lease) = try await open(course, process, clock),
      let program = project.programs[source.form]
    else { return nil }
    let isInDoubt = try await shelf.beginRun()
    _ = try await own.observe(clock.reading, epoch: lease.epoch)
    // What the missing part of the ledger had sent last may still be on its way.
    if isInDoubt { try await clock.sleep(for: target.settle) }
    do {
      try await TieCheck([
        (.project, "simulation"), (.target(target.name.value), tenant.place),
      ]).hold(own, epoch: lease.epoch, at: clock.wall)
    } catch let refused as TieCheck.Refused {
      try await own.releaseLease(lease)
      throw refused
    }
    let run = try await own.startRun(
      RunStart(command: "run", mappings: [], startedAt: clock.wall, epoch: lease.epoch))
    let gate = TargetGate(
      limits: target.limits, breaker: target.breaker, retry: target.retry, scale: 1,
      atOnce: target.concurrency, clock: clock)
    let wire = ProcessWire(
      world: world, process: process, tenant: tenant, weakness: weakness,
      hasRow: { source.hasRow($0) })
    var context = RunContext(
      project: RunProject(
        sources: ["db": source],
        targets: [
          "crm": TargetConnection(
            definition: target, wire: wire, gate: gate, clock: clock, windowScale: 1)
        ], integerIDs: ["things"]),
      access: .writing(LedgerWriter(own, lease, run: run)),
      environment: RunEnvironment(
        clock: clock, masking: Masking(key: Array(repeating: 7, count: 32)), report: { _ in }),
      spool: MemorySpool())
    context.options.reconciles = isInDoubt
    let report = try await ProjectRun(programs: [program], context: context).run().report
    try await shelf.endRun(hasCompared: report.mappings.allSatisfy { $0.reconciled != nil })
    try await own.releaseLease(lease)
    return report.mappings.first
  }

  private func open(
    _ course: Course, _ process: Process, _ clock: ProcessClock
  ) async throws -> (ProcessLedger, Lease)? {
    let (world, source) = (course.world, course.source)
    let own = ProcessLedger(
      course.shelf.ledger, on: course.shelf, process: process, weakness: weakness,
      present: { source.present })
    let holder = "process \(world.state.withLock { $0.tally.runs })"
    let outcome = try await own.acquireLease(
      of: .project, holder: holder, for: .seconds(30), now: clock.wall)
    guard case .acquired(let lease) = outcome else { return nil }
    return (own, lease)
  }

  /// Somebody reads the failures, and moves the links of people who have another number to the keys of their rows:
  /// `failures adopt --move`.
  private func moveLinks(_ course: Course) async {
    do {
      let clock = ProcessClock(course.world)
      let process = Process(world: course.world, meanwhile: nil)
      guard let (own, lease) = try await open(course, process, clock) else { return }
      let failed = Set(try await own.failures(of: "things").map(\.key))
      for person in 1...Table.persons {
        let key = course.source.key(of: person)
        guard failed.contains(key), try await own.link(of: "things", key: key) == nil else {
          continue
        }
        for former in Table.keys(of: person) where former != key {
          guard let link = try await own.link(of: "things", key: former),
            link.state == .inactive || link.absences > 0, course.world.holds(link.targetID)
          else { continue }
          _ = try await own.move(
            LinkMoves(
              mapping: "things", moves: [LinkMove(from: former, to: key)], revives: true,
              who: "operator", at: clock.wall, epoch: lease.epoch))
        }
      }
      try await own.releaseLease(lease)
    } catch {
      // The ledger is another's meanwhile.
    }
  }
}

/// What a course has come to: everything is done, or named as a person's to decide.
private struct Judgement {
  let world: World
  let ledger: any ProjectLedger
  let source: Table

  func tally(_ report: MappingReport?) async throws -> Tally {
    let objects = world.objects()
    var tally = world.state.withLock { $0.tally }
    tally.seeds = 1
    tally.records = Table.persons
    tally.overwritten = world.overwritten()
    let open = try await ledger.openIntents(of: "things")
    let missing = try await ledger.failures(of: "things").filter { $0.missingObject != nil }
    let waiting = Set(open.filter { $0.state == .quarantined }.map(\.key) + missing.map(\.key))
    var present = 0
    var waitingPresent = 0
    for person in 1...Table.persons {
      let made = objects["t\(person)"] ?? []
      tally.duplicates += max(0, made.count - 1)
      let name = source.name(person)
      if name != nil { present += 1 }
      if Table.keys(of: person).contains(where: waiting.contains) {
        tally.forPersons += 1
        waitingPresent += name == nil ? 0 : 1
        continue
      }
      // A backup does not know what was made after it; a reading of the target names such an object.
      if name == nil, tally.restored > 0 { continue }
      let isRight = made.first?["name"]?.stringValue == name
      if !isRight { tally.lost += 1 }
      if !isRight || made.count > 1 {
        world.state.withLock {
          $0.tell("person \(person): \(name ?? "gone"), and there is \(made)")
        }
      }
    }
    tally.stuck += open.count { $0.state != .quarantined }
    guard let report else {
      tally.stuck += Table.persons
      return tally
    }
    // Who waits for a person is in the report as unknown.
    tally.stuck += max(0, present - report.unchanged - waitingPresent)
    return tally
  }
}
