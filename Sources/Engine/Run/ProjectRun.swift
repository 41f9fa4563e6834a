import Programs

/// All mappings of a run, each after those that it links to; the mappings of one target one after another, different
/// targets beside each other.
public struct ProjectRun: Sendable {
  public let programs: [MappingProgram]
  /// Mappings that belong to the run and cannot be part of it.
  public let invalid: [InvalidMapping]
  public let context: RunContext

  public init(
    programs: [MappingProgram], invalid: [InvalidMapping] = [], context: RunContext
  ) {
    self.programs = programs
    self.invalid = invalid
    self.context = context
  }

  public struct Outcome: Sendable {
    public var report: RunReport
    public var items: [PlanItem]
    /// What can be applied later, where that was asked for.
    public var sections: [PlanSection] = []
  }

  public func run() async throws -> Outcome {
    let causes = InvalidMapping.dependants(of: invalid, among: programs)
    let order = RunOrder.sorted(programs.filter { causes[$0.name] == nil })
    for name in Set(order.flatMap(\.linkedMappings)) {
      try await context.links.load(
        name, onlyActive: context.project.deleting.contains(name), from: context.ledger)
    }
    let results = try await results(in: order)
    let dependants = RunOrder.sorted(programs).compactMap { program in
      causes[program.name].map { MappingReport(program, dependingOn: $0) }
    }
    let reports =
      order.compactMap { results[$0.name]?.report } + invalid.map(\.report) + dependants
    let items = order.flatMap { results[$0.name]?.items ?? [] }
    return Outcome(
      report: RunReport(run: context.run, mappings: reports),
      items: try await PlanNames(programs: order, ledger: context.ledger).named(items),
      sections: context.options.seal == nil ? [] : reports.map { section(of: $0, results) })
  }

  /// What did not come so far says nothing.
  private func section(
    of report: MappingReport, _ results: [String: MappingRun.Result]
  ) -> PlanSection {
    results[report.mapping]?.section
      ?? PlanSection(
        mapping: report.mapping, status: report.status, rows: 0, guards: [], approvals: [])
  }

  /// A mapping that has come to its end. No tuple, see ``BatchSender``.
  private struct Ended: Sendable {
    var program: MappingProgram
    var result: Result<MappingRun.Result, any Error>
  }

  /// Whatever happens to one mapping, those beside it come to their own end: a request that is broken off would leave its
  /// outcome unknown.
  private func results(in order: [MappingProgram]) async throws -> [String: MappingRun.Result] {
    var queue = RunQueue(order)
    var refused: Set<String> = []
    var results: [String: MappingRun.Result] = [:]
    var failure: (any Error)?
    await withTaskGroup(of: Ended.self) { group in
      func startReady() {
        while let program = queue.next() {
          let other = program.linkedMappings.first { refused.contains($0) && $0 != program.name }
          group.addTask {
            do {
              return Ended(
                program: program, result: .success(try await one(program, linkedTo: other)))
            } catch {
              return Ended(program: program, result: .failure(error))
            }
          }
        }
      }
      startReady()
      while let ended = await group.next() {
        queue.finish(ended.program)
        switch ended.result {
        case .success(let result):
          results[ended.program.name] = result
          if result.isRefused { refused.insert(ended.program.name) }
          context.report(.finished(result.report))
        case .failure(let error): failure = failure ?? error
        }
        if failure == nil { startReady() }
      }
    }
    if let failure { throw failure }
    return results
  }

  /// One mapping; what makes it impossible becomes its report, and the others go on.
  private func one(
    _ program: MappingProgram, linkedTo refused: String?
  ) async throws -> MappingRun.Result {
    // What it makes of links that lead nowhere any more, such as null, would be written over what is right.
    if let refused { return .refused(.linked(mapping: program.name, to: refused), program) }
    var report = MappingReport(mapping: program.name, target: program.targetName)
    report.status = .failed
    guard let source = context.project.sources[program.sourceName],
      let target = context.project.targets[program.targetName]
    else {
      report.message = "its source or target is not set up"
      return MappingRun.Result(report: report, items: [])
    }
    let callsBefore = target.gate.callCount
    do {
      if let stopped = target.gate.stopped { throw stopped }
      try context.stop?.check()
      return try await MappingRun(
        program: program, context: context, source: source, target: target
      ).run()
    } catch let failure as SourceFailure where failure.kind != .cancelled {
      report.message = failure.message
      report.remedy = failure.remedy
    } catch let stopped as TargetStopped {
      report.fail(stopped)
    } catch let interrupted as RunInterrupted {
      report.message = "nothing sent: \(interrupted.reason)"
    }
    report.calls = target.gate.callCount - callsBefore
    return MappingRun.Result(report: report, items: [])
  }
}
