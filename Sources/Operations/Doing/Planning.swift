import Engine
import Programs

public struct PlanRequest: Sendable {
  public var selection = Selection.all
  /// The maximum number of changes of each mapping to show.
  public var details = Int.max
  /// Whether everything at the targets is compared with the ledger.
  public var reconciles = false
  /// The file that keeps the plan, to be applied later.
  public var out: String?
  /// For how long it can be applied.
  public var goodFor = Duration.seconds(24 * 60 * 60)

  public init(
    _ selection: Selection = .all, details: Int = .max, reconciles: Bool = false,
    out: String? = nil, goodFor: Duration = .seconds(24 * 60 * 60)
  ) {
    self.selection = selection
    self.details = details
    self.reconciles = reconciles
    self.out = out
    self.goodFor = goodFor
  }
}

/// A plan that was kept in a file.
public struct WrittenPlan: Sendable, Hashable {
  public let path: String
  /// Records that it would change.
  public let count: Int
  /// Milliseconds since 1970.
  public let goodUntil: Instant
  /// The guards that hold mappings back, as `apply` approves them.
  public let guards: [String]
}

/// What a plan found, and the names that its views show.
public struct PlanResult: Sendable {
  public var outcome: ProjectRun.Outcome
  public let targets: [String: TargetConnection]
  /// The project's name.
  public let project: String
  /// The file, if one was requested.
  public let file: WrittenPlan?
}

extension Operations {
  /// What a run would change. Sends and records nothing.
  public func plan(_ request: PlanRequest) async throws(OperationFailure) -> PlanResult {
    try await failing {
      let open = try await openProject(request.selection, takesInvalid: true)
      try checkKeys(request.selection, reconciles: request.reconciles)
      let (ledger, access, masking) = try await ledgerForPlan(open, isKept: request.out != nil)
      try await LedgerTies(open).check(ledger)
      let doubt = try await LedgerMark(of: open.workspace.ledger).doubt(about: ledger)
      if let doubt { environment.report(.warning("\(doubt); the targets are read whole first")) }
      var context = try context(open, access, masking)
      context.options.details = request.details
      context.options.reconciles = request.reconciles || doubt != nil
      context.options.keys = request.selection.keys
      if request.out != nil { context.options.seal = PlanSeal(masking) }
      let outcome = try await ProjectRun(
        programs: open.programs, invalid: open.invalid, context: context
      ).run()
      return PlanResult(
        outcome: outcome, targets: open.targets, project: open.workspace.project.name.value,
        file: try context.options.seal.flatMap { seal in
          try request.out.map { path in
            try keep(
              outcome, of: open, seal, for: request.goodFor, context.options.reconciles, at: path)
          }
        })
    }
  }

  /// Writes a plan to a file, to be applied later.
  private func keep(
    _ outcome: ProjectRun.Outcome, of open: OpenProject, _ seal: PlanSeal, for time: Duration,
    _ reconciles: Bool, at path: String
  ) throws -> WrittenPlan {
    let now = clock.wall
    let parts = try outcome.sections.map { section in
      let program = open.programs.first { $0.name.utf8.elementsEqual(section.mapping.utf8) }
      return PlanFile.Part(
        version: try program.map { try open.version(of: $0, seal) } ?? seal.hash("none", []),
        section: section)
    }
    let plan = PlanFile(
      project: open.workspace.project.name.value, madeAt: now, goodUntil: now.later(by: time),
      reconciles: reconciles, parts: parts)
    try PlanPlace(path: path).write(plan.bytes(seal))
    return WrittenPlan(
      path: path, count: plan.count, goodUntil: plan.goodUntil,
      guards: Set(outcome.sections.flatMap(\.guards).map(\.name)).sorted())
  }

  /// A comparison with everything at a target cannot be limited to some records.
  func checkKeys(_ selection: Selection, reconciles: Bool) throws {
    guard reconciles, !selection.keys.isEmpty else { return }
    throw OperationFailure(
      .unreadable, "everything at the targets is compared, or some keys are worked on: not both",
      remedy: "leave out the keys, or the comparison")
  }

  /// How the change of one key is decided; `nil` when neither source nor ledger knows the key.
  public func explain(
    _ mapping: String, _ key: String
  ) async throws(OperationFailure) -> Explanation? {
    try await failing {
      let open = try await openProject(Selection([mapping]))
      let (ledger, access, masking) = try await ledgerForPlan(open)
      guard let program = open.programs.first else { return nil }
      try await LedgerTies(open).check(ledger)
      return try await Explainer(
        program: program, context: try context(open, access, masking)
      ).explain(key)
    }
  }

  /// The ledger as a plan reads it. If links must move before anything can be compared, they move in a copy.
  func ledgerForPlan(
    _ project: OpenProject, isKept: Bool = false
  ) async throws -> (any ProjectLedger, LedgerAccess, Masking) {
    let (ledger, masking) = try project.workspace.ledger.openReadOnly(makingKey: isKept)
    guard project.programs.contains(where: \.movesLinks) else {
      return (ledger, .reading(ledger), masking)
    }
    let copy = try ledger.privateCopy()
    guard
      case .acquired(let lease) = try await copy.acquireLease(
        holder: "plan", for: .seconds(24 * 60 * 60), now: clock.wall)
    else { return (ledger, .reading(ledger), masking) }
    return (copy, .reading(copy: copy, lease), masking)
  }
}
