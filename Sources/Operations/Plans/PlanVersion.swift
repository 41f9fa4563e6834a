import Diagnostics
import Documents
import Engine
import JSON
import Mappings
import Programs

extension OpenProject {
  /// What a mapping's decisions depend on besides its rows: its file, its target's file and address, the resource's schemas and
  /// the query's parameters. Comments, examples and limits do not count.
  func version(of program: MappingProgram, _ seal: PlanSeal) throws -> SealedHash {
    let targets = workspace.project.targets
    let target = targets.first { $0.name.value.utf8.elementsEqual(program.targetName.utf8) }
    var parts = [
      Self.meaning(of: program.definition.file, without: ["tests", "description", "title"]),
      Array(
        program.parameters.map { "\($0.name) \(String(describing: $0.value))" }
          .joined(separator: "\n").utf8),
    ]
    if let target {
      parts.append(
        Self.meaning(
          of: target.file,
          without: ["limits", "retry", "breaker", "concurrency", "timeouts", "description"]))
      var diagnostics: [Diagnostic] = []
      parts.append(
        Array((workspace.settings.resolve(target, &diagnostics)?.address.text ?? "").utf8))
      let schemas = [program.resource.createSchema, program.resource.updateSchema]
      for schema in schemas.compactMap(\.self) {
        parts.append(
          try workspace.readSchema((target.file.path.directory + "/" + schema.value).tidiedPath))
      }
    }
    return seal.hash("version", parts)
  }

  /// A file's content, without its layout.
  private static func meaning(of file: SourceFile, without names: Set<String>) -> [UInt8] {
    var diagnostics: [Diagnostic] = []
    guard let document = Document(file, &diagnostics), let json = document.root.json(&diagnostics),
      case .object(let members) = json
    else { return file.bytes }
    return JSON.object(members.filter { !names.contains($0.name) }).canonicalBytes
  }
}
