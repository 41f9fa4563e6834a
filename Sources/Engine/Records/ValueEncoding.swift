import Expressions
import JSON
import Programs

/// An expression's value as JSON.
enum ValueEncoding {
  /// The value as the entries of a table name it.
  static func shown(_ value: Value) throws(EvaluationError) -> String {
    switch try json(value, as: nil) {
    case .string(let text): text
    case .null: ""
    case let other: other.description
    }
  }

  /// `schema` says what the value is to be, elements and members included: a moment is written as a day where that is a
  /// date.
  static func json(_ value: Value, as schema: SchemaNode?) throws(EvaluationError) -> JSON {
    switch value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .integer(value)
    case .uint(let value): return .number(String(value))
    case .number(let number): return .number(number.text)
    case .double(let value):
      guard let json = JSON.double(value) else {
        throw EvaluationError(.invalidArgument, "the value is \(value), which JSON has no form for")
      }
      return json
    case .string(let text): return .string(text)
    case .list(let values):
      var elements: [JSON] = []
      elements.reserveCapacity(values.count)
      for value in values {
        elements.append(try json(value, as: schema?.element(at: elements.count)))
      }
      return .array(elements)
    case .map(let map):
      var members: [JSON.Member] = []
      for (key, value) in zip(map.keys, map.values) {
        guard case .string(let name) = key else {
          throw EvaluationError(
            .invalidArgument, "an object's names must be text, not \(key.typeName)")
        }
        members.append(
          JSON.Member(name: name, value: try json(value, as: schema?.properties[name])))
      }
      return .object(members)
    case .timestamp(let timestamp):
      let text = timestamp.description
      return .string(schema?.format == "date" ? String(text.prefix(10)) : text)
    case .optional(let optional):
      guard let value = optional.value else { return .null }
      return try json(value, as: schema)
    case .bytes, .duration, .type, .address:
      throw EvaluationError(
        .invalidArgument,
        "a value of type \(value.typeName) cannot be sent: convert it with `string(...)`")
    }
  }

  /// Decimals, which expressions see as text, as the numbers that a schema asks for.
  static func decimals(_ value: Value, as schema: SchemaNode?) -> Value {
    switch value {
    case .list(let values):
      return .list(
        values.enumerated().map { decimals($0.element, as: schema?.element(at: $0.offset)) })
    case .string(let text):
      guard let schema, !schema.kinds.isEmpty, !schema.kinds.contains(.string) else { return value }
      return .number(WrittenNumber(text))
    default: return value
    }
  }
}

extension SchemaNode {
  /// The schema of an array's element.
  fileprivate func element(at place: Int) -> SchemaNode? {
    prefixItems.indices.contains(place) ? prefixItems[place] : items.first
  }
}
