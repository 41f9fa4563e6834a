import Diagnostics
import Engine
import Programs

public struct RunRequest: Sendable {
  public var selection = Selection.all
  /// The maximum number of changes of each mapping to send.
  public var limit: Int?
  /// Whether everything at the targets is first compared with the ledger.
  public var reconciles = false
  public var wait = Waiting.no

  public init(
    _ selection: Selection = .all, limit: Int? = nil, reconciles: Bool = false,
    wait: Waiting = .no
  ) {
    self.selection = selection
    self.limit = limit
    self.reconciles = reconciles
    self.wait = wait
  }
}

public struct RunResult: Sendable {
  public let report: RunReport
  /// Where the time went.
  public let times: StageTimes
}

extension Operations {
  /// Plans and sends. Returns when everything that was sent is recorded durably and the ledger is closed.
  public func run(_ request: RunRequest) async throws(OperationFailure) -> RunResult {
    try await failing {
      let open = try await openProject(request.selection, takesInvalid: true)
      try checkKeys(request.selection, reconciles: request.reconciles)
      let place = try open.workspace.ledger
      let (ledger, masking) = try place.open()
      let report = try await LedgerClaim.hold(
        ledger, at: place.path, for: open.leaseScope, takesDoubt: request.selection.isWhole,
        wait: request.wait, environment
      ) { claim in
        let report = try await run(request, open, ledger, masking, claim)
        // A ledger in doubt stays so until every mapping has been compared.
        if report.mappings.allSatisfy({ $0.reconciled != nil }) { claim.trust() }
        await upkeep(open, claim)
        return report
      }
      return RunResult(report: report, times: ledger.times)
    }
  }

  private func run(
    _ request: RunRequest, _ open: OpenProject, _ ledger: any ProjectLedger, _ masking: Masking,
    _ claim: LedgerClaim
  ) async throws -> RunReport {
    if let doubt = claim.doubt { try await rest(open, becauseOf: doubt) }
    try await LedgerTies(open).hold(
      claim.writer, at: clock.wall, report: environment.report)
    return try await claim.recorded("run", open.names, clock) { writer, ending in
      var context = try context(open, .writing(writer), masking, times: ledger.times)
      context.options.limit = request.limit
      context.options.keys = request.selection.keys
      context.options.reconciles = request.reconciles || claim.doubt != nil
      let report = try await ProjectRun(
        programs: open.programs, invalid: open.invalid, context: context
      ).run().report
      ending = LedgerClaim.Ending(status: report.status, report: report.json.compactBytes)
      return report
    }
  }

  /// A clock that was set may be wrong, and so may the age of entries. A failure to remove them does not stop the run.
  private func upkeep(_ open: OpenProject, _ claim: LedgerClaim) async {
    guard let keep = open.workspace.project.ledger.keep, !claim.clockWasSet else { return }
    let upkeep = LedgerUpkeep(
      writer: claim.writer, keep: keep, clock: clock, stop: stop)
    do {
      try await upkeep.runIfDue()
    } catch {
      environment.report(
        .warning("old history stays in the ledger: \(OperationFailure(error).message)"))
    }
  }

  /// The last writes of the missing part of an old ledger may still be under way.
  func rest(_ open: OpenProject, becauseOf doubt: String) async throws {
    environment.report(.warning("\(doubt); the targets are read whole first"))
    let rest = open.targets.values.map(\.definition.settle).max() ?? .zero
    if rest > .seconds(1) {
      environment.report(.waiting("\(rest.words) for writes on their way"))
    }
    try await stop.interrupting { [clock] in try await clock.sleep(for: rest) }
  }
}
