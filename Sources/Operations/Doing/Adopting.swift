import Engine
import Programs

public struct AdoptRequest: Sendable {
  public var selection: Selection
  /// Whether links also move from keys without a row to the keys that their rows have now.
  public var moves = false
  /// Whether the links are stored; otherwise they are only shown.
  public var applies = false
  public var wait = Waiting.no

  public init(
    _ selection: Selection, moves: Bool = false, applies: Bool = false, wait: Waiting = .no
  ) {
    self.selection = selection
    self.moves = moves
    self.applies = applies
    self.wait = wait
  }
}

/// The result for one mapping.
public struct AdoptedMapping: Sendable {
  public let mapping: String
  /// `nil` when no call lists its objects, or nothing identifies them.
  public let report: Adoption.Report?
}

extension Operations {
  /// Pairs the rows of mappings with the objects at their targets, mapping by mapping in the order of their links.
  public func adopt(
    _ request: AdoptRequest
  ) async throws(OperationFailure) -> [AdoptedMapping] {
    try await failing {
      guard !request.moves || request.selection.keys.isEmpty else {
        throw OperationFailure(
          .unreadable, "links move all at once, since the key of all rows has changed",
          remedy:
            "leave the keys out; one link moves by `crosswalk failures adopt MAPPING KEY ID --move`"
        )
      }
      let open = try await openProject(request.selection)
      let programs = RunOrder.sorted(open.programs)
      let place = try open.workspace.ledger
      let ties = try LedgerTies(open)
      func adopt(_ context: RunContext) async throws -> [AdoptedMapping] {
        var adopted: [AdoptedMapping] = []
        var context = context
        context.options.keys = request.selection.keys
        for program in programs {
          let report = try await Adoption(
            program: program, context: context, moves: request.moves
          ).run()
          adopted.append(AdoptedMapping(mapping: program.name, report: report))
        }
        return adopted
      }
      guard request.applies else {
        let (ledger, access, masking) = try await ledgerForPlan(open)
        try await ties.check(ledger)
        return try await adopt(try context(open, access, masking))
      }
      let (ledger, masking) = try place.open()
      return try await LedgerClaim.hold(
        ledger, at: place.path, for: open.leaseScope, takesDoubt: true, wait: request.wait,
        environment
      ) {
        claim in
        try await ties.hold(claim.writer, at: clock.wall, report: environment.report)
        return try await claim.recorded("adopt", programs.map(\.name), clock) { writer, ending in
          let adopted = try await adopt(
            try context(open, .writing(writer), masking))
          let missing = RunReport.missing(in: adopted.compactMap { $0.report?.missingKeys })
          if !missing.isEmpty {
            var report = RunReport(run: writer.run, mappings: [])
            report.unfound = missing
            ending = LedgerClaim.Ending(status: report.status, report: report.json.compactBytes)
          }
          if adopted.contains(where: { $0.report == nil }) { ending.status = .blocked }
          return adopted
        }
      }
    }
  }
}
