/// Looks into lists and maps.
enum Access {
  /// The element at an index or under a key; nil when there is none.
  static func element(of container: Value, at key: Value) throws(EvaluationError) -> Value? {
    switch container {
    case .map(let map): return map[key]
    case .list(let elements):
      guard let index = try position(key), elements.indices.contains(index) else { return nil }
      return elements[index]
    default: throw .noOverload
    }
  }

  private static func position(_ key: Value) throws(EvaluationError) -> Int? {
    switch key {
    case .int(let value): return Int(exactly: value)
    case .uint(let value): return Int(exactly: value)
    case .double(let value):
      guard let index = Int(exactly: value) else { throw .invalid("\(value) is not a list index") }
      return index
    case .number(let number): return try position(try number.exact())
    default: throw .invalid("a \(key.typeName) is not a list index")
    }
  }

  static func missing(_ key: Value, in container: Value) -> EvaluationError {
    if case .list(let elements) = container {
      return EvaluationError(
        .range, "index \(key.text) is outside a list of \(elements.count)")
    }
    return EvaluationError(.noSuchKey, "no such key: \(key.text)")
  }

  /// `operand.field`; on an optional it gives an optional.
  static func field(
    _ field: String, of operand: Value
  ) throws(EvaluationError) -> Value {
    switch operand {
    case .map(let map):
      guard let value = map.value(of: field) else {
        throw EvaluationError(.noSuchKey, "no such key: `\(field)`")
      }
      return value
    case .optional: return try optionalField(field, of: operand)
    default: throw noFields(operand, field)
    }
  }

  /// `operand.?field`.
  static func optionalField(
    _ field: String, of operand: Value
  ) throws(EvaluationError) -> Value {
    switch operand {
    case .map(let map): return .optional(of: map.value(of: field))
    case .optional(let optional):
      guard let inner = optional.value else { return operand }
      return try optionalField(field, of: inner)
    default: throw noFields(operand, field)
    }
  }

  /// `has(operand.field)`.
  static func has(_ field: String, in operand: Value) throws(EvaluationError) -> Bool {
    switch operand {
    case .map(let map): return map.value(of: field) != nil
    case .optional(let optional):
      guard let inner = optional.value else { return false }
      return try has(field, in: inner)
    default: throw noFields(operand, field)
    }
  }

  private static func noFields(_ operand: Value, _ field: String) -> EvaluationError {
    EvaluationError(.noOverload, "a \(operand.typeName) has no field `\(field)`")
  }
}
