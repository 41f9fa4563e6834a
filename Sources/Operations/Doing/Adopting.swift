import Engine
import Programs

public struct AdoptRequest: Sendable {
  public var mapping: String
  /// Whether links also move from keys without a row to the keys that their rows have now.
  public var moves = false
  /// Whether the links are written down; else they are only shown.
  public var applies = false
  public var wait = Waiting.no

  public init(
    _ mapping: String, moves: Bool = false, applies: Bool = false, wait: Waiting = .no
  ) {
    self.mapping = mapping
    self.moves = moves
    self.applies = applies
    self.wait = wait
  }
}

extension Operations {
  /// Pairs a mapping's rows with the objects at its target; `nil` when nothing lists these, or tells whose they are.
  public func adopt(
    _ request: AdoptRequest
  ) async throws(OperationFailure) -> Adoption.Report? {
    try await failing {
      let open = try await openProject([request.mapping])
      guard let program = open.programs.first else { return nil }
      let place = try open.workspace.ledger
      let ties = try LedgerTies(open)
      guard request.applies else {
        let (ledger, masking) = try place.openReadOnly()
        try await ties.check(ledger)
        return try await Adoption(
          program: program, context: try context(open, ledger, masking), moves: request.moves
        ).run()
      }
      let (ledger, masking) = try place.open()
      return try await LedgerClaim.hold(ledger, at: place.path, wait: request.wait, environment) {
        claim in
        try await ties.hold(ledger, claim.lease, at: clock.wall, report: environment.report)
        return try await claim.recorded("adopt", [request.mapping], clock) { run, ending in
          let report = try await Adoption(
            program: program,
            context: try context(open, ledger, masking, lease: claim.lease, run: run),
            moves: request.moves
          ).run()
          if report == nil { ending.status = .blocked }
          return report
        }
      }
    }
  }
}
