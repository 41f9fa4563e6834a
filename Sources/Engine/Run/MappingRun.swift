import JSON
import Mappings
import Programs

/// One mapping's part of a run: read, compare, and take what differs to its end.
struct MappingRun {
  let program: MappingProgram
  let context: RunContext
  let source: any RowSource
  let target: TargetConnection

  struct Result: Sendable {
    var report: MappingReport
    var items: [PlanItem]
    /// What can be applied later, where that was asked for.
    var section: PlanSection?
    /// Whether the ledger's links are not those of the mapping's rows, and so nobody can rely on them.
    var isRefused = false

    static func blocked(_ tripped: GuardTripped, _ program: MappingProgram) -> Result {
      var report = MappingReport(mapping: program.name, target: program.targetName)
      report.block([tripped])
      return Result(report: report, items: [])
    }

    static func refused(_ refusal: LinkRefusal, _ program: MappingProgram) -> Result {
      var report = MappingReport(mapping: program.name, target: program.targetName)
      report.block(refusal)
      return Result(report: report, items: [], isRefused: refusal.concernsOwnLinks)
    }
  }

  /// A run sends the changes, and a plan, which cannot write to the ledger, shows them: the stage behind the comparison is
  /// chosen here, once.
  func run() async throws -> Result {
    let started = context.clock.monotonic
    let callsBefore = target.gate.callCount
    context.report(.started(mapping: program.name, target: program.targetName))
    var result: Result
    if let writer = context.writer {
      let mapping = MappingWriter(
        program, target, writer, masking: context.masking, links: context.links)
      result = try await run(SendingStage(mapping, context))
    } else {
      result = try await run(ShowingStage(program, target, context.ledger))
    }
    guard !result.isRefused else { return result }
    result.report.calls = target.gate.callCount - callsBefore
    result.report.seconds = (context.clock.monotonic - started) / .seconds(1)
    return result
  }

  private func run(_ last: some ChangeStage) async throws -> Result {
    var stage = last
    let moved: Int
    switch try await LinkCheck(program: program, context: context, source: source).settle() {
    case .fits(let count): moved = count
    case .refused(let refusal): return .refused(refusal, program)
    }
    let open = try await stage.takeOver()
    let reconciled: ReconcileReport?
    switch try await reconcile(open, stage.findings) {
    case .success(let report): reconciled = report
    case .failure(let tripped): return .blocked(tripped, program)
    }
    let lastRows = try await context.ledger.lastRowCount(of: program.name)
    let comparer = try await compare(open, reconciled?.foreseen)
    var report = comparer.report
    report.reconciled = reconciled
    report.moved = moved
    report.deletes = program.whenAbsent?.delete == true
    report.alreadySent = context.options.gate?.sentBefore(of: program.name) ?? 0
    let tripped = (reconciled?.tripped.map { [$0] } ?? []) + tripped(comparer, lastRows: lastRows)
    if tripped.isEmpty || stage.showsWhatIsHeld { try await carryOut(comparer, &stage, &report) }
    if !tripped.isEmpty {
      try await block(comparer, by: tripped, &stage, &report)
    } else {
      try await nameUnmet(comparer, &report)
      try await stage.close(comparer, report)
    }
    try await context.spool.clear(mapping: program.name)
    if report.status == .succeeded, report.rejected + report.unknown + report.outdated > 0 {
      report.status = .partial
    }
    return Result(
      report: report, items: stage.shown.items,
      section: section(report, comparer, tripped, stage.shown.approvals))
  }

  // MARK: Steps

  /// Compares the ledger with the target first, where that is asked for: `nil` where not.
  private func reconcile(
    _ open: OpenKeys, _ stage: any FindingStage
  ) async throws -> Swift.Result<ReconcileReport?, GuardTripped> {
    guard context.options.reconciles else { return .success(nil) }
    var reconciliation = Reconciliation(
      program: program, context: context, target: target, open: open, stage)
    do {
      guard let report = try await reconciliation.settle() else {
        return .failure(.cannotReconcile(resource: program.resource.name.value))
      }
      return .success(report)
    } catch let tripped as GuardTripped {
      return .failure(tripped)
    }
  }

  /// Reads the source, and compares its rows with the ledger.
  private func compare(_ open: OpenKeys, _ foreseen: Foreseen?) async throws -> RowComparer {
    var context = context
    if let foreseen { context.foreseen = foreseen }
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
    return comparer
  }

  /// What of the mapping can be applied later, where that was asked for.
  private func section(
    _ report: MappingReport, _ comparer: RowComparer, _ tripped: [GuardTripped],
    _ approvals: [Approval]
  ) -> PlanSection? {
    context.options.seal.map { seal in
      let decisions = DecisionSeal(seal: seal, mapping: program.name)
      return PlanSection(
        mapping: program.name, status: report.status, rows: report.rows,
        guards: tripped.compactMap(\.shown), approvals: approvals,
        keys: comparer.chosen.map { Set($0.taken.map(decisions.key)) })
    }
  }

  /// Holds the whole mapping back.
  private func block(
    _ comparer: RowComparer, by tripped: [GuardTripped], _ stage: inout some ChangeStage,
    _ report: inout MappingReport
  ) async throws {
    // What could not be found out is worse.
    guard report.status != .failed else { return }
    report.block(tripped, approved: context.options.gate?.approved(tripped, of: program.name) ?? [])
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
    var search = ObjectSearch(ObjectFinder(program, target, context.access))
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
