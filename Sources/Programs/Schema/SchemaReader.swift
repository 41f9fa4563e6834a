import Diagnostics
import Documents
import Expressions
import JSON
import Mappings

/// Makes schemas of a JSON Schema document. A keyword that says something this code cannot check is reported, so that
/// no rule of a target is passed over in silence.
struct SchemaReader {
  private(set) var diagnostics: [Diagnostic] = []
  private let root: Node
  /// The places of `$ref` that lead to the schema at hand.
  private var followed: [String] = []
  private var made = 0

  /// References repeat what they lead to; a document may come to this many schemas.
  private static let mostSchemas = 20_000

  init(_ document: Document) { root = document.root }

  mutating func read() -> SchemaNode? {
    guard root.entries != nil || root.scalar?.resolved == .bool(true) else {
      diagnostics.append(.notASchema(root))
      return nil
    }
    return schema(root)
  }

  private mutating func schema(_ node: Node) -> SchemaNode {
    made += 1
    if made == Self.mostSchemas { diagnostics.append(.schemaTooLarge(node)) }
    guard made < Self.mostSchemas else { return SchemaNode() }
    var schema = SchemaNode()
    schema.source = node
    if case .bool(let allowed)? = node.scalar?.resolved {
      if !allowed { schema.not = [SchemaNode()] }
      return schema
    }
    guard let entries = node.entries else {
      diagnostics.append(.notASchema(node))
      return schema
    }
    for entry in entries { read(entry, &schema, in: node) }
    if schema.isReference { schema = schema.followed }
    checkComparison(entries, schema)
    return schema
  }

  private mutating func read(_ entry: Node.Entry, _ schema: inout SchemaNode, in node: Node) {
    let value = entry.value
    switch entry.name {
    case "type": schema.kinds = kinds(entry)
    case "enum": schema.values = values(entry)
    case "const": schema.values = json(value).map { [$0] } ?? []
    case "format": schema.format = format(entry)
    case "pattern": schema.pattern = pattern(entry)
    case "minLength": schema.minLength = count(entry)
    case "maxLength": schema.maxLength = count(entry)
    case "minItems": schema.minItems = count(entry)
    case "maxItems": schema.maxItems = count(entry)
    case "minProperties": schema.minProperties = count(entry)
    case "maxProperties": schema.maxProperties = count(entry)
    case "minimum": schema.minimum = number(entry)?.doubleValue
    case "maximum": schema.maximum = number(entry)?.doubleValue
    case "exclusiveMinimum": schema.exclusiveMinimum = number(entry)?.doubleValue
    case "exclusiveMaximum": schema.exclusiveMaximum = number(entry)?.doubleValue
    case "multipleOf":
      schema.multipleOf = number(entry)
      if let divisor = schema.multipleOf?.doubleValue, divisor <= 0 {
        schema.multipleOf = nil
        malformed(entry, "a number above 0")
      }
    case "uniqueItems": schema.uniqueItems = bool(entry)
    case "prefixItems": schema.prefixItems = schemas(entry)
    case "items": schema.items = [self.schema(value)]
    case "properties":
      for (name, node) in members(entry) { schema.properties[name] = self.schema(node) }
    case "propertyNames": schema.propertyNames = [self.schema(value)]
    case "required": schema.required = names(entry)
    case "dependentRequired":
      for member in objectEntries(entry) { schema.dependentRequired[member.name] = names(member) }
    case "additionalProperties":
      if case .bool(let allowed)? = value.scalar?.resolved {
        schema.additional = allowed ? .anything : .nothing
      } else {
        schema.additional = .schema([self.schema(value)])
      }
    case "allOf": schema.allOf += schemas(entry)
    case "anyOf": schema.anyOf = schemas(entry)
    case "oneOf": schema.oneOf = schemas(entry)
    case "not": schema.not = [self.schema(value)]
    case "if":
      schema.conditions.append(
        SchemaNode.Condition(
          test: [self.schema(value)], then: branch("then", of: node),
          otherwise: branch("else", of: node)))
    case "then", "else":
      // Without `if` they mean nothing; with it they have been read there.
      if node["if"] == nil { diagnostics.append(.branchWithoutIf(entry)) }
    case "$ref": if let target = reference(entry) { schema.allOf.append(target) }
    case "$defs": for (_, node) in members(entry) { _ = checkUnused(node) }
    case "x-readPath":
      schema.readPath = value.isNull ? .never : text(entry).map { .path($0) } ?? .same
      if case .path(let path) = schema.readPath, JSONPath(path) == nil {
        malformed(entry, "a path such as `meta.code` or `tags[].id`")
      }
    case "x-unique": schema.marks.isUnique = mark(value)
    case "x-sensitive": schema.marks.isSensitive = mark(value)
    case "x-immutable": schema.marks.isImmutable = mark(value)
    case "x-always": schema.marks.isAlways = mark(value)
    case "x-order": schema.marks.isSet = isSet(entry)
    case "x-compare": schema.marks.compare = comparisons(entry)
    case "x-absent": schema.marks.absent = json(value)
    case "readOnly": schema.marks.isReadOnly = bool(entry)
    case "writeOnly":
      if bool(entry), node["x-readPath"] == nil { schema.readPath = .never }
    case let name where name.hasPrefix("x-") || Self.annotations.contains(name): break
    default: diagnostics.append(.keywordUnsupported(entry, known: Self.keywords))
    }
  }

