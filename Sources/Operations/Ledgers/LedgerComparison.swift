import Diagnostics
import Engine
import Mappings
import Programs

/// What the ledger, if there is one, says about mappings whose key, resource or name has changed, as a run says it too.
///
/// The ledger is opened for reading, without a lease. If its setting is missing, as in a pull request's checks, there is none.
struct LedgerComparison {
  private let workspace: Workspace
  private let programs: [MappingProgram]
  private let report: @Sendable (OperationEvent) -> Void

  init(
    _ workspace: Workspace, _ programs: [MappingProgram],
    report: @escaping @Sendable (OperationEvent) -> Void
  ) {
    self.workspace = workspace
    self.programs = programs
    self.report = report
  }

  var diagnostics: [Diagnostic] {
    get async throws {
      let ledger: any ProjectLedger
      do throws(OperationFailure) {
        guard let path = workspace.ledgerPath,
          let found = try failingAtOnce({ try LedgerPlace(path: path).openWithoutKey() })
        else { return [] }
        ledger = found
      } catch {
        report(.warning("the ledger was not looked at: \(error.message)"))
        return []
      }
      return try await failing { try await diagnostics(ledger) }
    }
  }

  private func diagnostics(_ ledger: any ProjectLedger) async throws -> [Diagnostic] {
    let standing = try await LinkStanding(workspace.known, ledger)
    var diagnostics: [Diagnostic] = []
    for program in programs {
      let refusal: LinkRefusal?
      switch try await standing.place(of: program.definition) {
      case .own: refusal = try await standing.refusal(of: program, under: program.name)
      case .former(let name): refusal = try await standing.refusal(of: program, under: name)
      case .refused(let found): refusal = found
      }
      guard let refusal, let code = refusal.code else { continue }
      diagnostics.append(
        Diagnostic(
          code, refusal.message, at: refusal.range(in: program.definition), help: [refusal.help]))
    }
    return diagnostics
  }
}

extension LinkRefusal {
  /// What of a mapping's file it is about.
  fileprivate func range(in mapping: MappingDefinition) -> SourceRange {
    switch self {
    case .key: mapping.key.first?.range ?? mapping.name.range
    case .resource: mapping.resource.range
    case .formerResource, .bothNames: mapping.previousName?.range ?? mapping.name.range
    case .renamed, .linked, .unsettled: mapping.name.range
    }
  }
}
