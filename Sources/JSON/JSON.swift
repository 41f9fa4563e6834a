/// A JSON value that keeps what was written: the order of members and the digits of numbers.
///
/// Equality is exact, too: strings are compared by their UTF-8 bytes (`String` would take canonically equivalent
/// texts for equal), numbers by their digits (`1.0` is not `1`), members in their order. Compare `canonicalBytes`
/// where the order of members should not matter.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  /// A number as written, e.g. `12.50`; one that follows the grammar of RFC 8259, see `init(number:)`.
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  /// A name with its value inside an object.
  public struct Member: Sendable {
    public var name: String
    public var value: JSON

    public init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }
  }
}

extension JSON {
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var arrayValue: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The value of the member with this name; nil when there is none, or when this is no object.
  public subscript(name: String) -> JSON? {
    members?.first { $0.name.hasSameBytes(as: name) }?.value
  }
}

extension JSON: Hashable {
  public static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a.hasSameBytes(as: b)
    case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null:
      hasher.combine(0)
    case .bool(let value):
      hasher.combine(1)
      hasher.combine(value)
    case .number(let digits):
      hasher.combine(2)
      digits.hashBytes(into: &hasher)
    case .string(let text):
      hasher.combine(3)
      text.hashBytes(into: &hasher)
    case .array(let values):
      hasher.combine(4)
      hasher.combine(values)
    case .object(let members):
      hasher.combine(5)
      hasher.combine(members)
    }
  }
}

extension JSON.Member: Hashable {
  public static func == (left: JSON.Member, right: JSON.Member) -> Bool {
    left.name.hasSameBytes(as: right.name) && left.value == right.value
  }

  public func hash(into hasher: inout Hasher) {
    name.hashBytes(into: &hasher)
    hasher.combine(value)
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member(name: $0.0, value: $0.1) })
  }
}