  private mutating func branch(_ name: String, of node: Node) -> [SchemaNode] {
    node[name].map { [schema($0)] } ?? []
  }

  /// What no reference leads to has mistakes all the same; what one leads to is read, and reported, there.
  private mutating func checkUnused(_ node: Node) -> SchemaNode { schema(node) }

  static let annotations: Set = [
    "$schema", "$id", "$comment", "$anchor", "title", "description", "default", "examples",
    "deprecated", "contentEncoding", "contentMediaType", "contentSchema",
  ]

  static let keywords = [
    "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
    "prefixItems", "items", "properties", "propertyNames", "minProperties", "maxProperties",
    "required", "dependentRequired", "additionalProperties", "allOf", "anyOf", "oneOf", "not",
    "if", "then", "else", "$ref", "$defs", "readOnly", "writeOnly",
  ]

  // MARK: References

  private mutating func reference(_ entry: Node.Entry) -> SchemaNode? {
    guard let place = text(entry) else { return nil }
    guard place == "#" || place.hasPrefix("#/"), let node = node(at: place) else {
      diagnostics.append(.referenceUnknown(entry, place, root))
      return nil
    }
    guard !followed.contains(place), place != "#" else {
      diagnostics.append(.referenceCircular(entry, place))
      return nil
    }
    followed.append(place)
    defer { followed.removeLast() }
    return schema(node)
  }

  /// A JSON pointer in a fragment: `#/$defs/name`, `~1` for a slash, `~0` for a tilde, `%XX` for a byte.
  private func node(at place: String) -> Node? {
    let steps = place.dropFirst().split(separator: "/").map { step in
      (String(step).removingPercents ?? String(step))
        .replacing("~1", with: "/").replacing("~0", with: "~")
    }
    return root.node(at: steps)
  }

  // MARK: Values of keywords

  private mutating func malformed(_ entry: Node.Entry, _ wanted: String) {
    diagnostics.append(.keywordMalformed(entry, wanted))
  }

  private mutating func kinds(_ entry: Node.Entry) -> Set<SchemaNode.Kind> {
    var kinds: Set<SchemaNode.Kind> = []
    let nodes = entry.value.elements ?? [entry.value]
    for node in nodes {
      guard let text = node.scalar?.text, !node.isNull,
        let kind = SchemaNode.Kind(rawValue: text)
      else {
        diagnostics.append(.typeUnknown(node))
        continue
      }
      kinds.insert(kind)
    }
    if nodes.isEmpty { malformed(entry, "a type, or a list of types") }
    return kinds
  }

  private mutating func values(_ entry: Node.Entry) -> [JSON] {
    guard let elements = entry.value.elements, !elements.isEmpty else {
      malformed(entry, "a list of values")
      return []
    }
    return elements.compactMap { json($0) }
  }

  private mutating func json(_ node: Node) -> JSON? { node.json(&diagnostics) }

  private mutating func format(_ entry: Node.Entry) -> String? {
    guard let name = text(entry) else { return nil }
    if !FieldFormat.isKnown(name) { diagnostics.append(.formatUnknown(entry, name)) }
    return name
  }

  private mutating func pattern(_ entry: Node.Entry) -> Pattern? {
    guard let text = text(entry) else { return nil }
    do {
      return try Pattern(text)
    } catch {
      diagnostics.append(.patternUnusable(entry, error.message))
      return nil
    }
  }

  private mutating func text(_ entry: Node.Entry) -> String? {
    guard let scalar = entry.value.scalar, scalar.resolved == .text else {
      malformed(entry, "text")
      return nil
    }
    return scalar.text
  }

  private mutating func count(_ entry: Node.Entry) -> Int? {
    guard let number = scalarNumber(entry.value), let value = number.intValue, value >= 0 else {
      malformed(entry, "a whole number from 0")
      return nil
    }
    return Int(clamping: value)
  }

  private mutating func number(_ entry: Node.Entry) -> JSON? {
    guard let number = scalarNumber(entry.value), number.doubleValue != nil else {
      malformed(entry, "a number")
      return nil
    }
    return number
  }

