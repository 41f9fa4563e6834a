import Engine
import Programs

public struct UndoRequest: Sendable {
  public var run: Int64
  /// Whether it is sent; otherwise it is only shown.
  public var applies = false
  public var wait = Waiting.no

  public init(_ run: Int64, applies: Bool = false, wait: Waiting = .no) {
    self.run = run
    self.applies = applies
    self.wait = wait
  }
}

/// What can be undone, or was undone, of a run.
public struct UndoneRun: Sendable {
  public var items: [Undo.Item] = []
  /// Mappings that the run changed and the project no longer has.
  public var unknownMappings: [String] = []
}

extension Operations {
  /// Undoes a run, mapping by mapping.
  public func undo(_ request: UndoRequest) async throws(OperationFailure) -> UndoneRun {
    try await failing {
      let looking = try readLedger()
      guard try await looking.ledger.run(request.run) != nil else {
        throw OperationFailure.noRun(request.run)
      }
      let changes = try await looking.ledger.changes(ofRun: request.run)
      let named = Set(changes.map(\.mapping))
      let mappings = looking.workspace.project.mappings.map(\.name.value).filter(named.contains)
      var undone = UndoneRun()
      undone.unknownMappings = named.subtracting(mappings).sorted()
      guard !mappings.isEmpty else { return undone }
      let open = try await openProject(Selection(mappings))
      let place = try open.workspace.ledger
      let ties = try LedgerTies(open)
      guard request.applies else {
        let (ledger, masking) = try place.openReadOnly()
        try await ties.check(ledger)
        let context = try context(open, .reading(ledger), masking)
        try await takeBack(changes, open, context) { undone.items += $1 }
        return undone
      }
      let (ledger, masking) = try place.open()
      try await LedgerClaim.hold(
        ledger, at: place.path, takesDoubt: false, wait: request.wait, environment
      ) { claim in
        try await ties.hold(claim.writer, at: clock.wall, report: environment.report)
        try await claim.recorded("undo \(request.run)", mappings, clock) { writer, ending in
          var reports: [MappingReport] = []
          let context = try context(open, .writing(writer), masking)
          try await takeBack(changes, open, context) { report, items in
            undone.items += items
            reports.append(report)
            let report = RunReport(run: writer.run, mappings: reports)
            ending = LedgerClaim.Ending(
              status: report.status, report: report.json.compactBytes)
          }
        }
      }
      return undone
    }
  }

  private func takeBack(
    _ changes: [ChangeEntry], _ open: OpenProject, _ context: RunContext,
    _ done: (MappingReport, [Undo.Item]) -> Void
  ) async throws {
    // Objects that others link to were created first, so they are undone last.
    for program in RunOrder.sorted(open.programs).reversed() {
      let gate = open.targets[program.targetName]?.gate
      let callsBefore = gate?.callCount ?? 0
      let items = try await Undo(
        program: program, context: context,
        changes: changes.filter { $0.mapping == program.name }
      ).run()
      done(
        Undo.report(
          of: items, mapping: program.name, target: program.targetName,
          calls: (gate?.callCount ?? 0) - callsBefore), items)
    }
  }
}

extension OperationFailure {
  static func noRun(_ number: Int64) -> OperationFailure {
    OperationFailure(
      .unreadable, "the ledger has no run \(number)", remedy: "`crosswalk runs` lists the latest")
  }
}
