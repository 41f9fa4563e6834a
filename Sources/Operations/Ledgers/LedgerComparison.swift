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

  init(_ workspace: Workspace, _ programs: [MappingProgram]) {
    self.workspace = workspace
    self.programs = programs
  }

  var diagnostics: [Diagnostic] {
    get async throws {
      guard let path = workspace.ledgerPath else { return [] }
      do throws(OperationFailure) {
        return try await failing {
          guard let ledger = try LedgerPlace(path: path).openWithoutKey() else { return [] }
          return try await diagnostics(ledger)
        }
      } catch {
        try Task.checkCancellation()
        return [
          Diagnostic(
            ProgramCodes.ledgerUnread, severity: .warning,
            "the ledger was not looked at: \(error.message)", at: place,
            help: error.remedy.map { [$0] } ?? [])
        ]
      }
    }
  }

  /// Where the files say which ledger it is, or whose it is.
  private var place: SourceRange { workspace.project.ledger.sqlite.range }

  private func diagnostics(_ ledger: any ProjectLedger) async throws -> [Diagnostic] {
    if let refusal = try await LedgerTies(workspace, targets: []).refusal(of: ledger) {
      return [
        Diagnostic(
          ProgramCodes.ledgerOfAnother, refusal.message, at: place,
          help: refusal.remedy.map { [$0] } ?? [])
      ]
    }
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
