import Diagnostics
import Engine
import Ledger
import Mappings
import Programs

/// What can be done with a project: a request in, events out, a result or an ``OperationFailure`` back.
///
/// It knows no terminal, no exit code and no signal: every door, such as the command line, brings its environment.
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

  /// The project's files; what is wrong in them stops the operation.
  func workspace() throws -> Workspace {
    let (loaded, findings) = try Workspace.load(project, environment: environment.variables)
    guard var workspace = loaded, !findings.hasErrors else {
      throw OperationFailure(loaded == nil ? .unreadable : .findings, findings)
    }
    workspace.report = environment.report
    return workspace
  }

  /// The project, checked against its sources. `takesInvalid`: whether the work goes on without the mappings that do not
  /// compile.
  func openProject(_ names: [String], takesInvalid: Bool = false) async throws -> OpenProject {
    let workspace = try workspace()
    let mappings = try workspace.mappings(names)
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

  /// The ledger alone, for reading. A mapping with mistakes in it does not stand in the way.
  func readLedger() throws -> OpenLedger { try openLedger { try $0.openReadOnly() } }

  /// The ledger alone, with the right to write while `body` works.
  func writeLedger<Result>(
    wait: Waiting, _ body: (OpenLedger, Lease) async throws -> Result
  ) async throws -> Result {
    let open = try openLedger { try $0.open() }
    return try await LedgerClaim.hold(
      open.ledger, at: try open.workspace.ledger.path, wait: wait, environment
    ) { claim in
      if let doubt = claim.doubt {
        environment.report(.warning("\(doubt); the next run compares it with the targets"))
      }
      return try await body(open, claim.lease)
    }
  }

  private func openLedger(
    _ opening: (LedgerPlace) throws -> (SQLiteLedger, Masking)
  ) throws -> OpenLedger {
    let (workspace, findings) = try Workspace.load(project, environment: environment.variables)
    guard var workspace else { throw OperationFailure(.unreadable, findings) }
    workspace.report = environment.report
    let (ledger, masking) = try opening(try workspace.ledger)
    return OpenLedger(
      workspace: workspace, ledger: ledger, masking: masking, environment: environment)
  }

  /// What the engine works with. Without a run, it is a plan's: nothing is sent or written down.
  func context(
    _ project: OpenProject, _ ledger: SQLiteLedger, _ masking: Masking, lease: Lease = .none,
    run: Int64? = nil, details: Int = .max, times: StageTimes = StageTimes()
  ) -> RunContext {
    let report = environment.report
    var context = RunContext(
      mode: run == nil ? .plan(details: details) : .run, ledger: ledger, lease: lease,
      run: run ?? 0, sources: project.sources.mapValues { $0 },
      targets: project.targets(timedBy: times),
      clock: clock, masking: masking, integerIDs: project.workspace.integerIDs,
      deleting: project.workspace.deleting, stop: stop, times: times,
      report: { report(.run($0)) })
    context.mappings = project.workspace.mappingNames
    return context
  }
}

extension Lease {
  /// Of those who only read.
  static let none = Lease(holder: "", epoch: 0)
}
