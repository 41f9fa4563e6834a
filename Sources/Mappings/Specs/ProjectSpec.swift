import Diagnostics

/// The keys of `crosswalk.yaml`.
enum ProjectSpec {
  /// What the file itself declares; the rest of a project stands in other files.
  struct Header: Sendable {
    var name: Located<String>
    var ledger: Ledger?
    var secretsDirectory: Setting?
  }

  struct Ledger: Sendable {
    /// The usual path where it is missing.
    var sqlite: Setting?
    var keep: Duration?
  }

  private static let name = FieldSpec.required(
    "project", Kind<Located<String>>.name, "The name of the project.", example: "contractor")
  private static let ledger = FieldSpec.optional(
    "ledger", ledgerObject.kind, "Where links, intents and history are kept.")
  private static let secrets = FieldSpec.optional(
    "secrets", secretsObject.kind, "Where secrets come from besides the environment.")

  static let object = ObjectSpec<Header>(
    "project", "The project: its name, its ledger, its secrets.",
    keys: [name.key, ledger.key, secrets.key]
  ) { fields in
    let name = fields.read(name)
    let ledger = fields.read(ledger)
    let secrets = fields.read(secrets)
    guard let name else { return nil }
    return Header(name: name, ledger: ledger, secretsDirectory: secrets)
  }

  private static let sqlite = FieldSpec.optional(
    "sqlite", Kind<Setting>.setting,
    "The path of the SQLite file, relative to the working directory; `.crosswalk/ledger.sqlite` where it is missing.",
    example: ".crosswalk/ledger.sqlite")
  private static let keep = FieldSpec.optional(
    "keep", Kind<Duration>.duration(86_400_000...3_153_600_000_000),
    "How long history, writes that have ended, and runs are kept; without it for good. Links and what they need always stay.",
    example: "400d")

  private static let ledgerObject = ObjectSpec<Ledger>(
    "ledger", "The state store.", keys: [sqlite.key, keep.key]
  ) { fields in
    Ledger(sqlite: fields.read(sqlite), keep: fields.read(keep))
  }

  private static let directory = FieldSpec.required(
    "directory", Kind<Setting>.setting,
    "A folder with one file a secret, named like it; the environment comes first.",
    example: "/run/secrets/crosswalk")

  private static let secretsObject = ObjectSpec<Setting>(
    "secrets", "The folder of secrets.", keys: [directory.key]
  ) { fields in
    fields.read(directory)
  }
}
