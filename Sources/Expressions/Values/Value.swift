/// A value at run time. Scalars need no allocation.
public enum Value: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  /// A number of a document with digits that no int and no double has.
  case number(WrittenNumber)
  case string(String)
  case bytes([UInt8])
  case list([Value])
  case map(MapValue)
  case timestamp(Timestamp)
  case duration(TimeSpan)
  case type(TypeName)
  case optional(OptionalValue)
  case address(NetworkAddress)
}

/// A type as a value: `type(1)` is `int`.
public struct TypeName: Sendable, Hashable {
  public let name: String

  public init(_ name: String) {
    self.name = name
  }
}

/// A value that may be absent, which is not the same as null.
public final class OptionalValue: Sendable {
  public let value: Value?

  public init(_ value: Value?) {
    self.value = value
  }

  static let none = OptionalValue(nil)
}

extension Value {
  static func optional(of value: Value?) -> Value {
    value.map { .optional(OptionalValue($0)) } ?? .optional(.none)
  }

  /// The name of the value's type, as `type(value)` gives it.
  public var typeName: String {
    switch self {
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .number(let number): number.computed?.typeName ?? "double"
    case .string: "string"
    case .bytes: "bytes"
    case .list: "list"
    case .map: "map"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .type: "type"
    case .optional: "optional_type"
    case .address(let address): address.isNetwork ? "net.CIDR" : "net.IP"
    }
  }

  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// Whether the value is the empty one of its type: what `optional.ofNonZeroValue` leaves out.
  var isZero: Bool {
    switch self {
    case .null: true
    case .bool(let value): !value
    case .int(let value): value == 0
    case .uint(let value): value == 0
    case .double(let value): value == 0
    case .number(let number): number.computed?.isZero ?? false
    case .string(let value): value.isEmpty
    case .bytes(let value): value.isEmpty
    case .list(let value): value.isEmpty
    case .map(let value): value.count == 0
    case .timestamp(let value): value == Timestamp(validSeconds: 0)
    case .duration(let value): value == TimeSpan(validSeconds: 0)
    case .type, .address: false
    case .optional(let value): value.value == nil
    }
  }
}
