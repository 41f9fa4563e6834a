import Diagnostics

/// One call: method, path with placeholders, query.
public struct CallDefinition: Sendable {
  public var method: String
  /// With placeholders: `{id}`, `{match.name}`, `{match.value}`.
  public var path: String
  public var range: SourceRange

  public init(method: String, path: String, range: SourceRange) {
    self.method = method
    self.path = path
    self.range = range
  }
}

/// A kind of object at a target, and its calls.
public struct ResourceDefinition: Sendable {
  public var name: Located<String>
  /// JSON Schema of the body of a create; path relative to the target's file.
  public var createSchema: Located<String>
  /// JSON Schema of the body of an update; the create's schema where it is left out.
  public var updateSchema: Located<String>?
  public var identity: Identity
  /// The field that tells whose object it is when there is no link yet.
  public var match: MatchDefinition?
  public var list: ListDefinition?
  public var find: ReadDefinition?
  public var get: ReadDefinition?
  public var create: WriteDefinition?
  public var update: WriteDefinition?
  public var delete: CallDefinition?
  /// How a field is emptied in an update.
  public var clear: Clear
  public var answers: [AnswerRule]
  /// Keys that stand in the file and could not be read: nobody can say that the resource lacks them.
  public var misread: Set<String>

  public struct Identity: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case int
      case string
    }
    /// The path of the id inside an object.
    public var path: String
    public var kind: Kind

    public init(path: String, kind: Kind) {
      self.path = path
      self.kind = kind
    }
  }

  public enum Clear: String, Sendable, Hashable, CaseIterable {
    /// With JSON null.
    case null
    /// With an empty text.
    case empty
    /// Not at all: the field is left out, and keeps its value at the target.
    case omit
  }

  public init(
    name: Located<String>, createSchema: Located<String>, updateSchema: Located<String>?,
    identity: Identity, match: MatchDefinition?, list: ListDefinition?, find: ReadDefinition?,
    get: ReadDefinition?, create: WriteDefinition?, update: WriteDefinition?,
    delete: CallDefinition?, clear: Clear, answers: [AnswerRule], misread: Set<String> = []
  ) {
    self.name = name
    self.createSchema = createSchema
    self.updateSchema = updateSchema
    self.identity = identity
    self.match = match
    self.list = list
    self.find = find
    self.get = get
    self.create = create
    self.update = update
    self.delete = delete
    self.clear = clear
    self.answers = answers
    self.misread = misread
  }

  /// Whether none of these calls is declared, not even wrongly.
  public func lacks(_ calls: String...) -> Bool {
    calls.allSatisfy { !declared.contains($0) && !misread.contains($0) }
  }

  private var declared: Set<String> {
    let calls: [(String, Bool)] = [
      ("list", list != nil), ("find", find != nil), ("get", get != nil), ("create", create != nil),
      ("update", update != nil), ("delete", delete != nil), ("match", match != nil),
    ]
    return Set(calls.filter(\.1).map(\.0))
  }
}

/// The field that identifies an object beyond its id, and how its values are compared.
public struct MatchDefinition: Sendable {
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case exact
    /// White space at both ends does not count.
    case trim
    /// Nor do capitals.
    case fold
  }
  public var field: Located<String>
  public var compare: Comparison

  public init(field: Located<String>, compare: Comparison) {
    self.field = field
    self.compare = compare
  }
}
