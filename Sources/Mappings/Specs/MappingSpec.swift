import Diagnostics
import Documents

/// The keys of a mapping.
enum MappingSpec {
  private static let name = FieldSpec.required(
    "mapping", Kind<Located<String>>.name, "The name, by which `link` and `after` refer to it.",
    example: "crm-users")
  private static let description = FieldSpec.optional(
    "description", Kind<String>.words, "A sentence for people.",
    example: "Active employees become users.")
  private static let source = FieldSpec.required(
    "source", Kind<Located<String>>.name, "The source that is read.", example: "viewpoint")
  private static let target = FieldSpec.required(
    "target", Kind<Located<String>>.name, "The target that is written to.", example: "crm")
  private static let resource = FieldSpec.required(
    "resource", Kind<Located<String>>.name, "The kind of object at the target.", example: "users")
  private static let query = FieldSpec.optional(
    "query", QuerySpec.object.kind, "What is read from a PostgreSQL source.")
  private static let file = FieldSpec.optional(
    "file", FileSpec.object.kind, "What is read from a source of CSV files.")
  private static let keyColumns = FieldSpec.required(
    "key", Kind<[Located<String>]>.oneOrMany(.text).unique(),
    "The columns that identify a row across runs: never null, unique.",
    example: "[company, employee]")
  private static let previousKey = FieldSpec.defaulted(
    "previous_key", Kind<[Located<String>]>.oneOrMany(.text).unique(), [], written: "[]",
    "The columns that hold a row's former key: its link moves to the key that it has now.",
    example: "[old_employee]")
  private static let previousName = FieldSpec.optional(
    "previous_name", Kind<Located<String>>.name,
    "The name that the mapping had before: all that the ledger knows under it is this mapping's. `none` where it "
      + "continues no other.",
    example: "crm-people")
  /// Stands for no former name.
  private static let noName = "none"
  private static let match = FieldSpec.optional(
    "match", matchObject.kind,
    "The field by which an object without a link is found; overrides the resource's own.")
  private static let fields = FieldSpec.required(
    "fields", FieldContentSpec.fields, "What the fields of the target are made of.")
  private static let onCreate = FieldSpec.defaulted(
    "on_create", FieldContentSpec.fields, [], written: "{}",
    "Fields that are sent with the create and never compared again.")
  private static let whenAbsent = FieldSpec.optional(
    "when_absent", AbsenceSpec.object.kind,
    "What happens to the object of a row that no longer comes back.")
  private static let limits = FieldSpec.defaulted(
    "guard", GuardSpec.object.kind, GuardDefinition(), written: GuardSpec.written,
    "How much one run may change without approval.")
  private static let onReject = FieldSpec.optional(
    "on_reject", rejectObject.kind, "What is tried once more when the target refuses a record.")
  private static let onConflict = FieldSpec.defaulted(
    "on_conflict", ConflictSpec.object.kind, ConflictDefinition(), written: "{}",
    "Whose value stands when a field was edited at the target; the source's unless said here.")
  private static let sensitive = FieldSpec.defaulted(
    "sensitive", Kind<[Located<String>]>.list(.fieldPath).unique(), [], written: "[]",
    "Fields that are masked in every output and kept only as keyed hashes.",
    example: "[date_of_birth, street]")
  private static let after = FieldSpec.defaulted(
    "after", Kind<[Located<String>]>.oneOrMany(.name).unique(), [], written: "[]",
    "Mappings to run before this one, beyond those that `link` names.",
    example: "[crm-sites]")
  private static let title = FieldSpec.defaulted(
    "title", Kind<[Located<String>]>.oneOrMany(.fieldPath).unique(), [], written: "[]",
    "Fields whose values name an object for people, in a plan.",
    example: "[first_name, last_name]")
  private static let priority = FieldSpec.defaulted(
    "priority", Kind<Int>.int(-100...100), 0, written: "0",
    "Of the mappings of one target that could go next, the highest does.", example: "10")
  private static let tests = FieldSpec.defaulted(
    "tests", Kind<[MappingTest]>.list(TestSpec.object.kind), [], written: "[]",
    "Examples: a row, and what must come out.")

