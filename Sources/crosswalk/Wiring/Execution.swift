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
      integerIDs: project.workspace.integerIDs, report: { progress.show($0) })
    let outcome = try await ledgerErrors {
      try await ProjectRun(programs: project.programs, context: context).run()
    }
    return (outcome, project.targets)
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
      let lease = try await takeLease(ledger, clock, wait: wait)
      let renewal = keepRenewing(lease, ledger, clock)
      defer { renewal.cancel() }
      let progress = ProgressView(isQuiet: quiet)
      let run = try await ledger.startRun(
        RunStart(
          command: "run", mappings: project.programs.map(\.name), startedAt: clock.wall,
          epoch: lease.epoch))
      let context = RunContext(
        mode: .run, ledger: ledger, lease: lease, run: run, sources: project.sources,
        targets: project.targets, clock: clock, masking: masking,
        integerIDs: project.workspace.integerIDs, limit: limit,
        isStopping: { Interruption.hasCome }, report: { progress.show($0) })
      let report: RunReport
      do {
        report = try await ProjectRun(programs: project.programs, context: context).run().report
      } catch {
        try? await ledger.finishRun(run, status: "failed", report: [], now: clock.wall)
        try? await ledger.releaseLease(lease)
        throw error
      }
      try await ledger.finishRun(
        run, status: report.status.rawValue, report: report.json.compactBytes, now: clock.wall)
      renewal.cancel()
      try await ledger.releaseLease(lease)
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

  private static func opening<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as LedgerError {
      throw CommandFailure(exit: .unavailable, error.message, mend: error.mend)
    }
  }

  private static func ledgerErrors<Result>(_ body: () async throws -> Result) async throws -> Result
  {
    do {
      return try await body()
    } catch let error as LedgerError {
      throw CommandFailure(exit: .unavailable, error.message, mend: error.mend)
    }
  }

  // MARK: The one writer

  private static let leaseLength = Duration.seconds(30)

  private static func takeLease(
    _ ledger: SQLiteLedger, _ clock: SystemClock, wait: Bool
  ) async throws -> Lease {
    let holder = "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
    var hasSaidSo = false
    while true {
      switch try await ledger.acquireLease(holder: holder, for: leaseLength, now: clock.wall) {
      case .acquired(let lease): return lease
      case .held(let other, let until):
        let left = Duration.milliseconds(max(0, until - clock.wall))
        guard wait || isDead(other) else {
          throw CommandFailure(
            exit: .unavailable, "another process is running this project: \(other)",
            mend: "wait for it, or use `--wait`; should it be dead, its claim ends in \(left.words)"
          )
        }
        if !hasSaidSo {
          Terminal.complain("waiting for \(other), at most \(left.words) if it is dead")
          hasSaidSo = true
        }
        try await clock.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Whether the holder was a process of this machine that is gone: its claim then ends by itself within moments.
  private static func isDead(_ holder: String) -> Bool {
    let parts = holder.split(separator: ":")
    guard parts.count == 2, parts[0] == ProcessInfo.processInfo.hostName,
      let process = Int32(parts[1])
    else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  private static func keepRenewing(
    _ lease: Lease, _ ledger: SQLiteLedger, _ clock: SystemClock
  ) -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        do {
          try await clock.sleep(for: leaseLength / 3)
          // A lease that is lost shows at the next write, which is refused.
          guard try await ledger.renewLease(lease, for: leaseLength, now: clock.wall) else {
            return
          }
        } catch {
          return
        }
      }
    }
  }
}
