import Diagnostics
import Engine
import Foundation
import Ledger
import Mappings
import Programs

/// Plans and runs: opens everything, lets the engine work, closes everything.
enum Execution {
  /// What a plan has found, and what its views name.
  struct DryRun {
    var outcome: ProjectRun.Outcome
    let targets: [String: TargetConnection]
    let project: String
  }

  static func plan(
    _ path: String, _ names: [String], details: Int, reconcile: Bool = false, quiet: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> DryRun {
    let clock = SystemClock()
    let project = try await open(path, names, environment, clock, takesInvalid: true)
    let (ledger, lease, masking) = try await openForPlan(project, clock)
    let progress = ProgressView(isQuiet: quiet, isPlan: true)
    let outcome = try await stoppable { stop in
      var context = RunContext(
        mode: .plan(details: details), ledger: ledger, lease: lease, run: 0,
        sources: project.sources(stopping: stop), targets: project.targets, clock: clock,
        masking: masking, integerIDs: project.workspace.integerIDs,
        deleting: project.workspace.deleting, stop: stop, report: { progress.show($0) })
      try await LedgerTies(project).check(ledger)
      let doubt = try await LedgerMark(of: project.workspace.ledger).doubt(about: ledger)
      if let doubt { Terminal.complain("warning: \(doubt); the targets are read whole first") }
      context.reconciles = reconcile || doubt != nil
      context.mappings = project.workspace.mappingNames
      return try await ProjectRun(
        programs: project.programs, invalid: project.invalid, context: context
      ).run()
    }
    return DryRun(
      outcome: outcome, targets: project.targets,
      project: project.workspace.project.name.value)
  }

  /// How one key of a mapping comes to its change; `nil` when neither source nor ledger knows it.
  static func explain(
    _ path: String, _ mapping: String, _ key: String
  ) async throws -> Explanation? {
    let clock = SystemClock()
    let environment = ProcessInfo.processInfo.environment
    let project = try await open(path, [mapping], environment, clock)
    let (ledger, lease, masking) = try await openForPlan(project, clock)
    let context = RunContext(
      mode: .plan(details: .max), ledger: ledger, lease: lease, run: 0,
      sources: project.sources, targets: project.targets, clock: clock, masking: masking,
      integerIDs: project.workspace.integerIDs, deleting: project.workspace.deleting,
      report: { _ in })
    guard let program = project.programs.first else { return nil }
    return try await outsideErrors {
      try await LedgerTies(project).check(ledger)
      return try await Explainer(program: program, context: context).explain(key)
    }
  }

  /// `profile` is told where the time went.
  static func run(
    _ path: String, _ names: [String], limit: Int? = nil, reconcile: Bool = false, wait: Waiting,
    deadline: Duration? = nil, quiet: Bool, profile: ((StageTimes) -> Void)? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> RunReport {
    let clock = SystemClock()
    let project = try await open(path, names, environment, clock, takesInvalid: true)
    let (ledger, masking) = try opening { try project.workspace.ledger.open() }
    return try await stoppable(deadline: deadline) { stop in
      var claim = try await LedgerClaim.take(
        ledger, at: try project.workspace.ledger.path, clock, wait: wait, stop: stop)
      let report: RunReport
      do {
        report = try await run(
          project, ledger, masking, claim, clock, names, limit: limit,
          reconcile: reconcile, quiet: quiet, stop: stop)
        // A ledger in doubt stays so until every mapping has been compared.
        if report.mappings.allSatisfy({ $0.reconciled != nil }) { claim.trust() }
      } catch {
        try? await claim.end()
        throw error
      }
      try await claim.end()
      profile?(ledger.times)
      return report
    }
  }

  private static func run(
    _ project: OpenProject, _ ledger: SQLiteLedger, _ masking: Masking, _ claim: LedgerClaim,
    _ clock: SystemClock, _ names: [String], limit: Int?, reconcile: Bool, quiet: Bool,
    stop: StopSignal
  ) async throws -> RunReport {
    let lease = claim.lease
    if let doubt = claim.doubt {
      guard names.isEmpty else { throw CommandFailure.inDoubt(doubt) }
      Terminal.complain("warning: \(doubt); the targets are read whole first")
      // What the missing part of the ledger had sent last may still be on its way.
      let rest = project.targets.values.map(\.definition.settle).max() ?? .zero
      if rest > .seconds(1) { Terminal.complain("waiting \(rest.words) for writes on their way") }
      try await stop.interrupting { try await clock.sleep(for: rest) }
    }
    try await LedgerTies(project).hold(ledger, lease, at: clock.wall)
    let progress = ProgressView(isQuiet: quiet)
    let run = try await ledger.startRun(
      RunStart(
        command: "run", mappings: project.programs.map(\.name), startedAt: clock.wall,
        epoch: lease.epoch))
    var context = RunContext(
      mode: .run, ledger: ledger, lease: lease, run: run, sources: project.sources(stopping: stop),
      targets: project.targets(timedBy: ledger.times), clock: clock, masking: masking,
      integerIDs: project.workspace.integerIDs, deleting: project.workspace.deleting,
      limit: limit,
      stop: stop, times: ledger.times, report: { progress.show($0) })
    context.reconciles = reconcile || claim.doubt != nil
    context.mappings = project.workspace.mappingNames
    let report: RunReport
    do {
      report = try await ProjectRun(
        programs: project.programs, invalid: project.invalid, context: context
      ).run().report
    } catch {
      try? await ledger.finishRun(run, status: "failed", report: [], now: clock.wall)
      throw error
    }
    try await ledger.finishRun(
      run, status: report.status.rawValue, report: report.json.compactBytes, now: clock.wall)
    return report
  }

  /// Pairs a mapping's rows with the objects at its target.
  static func adopt(
    _ path: String, _ mapping: String, moves: Bool, apply: Bool, wait: Waiting
  ) async throws -> Adoption.Report? {
    let clock = SystemClock()
    let project = try await open(path, [mapping], ProcessInfo.processInfo.environment, clock)
    guard let program = project.programs.first else { return nil }
    let place = try project.workspace.ledger
    let (ledger, masking) = try opening { apply ? try place.open() : try place.openReadOnly() }
    let progress = ProgressView(isQuiet: true)
    func work(_ lease: Lease, _ run: Int64, _ stop: StopSignal) async throws -> Adoption.Report? {
      let context = RunContext(
        mode: apply ? .run : .plan(details: .max), ledger: ledger, lease: lease, run: run,
        sources: project.sources(stopping: stop), targets: project.targets, clock: clock,
        masking: masking, integerIDs: project.workspace.integerIDs,
        deleting: project.workspace.deleting, stop: stop, report: { progress.show($0) })
      return try await Adoption(program: program, context: context, moves: moves).run()
    }
    return try await stoppable { stop in
      let ties = try LedgerTies(project)
      guard apply else {
        try await ties.check(ledger)
        return try await work(Lease(holder: "", epoch: 0), 0, stop)
      }
      let claim = try await LedgerClaim.take(
        ledger, at: place.path, clock, wait: wait, stop: stop)
      do {
        try await ties.hold(ledger, claim.lease, at: clock.wall)
        let run = try await ledger.startRun(
          RunStart(
            command: "adopt", mappings: [mapping], startedAt: clock.wall, epoch: claim.lease.epoch))
        let report = try await work(claim.lease, run, stop)
        try await ledger.finishRun(
          run, status: report == nil ? "blocked" : "succeeded", report: [], now: clock.wall)
        try await claim.end()
        return report
      } catch {
        try? await claim.end()
        throw error
      }
    }
  }

  /// Takes a run back, mapping by mapping.
  static func undo(
    _ path: String, _ number: Int64, apply: Bool, wait: Waiting
  ) async throws -> UndoneRun {
    let looking = try OpenLedger.reading(path)
    let (known, changes) = try await ledgerErrors {
      (try await looking.ledger.run(number), try await looking.ledger.changes(ofRun: number))
    }
    guard known != nil else {
      throw CommandFailure(
        exit: .unreadable, "the ledger has no run \(number)",
        mend: "`crosswalk runs` lists the latest")
    }
    let named = Set(changes.map(\.mapping))
    let mappings = looking.workspace.project.mappings.map(\.name.value).filter(named.contains)
    var undone = UndoneRun()
    undone.unknownMappings = named.subtracting(mappings).sorted()
    guard !mappings.isEmpty else { return undone }
    let clock = looking.clock
    let project = try await open(path, mappings, ProcessInfo.processInfo.environment, clock)
    let place = try project.workspace.ledger
    let (ledger, masking) = try opening { apply ? try place.open() : try place.openReadOnly() }
    var reports: [MappingReport] = []
    let progress = ProgressView(isQuiet: true)
    func work(_ lease: Lease, _ run: Int64, _ stop: StopSignal) async throws {
      let context = RunContext(
        mode: apply ? .run : .plan(details: .max), ledger: ledger, lease: lease, run: run,
        sources: project.sources(stopping: stop), targets: project.targets, clock: clock,
        masking: masking, integerIDs: project.workspace.integerIDs,
        deleting: project.workspace.deleting, stop: stop, report: { progress.show($0) })
      // What others refer to was made first, so it is taken back last.
      for program in RunOrder.sorted(project.programs).reversed() {
        let callsBefore = project.targets[program.targetName]?.gate.callCount ?? 0
        let items = try await Undo(
          program: program, context: context,
          changes: changes.filter { $0.mapping == program.name }
        ).run()
        let calls = (project.targets[program.targetName]?.gate.callCount ?? 0) - callsBefore
        undone.items += items
        reports.append(
          Undo.report(
            of: items, mapping: program.name, target: program.targetName, calls: calls))
      }
    }
    try await stoppable { stop in
      let ties = try LedgerTies(project)
      guard apply else {
        try await ties.check(ledger)
        return try await work(Lease(holder: "", epoch: 0), 0, stop)
      }
      let claim = try await LedgerClaim.take(
        ledger, at: place.path, clock, wait: wait, stop: stop)
      do {
        if let doubt = claim.doubt { throw CommandFailure.inDoubt(doubt) }
        try await ties.hold(ledger, claim.lease, at: clock.wall)
        let run = try await ledger.startRun(
          RunStart(
            command: "undo \(number)", mappings: mappings, startedAt: clock.wall,
            epoch: claim.lease.epoch))
        func finish(_ status: RunStatus?) async throws {
          let report = RunReport(run: run, mappings: reports)
          try await ledger.finishRun(
            run, status: (status ?? report.status).rawValue, report: report.json.compactBytes,
            now: clock.wall)
        }
        do {
          try await work(claim.lease, run, stop)
        } catch {
          try? await finish(.failed)
          throw error
        }
        try await finish(nil)
        try await claim.end()
      } catch {
        try? await claim.end()
        throw error
      }
    }
    return undone
  }

  /// Lets `body` work until it is done or told to end: by SIGINT or SIGTERM, of which the second ends the program at once,
  /// or by a deadline.
  private static func stoppable<Result>(
    deadline: Duration? = nil, _ body: (StopSignal) async throws -> Result
  ) async throws -> Result {
    Interruption.claim()
    let stop = StopSignal()
    func end(_ reason: String) {
      Terminal.complain("\(reason): waiting for the calls that are under way")
      stop.set(reason)
    }
    let signals = Task {
      guard await Interruption.wait() else { return }
      end("interrupted")
      if await Interruption.wait(for: 2) { Crosswalk.end(with: Exit.unavailable.rawValue) }
    }
    let timer = Task {
      guard let deadline else { return }
      do { try await Task.sleep(for: deadline) } catch { return }
      end("the deadline of \(deadline.words) has passed")
    }
    defer {
      signals.cancel()
      timer.cancel()
    }
    return try await outsideErrors { try await body(stop) }
  }

  /// Gives what comes from outside the form of a command's failure.
  static func outsideErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await ledgerErrors(body)
    } catch let refused as LinksRefused {
      let code = refused.refusal.code.map { "\($0.id): " } ?? ""
      throw CommandFailure(
        exit: .blocked, code + refused.refusal.message, mend: refused.refusal.help)
    } catch let ambiguous as AmbiguousKey {
      throw CommandFailure(exit: .unreadable, ambiguous.description, mend: ambiguous.mend)
    } catch let failure as SourceFailure {
      throw CommandFailure(
        exit: .unavailable, "the source \(failure.source) cannot be read: \(failure.message)",
        mend: failure.mend)
    } catch let stopped as TargetStopped {
      throw CommandFailure(
        exit: .unavailable, "\(stopped.target): \(stopped.message)", mend: stopped.mend)
    } catch let interrupted as RunInterrupted {
      throw CommandFailure(
        exit: .unavailable, "\(interrupted.reason); nothing is half-sent",
        mend: "run it again when it may take its time")
    }
  }

