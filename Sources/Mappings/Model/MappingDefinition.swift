import Diagnostics
import JSON
import Rows

/// One mapping file: an extract of a source, a key, fields, a resource.
public struct MappingDefinition: Sendable {
  public var name: Located<String>
  public var description: String?
  public var file: SourceFile
  public var source: Located<String>
  public var target: Located<String>
  public var resource: Located<String>
  public var extract: ExtractDefinition
  /// The columns that identify a row for ever.
  public var key: [Located<String>]
  /// The columns that hold a row's former key; empty where it had none.
  public var previousKey: [Located<String>]
  /// The name that the mapping had before.
  public var previousName: Located<String>?
  /// Whether the mapping says that it continues no other.
  public var continuesNone = false
  /// Overrides the resource's own.
  public var match: MatchDefinition?
  public var fields: [FieldDefinition]
  /// Sent with the create, never compared again.
  public var onCreate: [FieldDefinition]
  public var whenAbsent: AbsenceDefinition?
  public var limits: GuardDefinition
  public var onReject: RejectDefinition?
  public var onConflict: ConflictDefinition
  /// Fields that are masked in every output and kept only as keyed hashes.
  public var sensitive: [Located<String>]
  /// Fields whose values name an object for people, e.g. `first_name` and `last_name`.
  public var title: [Located<String>]
  /// Mappings to run before this one, beyond those that `link` names.
  public var after: [Located<String>]
  /// Of the mappings of one target that could go next, the highest does.
  public var priority: Int
  public var tests: [MappingTest]
  /// Fields that stand in the file and are left out of `fields` and `onCreate`, as their rules have mistakes.
  public var misreadFields: [String]

  public init(
    name: Located<String>, description: String?, file: SourceFile, source: Located<String>,
    target: Located<String>, resource: Located<String>, extract: ExtractDefinition,
    key: [Located<String>], match: MatchDefinition?, fields: [FieldDefinition],
    onCreate: [FieldDefinition], whenAbsent: AbsenceDefinition?, limits: GuardDefinition,
    onReject: RejectDefinition?, onConflict: ConflictDefinition, sensitive: [Located<String>],
    title: [Located<String>] = [], after: [Located<String>],
    priority: Int = 0, tests: [MappingTest], misreadFields: [String] = [],
    previousKey: [Located<String>] = [], previousName: Located<String>? = nil
  ) {
    self.name = name
    self.description = description
    self.file = file
    self.source = source
    self.target = target
    self.resource = resource
    self.extract = extract
    self.key = key
    self.match = match
    self.fields = fields
    self.onCreate = onCreate
    self.whenAbsent = whenAbsent
    self.limits = limits
    self.onReject = onReject
    self.onConflict = onConflict
    self.sensitive = sensitive
    self.title = title
    self.after = after
    self.priority = priority
    self.tests = tests
    self.misreadFields = misreadFields
    self.previousKey = previousKey
    self.previousName = previousName
  }
}

/// What a mapping reads from its source, in the way of the source's kind.
public enum ExtractDefinition: Sendable {
  case query(QueryDefinition)
  case file(FileExtract)
}

extension ExtractDefinition {
  /// The kind of source that it is for.
  public var kind: SourceKind.Name {
    switch self {
    case .query: .postgres
    case .file: .csv
    }
  }

  /// The key under which a mapping says it.
  public var key: String {
    switch self {
    case .query: "query"
    case .file: "file"
    }
  }

  /// Where it stands in the mapping's file.
  public var range: SourceRange {
    switch self {
    case .query(let query): query.sql.range
    case .file(let file): file.name.range
    }
  }

  public var parameters: [ParameterDefinition] {
    if case .query(let query) = self { query.parameters } else { [] }
  }

  /// Parameters that stand in the file and are left out, as they have mistakes.
  public var misreadParameters: [String] {
    if case .query(let query) = self { query.misreadParameters } else { [] }
  }
}

extension MappingDefinition {
  /// The query, of a mapping that reads a database.
  public var query: QueryDefinition? {
    if case .query(let query) = extract { query } else { nil }
  }

  /// The columns that the mapping itself declares; `nil` where only the source can tell. `source` is the one that it reads.
  public func declaredColumns(in source: SourceDefinition?) -> [Column]? {
    if case .file(let file) = extract { file.columns(in: source?.csv) } else { nil }
  }
}

/// The SQL text and its parameters.
public struct QueryDefinition: Sendable {
  public var sql: SourceText
  public var parameters: [ParameterDefinition]
  /// Parameters that stand in the file and are left out, as they have mistakes.
  public var misreadParameters: [String]

  public init(
    sql: SourceText, parameters: [ParameterDefinition], misreadParameters: [String] = []
  ) {
    self.sql = sql
    self.parameters = parameters
    self.misreadParameters = misreadParameters
  }
}

/// A value that the source binds to `:name`.
public struct ParameterDefinition: Sendable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case bool
    case int
    case double
    case decimal
    case text
    case date
    case timestamp
    case timestamptz
    case uuid
    case intList = "int[]"
    case textList = "text[]"
  }
  public var name: Located<String>
  public var kind: Kind
  /// One setting, or one an element where the kind is a list.
  public var values: [Setting]

  public init(name: Located<String>, kind: Kind, values: [Setting]) {
    self.name = name
    self.kind = kind
    self.values = values
  }
}