  private func scalarNumber(_ node: Node) -> JSON? {
    guard let scalar = node.scalar, [.int, .float].contains(scalar.resolved) else { return nil }
    return JSON(number: scalar.text)
  }

  private mutating func bool(_ entry: Node.Entry) -> Bool {
    guard case .bool(let value)? = entry.value.scalar?.resolved else {
      malformed(entry, "true or false")
      return false
    }
    return value
  }

  /// A mark holds when it is true, or says of what: `"x-unique": "organization"`.
  private func mark(_ node: Node) -> Bool {
    switch node.scalar?.resolved {
    case .bool(let value)?: value
    case .text?: true
    default: false
    }
  }

  private mutating func isSet(_ entry: Node.Entry) -> Bool {
    guard entry.value.scalar?.text == "any" else {
      diagnostics.append(
        .comparisonUnknown(
          entry, entry.value, known: ["any"], "for a list whose order means nothing"))
      return false
    }
    return true
  }

  private mutating func comparisons(_ entry: Node.Entry) -> Set<SchemaNode.TextComparison> {
    let nodes = entry.value.elements ?? [entry.value]
    let words = nodes.compactMap { node -> SchemaNode.TextComparison? in
      let word = node.scalar.flatMap { SchemaNode.TextComparison(rawValue: $0.text) }
      if word == nil {
        diagnostics.append(
          .comparisonUnknown(
            entry, node, known: SchemaNode.TextComparison.allCases.map(\.rawValue),
            "or a list of them"))
      }
      return word
    }
    return Set(words)
  }

  /// Whether what is said of comparing can be true of the schema's values.
  private mutating func checkComparison(_ entries: [Node.Entry], _ schema: SchemaNode) {
    for entry in entries {
      switch entry.name {
      case "x-order":
        if schema.marks.isSet, !schema.takes(.array) {
          diagnostics.append(.comparisonUseless(entry, "this is not a list"))
        }
      case "x-compare":
        if !schema.marks.compare.isEmpty, !schema.takes(.string) {
          diagnostics.append(.comparisonUseless(entry, "this is not text"))
        } else if schema.marks.compare.contains(.day), schema.format != "date" {
          diagnostics.append(.comparisonUseless(entry, "`day` is for text of the format `date`"))
        }
      case "x-absent":
        var type = SchemaNode()
        type.kinds = schema.kinds
        guard let absent = schema.marks.absent, !absent.isNull,
          let problem = type.problems(with: absent).first
        else { continue }
        diagnostics.append(.comparisonUseless(entry, problem))
      default: continue
      }
    }
  }

  private mutating func names(_ entry: Node.Entry) -> [String] {
    guard let elements = entry.value.elements else {
      malformed(entry, "a list of names")
      return []
    }
    return elements.compactMap { node in
      if let scalar = node.scalar, scalar.resolved == .text { return scalar.text }
      malformed(entry, "a list of names")
      return nil
    }
  }

  private mutating func objectEntries(_ entry: Node.Entry) -> [Node.Entry] {
    guard let entries = entry.value.entries else {
      malformed(entry, "an object")
      return []
    }
    return entries
  }

  private mutating func members(_ entry: Node.Entry) -> [(String, Node)] {
    objectEntries(entry).map { ($0.name, $0.value) }
  }

  private mutating func schemas(_ entry: Node.Entry) -> [SchemaNode] {
    guard let elements = entry.value.elements, !elements.isEmpty else {
      malformed(entry, "a list of schemas")
      return []
    }
    return elements.map { schema($0) }
  }
}

extension String {
  /// With `%XX` decoded; nil when that is not UTF-8.
  fileprivate var removingPercents: String? {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension SchemaNode {
  /// Whether a value of this kind may fit, as far as `type` says.
  fileprivate func takes(_ kind: Kind) -> Bool { kinds.isEmpty || kinds.contains(kind) }

  /// Whether the schema only leads to another one, perhaps with marks of its own.
  fileprivate var isReference: Bool {
    guard allOf.count == 1 else { return false }
    var rest = self
    rest.allOf = []
    guard case .anything = additional else { return false }
    return !rest.restricts
  }

  fileprivate var followed: SchemaNode {
    var target = allOf[0]
    target.source = source
    if readPath != .same { target.readPath = readPath }
    target.marks.formUnion(marks)
    return target
  }
}

extension SchemaNode.Marks {
  mutating func formUnion(_ other: SchemaNode.Marks) {
    isUnique = isUnique || other.isUnique
    isSensitive = isSensitive || other.isSensitive
    isImmutable = isImmutable || other.isImmutable
    isAlways = isAlways || other.isAlways
    isReadOnly = isReadOnly || other.isReadOnly
    isSet = isSet || other.isSet
    compare.formUnion(other.compare)
    absent = absent ?? other.absent
  }
}
