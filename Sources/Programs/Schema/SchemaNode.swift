import Documents
import Expressions
import JSON

/// One schema of a JSON Schema document (draft 2020-12), and our marks on it.
public struct SchemaNode: Sendable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case null, boolean, integer, number, string, array, object
  }

  /// What stands where no property has the name.
  public enum Additional: Sendable {
    case anything
    case nothing
    case schema([SchemaNode])
  }

  /// Where the value stands in an answer.
  public enum ReadPath: Sendable, Hashable {
    case same
    case path(String)
    case never
  }

  /// `if`, `then`, `else`; a branch without a schema is empty.
  public struct Condition: Sendable {
    public var test: [SchemaNode] = []
    public var then: [SchemaNode] = []
    public var otherwise: [SchemaNode] = []
  }

  /// What a property is beyond JSON Schema, each said by a keyword of ours.
  public struct Marks: Sendable, Hashable {
    /// `x-unique`: no two objects have the same value.
    public var isUnique = false
    /// `x-sensitive`: not to be shown or kept in clear.
    public var isSensitive = false
    /// `x-immutable`: given when the object is made, never afterwards.
    public var isImmutable = false
    /// `x-always`: every write carries it.
    public var isAlways = false
    /// `readOnly`: the target's own; never written.
    public var isReadOnly = false
    /// `x-order: any`: the list is a set; the order of its elements means nothing.
    public var isSet = false
    /// `x-compare`: differences of texts that do not count.
    public var compare: Set<TextComparison> = []
    /// `x-absent`: what it means when an answer leaves the member out.
    public var absent: JSON?
  }

  /// A difference of texts that does not count, each a word of `x-compare`.
  public enum TextComparison: String, Sendable, Hashable, CaseIterable {
    /// White space at both ends.
    case trim
    /// Capital letters.
    case fold
    /// How lines end: CR LF, or LF.
    case lines
    /// What is missing at the end of the target's text, or of the fraction of a second.
    case truncate
    /// The midnight behind a date.
    case day
  }

  /// Empty: any.
  public var kinds: Set<Kind> = []
  /// `enum` and `const`; empty: any.
  public var values: [JSON] = []
  public var format: String?
  public var pattern: Pattern?
  /// In code points, as `maxLength`.
  public var minLength: Int?
  public var maxLength: Int?
  public var minimum: Double?
  public var maximum: Double?
  public var exclusiveMinimum: Double?
  public var exclusiveMaximum: Double?
  public var multipleOf: JSON?
  public var minItems: Int?
  public var maxItems: Int?
  public var uniqueItems = false
  public var prefixItems: [SchemaNode] = []
  /// One schema for the elements behind `prefixItems`, or none.
  public var items: [SchemaNode] = []
  public var properties: [String: SchemaNode] = [:]
  /// One schema for the names, or none.
  public var propertyNames: [SchemaNode] = []
  public var minProperties: Int?
  public var maxProperties: Int?
  public var required: [String] = []
  public var dependentRequired: [String: [String]] = [:]
  public var additional: Additional = .anything
  public var allOf: [SchemaNode] = []
  public var anyOf: [SchemaNode] = []
  public var oneOf: [SchemaNode] = []
  /// One schema, or none.
  public var not: [SchemaNode] = []
  public var conditions: [Condition] = []
  public var readPath: ReadPath = .same
  public var marks = Marks()
  /// Where the schema stands in its file.
  public var source: Node?

  public init() {}
}

extension SchemaNode {
  /// The schema of a field path such as `externalIds.vistaEmployee`, or `nil` when the resource has no such field.
  public func node(at path: some Collection<Substring>) -> SchemaNode? {
    guard let name = path.first else { return self }
    let rest = path.dropFirst()
    guard var found = ownNode(String(name), rest) else { return nil }
    for part in allOf {
      guard let more = part.node(at: path) else { return nil }
      guard more.restricts else { continue }
      if found.restricts {
        found.allOf.append(more)
      } else {
        let marks = found.marks
        found = more
        found.marks.formUnion(marks)
      }
    }
    return found
  }

  public func node(at path: String) -> SchemaNode? {
    path.utf8.contains(UInt8(ascii: "."))
      ? node(at: path.split(separator: ".")) : node(at: CollectionOfOne(path[...]))
  }

  private func ownNode(_ name: String, _ rest: some Collection<Substring>) -> SchemaNode? {
    if let property = properties[name] { return property.node(at: rest) }
    guard kinds.isEmpty || kinds.contains(.object),
      propertyNames.allSatisfy({ $0.problems(with: .string(name)).isEmpty })
    else { return nil }
    switch additional {
    case .nothing: return nil
    case .anything: return SchemaNode()
    case .schema(let nodes): return nodes.first?.node(at: rest)
    }
  }

  /// Whether anything at all is said of a value.
  var restricts: Bool {
    !kinds.isEmpty || !values.isEmpty || restrictsNumbers || maxLength != nil || minLength != nil
      || pattern != nil || format != nil || minItems != nil || maxItems != nil || uniqueItems
      || !items.isEmpty || !prefixItems.isEmpty || !properties.isEmpty || !required.isEmpty
      || hasRules
  }

  private var restrictsNumbers: Bool {
    minimum != nil || maximum != nil || exclusiveMinimum != nil || exclusiveMaximum != nil
      || multipleOf != nil
  }

  /// The paths of required fields that a body made of `paths` would lack.
  public func missing(from paths: Set<String>, prefix: String = "") -> [String] {
    var missing: [String] = []
    for name in required + allOf.flatMap(\.required) {
      let path = prefix + name
      let isThere = paths.contains(path) || paths.contains { $0.hasPrefix(path + ".") }
      if !isThere, !missing.contains(path) { missing.append(path) }
    }
    let nested = paths.filter { $0.utf8.contains(UInt8(ascii: ".")) }
    guard !nested.isEmpty else { return missing }
    for (name, node) in properties.sorted(by: { $0.key < $1.key }) {
      let path = prefix + name
      if nested.contains(where: { $0.hasPrefix(path + ".") }) {
        missing += node.missing(from: paths, prefix: path + ".")
      }
    }
    return missing
  }

  /// Whether a body must hold the field, at least where it holds the object that the field is in.
  public func requires(_ path: String) -> Bool {
    guard path.utf8.contains(UInt8(ascii: ".")) else { return demands(path) }
    let steps = path.split(separator: ".")
    guard let name = steps.last, let parent = node(at: steps.dropLast()) else { return false }
    return parent.demands(name)
  }

  private func demands(_ name: some StringProtocol) -> Bool {
    required.contains { $0 == name } || allOf.contains { $0.required.contains { $0 == name } }
  }
}

/// Why a schema file cannot be read.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
