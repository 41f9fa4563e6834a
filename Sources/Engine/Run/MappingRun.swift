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
  }

  func run() async throws -> Result {
    let started = context.clock.monotonic
    let callsBefore = await target.gate.callCount
    context.report(.started(mapping: program.name, target: program.targetName))
    let open = try await Recovery(program: program, context: context, target: target).settle()
    var reconciled: ReconcileReport?
    if context.reconciles {
      reconciled = try await Reconciliation(
        program: program, context: context, target: target, open: open
      ).settle()
      guard reconciled != nil else {
        var report = MappingReport(mapping: program.name, target: program.targetName)
        report.block(.cannotReconcile(resource: program.resource.name.value))
        return Result(report: report, items: [])
      }
    }
    let lastRows = try await context.ledger.lastRowCount(of: program.name)
    try await context.ledger.clearSpool(mapping: program.name)

    var comparer = try await RowComparer(program: program, context: context, open: open)
    let query = SourceQuery(
      sql: program.definition.query.sql.text, parameters: program.parameters,
      orderedBy: program.definition.key.map(\.value))
    try await source.read(query) { batch in try await comparer.add(batch) }
    try await comparer.finish()

    var report = comparer.report
    report.reconciled = reconciled
    let tripped = program.definition.limits.check(
      rows: report.rows, lastRows: lastRows, deactivations: comparer.deactivations,
      active: try await context.ledger.linkCount(of: program.name).active,
      invalid: comparer.invalid)
    if let tripped {
      report.block(tripped)
      if context.isPlan {
        report.created = comparer.creates
        report.updated = comparer.updates
        report.deactivated = comparer.deactivations
      } else {
        report.deferred += comparer.creates + comparer.updates
        report.absent += comparer.deactivations
      }
    } else {
      try await carryOut(comparer, callsBefore, &report)
    }
    try await context.ledger.clearSpool(mapping: program.name)
    report.calls = await target.gate.callCount - callsBefore
    report.seconds = (context.clock.monotonic - started) / .seconds(1)
    if report.status == .succeeded, report.rejected + report.unknown > 0 {
      report.status = .partial
    }
    return Result(report: report, items: comparer.items)
  }

  private func carryOut(
    _ comparer: RowComparer, _ callsBefore: Int, _ report: inout MappingReport
  ) async throws {
    let writes = comparer.creates + comparer.updates + comparer.deactivations
    let finder = ObjectFinder(program: program, target: target)
    let found =
      finder.canSearch ? try await finder.find(comparer.naturalKeys, context: context) : [:]
    if context.isPlan {
      plan(comparer, found, &report)
      report.calls = await target.gate.callCount - callsBefore
      await forecast(comparer, &report)
      return
    }
    await forecast(comparer, &report)
    context.report(
      .planned(mapping: program.name, changes: writes, forecast: report.forecast))
    let epoch = context.lease.epoch
    try await context.ledger.recordAbsences(
      of: program.name, absent: comparer.absences, present: comparer.present, epoch: epoch)
    try await context.ledger.clearFailures(
      of: program.name, keys: comparer.overcome, epoch: epoch)
    try await context.ledger.setLastRowCount(
      report.rows, of: program.name, run: context.run, epoch: epoch)
    // What is not sent, by `--limit` or because the target stops, waits for the next run.
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
    var left = context.limit ?? .max
    try await send(total: writes, found, &left, &report)
    if !comparer.deferred.isEmpty, report.status != .failed, report.status != .blocked {
      try await resolve(comparer, &left, &report)
    }
  }

  private func plan(
    _ comparer: RowComparer, _ found: ObjectFinder.Found, _ report: inout MappingReport
  ) {
    // Of the creates, those whose object is there already would be linked, and perhaps updated.
    report.adopted = comparer.naturalKeys.count { found[$0]?.count == 1 }
    report.created = comparer.creates - report.adopted
    report.updated = comparer.updates + report.adopted
    report.deactivated = comparer.deactivations
  }

  /// Of the calls that are still to come; in a plan those of the reads too, which the run will make again.
  private func forecast(_ comparer: RowComparer, _ report: inout MappingReport) async {
    let resource = program.resource
    let atOnce = target.definition.concurrency
    var calls: [Forecast.Calls] = []
    func add(_ call: CallDefinition?, _ count: Int, atOnce: Int) {
      guard let call, count > 0 else { return }
      let route = OutboundRequest(method: call.method, path: call.path).route
      calls.append(Forecast.Calls(route, count: count, atOnce: atOnce))
    }
    if context.isPlan {
      add(resource.list?.calls.first ?? resource.find?.call, report.calls, atOnce: 1)
    }
    let absence = program.whenAbsent
    add(
      absence?.delete == true ? resource.delete : resource.update?.call, comparer.deactivations,
      atOnce: atOnce)
    let size = resource.create?.batch?.size ?? 1
    func batches(_ count: Int) -> Int { (count + size - 1) / size }
    add(resource.create?.call, batches(comparer.creates - report.adopted), atOnce: atOnce)
    add(resource.update?.call, comparer.updates + report.adopted, atOnce: atOnce)
    // What waits for links that the mappings before will have made by then.
    if context.isPlan {
      add(resource.create?.call, batches(comparer.deferred.count), atOnce: atOnce)
    }
    report.forecastCalls = calls.reduce(0) { $0 + $1.count }
    (report.forecast, report.pace) = await target.forecast(calls)
  }

  // MARK: Sending

  /// Sends what is spooled, at most `left`. When the target stops, changes under way are waited for, since to break them
  /// off would leave their outcome unknown; the rest is not begun.
  private func send(
    total: Int, _ found: ObjectFinder.Found, _ left: inout Int, _ report: inout MappingReport
  ) async throws {
    let batchSize = program.resource.create?.batch?.size ?? 1
    var position: Int64 = 0
    var done = 0
    var failed = 0
    var failure: (any Error)?
    while left > 0, failure == nil {
      let page = try await context.ledger.spooled(
        mapping: program.name, after: position,
        limit: min(max(256 / batchSize, 1) * batchSize, left))
      guard let last = page.last else { break }
      position = last.position
      left -= page.count
      await withTaskGroup(of: [Sent].self) { group in
        var waiting = calls(of: page.map(\.change), size: batchSize).makeIterator()
        for _ in 0..<target.definition.concurrency {
          guard let next = waiting.next() else { break }
          group.addTask { await self.send(next, found) }
        }
        while let sent = await group.next() {
          for (change, result) in sent {
            switch result {
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
          if failure == nil, context.isStopping() { failure = RunInterrupted() }
          if failure == nil, let next = waiting.next() {
            group.addTask { await self.send(next, found) }
          }
        }
      }
    }
    switch failure {
    case nil: break
    case let stopped as TargetStopped: report.fail(stopped)
    case let tripped as GuardTripped: report.block(tripped)
    case is RunInterrupted:
      report.status = .failed
      report.message = "interrupted; nothing is half-sent, and the next run goes on from here"
    case let error?: throw error
    }
  }

  private typealias Sent = (PlannedChange, Swift.Result<RecordOutcome, any Error>)

  /// The changes that leave together: each alone, except for creates of a resource that takes many in one call.
  private func calls(of changes: [PlannedChange], size: Int) -> [[PlannedChange]] {
    let creates = changes.filter { $0.kind == .create }
    guard size > 1, !creates.isEmpty else { return changes.map { [$0] } }
    return changes.filter { $0.kind == .deactivate }.map { [$0] }
      + stride(from: 0, to: creates.count, by: size).map {
        Array(creates[$0..<min($0 + size, creates.count)])
      } + changes.filter { $0.kind == .update }.map { [$0] }
  }

  private func send(_ changes: [PlannedChange], _ found: ObjectFinder.Found) async -> [Sent] {
    guard changes.first?.kind == .create, let create = program.resource.create,
      let batch = create.batch
    else {
      let sender = RecordSender(program: program, context: context, target: target)
      var sent: [Sent] = []
      for change in changes { sent.append(await send(change, by: sender, found)) }
      return sent
    }
    let rendezvous = Rendezvous(
      BatchSender(
        batch: batch, create: create, target: target, ledger: context.ledger,
        reader: AnswerReader(target: target.definition, resource: program.resource),
        match: program.match,
        priority: CallPriority(.create, mapping: program.definition.priority)),
      expecting: changes.count)
    let sender = RecordSender(
      program: program, context: context, target: target, rendezvous: rendezvous)
    return await withTaskGroup(of: Sent.self) { group in
      for change in changes {
        group.addTask {
          let sent = await send(change, by: sender, found)
          await rendezvous.leave()
          return sent
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func send(
    _ change: PlannedChange, by sender: RecordSender, _ found: ObjectFinder.Found
  ) async -> Sent {
    let objects = naturalKey(of: change).flatMap { found[$0] } ?? []
    do {
      let outcome =
        switch change.kind {
        case .create: try await sender.create(change, found: objects)
        case .update: try await sender.update(change)
        case .deactivate: try await sender.deactivate(change)
        }
      return (change, .success(outcome))
    } catch {
      return (change, .failure(error))
    }
  }

  private func naturalKey(of change: PlannedChange) -> String? {
    guard change.kind == .create, let match = program.match else { return nil }
    return match.normalised(FlatRecord(change.record)[match.path])
  }

  /// Takes deferred rows up again as long as that makes some of them possible.
  private func resolve(
    _ comparer: RowComparer, _ left: inout Int, _ report: inout MappingReport
  ) async throws {
    var retry = DeferredRetry(
      program: program, context: context, open: comparer.open, taken: comparer.naturalKeys,
      waiting: comparer.deferred)
    let finder = ObjectFinder(program: program, target: target)
    while retry.canGoOn, report.status != .failed, report.status != .blocked {
      try await retry.build(&report)
      report.deferred += retry.changes.count
      let found: ObjectFinder.Found
      do {
        found = finder.canSearch ? try await finder.find(retry.naturalKeys, context: context) : [:]
      } catch let stopped as TargetStopped {
        // What has been sent before stays counted.
        report.fail(stopped)
        return
      }
      try await context.ledger.clearSpool(mapping: program.name)
      try await context.ledger.spool(retry.changes, mapping: program.name)
      try await send(total: retry.changes.count, found, &left, &report)
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

extension RecordOutcome {
  fileprivate var isFailure: Bool {
    switch self {
    case .rejected, .unknown: true
    case .created, .updated, .deactivated, .unchanged: false
    }
  }
}

extension MappingReport {
  mutating func block(_ tripped: GuardTripped) {
    status = .blocked
    message = tripped.message
    mend = tripped.mend
  }

  mutating func fail(_ stopped: TargetStopped) {
    status = .failed
    message = "\(stopped.target): \(stopped.message)"
    mend = stopped.mend
  }

  /// Counts a change that came to an end, and until now as one that waits.
  mutating func count(_ outcome: RecordOutcome, of change: PlannedChange) {
    let key = change.key
    if change.kind == .deactivate {
      count(deactivation: outcome, key: key)
      return
    }
    deferred -= 1
    switch outcome {
    case .created(let withheld):
      created += 1
      note(withheld, key)
    case .updated(let withheld, let adopts):
      updated += 1
      if adopts { adopted += 1 }
      note(withheld, key)
    case .unchanged(let adopts):
      unchanged += 1
      if adopts { adopted += 1 }
    case .rejected(let reasons):
      rejected += 1
      for reason in reasons { add(reason, key: key.description) }
    case .unknown(let reason):
      unknown += 1
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .unknown)
    case .deactivated: break
    }
  }

  /// A key that has no row any more counts as absent until it has been given up.
  private mutating func count(deactivation outcome: RecordOutcome, key: Key) {
    switch outcome {
    case .rejected(let reasons):
      for reason in reasons { add(reason, key: key.description) }
    case .unknown(let reason):
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .unknown)
    case .created, .updated, .unchanged, .deactivated:
      absent -= 1
      deactivated += 1
      return
    }
    if status == .succeeded { status = .partial }
  }

  private mutating func note(_ reasons: [Failure.Reason], _ key: Key) {
    guard !reasons.isEmpty else { return }
    withheld += 1
    for reason in reasons {
      add(reason, key: key.description, kind: .withheld)
    }
  }
}
