import Engine
import Programs

public struct PlanRequest: Sendable {
  /// All where none is named.
  public var mappings: [String] = []
  /// At most so many changes of each mapping are kept to be shown.
  public var details = Int.max
  /// Whether everything at the targets is compared with the ledger.
  public var reconciles = false

  public init(_ mappings: [String] = [], details: Int = .max, reconciles: Bool = false) {
    self.mappings = mappings
    self.details = details
    self.reconciles = reconciles
  }
}

/// What a plan has found, and what its views name.
public struct PlanResult: Sendable {
  public var outcome: ProjectRun.Outcome
  public let targets: [String: TargetConnection]
  /// The project's name.
  public let project: String
}

extension Operations {
  /// What a run would change. Nothing is sent or written down.
  public func plan(_ request: PlanRequest) async throws(OperationFailure) -> PlanResult {
    try await failing {
      let open = try await openProject(request.mappings, takesInvalid: true)
      let (ledger, lease, masking) = try await ledgerForPlan(open)
      try await LedgerTies(open).check(ledger)
      let doubt = try await LedgerMark(of: open.workspace.ledger).doubt(about: ledger)
      if let doubt { environment.report(.warning("\(doubt); the targets are read whole first")) }
      var context = try context(open, ledger, masking, lease: lease, details: request.details)
      context.reconciles = request.reconciles || doubt != nil
      let outcome = try await ProjectRun(
        programs: open.programs, invalid: open.invalid, context: context
      ).run()
      return PlanResult(
        outcome: outcome, targets: open.targets, project: open.workspace.project.name.value)
    }
  }

  /// How one key of a mapping comes to its change; `nil` when neither source nor ledger knows it.
  public func explain(
    _ mapping: String, _ key: String
  ) async throws(OperationFailure) -> Explanation? {
    try await failing {
      let open = try await openProject([mapping])
      let (ledger, lease, masking) = try await ledgerForPlan(open)
      guard let program = open.programs.first else { return nil }
      try await LedgerTies(open).check(ledger)
      return try await Explainer(
        program: program, context: try context(open, ledger, masking, lease: lease)
      ).explain(key)
    }
  }

  /// The ledger as a plan reads it. Where links have to move before anything can be compared, they move in a copy.
  private func ledgerForPlan(
    _ project: OpenProject
  ) async throws -> (any ProjectLedger, Lease, Masking) {
    let (ledger, masking) = try project.workspace.ledger.openReadOnly()
    guard project.programs.contains(where: \.movesLinks) else { return (ledger, .none, masking) }
    let copy = try ledger.privateCopy()
    guard
      case .acquired(let lease) = try await copy.acquireLease(
        holder: "plan", for: .seconds(24 * 60 * 60), now: clock.wall)
    else { return (ledger, .none, masking) }
    return (copy, lease, masking)
  }
}