  static let object = ObjectSpec<MappingDefinition>(
    "mapping", "What is read, a key, fields, a resource.", exactlyOne: [["query", "file"]],
    keys: [
      name.key, description.key, source.key, target.key, resource.key, query.key, file.key,
      keyColumns.key,
      previousKey.key, previousName.key, match.key, fields.key, onCreate.key, whenAbsent.key,
      limits.key, onReject.key, onConflict.key,
      sensitive.key, title.key,
      after.key, priority.key, tests.key,
    ]
  ) { reader in
    let name = reader.read(name)
    let description = reader.read(description)
    let source = reader.read(source)
    let target = reader.read(target)
    let resource = reader.read(resource)
    let query = reader.read(query)
    let file = reader.read(file)
    let key = reader.read(keyColumns)
    let previousKey = reader.read(previousKey)
    let previousName = reader.read(previousName)
    let match = reader.read(match)
    let fields = reader.read(fields)
    let onCreate = reader.read(onCreate)
    let whenAbsent = reader.read(whenAbsent)
    let limits = reader.read(limits)
    let onReject = reader.read(onReject)
    let onConflict = reader.read(onConflict)
    let sensitive = reader.read(sensitive)
    let title = reader.read(title)
    let after = reader.read(after)
    let priority = reader.read(priority)
    let tests = reader.read(tests)
    guard let name, let source, let target, let resource, let key, let fields,
      let extract = query.map(ExtractDefinition.query) ?? file.map(ExtractDefinition.file)
    else { return nil }
    let continuesNone = previousName?.value == Self.noName
    var mapping = MappingDefinition(
      name: name, description: description, file: reader.file, source: source, target: target,
      resource: resource, extract: extract, key: key, match: match, fields: fields,
      onCreate: onCreate,
      whenAbsent: whenAbsent, limits: limits, onReject: onReject, onConflict: onConflict,
      sensitive: sensitive, title: title, after: after, priority: priority, tests: tests,
      misreadFields: reader.misread(["fields", "on_create"], but: fields + onCreate),
      previousKey: previousKey, previousName: continuesNone ? nil : previousName)
    mapping.continuesNone = continuesNone
    FieldChecks.check(mapping, in: reader.node, &reader.reading)
    if let first = previousKey.first,
      previousKey.map(\.value).elementsEqual(
        key.map(\.value), by: { $0.utf8.elementsEqual($1.utf8) })
    {
      reader.reading.report(
        Codes.previousKeyIsKey, "`previous_key` names the columns of `key`", at: first.range,
        help: ["name the columns that hold the former key, or leave it out"])
    }
    return mapping
  }

  private static let matchField = FieldSpec.required(
    "field", Kind<Located<String>>.fieldPath, "The field.", example: "emp_id")
  private static let compare = FieldSpec.defaulted(
    "compare",
    Kind<MatchDefinition.Comparison>.choice([
      .exact: "Byte for byte.", .trim: "White space at both ends does not count.",
      .fold: "Nor do capitals.",
    ]), .exact, written: "exact", "How values are compared.")

  static let matchObject = ObjectSpec<MatchDefinition>(
    "match", "The field that identifies an object beyond its id.",
    keys: [matchField.key, compare.key]
  ) { fields in
    let field = fields.read(matchField)
    let compare = fields.read(compare)
    return field.map { MatchDefinition(field: $0, compare: compare) }
  }

  private static let retryWithout = FieldSpec.required(
    "retry_without", Kind<[Located<String>]>.list(.fieldPath, nonEmpty: true).unique(),
    "Fields that may be left out of a second try when the target blames them, and no others.",
    example: "[mobile_phone]")

  private static let rejectObject = ObjectSpec<RejectDefinition>(
    "reject",
    "A second try when the target refuses a record. What the mapping's own checks refuse is never sent, with "
      + "or without a field: there `try(…).orValue(null)` leaves a value out.",
    keys: [retryWithout.key]
  ) { fields in
    fields.read(retryWithout).map { RejectDefinition(retryWithout: $0) }
  }
}
