import Diagnostics
import Engine
import Mappings
import Programs

/// The operations on a project. Each takes a request, reports events, and returns a result or throws an ``OperationFailure``.
///
/// They know no terminal, exit code or signal. Every door, such as the command line, supplies its environment.
public struct Operations: Sendable {
  /// The project's folder, or its `crosswalk.yaml`.
  public let project: String
  public let environment: OperationEnvironment

  public init(project: String, _ environment: OperationEnvironment) {
    self.project = project
    self.environment = environment
  }

  var clock: SystemClock { environment.clock }
  var stop: StopSignal { environment.stop }

  // MARK: Opening

  /// Reads the project's files. Throws if anything in them is wrong.
  func workspace() throws -> Workspace {
    let (loaded, findings) = try Workspace.load(project, environment: environment.variables)
    guard var workspace = loaded, !findings.hasErrors else {
      throw OperationFailure(.findings, findings)
    }
    workspace.report = environment.report
    return workspace
  }

  /// Opens the project and checks it against its sources. `takesInvalid`: whether the operation continues without mappings that
  /// do not compile.
  func openProject(
    _ selection: Selection, takesInvalid: Bool = false
  ) async throws -> OpenProject {
    let workspace = try workspace()
    let mappings = try workspace.mappings(selection)
    let missing = workspace.missingSettings(of: mappings)
    guard missing.isEmpty else { throw OperationFailure(.findings, missing) }
    let (project, found) = try await OpenProject.open(
      workspace, mappings, clock: clock, stop: stop)
    guard let project, takesInvalid || project.invalid.isEmpty else {
      throw OperationFailure(.findings, workspace.diagnostics + found)
    }
    if !project.invalid.isEmpty {
      environment.report(.findings(found.filter { $0.severity == .error }))
    }
    return project
  }

  /// Opens only the ledger, for reading. A mapping with mistakes does not prevent this.
  func readLedger() throws -> OpenLedger { try openLedger { try $0.openReadOnly() } }

  /// Opens only the ledger, and holds the lease while `body` works.
  ///
  /// - Parameter mapping: The only one that `body` is about; `nil` where it is about more.
  func writeLedger<Result>(
    of mapping: String? = nil, wait: Waiting,
    _ body: (OpenLedger, ProjectWriter) async throws -> Result
  ) async throws -> Result {
    let open = try openLedger { try $0.open() }
    return try await LedgerClaim.hold(
      open.ledger, at: try open.workspace.ledger.path,
      for: mapping.map(open.leaseScope) ?? .project, takesDoubt: true, wait: wait, environment
    ) { claim in
      if let doubt = claim.doubt {
        environment.report(.warning("\(doubt); the next run compares it with the targets"))
      }
      return try await body(open, claim.writer)
    }
  }

  /// Where the ledger is, without opening it.
  func workspaceLedger() throws -> LedgerPlace {
    let (workspace, findings) = try Workspace.load(project, environment: environment.variables)
    guard let workspace else { throw OperationFailure(.findings, findings) }
    return try workspace.ledger
  }

  private func openLedger(
    _ opening: (LedgerPlace) throws -> (any ProjectLedger, Masking)
  ) throws -> OpenLedger {
    let (workspace, findings) = try Workspace.load(project, environment: environment.variables)
    guard var workspace else { throw OperationFailure(.findings, findings) }
    workspace.report = environment.report
    let (ledger, masking) = try opening(try workspace.ledger)
    return OpenLedger(
      workspace: workspace, ledger: ledger, masking: masking, environment: environment)
  }

  /// What the engine works with. Without the right to write it is for a plan, which sends and records nothing.
  func context(
    _ project: OpenProject, _ access: LedgerAccess, _ masking: Masking,
    times: StageTimes = StageTimes()
  ) throws -> RunContext {
    let report = environment.report
    return RunContext(
      project: RunProject(
        sources: project.sources.mapValues { $0 }, targets: project.targets(timedBy: times),
        integerIDs: project.workspace.integerIDs, deleting: project.workspace.deleting,
        known: project.workspace.known),
      access: access,
      environment: RunEnvironment(
        clock: clock, masking: masking, stop: stop, times: times, report: { report(.run($0)) }),
      spool: try LedgerPlace.spool())
  }
}
