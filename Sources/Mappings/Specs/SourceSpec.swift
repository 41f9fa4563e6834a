import Diagnostics

/// The keys of a file in `sources/`.
enum SourceSpec {
  private static let name = FieldSpec.required(
    "source", Kind<Located<String>>.name, "The name by which mappings refer to the source.",
    example: "viewpoint")
  private static let kindName = FieldSpec.optional(
    "kind",
    Kind<SourceKind.Name>.choice([
      .postgres: "A PostgreSQL database, declared under `postgres`; the default.",
      .csv: "A folder of CSV files, declared under `csv`.",
    ]), "What kind of system it is.", example: "postgres")
  private static let postgres = FieldSpec.optional(
    "postgres", PostgresSpec.object.kind, "How to reach a PostgreSQL database.")
  private static let csv = FieldSpec.optional(
    "csv", CSVSpec.object.kind, "Where the CSV files are, and how they are written.")

  private static let schemas = FieldSpec.optional(
    "schemas", Kind<Located<String>>.filePath,
    "The folder in which `crosswalk schema pull` keeps what the source says of the mappings' queries; "
      + "`../../schemas/` and the source's name by default.",
    example: "../../schemas/viewpoint")

  static let object = ObjectSpec<SourceDefinition>(
    "source", "A system that is read from.", exactlyOne: [SourceKind.Name.allCases.map(\.rawValue)],
    keys: [name.key, kindName.key, postgres.key, csv.key, schemas.key]
  ) { fields in
    let name = fields.read(name)
    let kind = fields.read(kindName)
    let postgres = fields.read(postgres)
    let csv = fields.read(csv)
    let schemas = fields.read(schemas)
    let section = SourceKind.Name.allCases.first { fields.has($0.rawValue) }
    if let section, let kind = kind ?? (fields.has("kind") ? nil : .postgres), kind != section {
      let range = fields.node.entry("kind")?.value.range ?? fields.keyRange(section.rawValue)
      fields.reading.report(
        Codes.otherKind,
        fields.has("kind")
          ? "the kind is `\(kind.rawValue)`, and `\(section.rawValue)` is declared"
          : "`\(section.rawValue)` is declared, and the kind is `\(kind.rawValue)` unless the file says otherwise",
        at: range, help: ["write `kind: \(section.rawValue)`"])
      return nil
    }
    guard let name, let kind = postgres.map(SourceKind.postgres) ?? csv.map(SourceKind.csv) else {
      return nil
    }
    return SourceDefinition(name: name, file: fields.file, kind: kind, schemas: schemas)
  }
}

/// The keys of `postgres` in a source.
enum PostgresSpec {
  private static let host = FieldSpec.required(
    "host", Kind<Setting>.setting, "The host name, or the folder of a local socket.",
    example: "${VIEWPOINT_HOST}")
  private static let port = FieldSpec.optional(
    "port", Kind<Setting>.setting, "The port; default: 5432.", example: "5432")
  private static let database = FieldSpec.required(
    "database", Kind<Setting>.setting, "The database.", example: "viewpoint")
  private static let user = FieldSpec.required(
    "user", Kind<Setting>.setting, "The role, which may SELECT and nothing else.",
    example: "crosswalk_reader")
  private static let password = FieldSpec.optional(
    "password", Kind<Setting>.secret, "The role's password.",
    example: "${secret:VIEWPOINT_PASSWORD}")
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
      host.key, port.key, database.key, user.key, password.key,
    ] + SourceTLSSpec.keys + [timeouts.key, batch.key, timeZone.key, maxValue.key, maxRow.key]
  ) { fields in
    let host = fields.read(host)
    let port = fields.read(port)
    let database = fields.read(database)
    let user = fields.read(user)
    let password = fields.read(password)
    let tls = SourceTLSSpec.read(&fields)
    let timeouts = fields.read(timeouts)
    let batch = fields.read(batch)
    let timeZone = fields.read(timeZone)
    let maxValue = fields.read(maxValue)
    let maxRow = fields.read(maxRow)
    port?.check(.port, &fields.reading)
    SourceTLSSpec.check(tls, host, &fields.reading)
    guard let host, let database, let user else { return nil }
    return PostgresDefinition(
      host: host, port: port, database: database, user: user, password: password,
      tls: tls, connectTimeout: timeouts.connect, statementTimeout: timeouts.statement,
      lockTimeout: timeouts.lock, batch: batch, timeZone: timeZone,
      maxValue: maxValue, maxRow: maxRow)
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
