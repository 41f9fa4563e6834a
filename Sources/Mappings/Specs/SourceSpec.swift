import Diagnostics

/// The keys of a file in `sources/`.
enum SourceSpec {
  private static let name = FieldSpec.required(
    "source", Kind<Located<String>>.name, "The name by which mappings refer to the source.",
    example: "viewpoint")
  private static let postgres = FieldSpec.required(
    "postgres", PostgresSpec.object.kind, "How to reach a PostgreSQL database.")

  private static let schemas = FieldSpec.optional(
    "schemas", Kind<Located<String>>.filePath,
    "The folder in which `crosswalk schema pull` keeps what the source says of the mappings' queries; "
      + "`../../schemas/` and the source's name unless said otherwise.",
    example: "../../schemas/viewpoint")

  static let object = ObjectSpec<SourceDefinition>(
    "source", "A system that is read from.", keys: [name.key, postgres.key, schemas.key]
  ) { fields in
    let name = fields.read(name)
    let postgres = fields.read(postgres)
    let schemas = fields.read(schemas)
    guard let name, let postgres else { return nil }
    return SourceDefinition(name: name, file: fields.file, postgres: postgres, schemas: schemas)
  }
}

/// The keys of `postgres` in a source.
enum PostgresSpec {
  enum TLSMode: String, Sendable, Hashable, CaseIterable {
    case verifyFull = "verify-full"
    case verifyCA = "verify-ca"
    case require
    case prefer
    case allow
    case disable
  }

  private static let host = FieldSpec.required(
    "host", Kind<Setting>.setting, "The host name, or the folder of a local socket.",
    example: "${VIEWPOINT_HOST}")
  private static let port = FieldSpec.optional(
    "port", Kind<Setting>.setting, "The port; 5432 unless said otherwise.", example: "5432")
  private static let database = FieldSpec.required(
    "database", Kind<Setting>.setting, "The database.", example: "viewpoint")
  private static let user = FieldSpec.required(
    "user", Kind<Setting>.setting, "The role, which may SELECT and nothing else.",
    example: "crosswalk_reader")
  private static let password = FieldSpec.optional(
    "password", Kind<Setting>.secret, "The role's password.",
    example: "${secret:VIEWPOINT_PASSWORD}")
  private static let sslmode = FieldSpec.optional(
    "sslmode",
    Kind<TLSMode>.choice([
      .verifyFull: "The server proves that it is the host that was meant; the default.",
      .verifyCA: "The server proves that the authority knows it, under whatever name.",
      .require: "Encrypted to anybody; for this machine only.",
      .prefer: "Perhaps encrypted; for this machine only.",
      .allow: "Perhaps encrypted; for this machine only.",
      .disable: "Not encrypted; for this machine only.",
    ]).map { mode, node, _ in Located(mode, at: node.range) },
    "How the connection is secured; `verify-full` unless said otherwise.", example: "verify-full")
  private static let sslrootcert = FieldSpec.optional(
    "sslrootcert", Kind<Setting>.setting, "The file of the authority's certificate.",
    example: "${VIEWPOINT_CA:-/etc/ssl/certs/ca-certificates.crt}")
  private static let timeouts = FieldSpec.defaulted(
    "timeouts", timeoutsObject.kind, Timeouts(),
    written: "{ connect: 10s, statement: 2m, lock: 5s }",
    "How long to wait.")
  private static let batch = FieldSpec.defaulted(
    "batch", Kind<Int>.int(1...100_000), 2_000, written: "2000",
    "The most rows in a batch; one that holds many bytes ends sooner.", example: "1000")
  private static let timeZone = FieldSpec.defaulted(
    "time_zone", Kind<String>.timeZone, "UTC", written: "UTC",
    "The time zone of the session, by its IANA name: in it `timestamptz::date` and the like are computed, whatever "
      + "the server, the role or the environment say.",
    example: "America/Chicago")
  private static let maxValue = FieldSpec.defaulted(
    "max_value", Kind<Int>.size(1 << 10...1 << 30), 1 << 20, written: "1MiB",
    "The largest value that is read; a record that needs a larger one is rejected.",
    example: "4MiB")
  private static let maxRow = FieldSpec.defaulted(
    "max_row", Kind<Int>.size(1 << 10...1 << 30), 8 << 20, written: "8MiB",
    "The bytes of one row's values that are read; what goes beyond them counts as too large.",
    example: "16MiB")

