import Diagnostics

/// A system read from.
public struct SourceDefinition: Sendable {
  public var name: Located<String>
  public var file: SourceFile
  public var kind: SourceKind
  /// The folder of the snapshot, relative to the source's file; default: `../../schemas/NAME`.
  public var schemas: Located<String>?

  public init(
    name: Located<String>, file: SourceFile, kind: SourceKind,
    schemas: Located<String>? = nil
  ) {
    self.name = name
    self.file = file
    self.schemas = schemas
    self.kind = kind
  }
}

/// What kind of system a source is, and how it is reached.
public enum SourceKind: Sendable {
  case postgres(PostgresDefinition)
  case csv(CSVDefinition)

  /// The kind's name in a source's file.
  public enum Name: String, Sendable, Hashable, CaseIterable {
    case postgres
    case csv
  }

  public var name: Name {
    switch self {
    case .postgres: .postgres
    case .csv: .csv
    }
  }
}

extension SourceDefinition {
  public var postgres: PostgresDefinition? {
    if case .postgres(let postgres) = kind { postgres } else { nil }
  }

  public var csv: CSVDefinition? { if case .csv(let csv) = kind { csv } else { nil } }
}

/// How to reach a PostgreSQL source.
public struct PostgresDefinition: Sendable {
  public var host: Setting
  public var port: Setting?
  public var database: Setting
  public var user: Setting
  public var password: Setting?
  public var tls: SourceTLS
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
    tls: SourceTLS, connectTimeout: Duration, statementTimeout: Duration, lockTimeout: Duration,
    batch: Int, timeZone: String = "UTC",
    maxValue: Int = 1 << 20, maxRow: Int = 8 << 20
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.tls = tls
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.lockTimeout = lockTimeout
    self.batch = batch
    self.timeZone = timeZone
    self.maxValue = maxValue
    self.maxRow = maxRow
  }
}

/// How the connection to a PostgreSQL source is secured, in libpq's words.
public struct SourceTLS: Sendable {
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case verifyFull = "verify-full"
    case verifyCA = "verify-ca"
    case require
    case prefer
    case allow
    case disable
  }

  public enum ChannelBinding: String, Sendable, Hashable, CaseIterable {
    case prefer
    case require
    case disable
  }

  /// In place of a file of authorities: those of the operating system.
  public static let system = "system"

  /// `nil` where the file does not say.
  public var mode: Located<Mode>?
  /// A PEM file, or ``system``.
  public var rootCertificate: Setting?
  /// PEM files of the client's certificate and its key.
  public var certificate: Setting?
  public var key: Setting?
  /// The key's.
  public var password: Setting?
  public var channelBinding: Located<ChannelBinding>?

  public init(
    mode: Located<Mode>? = nil, rootCertificate: Setting? = nil, certificate: Setting? = nil,
    key: Setting? = nil, password: Setting? = nil,
    channelBinding: Located<ChannelBinding>? = nil
  ) {
    self.mode = mode
    self.rootCertificate = rootCertificate
    self.certificate = certificate
    self.key = key
    self.password = password
    self.channelBinding = channelBinding
  }
}
