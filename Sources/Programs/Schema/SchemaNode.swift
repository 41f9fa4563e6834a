import Expressions
import JSON

/// One schema of a JSON Schema document, as far as the resources' schemas use the language: draft 2020-12's types,
/// bounds, formats, `properties`, `required`, `additionalProperties`, `items`, and our mark `x-readPath`.
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

  /// Empty: any.
  public var kinds: Set<Kind> = []
  public var values: [JSON] = []
  public var format: String?
  public var pattern: Pattern?
  public var minLength: Int?
  public var maxLength: Int?
  public var minimum: Double?
  public var maximum: Double?
  public var minItems: Int?
  public var maxItems: Int?
  public var properties: [String: SchemaNode] = [:]
  public var propertyNames: Pattern?
  public var required: [String] = []
  public var additional: Additional = .anything
  public var items: [SchemaNode] = []
  public var readPath: ReadPath = .same

  public init() {}

  public init(_ json: JSON) throws(SchemaError) {
    guard let members = json.members else {
      if json.boolValue == true { return }
      throw SchemaError("a schema must be an object")
    }
    for member in members {
      try read(member.name, member.value)
    }
  }

  private mutating func read(_ keyword: String, _ value: JSON) throws(SchemaError) {
    switch keyword {
    case "type":
      for name in value.arrayValue ?? [value] {
        guard let text = name.stringValue, let kind = Kind(rawValue: text) else {
          throw SchemaError("`type` holds \(name), which is no JSON type")
        }
        kinds.insert(kind)
      }
    case "enum": values = value.arrayValue ?? []
    case "const": values = [value]
    case "format": format = value.stringValue
    case "pattern":
      pattern = try Self.pattern(value)
    case "minLength": minLength = value.intValue.map { Int(clamping: $0) }
    case "maxLength": maxLength = value.intValue.map { Int(clamping: $0) }
    case "minimum": minimum = value.doubleValue
    case "maximum": maximum = value.doubleValue
    case "minItems": minItems = value.intValue.map { Int(clamping: $0) }
    case "maxItems": maxItems = value.intValue.map { Int(clamping: $0) }
    case "required": required = value.arrayValue?.compactMap(\.stringValue) ?? []
    case "properties":
      for member in value.members ?? [] {
        properties[member.name] = try SchemaNode(member.value)
      }
    case "propertyNames":
      propertyNames = try value["pattern"].map { json throws(SchemaError) in
        try Self.pattern(json)
      }
    case "additionalProperties":
      switch value {
      case .bool(let allowed): additional = allowed ? .anything : .nothing
      default: additional = .schema([try SchemaNode(value)])
      }
    case "items": items = [try SchemaNode(value)]
    case "x-readPath":
      readPath = value.stringValue.map { .path($0) } ?? .never
    default: break
    }
  }

  private static func pattern(_ json: JSON) throws(SchemaError) -> Pattern {
    guard let text = json.stringValue else { throw SchemaError("a pattern must be text") }
    do {
      return try Pattern(text)
    } catch {
      throw SchemaError("the pattern `\(text)` cannot be used: \(error.message)")
    }
  }

  /// The schema of a field path such as `externalIds.vistaEmployee`, or `nil` when the resource has no such field.
  public func node(at path: some Collection<Substring>) -> SchemaNode? {
    guard let name = path.first else { return self }
    let rest = path.dropFirst()
    if let property = properties[String(name)] { return property.node(at: rest) }
    if let propertyNames, !propertyNames.isFound(in: String(name)) { return nil }
    switch additional {
    case .nothing: return nil
    case .anything: return kinds.isEmpty || kinds.contains(.object) ? SchemaNode() : nil
    case .schema(let nodes):
      guard kinds.isEmpty || kinds.contains(.object) else { return nil }
      return nodes.first?.node(at: rest)
    }
  }

  public func node(at path: String) -> SchemaNode? { node(at: path.split(separator: ".")) }

  /// The paths of required fields that a body made of `paths` would lack.
  public func missing(from paths: Set<String>, prefix: String = "") -> [String] {
    var missing: [String] = []
    for name in required {
      let path = prefix + name
      let inside = paths.filter { $0.hasPrefix(path + ".") }
      if paths.contains(path) { continue }
      if inside.isEmpty { missing.append(path) }
    }
    for (name, node) in properties.sorted(by: { $0.key < $1.key }) {
      let path = prefix + name
      if paths.contains(where: { $0.hasPrefix(path + ".") }) {
        missing += node.missing(from: paths, prefix: path + ".")
      }
    }
    return missing
  }
}

/// Why a file is no schema that can be used.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