  // MARK: Opening

  /// `takesInvalid`: whether the work goes on without the mappings that do not compile.
  private static func open(
    _ path: String, _ names: [String], _ environment: [String: String], _ clock: SystemClock,
    takesInvalid: Bool = false
  ) async throws -> OpenProject {
    let (loaded, diagnostics) = try Workspace.load(path, environment: environment)
    guard let workspace = loaded, !diagnostics.hasErrors else {
      Terminal.show(diagnostics)
      throw loaded == nil ? Exit.unreadable.code : Exit.findings.code
    }
    let mappings = try workspace.mappings(names)
    let missing = workspace.missingSettings(of: mappings)
    guard missing.isEmpty else { throw CommandFailure(exit: .findings, missing) }
    let (project, found) = try await OpenProject.open(workspace, mappings, clock: clock)
    guard let project, takesInvalid || project.invalid.isEmpty else {
      Terminal.show(diagnostics + found)
      throw Exit.findings.code
    }
    if !project.invalid.isEmpty { Terminal.show(found.filter { $0.severity == .error }) }
    return project
  }

  /// The ledger as a plan reads it. Where links have to move before anything can be compared, they move in a copy.
  private static func openForPlan(
    _ project: OpenProject, _ clock: SystemClock
  ) async throws -> (SQLiteLedger, Lease, Masking) {
    let (ledger, masking) = try opening { try project.workspace.ledger.openReadOnly() }
    let nobody = Lease(holder: "", epoch: 0)
    guard project.programs.contains(where: \.movesLinks) else { return (ledger, nobody, masking) }
    return try await ledgerErrors {
      let copy = try ledger.privateCopy()
      guard
        case .acquired(let lease) = try await copy.acquireLease(
          holder: "plan", for: .seconds(24 * 60 * 60), now: clock.wall)
      else { return (ledger, nobody, masking) }
      return (copy, lease, masking)
    }
  }

  static func opening<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as LedgerError {
      throw CommandFailure(exit: .unavailable, error.message, mend: error.mend)
    }
  }

  static func ledgerErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as LedgerError {
      throw CommandFailure(exit: .unavailable, error.message, mend: error.mend)
    } catch let error as UnreadableRecord {
      throw CommandFailure(exit: .unavailable, error.description, mend: error.mend)
    }
  }
}

extension CommandFailure {
  static func inDoubt(_ doubt: String) -> CommandFailure {
    CommandFailure(
      exit: .blocked, "\(doubt); it has to be compared with the targets before anything is sent",
      mend: "run once without naming mappings: `crosswalk run`")
  }
}
