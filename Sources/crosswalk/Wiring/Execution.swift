import Diagnostics
import Engine
import Foundation
import Ledger
import Mappings
import Programs

/// Plans and runs: opens everything, lets the engine work, closes everything.
enum Execution {
  static func plan(
    _ path: String, _ names: [String], details: Int, quiet: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> (ProjectRun.Outcome, [String: TargetConnection]) {
    let clock = SystemClock()
    let project = try await open(path, names, environment, clock)
    let (ledger, masking) = try opening { try project.workspace.ledger.openReadOnly() }
    let progress = ProgressView(isQuiet: quiet, isPlan: true)
    let context = RunContext(
      mode: .plan(details: details), ledger: ledger, lease: Lease(holder: "", epoch: 0), run: 0,
      sources: project.sources, targets: project.targets, clock: clock, masking: masking,
      integerIDs: project.workspace.integerIDs, deleting: project.workspace.deleting,
      report: { progress.show($0) })
    let outcome = try await ledgerErrors {
      try await ProjectRun(programs: project.programs, context: context).run()
    }
    return (outcome, project.targets)
  }

  /// How one key of a mapping comes to its change; `nil` when neither source nor ledger knows it.
  static func explain(
    _ path: String, _ mapping: String, _ key: String
  ) async throws -> Explanation? {
    let clock = SystemClock()
    let environment = ProcessInfo.processInfo.environment
    let project = try await open(path, [mapping], environment, clock)
    let (ledger, masking) = try opening { try project.workspace.ledger.openReadOnly() }
    let context = RunContext(
      mode: .plan(details: .max), ledger: ledger, lease: Lease(holder: "", epoch: 0), run: 0,
      sources: project.sources, targets: project.targets, clock: clock, masking: masking,
      integerIDs: project.workspace.integerIDs, report: { _ in })
    guard let program = project.programs.first else { return nil }
    do {
      return try await ledgerErrors {
        try await Explainer(program: program, context: context).explain(key)
      }
    } catch let failure as SourceFailure {
      throw CommandFailure(
        exit: .unavailable, "the source \(failure.source) cannot be read: \(failure.message)",
        mend: failure.mend)
    }
  }

  static func run(
    _ path: String, _ names: [String], limit: Int? = nil, wait: Bool, quiet: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> RunReport {
    let clock = SystemClock()
    let project = try await open(path, names, environment, clock)
    let (ledger, masking) = try opening { try project.workspace.ledger.open() }
    // The first interruption ends the run in order, the second at once.
    let interruption = Task {
      guard await Interruption.wait() else { return }
      Terminal.complain("interrupted: waiting for the calls that are under way")
      if await Interruption.wait(for: 2) { Foundation.exit(Exit.unavailable.rawValue) }
    }
    defer { interruption.cancel() }
    return try await ledgerErrors {
      let claim = try await LedgerClaim.take(
        ledger, at: try project.workspace.ledger.path, clock, wait: wait)
      defer { claim.stopRenewing() }
      let lease = claim.lease
      let progress = ProgressView(isQuiet: quiet)
      let run = try await ledger.startRun(
        RunStart(
          command: "run", mappings: project.programs.map(\.name), startedAt: clock.wall,
          epoch: lease.epoch))
      let context = RunContext(
        mode: .run, ledger: ledger, lease: lease, run: run, sources: project.sources,
        targets: project.targets, clock: clock, masking: masking,
        integerIDs: project.workspace.integerIDs, deleting: project.workspace.deleting,
        limit: limit,
        isStopping: { Interruption.hasCome }, report: { progress.show($0) })
      let report: RunReport
      do {
        report = try await ProjectRun(programs: project.programs, context: context).run().report
      } catch {
        try? await ledger.finishRun(run, status: "failed", report: [], now: clock.wall)
        try? await claim.end()
        throw error
      }
      try await ledger.finishRun(
        run, status: report.status.rawValue, report: report.json.compactBytes, now: clock.wall)
      try await claim.end()
      return report
    }
  }

  // MARK: Opening

  private static func open(
    _ path: String, _ names: [String], _ environment: [String: String], _ clock: SystemClock
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
    guard let project else {
      Terminal.show(diagnostics + found)
      throw Exit.findings.code
    }
    return project
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
    }
  }
}
