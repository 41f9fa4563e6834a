import Diagnostics
import Engine
import Foundation
import Programs

/// What the ledger, if there is one, says about mappings whose key, resource or name has changed.
struct LedgerComparison {
  private let project: OpenProject

  private let report: @Sendable (OperationEvent) -> Void

  init(_ project: OpenProject, report: @escaping @Sendable (OperationEvent) -> Void) {
    self.project = project
    self.report = report
  }

  var diagnostics: [Diagnostic] {
    get async throws {
      let ledger: any ProjectLedger
      do throws(OperationFailure) {
        let place = try project.workspace.ledger
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        ledger = try opened(place)
      } catch {
        report(.warning("the ledger was not looked at: \(error.message)"))
        return []
      }
      return try await failing { try await diagnostics(ledger) }
    }
  }

  private func opened(_ place: LedgerPlace) throws(OperationFailure) -> any ProjectLedger {
    try failingAtOnce { try place.openReadOnly().0 }
  }

  private func diagnostics(_ ledger: any ProjectLedger) async throws -> [Diagnostic] {
    let shapes = try await ledger.shapes()
    var diagnostics: [Diagnostic] = []
    for program in project.programs {
      let former = program.definition.previousName.flatMap { shapes[$0.value] }
      let refusal = try await LinkCheck.refusal(of: program, shapes[program.name] ?? former, ledger)
      if former == nil, try await ledger.linkCount(of: program.name) == (0, 0) {
        diagnostics += renamed(program, shapes)
      }
      guard let refusal, let code = refusal.code else { continue }
      let definition = program.definition
      let range =
        switch refusal {
        case .key: definition.key.first?.range ?? definition.name.range
        case .resource: definition.resource.range
        case .renamed, .linked: definition.name.range
        }
      diagnostics.append(Diagnostic(code, refusal.message, at: range, help: [refusal.help]))
    }
    return diagnostics
  }

  /// A mapping that the ledger does not know may be known under another name.
  private func renamed(
    _ program: MappingProgram, _ shapes: [String: MappingShape]
  ) -> [Diagnostic] {
    guard let known = project.workspace.mappingNames, let shape = program.shape else { return [] }
    let others = shapes.filter {
      !known.contains($0.key) && $0.value.resource == shape.resource
        && $0.value.key.map(\.kind) == shape.key.map(\.kind)
    }
    return others.keys.sorted().map { other in
      Diagnostic(
        ProgramCodes.mappingRenamed, severity: .warning,
        "the ledger knows nothing of `\(program.name)`, and has objects of `\(shape.resource)` under the "
          + "name `\(other)`, which no mapping of the project has",
        at: program.definition.name.range,
        help: ["if the mapping was renamed, add `previous_name: \(other)`"])
    }
  }
}
