import JSON

/// The JSON Schema (2020-12) of a kind of file, as text: the same for the same code, with a line break at the end.
///
/// It is what editors complete and check by while somebody types; everything that it refuses, the reader refuses too,
/// in better words.
public func jsonSchema(for kind: FileKind) -> String {
  var schema = SchemaWriter()
  let root = kind.shape
  let body = schema.object(root)
  var members: [JSON.Member] = [
    .init(name: "$schema", value: "https://json-schema.org/draft/2020-12/schema"),
    .init(name: "$id", value: .string("\(kind.rawValue).schema.json")),
    .init(name: "title", value: .string("Crosswalk \(kind.rawValue)")),
  ]
  members += body.members ?? []
  if !schema.definitions.isEmpty {
    let sorted = schema.definitions.sorted { $0.name < $1.name }
    members.append(.init(name: "$defs", value: .object(sorted)))
  }
  return JSON.object(members).indented() + "\n"
}

private struct SchemaWriter {
  private(set) var definitions: [JSON.Member] = []

  mutating func object(_ shape: ObjectShape) -> JSON {
    var properties: [JSON.Member] = []
    for key in shape.keys { properties.append(.init(name: key.key, value: property(key))) }
    var members: [JSON.Member] = [
      .init(name: "description", value: .string(shape.summary)),
      .init(name: "type", value: "object"),
      .init(name: "properties", value: .object(properties)),
    ]
    let required = shape.keys.filter { $0.presence == .required }.map { JSON.string($0.key) }
    if !required.isEmpty { members.append(.init(name: "required", value: .array(required))) }
    members.append(.init(name: "additionalProperties", value: false))
    let groups = shape.exactlyOne.map { group -> JSON in
      .array(group.map { ["required": .array([.string($0)])] })
    }
    if groups.count == 1 {
      members.append(.init(name: "oneOf", value: groups[0]))
    } else if groups.count > 1 {
      members.append(.init(name: "allOf", value: .array(groups.map { ["oneOf": $0] })))
    }
    return .object(members)
  }

  private mutating func property(_ key: KeyShape) -> JSON {
    var summary = key.summary
    if case .defaulted(let value) = key.presence { summary += " Default: \(value)." }
    var members: [JSON.Member] = [.init(name: "description", value: .string(summary))]
    members += schema(key.shape).members ?? []
    return .object(members)
  }

  private mutating func schema(_ shape: Shape) -> JSON {
    switch shape {
    case .text, .sql, .expression, .filePath: ["type": "string", "minLength": 1]
    case .fieldPath: ["type": "string"]
    case .name: ["type": "string", "pattern": "^[a-z][a-z0-9_-]{0,63}$"]
    case .setting: ["type": ["string", "number", "boolean"]]
    case .secret: ["type": "string", "pattern": "\\$\\{"]
    case .integer(let range):
      ["type": "integer", "minimum": int(range.lowerBound), "maximum": int(range.upperBound)]
    case .number(let range):
      [
        "type": "number", "minimum": .double(range.lowerBound) ?? .null,
        "maximum": .double(range.upperBound) ?? .null,
      ]
    case .duration: ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
    case .size: ["type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$"]
    case .bool: ["type": "boolean"]
    case .choice(let choices): choice(choices)
    case .call, .callPattern:
      ["type": "string", "pattern": "^(GET|POST|PUT|PATCH|DELETE) /\\S*$"]
    case .pattern: ["type": "string", "minLength": 1]
    case .json: [:]
    case .list(let element, let unique, let nonEmpty):
      list(element, unique: unique, nonEmpty: nonEmpty)
    case .oneOrMany(let element, let unique): oneOrMany(element, unique: unique)
    case .map(_, let value): ["type": "object", "additionalProperties": schema(value)]
    case .object(let object): reference(object)
    case .oneOf(let shapes): ["anyOf": .array(schemas(shapes))]
    }
  }

  private func int(_ value: Int) -> JSON { .integer(Int64(value)) }

  private func choice(_ choices: [Shape.Choice]) -> JSON {
    if choices.allSatisfy(\.summary.isEmpty) {
      return ["enum": .array(choices.map { .string($0.word) })]
    }
    // `null` without quotes is YAML's null, and a word that a key may take.
    return [
      "oneOf": .array(
        choices.map { choice in
          choice.word == "null"
            ? ["enum": ["null", nil], "description": .string(choice.summary)]
            : ["const": .string(choice.word), "description": .string(choice.summary)]
        })
    ]
  }

  private mutating func list(_ element: Shape, unique: Bool, nonEmpty: Bool) -> JSON {
    var members: [JSON.Member] = [
      .init(name: "type", value: "array"), .init(name: "items", value: schema(element)),
    ]
    if nonEmpty { members.append(.init(name: "minItems", value: 1)) }
    if unique { members.append(.init(name: "uniqueItems", value: true)) }
    return .object(members)
  }

  private mutating func oneOrMany(_ element: Shape, unique: Bool) -> JSON {
    let single = schema(element)
    if case .json = element { return [:] }
    return ["anyOf": [single, list(element, unique: unique, nonEmpty: true)]]
  }

  private mutating func schemas(_ shapes: [Shape]) -> [JSON] {
    var result: [JSON] = []
    for shape in shapes { result.append(schema(shape)) }
    return result
  }

  private mutating func reference(_ shape: ObjectShape) -> JSON {
    if !definitions.contains(where: { $0.name == shape.name }) {
      // Held back first, so that the definition's own place is settled before those inside it.
      definitions.append(.init(name: shape.name, value: .null))
      let body = object(shape)
      if let index = definitions.firstIndex(where: { $0.name == shape.name }) {
        definitions[index].value = body
      }
    }
    return ["$ref": .string("#/$defs/\(shape.name)")]
  }
}

extension JSON {
  /// Two blanks a level; empty and plain lists on one line.
  func indented(_ margin: String = "") -> String {
    let inner = margin + "  "
    switch self {
    case .object(let members) where !members.isEmpty:
      let lines = members.map { member in
        "\(inner)\(JSON.string(member.name)): \(member.value.indented(inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
    case .array(let values) where values.contains { $0.members != nil || $0.arrayValue != nil }:
      let lines = values.map { inner + $0.indented(inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(margin)]"
    case .array(let values):
      return "[" + values.map(\.description).joined(separator: ", ") + "]"
    default:
      return description
    }
  }
}
