/// A map from bool, int, uint or string keys to values, in the order in which it was written.
///
/// Numerically equal keys are one key, whatever their types.
public final class MapValue: Sendable {
  let shape: MapShape
  public let values: [Value]

  public var keys: [Value] { shape.keys }
  public var count: Int { values.count }

  init(shape: MapShape, values: [Value]) {
    self.shape = shape
    self.values = values
  }

  /// Fails on a key that is null, a double or a collection, and on a repeated key.
  public convenience init(
    _ entries: some Sequence<(key: Value, value: Value)>
  ) throws(EvaluationError) {
    let keys = entries.map(\.key)
    try self.init(shape: MapShape(keys), values: entries.map(\.value))
  }

  /// The value under a key; numbers find keys that are numerically equal.
  public subscript(key: Value) -> Value? {
    shape.position(of: key).map { values[$0] }
  }

  func value(of field: String) -> Value? {
    shape.position(of: field).map { values[$0] }
  }
}

/// The keys of a map. A map literal with constant keys makes its shape once, at compile time.
final class MapShape: Sendable {
  let keys: [Value]
  /// Positions by key, for maps too large to search.
  private let positions: [Key: Int]

  private static let searchable = 8

  init(_ keys: [Value]) throws(EvaluationError) {
    var positions: [Key: Int] = [:]
    if keys.count > Self.searchable { positions.reserveCapacity(keys.count) }
    for (position, key) in keys.enumerated() {
      switch key {
      case .bool, .int, .uint, .string: break
      default: throw EvaluationError(.invalidArgument, "unsupported key type: \(key.typeName)")
      }
      let repeated =
        keys.count > Self.searchable
        ? Key(key).map { positions.updateValue(position, forKey: $0) != nil } ?? false
        : keys[..<position].contains { Self.same($0, key) }
      if repeated {
        throw EvaluationError(.invalidArgument, "Failed with repeated key: \(key.text)")
      }
    }
    self.keys = keys
    self.positions = positions
  }

  func position(of key: Value) -> Int? {
    if keys.count > Self.searchable { return Key(key).flatMap { positions[$0] } }
    for position in keys.indices where Self.same(keys[position], key) { return position }
    return nil
  }

  func position(of field: String) -> Int? {
    if keys.count > Self.searchable { return positions[.string(ScalarText(field))] }
    for position in keys.indices {
      if case .string(let key) = keys[position], sameText(key, field) { return position }
    }
    return nil
  }

  private static func same(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.string(let left), .string(let right)): sameText(left, right)
    case (.int(let left), .int(let right)): left == right
    default: Key(left).map { $0 == Key(right) } ?? false
    }
  }

  private enum Key: Hashable {
    case bool(Bool)
    case int(Int64)
    case large(UInt64)
    case string(ScalarText)

    init?(_ value: Value) {
      switch value {
      case .bool(let value): self = .bool(value)
      case .int(let value): self = .int(value)
      case .uint(let value): self = Int64(exactly: value).map { .int($0) } ?? .large(value)
      case .string(let value): self = .string(ScalarText(value))
      case .double(let value):
        if let whole = Int64(exactly: value) {
          self = .int(whole)
        } else if let whole = UInt64(exactly: value) {
          self = .large(whole)
        } else {
          return nil
        }
      case .number(let number):
        guard let computed = number.computed, !computed.isWritten else { return nil }
        self.init(computed)
      default: return nil
      }
    }
  }
}
