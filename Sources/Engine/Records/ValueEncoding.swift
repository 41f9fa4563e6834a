import Expressions
import JSON

/// An expression's value as JSON.
enum ValueEncoding {
  static func json(_ value: Value, format: String?) throws(EvaluationError) -> JSON {
    switch value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .integer(value)
    case .uint(let value): return .number(String(value))
    case .double(let value):
      guard let json = JSON.double(value) else {
        throw EvaluationError(.invalidArgument, "the value is \(value), which JSON has no form for")
      }
      return json
    case .string(let text): return .string(text)
    case .list(let values):
      var elements: [JSON] = []
      for value in values { elements.append(try json(value, format: nil)) }
      return .array(elements)
    case .map(let map):
      var members: [JSON.Member] = []
      for (key, value) in zip(map.keys, map.values) {
        guard case .string(let name) = key else {
          throw EvaluationError(
            .invalidArgument, "an object's names must be text, not \(key.typeName)")
        }
        members.append(JSON.Member(name: name, value: try json(value, format: nil)))
      }
      return .object(members)
    case .timestamp(let timestamp):
      let text = timestamp.description
      return .string(format == "date" ? String(text.prefix(10)) : text)
    case .optional(let optional):
      guard let value = optional.value else { return .null }
      return try json(value, format: format)
    case .bytes, .duration, .type, .address:
      throw EvaluationError(
        .invalidArgument,
        "a value of type \(value.typeName) cannot be sent: convert it with `string(...)`")
    }
  }
}
