import Diagnostics
import Expressions
import JSON
import Mappings
import Rows

/// A mapping that has been checked against its source's columns and its resource's schemas, ready to be executed.
///
/// Only ``ProgramCompiler`` makes one.
public struct MappingProgram: Sendable {
  public let definition: MappingDefinition
  public let resource: ResourceDefinition
  public let schemas: ResourceSchemas
  /// The query's columns. Types are known only when the source was asked.
  public private(set) var columns: [Column]
  public let columnsAreTyped: Bool
  /// The places of the key's columns in `columns`.
  public let keyColumns: [Int]
  /// The places of the columns that hold a row's former key; empty where the mapping names none.
  public let previousKeyColumns: [Int]
  public let parameters: [BoundParameter]
  /// In the order of their paths' bytes, which is the order of the canonical record.
  public let fields: [FieldProgram]
  public let onCreate: [FieldProgram]
  public let whenAbsent: AbsenceProgram?
  /// The place of the matching field in `fields`, and how its values are compared.
  public let match: MatchProgram?
  /// Mappings that must run before this one: those that `link` names, and those under `after`.
  public let dependencies: [String]
  /// The mappings that expressions link to, this one included where it refers to itself.
  public let linkedMappings: [String]
  /// What ``creates(_:)`` says of the mapping's fields.
  private let creates: [String: Creates]
  /// What ``updates(_:)`` says of them.
  private let updates: [String: Bool]
  /// Of every field that is written, what its values mean.
  public let meanings: [String: Meaning]

  /// The same program over columns of other types, for rows that come from an example instead of the source.
  public func reading(_ columns: [Column]) -> MappingProgram {
    var copy = self
    copy.columns = columns
    return copy
  }

  public var name: String { definition.name.value }
  public var targetName: String { definition.target.value }
  public var sourceName: String { definition.source.value }

  init(
    definition: MappingDefinition, resource: ResourceDefinition, schemas: ResourceSchemas,
    columns: [Column], columnsAreTyped: Bool, keyColumns: [Int], previousKeyColumns: [Int],
    parameters: [BoundParameter], fields: [FieldProgram], onCreate: [FieldProgram],
    whenAbsent: AbsenceProgram?,
    match: MatchProgram?, dependencies: [String], linkedMappings: [String]
  ) {
    self.definition = definition
    self.resource = resource
    self.schemas = schemas
    self.columns = columns
    self.columnsAreTyped = columnsAreTyped
    self.keyColumns = keyColumns
    self.previousKeyColumns = previousKeyColumns
    self.parameters = parameters
    self.fields = fields
    self.onCreate = onCreate
    self.whenAbsent = whenAbsent
    self.match = match
    self.dependencies = dependencies
    self.linkedMappings = linkedMappings
    creates = (fields + onCreate).reduce(into: [:]) { creates, field in
      creates[field.path] = Creates(field.path, field.create, of: schemas.create)
    }
    updates = fields.reduce(into: [:]) { updates, field in
      updates[field.path] = field.update != nil
    }
    let constants = (whenAbsent?.set ?? []) + (whenAbsent?.restore ?? [])
    meanings = (fields.map(\.path) + constants.map(\.path)).reduce(into: [:]) { meanings, path in
      meanings[path] = schemas.meaning(of: path)
    }
  }

  public func field(at path: String) -> FieldProgram? {
    fields.first { $0.path.utf8.elementsEqual(path.utf8) }
  }

  /// What the values of a field mean.
  public func meaning(of path: String) -> Meaning { meanings[path] ?? .unknown }

  /// Whether a create carries a field.
  public enum Creates: Sendable {
    case never
    case withValue
    /// Without a value too: the target demands the null.
    case always

    init(_ path: String, _ node: SchemaNode?, of schema: SchemaNode) {
      guard let node else {
        self = .never
        return
      }
      self = node.kinds.contains(.null) && schema.required.contains(path) ? .always : .withValue
    }
  }

  public func creates(_ path: String) -> Creates {
    creates[path] ?? Creates(path, schemas.create.node(at: path), of: schemas.create)
  }

  /// Whether the body of an update has a place for a field.
  public func updates(_ path: String) -> Bool {
    updates[path] ?? (schemas.update.node(at: path) != nil)
  }
}

/// One field of the record.
///
/// A class, since it never changes, is large, and is handed on often.
public final class FieldProgram: Sendable {
  public enum Content: Sendable {
    /// Compact JSON, encoded once.
    case constant([UInt8])
    /// A secret: sent, but never remembered or shown.
    case secret([UInt8])
    /// The value of a column, as it is.
    case column(Int)
    case expression(CompiledExpression)
    case table(CompiledExpression, values: [String: [UInt8]], otherwise: [UInt8]?)
  }

  public let path: String
  public let content: Content
  public let create: SchemaNode?
  public let update: SchemaNode?
  /// Whether the target refuses a body without the field.
  public let isRequired: Bool
  public let isSensitive: Bool
  public let definition: FieldDefinition
  /// The expression's text with its way back to the file, for messages.
  public let source: SourceText?

  /// The schema that a value is checked against.
  public var schema: SchemaNode? { create ?? update }

  init(
    path: String, content: Content, create: SchemaNode?, update: SchemaNode?, isRequired: Bool,
    isSensitive: Bool, definition: FieldDefinition, source: SourceText?
  ) {
    self.path = path
    self.content = content
    self.create = create
    self.update = update
    self.isRequired = isRequired
    self.isSensitive = isSensitive
    self.definition = definition
    self.source = source
  }
}

/// What is written when a key has been given up, and when it comes back: constants only, since there is no row.
public struct AbsenceProgram: Sendable {
  public let after: Int
  public let set: [(path: String, value: JSON)]
  public let restore: [(path: String, value: JSON)]
  public let delete: Bool
}

/// The field that tells whose object it is.
public struct MatchProgram: Sendable {
  /// The field's place among the program's fields.
  public let field: Int
  public let path: String
  /// Where the value stands in an object that was read.
  public let readPath: String
  public let compare: MatchDefinition.Comparison

  /// The last name of the path, e.g. the external id's own name.
  public var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// A value in the form in which two of them are compared; `nil` for no value.
  public func normalised(_ value: JSON?) -> ExactText? {
    let text: String
    switch value {
    case .string(let string)?: text = string
    case .number(let digits)?: text = digits
    case .bool(let bool)?: text = String(bool)
    case nil, .null?, .array?, .object?: return nil
    }
    return compare.normalised(text)
  }
}

extension MatchDefinition.Comparison {
  /// A text in the form in which two of them are compared; `nil` for one without anything in it.
  public func normalised(_ text: String) -> ExactText? {
    switch self {
    case .exact: text.isEmpty ? nil : ExactText(text)
    case .trim: text.trimmedOrNil.map { ExactText($0) }
    case .fold: text.trimmedOrNil.map { ExactText($0.lowercased()) }
    }
  }
}

extension String {
  /// Without white space at both ends; `nil` when nothing is left.
  var trimmedOrNil: String? {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let end = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return nil }
    return String(scalars[...end])
  }
}

/// A value bound to `:name`, already of its type.
public struct BoundParameter: Sendable, Hashable {
  public enum Bound: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// `decimal`, `date`, `timestamp`, `timestamptz`, `uuid` in their canonical text, or plain text.
    case text(String)
    case intList([Int64])
    case textList([String])
  }
  public let name: String
  public let kind: ParameterDefinition.Kind
  /// `nil` while a setting is not known, as when linting.
  public let value: Bound?
}
