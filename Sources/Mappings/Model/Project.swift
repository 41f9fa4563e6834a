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

/// A system read from.
public struct SourceDefinition: Sendable {
  public var name: Located<String>
  public var file: SourceFile
  public var postgres: PostgresDefinition
  /// The folder of the snapshot, relative to the source's file; `../../schemas/NAME` unless said otherwise.
  public var schemas: Located<String>?

  public init(
    name: Located<String>, file: SourceFile, postgres: PostgresDefinition,
    schemas: Located<String>? = nil
  ) {
    self.name = name
    self.file = file
    self.schemas = schemas
    self.postgres = postgres
  }
}

/// How to reach a PostgreSQL source.
public struct PostgresDefinition: Sendable {
  public var host: Setting
  public var port: Setting?
  public var database: Setting
  public var user: Setting
  public var password: Setting?
  /// `verify-full` unless said otherwise.
  public var sslmode: Located<String>?
  public var sslrootcert: Setting?
  public var connectTimeout: Duration
  public var statementTimeout: Duration
  public var lockTimeout: Duration
  /// The most rows in a batch.
  public var batch: Int
  /// The session's.
  public var timeZone: String
  /// Bytes of the largest value that is read.
  public var maxValue: Int
  /// Bytes of one row's values.
  public var maxRow: Int

  public init(
    host: Setting, port: Setting?, database: Setting, user: Setting, password: Setting?,
    sslmode: Located<String>?, sslrootcert: Setting?, connectTimeout: Duration,
    statementTimeout: Duration, lockTimeout: Duration, batch: Int, timeZone: String = "UTC",
    maxValue: Int = 1 << 20, maxRow: Int = 8 << 20
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.sslmode = sslmode
    self.sslrootcert = sslrootcert
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.lockTimeout = lockTimeout
    self.batch = batch
    self.timeZone = timeZone
    self.maxValue = maxValue
    self.maxRow = maxRow
  }
}
