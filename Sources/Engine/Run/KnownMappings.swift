import Mappings

/// What the files say of all mappings of a project, also of those that a command leaves out.
public struct KnownMappings: Sendable {
  /// By their names.
  public var definitions: [String: MappingDefinition]
  /// Whether the project has no others; not so where a file could not be read.
  public var areAll: Bool
  /// All resources, as `target/resource`.
  public var resources: Set<String>

  public init(
    _ definitions: [MappingDefinition] = [], areAll: Bool = false, resources: Set<String> = []
  ) {
    self.definitions = Dictionary(definitions.map { ($0.name.value, $0) }) { first, _ in first }
    self.areAll = areAll
    self.resources = resources
  }

  /// The names of all mappings; `nil` where they are not known.
  public var names: Set<String>? { areAll ? Set(definitions.keys) : nil }

  /// The names that mappings say they had before.
  var formerNames: Set<String> { Set(definitions.values.compactMap { $0.previousName?.value }) }
}

extension MappingDefinition {
  /// `target/resource`.
  var resourceName: String { target.value + "/" + resource.value }
}
