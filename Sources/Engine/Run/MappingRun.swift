import JSON
import Mappings
import Programs

/// One mapping's part of a run: read, compare, and, unless it is a plan, send.
struct MappingRun {
  let program: MappingProgram
  var context: RunContext
  let source: any RowSource
  let target: TargetConnection

  struct Result: Sendable {
    var report: MappingReport
    var items: [PlanItem]
    /// Whether the ledger's links are not those of the mapping's rows, and so nobody can rely on them.
    var isRefused = false

    static func refused(_ refusal: LinkRefusal, _ program: MappingProgram) -> Result {
      var report = MappingReport(mapping: program.name, target: program.targetName)
      report.block(refusal)
      return Result(report: report, items: [], isRefused: true)
    }
  }

  mutating func run() async throws -> Result {
    let started = context.clock.monotonic
    let callsBefore = target.gate.callCount
    context.report(.started(mapping: program.name, target: program.targetName))
    let moved: Int
    switch try await LinkCheck(program: program, context: context, source: source).settle() {
    case .fits(let count): moved = count
    case .refused(let refusal): return .refused(refusal, program)
    }
    let recovery = Recovery(program: program, context: context, target: target)
    let open = try await recovery.settle()
    var reconciled: ReconcileReport?
    if context.reconciles {
      var tripped: GuardTripped?
      do {
        reconciled = try await Reconciliation(
          program: program, context: context, target: target, open: open
        ).settle()
      } catch let error as GuardTripped {
        tripped = error
      }
      if reconciled == nil {
        var report = MappingReport(mapping: program.name, target: program.targetName)
        report.block(tripped ?? .cannotReconcile(resource: program.resource.name.value))
        report.calls = target.gate.callCount - callsBefore
        return Result(report: report, items: [])
      }
    }
    if let reconciled { context.foreseen = reconciled.foreseen }
    let lastRows = try await context.ledger.lastRowCount(of: program.name)
    try await context.ledger.clearSpool(mapping: program.name)

    var comparer = try await RowComparer(
      program: program, context: context, open: open, target: target)
    var asked = context.clock.monotonic
    do {
      try await source.read(program.extract) { batch in
        try context.stop?.check()
        context.times.add(context.clock.monotonic - asked, to: .read)
        try await comparer.add(batch)
        asked = context.clock.monotonic
      }
      try await comparer.finish()
    } catch {
      await comparer.abandon()
      throw error
    }

    var report = comparer.report
    report.reconciled = reconciled
    report.moved = moved
    report.deletes = program.whenAbsent?.delete == true
    if let renamed = try await RenameCheck(program: program, context: context).refusal(comparer) {
      try await context.ledger.clearSpool(mapping: program.name)
      return .refused(renamed, program)
    }
    var items: [PlanItem] = []
    if let tripped = tripped(comparer, lastRows: lastRows) {
      report.block(tripped)
      // Such a read does not count, and nobody has been absent in it.
      report.absence = nil
      if let likeness = likeness(comparer), !tripped.isLikeness {
        report.message = (report.message ?? "") + ". " + likeness
      }
      if context.isPlan {
        report.created = comparer.creates
        report.updated = comparer.updates
        report.deactivated = comparer.deactivations
        // They show what the guard has seen.
        var preview = ChangePreview(
          program: program, context: context, claims: comparer.review.claims)
        var unused = report
        try await preview.take(found: [:], &unused)
        items = preview.items
      } else {
        report.deferred += comparer.creates + comparer.updates
        report.absent += comparer.deactivations
      }
    } else {
      items = try await carryOut(comparer, callsBefore, &report)
      if !context.isPlan, report.status == .succeeded, context.limit == nil {
        try await recovery.close(open.planned)
      }
    }
    try await context.ledger.clearSpool(mapping: program.name)
    report.calls = target.gate.callCount - callsBefore
    report.seconds = (context.clock.monotonic - started) / .seconds(1)
    if report.status == .succeeded, report.rejected + report.unknown > 0 {
      report.status = .partial
    }
    return Result(report: report, items: items)
  }

