import Diagnostics
import Expressions
import JSON
import Mappings
import Rows
import SQLText

/// Makes programs of mappings, or says everything that is wrong with them.
public struct ProgramCompiler: Sendable {
  let project: Project
  /// Resolves settings; `nil` when linting, where their values do not matter.
  let settings: SettingResolver?
  /// Whether what single records may do is said beforehand. A run goes on without it: there each record is checked.
  let foresees: Bool
  let schemas: [String: ResourceSchemas]
  /// What a link to each mapping gives.
  private let identities: [String: CELType]
  private var links = LinkChecks()
  private var found: [Diagnostic] = []
  public var diagnostics: [Diagnostic] { found + links.diagnostics }

  /// `read` gives the bytes of a schema file, by its path.
  public init(
    project: Project, settings: SettingResolver?, foresees: Bool? = nil,
    read: (String) throws -> [UInt8]
  ) {
    self.foresees = foresees ?? (settings == nil)
    self.project = project
    self.settings = settings
    var schemas: [String: ResourceSchemas] = [:]
    var files = SchemaFiles()
    var diagnostics: [Diagnostic] = []
    for target in project.targets {
      let used = Set(
        project.mappings.filter { $0.target.value == target.name.value }.map(\.resource.value))
      for resource in target.resources where used.contains(resource.name.value) {
        schemas[target.name.value + "/" + resource.name.value] = files.schemas(
          of: resource, directory: target.file.path.directory, read: read)
      }
      Self.checkAnswers(target, &diagnostics)
    }
    self.schemas = schemas
    found = files.diagnostics + diagnostics
    identities = Self.identities(project)
  }

  /// The program of one mapping; `nil` when it cannot be executed. `columns` is what the source says of what is read.
  public mutating func compile(
    _ mapping: MappingDefinition, columns: [Column]?
  ) -> MappingProgram? {
    take(mappingCompiler(mapping).draft(columns: columns), of: mapping)
  }

  /// The programs of many mappings, compiled side by side.
  public mutating func compile(
    _ mappings: [(definition: MappingDefinition, columns: [Column]?)]
  ) -> [MappingProgram] {
    let drafts = mappings.mapSideBySide { [self] in
      mappingCompiler($0.definition).draft(columns: $0.columns)
    }
    return zip(drafts, mappings).compactMap { take($0, of: $1.definition) }
  }

  private func mappingCompiler(_ mapping: MappingDefinition) -> MappingCompiler {
    MappingCompiler(
      mapping: mapping, project: project, settings: settings, foresees: foresees,
      schemas: schemas[mapping.target.value + "/" + mapping.resource.value],
      identities: identities)
  }

  private mutating func take(
    _ draft: MappingDraft, of mapping: MappingDefinition
  ) -> MappingProgram? {
    let before = links.diagnostics.count
    found += draft.diagnostics
    if let key = draft.key { links.add(key: key, of: mapping) }
    for reference in draft.references { links.add(reference) }
    // A link of another mapping to this one may turn out to be wrong now. That is the other's mistake.
    let isWrong = links.diagnostics[before...].contains { $0.isError(in: mapping) }
    return isWrong ? nil : draft.program
  }

  /// A mapping's parameters with their values; what cannot be had is reported when the mapping is compiled.
  public func parameters(of mapping: MappingDefinition) -> [BoundParameter] {
    var compiler = mappingCompiler(mapping)
    return compiler.bindParameters()
  }

  private static func identities(_ project: Project) -> [String: CELType] {
    var types: [String: CELType] = [:]
    for mapping in project.mappings {
      let resource = project.targets.first { $0.name.value == mapping.target.value }?
        .resources.first { $0.name.value == mapping.resource.value }
      types[mapping.name.value] = resource.map { $0.identity.kind == .int ? .int : .string }
    }
    return types
  }

  private static func checkAnswers(_ target: TargetDefinition, _ diagnostics: inout [Diagnostic]) {
    for rule in target.answers + target.resources.flatMap(\.answers) {
      guard let body = rule.body else { continue }
      do {
        _ = try Pattern(body.value)
      } catch {
        diagnostics.append(.answerPattern(body, error.message))
      }
    }
  }
}

extension String {
  /// The folder of a path.
  public var directory: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }
}

extension Diagnostic {
  /// Whether it is an error in a mapping's own file.
  public func isError(in mapping: MappingDefinition) -> Bool {
    guard severity == .error, let range else { return false }
    return range.file.path.utf8.elementsEqual(mapping.file.path.utf8)
  }
}
