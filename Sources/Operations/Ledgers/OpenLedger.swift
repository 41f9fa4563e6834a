import Diagnostics
import Engine
import Foundation
import Mappings
import Programs

/// A project's ledger without its sources, for history and for the operator's decisions.
struct OpenLedger {
  let workspace: Workspace
  let ledger: any ProjectLedger
  let masking: Masking
  let environment: OperationEnvironment
  var clock: SystemClock { environment.clock }

  /// Returns the name if the project or the ledger knows the mapping.
  func known(_ mapping: String) async throws -> String {
    let names = try await ledger.mappingNames()
    if names.contains(mapping) { return mapping }
    return try workspace.mappings([mapping]).first?.name.value ?? mapping
  }

  /// The key that the text means.
  func key(_ written: String, of mapping: String) async throws -> Key {
    var search = KeySearch(written)
    for key in try await ledger.keys(of: try await known(mapping), written: written) {
      search.look(at: key)
    }
    if let key = try OperationFailure.key(search, of: mapping) { return key }
    throw OperationFailure(
      .unreadable, "the ledger knows nothing of \(mapping) \(written)",
      remedy: "write the key as the reports do, its columns joined by `/`, e.g. 1/1042")
  }

  func definition(_ mapping: String) -> MappingDefinition? {
    workspace.project.mappings.first { $0.name.value == mapping }
  }

  /// What a command about one mapping must hold: its target only, as far as the project knows it.
  func leaseScope(of mapping: String) -> LeaseScope {
    let project = workspace.project
    guard let target = definition(mapping)?.target.value,
      project.mappings.contains(where: { !$0.target.value.utf8.elementsEqual(target.utf8) })
    else { return .project }
    return .targets([target])
  }

  /// How long a write of unknown outcome rests at a mapping's target.
  func settle(of mapping: String) -> Duration? {
    guard let definition = definition(mapping) else { return nil }
    return workspace.project.targets.first {
      $0.name.value.utf8.elementsEqual(definition.target.value.utf8)
    }?.settle
  }

  /// The mapping's program, compiled without asking the source, and its target.
  func program(_ mapping: String) throws -> (MappingProgram, TargetConnection) {
    let definition = try workspace.mappings([mapping])[0]
    var compiler = ProgramCompiler(
      project: workspace.project, settings: workspace.settings, read: workspace.readSchema)
    let program = compiler.compile(definition, columns: nil)
    guard let program,
      let target = workspace.project.targets.first(where: {
        $0.name.value == definition.target.value
      })
    else { throw OperationFailure(.findings, compiler.diagnostics) }
    return (program, try workspace.target(target, clock: clock))
  }
}
