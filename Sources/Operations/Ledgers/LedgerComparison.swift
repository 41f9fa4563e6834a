import Diagnostics
import Engine
import Mappings
import Programs

/// What the ledger, if there is one, says about mappings whose key, resource or name has changed.
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
    let shapes = try await ledger.shapes()
    var diagnostics: [Diagnostic] = []
    for program in programs {
      let former = program.definition.previousName.flatMap { shapes[$0.value] }
      if former == nil {
        for other in formerNames(of: program, among: shapes) {
          guard try await isRenamed(other, program, ledger) else { continue }
          diagnostics.append(.mappingRenamed(program, from: other))
        }
      }
      let refusal = try await LinkCheck.refusal(of: program, shapes[program.name] ?? former, ledger)
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

  /// Names that the ledger knows and the project does not, of mappings that were like this one.
  private func formerNames(
    of program: MappingProgram, among shapes: [String: MappingShape]
  ) -> [String] {
    guard let known = workspace.mappingNames, !program.definition.continuesNone else { return [] }
    let taken = Set(workspace.project.mappings.compactMap { $0.previousName?.value })
    return shapes.filter { name, shape in
      !known.contains(name) && !taken.contains(name) && shape.isLike(program)
    }.keys.sorted()
  }

  private func isRenamed(
    _ former: String, _ program: MappingProgram, _ ledger: any ProjectLedger
  ) async throws -> Bool {
    guard try await ledger.linkCount(of: program.name) == (0, 0) else { return false }
    return try await ledger.linkCount(of: former) != (0, 0)
  }
}

extension MappingShape {
  /// Whether links of this shape may be those of a mapping: its resource, and its key's columns by their names and, where
  /// they are known, types.
  fileprivate func isLike(_ program: MappingProgram) -> Bool {
    guard resource.utf8.elementsEqual(program.resourceName.utf8),
      key.count == program.keyColumns.count
    else { return false }
    if let now = program.shape, now.key.map(\.kind) != key.map(\.kind) { return false }
    return zip(key, program.keyColumns).allSatisfy { before, place in
      before.name.map { $0.utf8.elementsEqual(program.columns[place].name.utf8) } ?? true
    }
  }
}

extension Diagnostic {
  fileprivate static func mappingRenamed(
    _ program: MappingProgram, from former: String
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.mappingRenamed,
      "the ledger knows nothing of `\(program.name)`, and has objects of `\(program.resourceName)` under "
        + "the name `\(former)`, which no mapping of the project has",
      at: program.definition.name.range,
      help: [
        "if the mapping was renamed, write `previous_name: \(former)` below its name",
        "if it is another one, write `previous_name: none`",
      ])
  }
}
