import JSON
import Mappings
import Programs

/// One mapping's part of a run: read, compare, and, unless it is a plan, send.
struct MappingRun {
  let program: MappingProgram
  let context: RunContext
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

  func run() async throws -> Result {
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
    let lastRows = try await context.ledger.lastRowCount(of: program.name)
    try await context.ledger.clearSpool(mapping: program.name)

    var comparer = try await RowComparer(program: program, context: context, open: open)
    var asked = context.clock.monotonic
    do {
      try await source.read(program.query) { batch in
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
    var refusedByClaim: [(change: PlannedChange, claim: AbsenceReview.Claim)] = []
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
      } else {
        report.deferred += comparer.creates + comparer.updates
        report.absent += comparer.deactivations
      }
    } else {
      if context.isPlan { refusedByClaim = try await comparer.claimedChanges() }
      try await carryOut(comparer, callsBefore, refusedByClaim, &report)
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
    let refused = Set(refusedByClaim.map(\.change.key))
    return Result(
      report: report,
      items: refused.isEmpty ? comparer.items : comparer.items.filter { !refused.contains($0.key) })
  }

  private func carryOut(
    _ comparer: RowComparer, _ callsBefore: Int,
    _ refused: [(change: PlannedChange, claim: AbsenceReview.Claim)], _ report: inout MappingReport
  ) async throws {
    let writes = comparer.creates + comparer.updates + comparer.deactivations
    let finder = ObjectFinder(program: program, target: target)
    let search: TargetSearch
    var found: ObjectFinder.Found = [:]
    do {
      let wanted = comparer.naturalKeys.subtracting(comparer.review.claims.keys)
      search = try await finder.search(for: wanted, context: context)
      if context.isPlan {
        found = try await search.objects(
          for: wanted, atOnce: target.definition.concurrency)
      }
    } catch let stopped as TargetStopped {
      report.deferred += comparer.creates + comparer.updates
      report.absent += comparer.deactivations
      report.fail(stopped)
      return
    } catch let interrupted as RunInterrupted {
      report.deferred += comparer.creates + comparer.updates
      report.absent += comparer.deactivations
      report.interrupt(interrupted)
      return
    }
    if context.isPlan {
      plan(comparer, found, refused, &report)
      report.calls = target.gate.callCount - callsBefore
      forecast(comparer, search, &report)
      return
    }
    forecast(comparer, search, &report)
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
    // What is not sent, by `--limit` or because the target stops, waits for the next run.
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
    var left = context.limit ?? .max
    try await send(total: writes, search, comparer, &left, &report)
    if !comparer.deferred.isEmpty, report.status != .failed, report.status != .blocked {
      try await resolve(comparer, &left, &report)
    }
  }

  private func plan(
    _ comparer: RowComparer, _ found: ObjectFinder.Found,
    _ refused: [(change: PlannedChange, claim: AbsenceReview.Claim)], _ report: inout MappingReport
  ) {
    // Of the creates, those whose object is there already would be linked, and perhaps updated.
    report.adopted = comparer.naturalKeys.count { found[$0]?.count == 1 }
    // The rows of objects whose links are under other keys are refused.
    if let match = program.match {
      for (change, claim) in refused {
        report.add(claim.reason(match, program.name, change), key: change.key.description)
      }
    }
    report.rejected += refused.count
    let notCreated = refused.count { $0.change.kind == .create }
    report.created = comparer.creates - report.adopted - notCreated
    report.updated = comparer.updates + report.adopted - (refused.count - notCreated)
    report.deactivated = comparer.deactivations
  }

  /// Of the calls that are still to come; in a plan those of the reads too, which the run will make again.
  private func forecast(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport
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
      add(resource.find?.call, comparer.naturalKeys.count, atOnce: atOnce)
    }
    let absence = program.whenAbsent
    if resource.update?.send == .whole {
      let deactivations = absence?.delete == true ? 0 : comparer.deactivations
      add(resource.get?.call, comparer.updates + report.adopted + deactivations, atOnce: atOnce)
    }
    add(
      absence?.delete == true ? resource.delete : resource.update?.call, comparer.deactivations,
      atOnce: atOnce)
    // A batch is one call.
    func creating(_ count: Int) -> Int { (count + program.batchSize - 1) / program.batchSize }
    add(resource.create?.call, creating(comparer.creates - report.adopted), atOnce: atOnce)
    add(resource.update?.call, comparer.updates + report.adopted, atOnce: atOnce)
    // What waits for links that the mappings before will have made by then.
    if context.isPlan {
      add(resource.create?.call, creating(comparer.deferred.count), atOnce: atOnce)
    }
    report.forecastCalls = calls.reduce(0) { $0 + $1.count }
    (report.forecast, report.pace) = target.forecast(calls)
  }

  // MARK: Sending

  /// Sends what is spooled, at most `left`. When the target stops, changes under way are waited for, since to break them
  /// off would leave their outcome unknown; the rest is not begun.
  private func send(
    total: Int, _ search: TargetSearch, _ comparer: RowComparer, _ left: inout Int,
    _ report: inout MappingReport
  ) async throws {
    let sender = RecordSender(
      program: program, context: context, target: target, planned: comparer.open.planned,
      claims: comparer.review.claims)
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
        for (change, result) in ended {
          switch result {
          case .success(.taken(let change)):
            done += 1
            taken.append(change)
          case .success(let outcome):
            done += 1
            report.count(outcome, of: change)
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
      let keys = taken.compactMap { sender.naturalKey(of: $0.change) }
      let search = try await ObjectFinder(program: program, target: target).search(
        for: Set(keys), context: context)
      while let next = waiting.first {
        try context.stop?.check()
        var objects: [Listing.Found] = []
        if let key = sender.naturalKey(of: next.change) {
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

  /// Takes deferred rows up again as long as that makes some of them possible.
  private func resolve(
    _ comparer: RowComparer, _ left: inout Int, _ report: inout MappingReport
  ) async throws {
    var retry = DeferredRetry(
      program: program, context: context, open: comparer.open, failed: comparer.failed,
      read: comparer.read, taken: comparer.naturalKeys, waiting: comparer.deferred)
    let finder = ObjectFinder(program: program, target: target)
    while retry.canGoOn, report.status != .failed, report.status != .blocked {
      try await retry.build(&report)
      report.deferred += retry.changes.count
      let search: TargetSearch
      do {
        let wanted = retry.naturalKeys.subtracting(comparer.review.claims.keys)
        search = try await finder.search(for: wanted, context: context)
      } catch let stopped as TargetStopped {
        // What has been sent before stays counted.
        report.fail(stopped)
        return
      } catch let interrupted as RunInterrupted {
        report.interrupt(interrupted)
        return
      }
      try await context.ledger.clearSpool(mapping: program.name)
      try await context.ledger.spool(retry.changes, mapping: program.name)
      try await send(total: retry.changes.count, search, comparer, &left, &report)
    }
    for row in retry.waiting {
      for missing in row.missing {
        report.add(
          Failure.Reason(field: nil, message: "waits for \(missing.mapping)"),
          key: "\(missing.key)", kind: .deferred)
      }
    }
  }
}
