import JSON
import Mappings
import Programs

/// One mapping's part of a run: read, compare, and take what differs to its end.
struct MappingRun {
  let program: MappingProgram
  var context: RunContext
  let source: any RowSource
  let target: TargetConnection

  struct Result: Sendable {
    var report: MappingReport
    var items: [PlanItem]
    /// What can be applied later, where that was asked for.
    var section: PlanSection?
    /// Whether the ledger's links are not those of the mapping's rows, and so nobody can rely on them.
    var isRefused = false

    static func refused(_ refusal: LinkRefusal, _ program: MappingProgram) -> Result {
      var report = MappingReport(mapping: program.name, target: program.targetName)
      report.block(refusal)
      return Result(report: report, items: [], isRefused: true)
    }
  }

  /// A run sends the changes, and a plan shows them: the stage behind the comparison is chosen here, once.
  mutating func run() async throws -> Result {
    switch context.mode {
    case .plan: try await run(ShowingStage(program: program, target: target))
    case .run: try await run(SendingStage(program: program, context: context, target: target))
    }
  }

  private mutating func run(_ last: some ChangeStage) async throws -> Result {
    var stage = last
    let started = context.clock.monotonic
    let callsBefore = target.gate.callCount
    context.report(.started(mapping: program.name, target: program.targetName))
    let moved: Int
    switch try await LinkCheck(program: program, context: context, source: source).settle() {
    case .fits(let count): moved = count
    case .refused(let refusal): return .refused(refusal, program)
    }
    let recovery = Recovery(program: program, context: context, target: target)
    let open = try await stage.takeOver(recovery)
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
        report.block([tripped ?? .cannotReconcile(resource: program.resource.name.value)])
        report.calls = target.gate.callCount - callsBefore
        return Result(report: report, items: [])
      }
    }
    if let reconciled { context.foreseen = reconciled.foreseen }
    let lastRows = try await context.ledger.lastRowCount(of: program.name)
    try await context.spool.clear(mapping: program.name)

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
      try await context.spool.clear(mapping: program.name)
      return .refused(renamed, program)
    }
    report.alreadySent = context.gate?.sentBefore(of: program.name) ?? 0
    let tripped = (reconciled?.tripped.map { [$0] } ?? []) + tripped(comparer, lastRows: lastRows)
    if tripped.isEmpty || stage.showsWhatIsHeld { try await carryOut(comparer, &stage, &report) }
    if !tripped.isEmpty {
      try await block(comparer, by: tripped, &stage, &report)
    } else {
      try await nameUnmet(comparer, &report)
      try await stage.close(recovery, comparer, report)
    }
    try await context.spool.clear(mapping: program.name)
    report.calls = target.gate.callCount - callsBefore
    report.seconds = (context.clock.monotonic - started) / .seconds(1)
    if report.status == .succeeded, report.rejected + report.unknown + report.outdated > 0 {
      report.status = .partial
    }
    var result = Result(report: report, items: stage.shown.items)
    result.section = context.seal.map { seal in
      let decisions = DecisionSeal(seal: seal, mapping: program.name)
      return PlanSection(
        mapping: program.name, status: report.status, rows: report.rows,
        guards: tripped.compactMap(\.shown), approvals: stage.shown.approvals,
        keys: comparer.chosen.map { Set($0.taken.map(decisions.key)) })
    }
    return result
  }

  /// Holds the whole mapping back.
  private func block(
    _ comparer: RowComparer, by tripped: [GuardTripped], _ stage: inout some ChangeStage,
    _ report: inout MappingReport
  ) async throws {
    // What could not be found out is worse.
    guard report.status != .failed else { return }
    report.block(tripped, approved: context.gate?.approved(tripped, of: program.name) ?? [])
    // Such a read does not count, and nobody has been absent in it.
    report.absence = nil
    if let likeness = likeness(comparer), !tripped.contains(where: \.isLikeness) {
      report.message = (report.message ?? "") + ". " + likeness
    }
    try await stage.hold(comparer, &report)
  }

  /// Takes the changes to their end, and then those of rows that waited for them.
  private func carryOut(
    _ comparer: RowComparer, _ stage: inout some ChangeStage, _ report: inout MappingReport
  ) async throws {
    // What is not sent, by `--limit` or because the target stops, waits for the next run.
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
    var search = ObjectSearch(ObjectFinder(program: program, target: target), context)
    do {
      let looked = try await search.look(
        for: comparer.naturalKeys.subtracting(comparer.review.claims.keys),
        alongside: Set(comparer.deferred.compactMap(\.naturalKey)))
      try await stage.begin(comparer, search.target, &report)
      let stretch = SpooledStretch(
        count: comparer.creates + comparer.updates + comparer.deactivations, looked: looked)
      try await stage.take(stretch, search.target, &report)
    } catch let stopped as TargetStopped {
      report.fail(stopped)
      return
    } catch let interrupted as RunInterrupted {
      report.interrupt(interrupted)
      return
    }
    try await takeUpDeferred(comparer, &stage, &search, &report)
    try await stage.end(comparer, search.target, &report)
  }

  /// Takes deferred rows up again as long as that makes some of them possible.
  private func takeUpDeferred(
    _ comparer: RowComparer, _ stage: inout some ChangeStage, _ search: inout ObjectSearch,
    _ report: inout MappingReport
  ) async throws {
    guard !comparer.deferred.isEmpty else { return }
    var retry = DeferredRetry(comparer)
    while report.status != .failed, report.status != .blocked,
      try await retry.spool(through: comparer.sieve, &report)
    {
      do {
        let looked = try await search.look(
          for: await comparer.sieve.findings.naturalKeys.subtracting(comparer.review.claims.keys),
          alongside: retry.naturalKeys)
        let stretch = SpooledStretch(
          count: retry.count, completing: retry.completing, looked: looked)
        try await stage.take(stretch, search.target, &report)
      } catch let stopped as TargetStopped {
        // What has been sent before stays counted.
        report.fail(stopped)
        return
      } catch let interrupted as RunInterrupted {
        report.interrupt(interrupted)
        return
      }
    }
    if report.status != .failed, report.status != .blocked { retry.explain(in: &report) }
  }
}