  /// Sends the changes, or shows what would become of them.
  private func carryOut(
    _ comparer: RowComparer, _ callsBefore: Int, _ report: inout MappingReport
  ) async throws -> [PlanItem] {
    let writes = comparer.creates + comparer.updates + comparer.deactivations
    // What is not sent, by `--limit` or because the target stops, waits for the next run.
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
    var search = ObjectSearch(ObjectFinder(program: program, target: target), context)
    do {
      try await search.look(
        for: comparer.naturalKeys.subtracting(comparer.review.claims.keys),
        alongside: Set(comparer.deferred.compactMap(\.naturalKey)))
    } catch let stopped as TargetStopped {
      report.fail(stopped)
      return []
    } catch let interrupted as RunInterrupted {
      report.interrupt(interrupted)
      return []
    }
    if context.isPlan {
      var preview = ChangePreview(
        program: program, context: context, claims: comparer.review.claims)
      try await preview.take(found: search.found, &report)
      try await takeUpDeferred(comparer, &search, &report) { search, retry, report in
        try await preview.take(found: search.found, completing: retry.completing, &report)
      }
      report.calls = target.gate.callCount - callsBefore
      forecast(
        Writes(
          creates: report.created + report.deferred, updates: report.updated + report.completed,
          deactivations: report.deactivated), search.target, &report)
      return preview.items
    }
    let planned = Writes(
      creates: comparer.creates, updates: comparer.updates,
      deactivations: comparer.deactivations, keys: comparer.naturalKeys.count)
    forecast(planned, search.target, &report)
    context.report(
      .planned(mapping: program.name, changes: writes, forecast: report.forecast))
    let epoch = context.lease.epoch
    try await context.ledger.recordAbsences(
      of: program.name, absent: comparer.review.counted.map { ($0.key, $0.absences) },
      present: comparer.present, epoch: epoch)
    try await context.ledger.clearFailures(
      of: program.name, keys: comparer.overcome, epoch: epoch)
    try await context.ledger.setLastRowCount(
      report.rows, of: program.name, run: context.run, epoch: epoch)
    var left = context.limit ?? .max
    try await send(total: writes, search.target, comparer, &left, &report)
    try await takeUpDeferred(comparer, &search, &report) { search, retry, report in
      try await send(
        total: retry.count, search.target, comparer, completing: retry.completing, &left, &report)
    }
    return []
  }

  /// Takes deferred rows up again as long as that makes some of them possible. `send`: what becomes of those.
  private func takeUpDeferred(
    _ comparer: RowComparer, _ search: inout ObjectSearch, _ report: inout MappingReport,
    send: (ObjectSearch, DeferredRetry, inout MappingReport) async throws -> Void
  ) async throws {
    guard !comparer.deferred.isEmpty else { return }
    var retry = DeferredRetry(
      program: program, context: context, open: comparer.open, waiting: comparer.deferred)
    while report.status != .failed, report.status != .blocked,
      try await retry.spool(through: comparer.sieve, &report)
    {
      do {
        try await search.look(
          for: await comparer.sieve.findings.naturalKeys.subtracting(comparer.review.claims.keys),
          alongside: retry.naturalKeys)
      } catch let stopped as TargetStopped {
        // What has been sent before stays counted.
        report.fail(stopped)
        return
      } catch let interrupted as RunInterrupted {
        report.interrupt(interrupted)
        return
      }
      try await send(search, retry, &report)
    }
    if report.status != .failed, report.status != .blocked { retry.explain(in: &report) }
  }

  /// What is to be written, and by how many natural keys the target is to be searched.
  private struct Writes {
    var creates: Int
    var updates: Int
    var deactivations: Int
    var keys = 0
  }

  /// Of the calls that are still to come; in a plan those of the reads too, which the run will make again.
  private func forecast(
    _ writes: Writes, _ search: TargetSearch, _ report: inout MappingReport
  ) {
    let resource = program.resource
    let atOnce = target.definition.concurrency
    var calls: [Forecast.Calls] = []
    func add(_ call: CallDefinition?, _ count: Int, atOnce: Int) {
      guard let call, count > 0 else { return }
      let route = OutboundRequest(method: call.method, path: call.path).route
      calls.append(Forecast.Calls(route, count: count, atOnce: atOnce))
    }
    if context.isPlan {
      if search.asks {
        add(resource.find?.call, report.calls, atOnce: atOnce)
      } else {
        add(resource.list?.calls.first ?? resource.find?.call, report.calls, atOnce: 1)
      }
    } else if search.asks {
      add(resource.find?.call, writes.keys, atOnce: atOnce)
    }
    let absence = program.whenAbsent
    if resource.update?.send == .whole {
      let deactivations = absence?.delete == true ? 0 : writes.deactivations
      add(resource.get?.call, writes.updates + deactivations, atOnce: atOnce)
    }
    add(
      absence?.delete == true ? resource.delete : resource.update?.call, writes.deactivations,
      atOnce: atOnce)
    // A batch is one call.
    add(
      resource.create?.call, (writes.creates + program.batchSize - 1) / program.batchSize,
      atOnce: atOnce)
    add(resource.update?.call, writes.updates, atOnce: atOnce)
    report.forecastCalls = calls.reduce(0) { $0 + $1.count }
    (report.forecast, report.pace) = target.forecast(calls)
  }