  static let object = ObjectSpec<PostgresDefinition>(
    "postgres",
    "A PostgreSQL database. What is not said here is not taken from the environment: PGHOST, PGSERVICE and the like "
      + "have no say.",
    keys: [
      host.key, port.key, database.key, user.key, password.key, sslmode.key, sslrootcert.key,
      timeouts.key, batch.key, timeZone.key, maxValue.key, maxRow.key,
    ]
  ) { fields in
    let host = fields.read(host)
    let port = fields.read(port)
    let database = fields.read(database)
    let user = fields.read(user)
    let password = fields.read(password)
    let sslmode = fields.read(sslmode)
    let sslrootcert = fields.read(sslrootcert)
    let timeouts = fields.read(timeouts)
    let batch = fields.read(batch)
    let timeZone = fields.read(timeZone)
    let maxValue = fields.read(maxValue)
    let maxRow = fields.read(maxRow)
    port?.check(.port, &fields.reading)
    if let host, let sslmode { check(sslmode, host, &fields.reading) }
    guard let host, let database, let user else { return nil }
    return PostgresDefinition(
      host: host, port: port, database: database, user: user, password: password,
      sslmode: sslmode?.map(\.rawValue), sslrootcert: sslrootcert,
      connectTimeout: timeouts.connect, statementTimeout: timeouts.statement,
      lockTimeout: timeouts.lock, batch: batch, timeZone: timeZone,
      maxValue: maxValue, maxRow: maxRow)
  }

  /// What can be said before the host is known; the rest is judged when it is.
  private static func check(
    _ mode: Located<TLSMode>, _ host: Setting, _ reading: inout Reading
  ) {
    let found: Diagnostic?
    if let host = host.written {
      found = refusal(of: mode.map(\.rawValue), for: host)
    } else if mode.value == .prefer || mode.value == .allow {
      found = refusal(mode)
    } else {
      found = nil
    }
    if let found { reading.diagnostics.append(found) }
  }

  /// Why a mode is not for this host: anything but `verify-full` is for this machine only.
  static func refusal(of mode: Located<String>, for host: String) -> Diagnostic? {
    guard let known = TLSMode(rawValue: mode.value), known != .verifyFull,
      !LocalHost.isLocal(host)
    else { return nil }
    return refusal(Located(known, at: mode.range))
  }

  private static func refusal(_ mode: Located<TLSMode>) -> Diagnostic {
    let reason: String =
      switch mode.value {
      case .prefer, .allow: "falls back to plain text without a word"
      case .disable: "sends everything in plain text"
      case .require: "encrypts to anybody who answers"
      case .verifyCA, .verifyFull: "does not check the name of the host"
      }
    return Diagnostic(
      Codes.unsafeConnection, "`sslmode: \(mode.value.rawValue)` is not safe for this host",
      at: mode.range, label: reason,
      help: ["write `verify-full`; a local socket or loopback may use any mode"],
      fix: Diagnostic.Fix(mode.range, replacement: TLSMode.verifyFull.rawValue))
  }

  /// The mode of a connection: on this machine nothing crosses a wire, so that the default asks for nothing there.
  static func mode(_ mode: String?, for host: String) -> String {
    let strict = TLSMode.verifyFull.rawValue
    let wanted = mode ?? strict
    return wanted == strict && LocalHost.isLocal(host) ? TLSMode.disable.rawValue : wanted
  }

  private struct Timeouts: Sendable {
    var connect = Duration.seconds(10)
    var statement = Duration.seconds(120)
    var lock = Duration.seconds(5)
  }

  private static let connect = FieldSpec.defaulted(
    "connect", Kind<Duration>.duration(100...600_000), .seconds(10), written: "10s",
    "To reach the server.", example: "10s")
  private static let statement = FieldSpec.defaulted(
    "statement", Kind<Duration>.duration(100...86_400_000), .seconds(120), written: "2m",
    "For one statement.", example: "2m")
  private static let lock = FieldSpec.defaulted(
    "lock", Kind<Duration>.duration(10...600_000), .seconds(5), written: "5s", "For a lock.",
    example: "5s")

  private static let timeoutsObject = ObjectSpec<Timeouts>(
    "source-timeouts", "How long the source may take.",
    keys: [connect.key, statement.key, lock.key]
  ) { fields in
    var timeouts = Timeouts()
    timeouts.connect = fields.read(connect)
    timeouts.statement = fields.read(statement)
    timeouts.lock = fields.read(lock)
    return timeouts
  }
}