/// What one field of the target is made of.
public struct FieldDefinition: Sendable {
  public enum Content: Sendable {
    case expression(SourceText)
    /// A literal; text may hold settings.
    case literal(Literal)
    /// A table of values: the expression's value, as text, picks the literal.
    case table(from: SourceText, values: [TableEntry], otherwise: Located<Literal>?)
  }

  public enum Literal: Sendable {
    case json(JSON)
    case setting(Setting)
  }

  public struct TableEntry: Sendable {
    public var key: Located<String>
    public var value: Located<Literal>

    public init(key: Located<String>, value: Located<Literal>) {
      self.key = key
      self.value = value
    }
  }

  /// The path inside the body, dots between members: `externalIds.vistaEmployee`.
  public var path: Located<String>
  public var content: Content
  public var range: SourceRange

  public init(path: Located<String>, content: Content, range: SourceRange) {
    self.path = path
    self.content = content
    self.range = range
  }
}

/// What happens to the object of a key that was linked and no longer comes back.
public struct AbsenceDefinition: Sendable {
  /// The number of consecutive complete reads without the key.
  public var after: Int
  /// Written when the key is given up.
  public var set: [FieldDefinition]
  /// Written when the key comes back.
  public var restore: [FieldDefinition]
  /// Whether the object is deleted instead.
  public var delete: Bool
  /// Of the key that asks for a call: `set` or `delete`.
  public var range: SourceRange

  public init(
    after: Int, set: [FieldDefinition], restore: [FieldDefinition], delete: Bool, range: SourceRange
  ) {
    self.after = after
    self.set = set
    self.restore = restore
    self.delete = delete
    self.range = range
  }
}

/// How much one run may change without approval.
public struct GuardDefinition: Sendable, Hashable {
  /// Deactivations, in per cent of the active links.
  public var deactivationPercent: Double
  /// Deactivations, as a number.
  public var deactivationCount: Int
  /// A mapping of few links may always lose this many.
  public var deactivationFloor: Int
  /// Rows fewer than in the last complete read, in per cent.
  public var sourceDropPercent: Double
  public var errors: Errors
  /// Linked objects that the target does not have any more.
  public var missingAtTarget: Allowance

  /// At most so many per cent of the active links, and so many at all; a mapping of few links may lose `floor`.
  public struct Allowance: Sendable, Hashable {
    public var percent: Double
    public var count: Int
    public var floor: Int

    public init(percent: Double = 10, count: Int = 50, floor: Int = 5) {
      self.percent = percent
      self.count = count
      self.floor = floor
    }

    /// How many of so many links.
    public func allowed(of active: Int) -> Int {
      min(max(floor, Int((Double(active) * percent / 100).rounded(.down))), count)
    }
  }

  /// More than this many per cent of at least so many records.
  public struct Errors: Sendable, Hashable {
    public var percent: Double
    public var count: Int

    public init(percent: Double = 50, count: Int = 50) {
      self.percent = percent
      self.count = count
    }
  }

  public init(
    deactivationPercent: Double = 10, deactivationCount: Int = 50, deactivationFloor: Int = 5,
    sourceDropPercent: Double = 20, errors: Errors = Errors(),
    missingAtTarget: Allowance = Allowance()
  ) {
    self.missingAtTarget = missingAtTarget
    self.deactivationPercent = deactivationPercent
    self.deactivationCount = deactivationCount
    self.deactivationFloor = deactivationFloor
    self.sourceDropPercent = sourceDropPercent
    self.errors = errors
  }
}

/// What is tried once more when the target refuses a record.
public struct RejectDefinition: Sendable {
  /// Blamed fields that may be left out of a second try.
  public var retryWithout: [Located<String>]

  public init(retryWithout: [Located<String>]) { self.retryWithout = retryWithout }
}

/// An example inside a mapping: a row, perhaps links, and what must come out.
public struct MappingTest: Sendable {
  public var name: Located<String>
  /// Columns that are left out are NULL.
  public var row: [(name: Located<String>, value: Located<JSON>)]
  public var links: [TestLink]
  public var expect: [(field: Located<String>, value: Located<JSON>)]
  /// The record must be refused, with these words in the reason.
  public var expectRejected: Located<String>?

  public struct TestLink: Sendable {
    public var mapping: Located<String>
    public var key: [JSON]
    public var id: JSON

    public init(mapping: Located<String>, key: [JSON], id: JSON) {
      self.mapping = mapping
      self.key = key
      self.id = id
    }
  }

  public init(
    name: Located<String>, row: [(name: Located<String>, value: Located<JSON>)],
    links: [TestLink], expect: [(field: Located<String>, value: Located<JSON>)],
    expectRejected: Located<String>?
  ) {
    self.name = name
    self.row = row
    self.links = links
    self.expect = expect
    self.expectRejected = expectRejected
  }
}

/// Whose value stands when a field was edited at the target. The source's, unless the field is named here.
public struct ConflictDefinition: Sendable {
  /// The target's, once it differs from what was sent.
  public var target: [Located<String>]
  /// Whatever stands there; the source's is written only where nothing does.
  public var ifEmpty: [Located<String>]

  public init(target: [Located<String>] = [], ifEmpty: [Located<String>] = []) {
    self.target = target
    self.ifEmpty = ifEmpty
  }

  public enum Winner: String, Sendable, Hashable, CaseIterable {
    case source
    case target
    case ifEmpty = "if_empty"
  }

  public func winner(of field: String) -> Winner {
    if target.contains(where: { $0.value == field }) { return .target }
    return ifEmpty.contains { $0.value == field } ? .ifEmpty : .source
  }
}