  // MARK: Sending

  /// Sends what is spooled, at most `left`. When the target stops, changes under way are waited for, since to break them
  /// off would leave their outcome unknown; the rest is not begun.
  private func send(
    total: Int, _ search: TargetSearch, _ comparer: RowComparer, completing: Set<Key> = [],
    _ left: inout Int, _ report: inout MappingReport
  ) async throws {
    let sender = RecordSender(
      program: program, context: context, target: target, planned: comparer.open.planned,
      claims: comparer.review.claims, failed: Set(comparer.failed.keys), search: search)
    var taken: [TakenChange] = []
    var done = 0
    var failed = 0
    var failure: (any Error)?
    var unread: (any Error)?
    var spool = SpooledCalls(sender: sender, search: search, left: left)
    await withTaskGroup(of: [RecordSender.SentChange].self) { group in
      func begin() async -> Bool {
        do {
          guard let next = try await spool.next() else { return false }
          let remembered = spool.remembered
          group.addTask { await sender.send(next, search, remembered) }
          return true
        } catch {
          unread = error
          return false
        }
      }
      // Half as many more as may be at the target: what has its answer is still being written down.
      let atOnce = target.definition.concurrency
      for _ in 0..<atOnce + atOnce / 2 {
        guard await begin() else { break }
      }
      while let ended = await group.next() {
        for sent in ended {
          let change = sent.change
          switch sent.result {
          case .success(.taken(let change)):
            done += 1
            taken.append(change)
          case .success(let outcome):
            done += 1
            if completing.contains(change.key) {
              report.count(completion: outcome, of: change)
            } else {
              report.count(outcome, of: change)
            }
            failed += outcome.isFailure ? 1 : 0
            failure = failure ?? program.definition.limits.check(failed: failed, sent: done)
            context.report(.sent(mapping: program.name, done: done, of: total))
          case .failure(let error):
            // The stop of a target is the reason for what else fails behind it.
            if failure == nil || error is TargetStopped { failure = error }
          }
        }
        if failure == nil {
          do { try context.stop?.check() } catch { failure = error }
        }
        if failure != nil { sender.halt.call() }
        if failure == nil, unread == nil { _ = await begin() }
      }
    }
    left = spool.left
    if let unread { throw unread }
    if failure == nil { failure = try await resolve(taken, sender, &report) }
    switch failure {
    case nil: break
    case let stopped as TargetStopped: report.fail(stopped)
    case let tripped as GuardTripped: report.block(tripped)
    case let interrupted as RunInterrupted: report.interrupt(interrupted)
    case let error?: throw error
    }
  }

  /// Looks once for all creates whose value is taken, and goes on with each. Returns what stops the sending.
  private func resolve(
    _ taken: [TakenChange], _ sender: RecordSender, _ report: inout MappingReport
  ) async throws -> (any Error)? {
    guard !taken.isEmpty else { return nil }
    var waiting = taken[...]
    do {
      let keys = try taken.compactMap { try sender.naturalKey(of: $0.change) }
      let search = try await ObjectFinder(program: program, target: target).search(
        for: Set(keys), context: context)
      while let next = waiting.first {
        try context.stop?.check()
        var objects: [Listing.Found] = []
        if let key = try sender.naturalKey(of: next.change) {
          objects = try await search.objects(for: key)
        }
        var outcome = try await sender.resolve(next, found: objects)
        // Said again without the fields that were blamed: it is not about them.
        if case .taken(let again) = outcome {
          outcome = try await sender.refuse(again)
        }
        report.count(outcome, of: next.change)
        waiting.removeFirst()
      }
      return nil
    } catch  where error is TargetStopped || error is RunInterrupted {
      for one in waiting {
        report.count(.unknown("a value is taken, perhaps by our own write"), of: one.change)
      }
      return error
    }
  }
}
