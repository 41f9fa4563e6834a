// CEL's run-time equality is total: unlike types are unequal, never an error, and all numbers stand on
// one line. Its order exists for like scalars and numbers only.

extension Value {
  /// CEL's `==`.
  public static func == (left: Value, right: Value) -> Bool {
    var meter = Meter(Budget(steps: .max, size: .max))
    // An unlimited meter never throws.
    return (try? equal(left, right, &meter)) ?? false
  }

  /// CEL's `==`, paying a step for each element of a collection.
  static func equal(
    _ left: Value, _ right: Value, _ meter: inout Meter
  ) throws(EvaluationError) -> Bool {
    switch (left, right) {
    case (.string(let left), .string(let right)): return sameText(left, right)
    case (.null, .null): return true
    case (.bool(let left), .bool(let right)): return left == right
    case (.int(let left), .int(let right)): return left == right
    case (.bytes(let left), .bytes(let right)): return left == right
    case (.timestamp(let left), .timestamp(let right)): return left == right
    case (.duration(let left), .duration(let right)): return left == right
    case (.type(let left), .type(let right)): return left == right
    case (.address(let left), .address(let right)): return left == right
    case (.list(let left), .list(let right)):
      guard left.count == right.count else { return false }
      for (left, right) in zip(left, right) {
        try meter.step()
        guard try equal(left, right, &meter) else { return false }
      }
      return true
    case (.map(let left), .map(let right)):
      guard left.count == right.count else { return false }
      for (key, value) in zip(left.keys, left.values) {
        try meter.step()
        guard let other = right[key], try equal(value, other, &meter) else { return false }
      }
      return true
    case (.optional(let left), .optional(let right)):
      switch (left.value, right.value) {
      case (nil, nil): return true
      case (let left?, let right?): return try equal(left, right, &meter)
      default: return false
      }
    default:
      return left.numericOrder(right) == .equal
    }
  }

  enum Order {
    case less, equal, greater
    /// NaN is neither.
    case unordered
  }

  /// The order of two values, or nil when their types have none.
  func order(_ other: Value) -> Order? {
    switch (self, other) {
    case (.string(let left), .string(let right)):
      let order = orderOfText(left, right)
      return order < 0 ? .less : order > 0 ? .greater : .equal
    case (.bool(let left), .bool(let right)): return Value.order(left ? 1 : 0, right ? 1 : 0)
    case (.timestamp(let left), .timestamp(let right)): return Value.order(left, right)
    case (.duration(let left), .duration(let right)): return Value.order(left, right)
    case (.bytes(let left), .bytes(let right)):
      return left.lexicographicallyPrecedes(right) ? .less : left == right ? .equal : .greater
    default: return numericOrder(other)
    }
  }

  /// The order on the number line. An integer meets a double as a double.
  private func numericOrder(_ other: Value) -> Order? {
    switch (self, other) {
    case (.int(let left), .int(let right)): Value.order(left, right)
    case (.uint(let left), .uint(let right)): Value.order(left, right)
    case (.double(let left), .double(let right)): Value.order(left, right)
    case (.int(let left), .uint(let right)):
      left < 0 ? .less : Value.order(UInt64(left), right)
    case (.uint(let left), .int(let right)):
      right < 0 ? .greater : Value.order(left, UInt64(right))
    case (.int(let left), .double(let right)): Value.order(Double(left), right)
    case (.double(let left), .int(let right)): Value.order(left, Double(right))
    case (.uint(let left), .double(let right)): Value.order(Double(left), right)
    case (.double(let left), .uint(let right)): Value.order(left, Double(right))
    case (.number(let left), _): other.digits.flatMap { WrittenNumber.order(left.text, $0) }
    case (_, .number(let right)): digits.flatMap { WrittenNumber.order($0, right.text) }
    default: nil
    }
  }

  /// A number's digits; nil for what is no finite number.
  private var digits: String? {
    switch self {
    case .int(let value): String(value)
    case .uint(let value): String(value)
    case .double(let value): value.isFinite ? value.description : nil
    case .number(let number): number.text
    default: nil
    }
  }

  private static func order<T: Comparable>(_ left: T, _ right: T) -> Order {
    left < right ? .less : left > right ? .greater : left == right ? .equal : .unordered
  }
}
