import Diagnostics

/// Everything that one project declares, read and checked as far as the files alone allow.
public struct Project: Sendable {
  /// The names of a mapping's target and resource.
  public struct Destination: Sendable, Hashable {
    public var target: String
    public var resource: String

    public init(target: String, resource: String) {
      self.target = target
      self.resource = resource
    }
  }

  public var name: Located<String>
  /// The folder of `crosswalk.yaml`; relative paths in the files are relative to their own file.
  public var directory: String
  public var ledger: LedgerDefinition
  /// The folder with one file a secret; the environment comes first.
  public var secretsDirectory: Setting?
  public var sources: [SourceDefinition]
  public var targets: [TargetDefinition]
  public var mappings: [MappingDefinition]
  /// Where the objects of each mapping are, also of one whose file has mistakes.
  public var destinations: [String: Destination]
  /// Whether every mapping's file could be read: otherwise a name that no mapping has may be that of a file with mistakes.
  public var hasAllMappings: Bool

  public init(
    name: Located<String>, directory: String, ledger: LedgerDefinition, secretsDirectory: Setting?,
    sources: [SourceDefinition], targets: [TargetDefinition], mappings: [MappingDefinition],
    destinations: [String: Destination] = [:], hasAllMappings: Bool = true
  ) {
    self.name = name
    self.directory = directory
    self.ledger = ledger
    self.secretsDirectory = secretsDirectory
    self.sources = sources
    self.targets = targets
    self.mappings = mappings
    self.destinations = destinations
    self.hasAllMappings = hasAllMappings
  }
}

/// Where links, intents and history are kept.
public struct LedgerDefinition: Sendable {
  /// The path of the SQLite file, relative to the working directory.
  public var sqlite: Setting
  /// How long history, writes that have ended, and runs are kept; `nil`: for good.
  public var keep: Duration?

  public init(sqlite: Setting, keep: Duration? = nil) {
    self.sqlite = sqlite
    self.keep = keep
  }
}
