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
    let programs = programs.filter { causes[$0.name] == nil }
    let order = RunOrder.sorted(programs)
    var waiting = order
    var busy: Set<String> = []
    var finished: Set<String> = []
    var refused: Set<String> = []
    var results: [String: MappingRun.Result] = [:]
    let chosen = Set(programs.map(\.name))
    for name in Set(order.flatMap(\.linkedMappings)) {
      try await context.links.load(
        name, onlyActive: context.deleting.contains(name), from: context.ledger)
    }
    var failure: (any Error)?
    await withTaskGroup(of: (MappingProgram, Result<MappingRun.Result, any Error>).self) { group in
      func startReady() {
        var index = 0
        while index < waiting.count {
          let program = waiting[index]
          let isReady = program.dependencies.allSatisfy {
            !chosen.contains($0) || finished.contains($0) || RunOrder.isLater($0, program, order)
          }
          guard isReady, !busy.contains(program.targetName) else {
            index += 1
            continue
          }
          waiting.remove(at: index)
          busy.insert(program.targetName)
          let other = program.linkedMappings.first { refused.contains($0) && $0 != program.name }
          group.addTask {
            let result: Result<MappingRun.Result, any Error>
            do {
              result = .success(try await one(program, linkedTo: other))
            } catch {
              result = .failure(error)
            }
            return (program, result)
          }
        }
      }
      startReady()
      // Whatever happens to one mapping, those beside it come to their own end: a request that is broken off would leave
      // its outcome unknown.
      while let (program, result) = await group.next() {
        busy.remove(program.targetName)
        finished.insert(program.name)
        switch result {
        case .success(let result):
          results[program.name] = result
          if result.isRefused { refused.insert(program.name) }
          context.report(.finished(result.report))
        case .failure(let error): failure = failure ?? error
        }
        if failure == nil { startReady() }
      }
    }
    if let failure { throw failure }
    let dependants = RunOrder.sorted(self.programs).compactMap { program in
      causes[program.name].map { MappingReport(program, dependingOn: $0) }
    }
    let reports =
      order.compactMap { results[$0.name]?.report } + invalid.map(\.report) + dependants
    let items = order.flatMap { results[$0.name]?.items ?? [] }
    return Outcome(
      report: RunReport(run: context.run, mappings: reports),
      items: try await PlanNames(programs: programs, ledger: context.ledger).named(items),
      sections: context.seal == nil
        ? []
        : reports.map { report in
          // What did not come so far says nothing.
          results[report.mapping]?.section
            ?? PlanSection(
              mapping: report.mapping, status: report.status, rows: 0, guards: [], approvals: [])
        })
  }

  /// One mapping; what makes it impossible becomes its report, and the others go on.
  private func one(
    _ program: MappingProgram, linkedTo refused: String?
  ) async throws -> MappingRun.Result {
    // What it makes of links that lead nowhere any more, such as null, would be written over what is right.
    if let refused { return .refused(.linked(mapping: program.name, to: refused), program) }
    var report = MappingReport(mapping: program.name, target: program.targetName)
    report.status = .failed
    guard let source = context.sources[program.sourceName],
      let target = context.targets[program.targetName]
    else {
      report.message = "its source or target is not set up"
      return MappingRun.Result(report: report, items: [])
    }
    let callsBefore = target.gate.callCount
    do {
      if let stopped = target.gate.stopped { throw stopped }
      try context.stop?.check()
      var run = MappingRun(program: program, context: context, source: source, target: target)
      return try await run.run()
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

/// The order in which mappings run.
public enum RunOrder {
  /// Each mapping behind those it depends on; inside a cycle, as they stand. Otherwise by priority, then by name.
  public static func sorted(_ programs: [MappingProgram]) -> [MappingProgram] {
    let byName = Dictionary(programs.map { ($0.name, $0) }) { first, _ in first }
    var done: Set<String> = []
    var path: Set<String> = []
    var order: [MappingProgram] = []
    func visit(_ program: MappingProgram) {
      guard !done.contains(program.name), path.insert(program.name).inserted else { return }
      for name in program.dependencies { byName[name].map(visit) }
      path.remove(program.name)
      if done.insert(program.name).inserted { order.append(program) }
    }
    programs.sorted {
      let (one, other) = ($0.definition.priority, $1.definition.priority)
      return one != other ? one > other : $0.name < $1.name
    }.forEach(visit)
    return order
  }

  static func isLater(_ name: String, _ program: MappingProgram, _ order: [MappingProgram]) -> Bool
  {
    guard let other = order.firstIndex(where: { $0.name == name }),
      let own = order.firstIndex(where: { $0.name == program.name })
    else { return false }
    return other > own
  }
}
