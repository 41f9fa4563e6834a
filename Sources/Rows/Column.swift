import Diagnostics

/// The kind of value that a column of a query holds, as far as a mapping can tell kinds apart.
///
/// Kinds without an exact counterpart in Swift travel as text in one canonical form, so that nothing is lost between
/// the database and the target: `decimal` keeps its digits, `date` is `YYYY-MM-DD`, `timestamp` is
/// `YYYY-MM-DDTHH:MM:SS[.ffffff]`, `time` is `HH:MM:SS[.ffffff]`, `uuid` is lower case with hyphens.
public indirect enum ColumnType: Sendable, Hashable {
  case bool
  /// Any integer of at most 64 bits.
  case int
  case double
  case decimal
  case text
  case date
  /// Date and time of day without a zone.
  case timestamp
  /// A moment: microseconds since 1970-01-01T00:00:00Z.
  case timestamptz
  case time
  case uuid
  /// A JSON document, as text.
  case json
  case bytes
  /// A one-dimensional array, as the text of a JSON array of its elements in their canonical forms: moments by RFC 3339,
  /// bytes in hexadecimal digits.
  case array(ColumnType)
}

extension ColumnType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .bool: "bool"
    case .int: "int"
    case .double: "double"
    case .decimal: "decimal"
    case .text: "text"
    case .date: "date"
    case .timestamp: "timestamp"
    case .timestamptz: "timestamptz"
    case .time: "time"
    case .uuid: "uuid"
    case .json: "json"
    case .bytes: "bytes"
    case .array(let element): "array(\(element))"
    }
  }
}

extension ColumnType {
  /// All kinds but arrays.
  public static let scalars: [ColumnType] = [
    .bool, .int, .double, .decimal, .text, .date, .timestamp, .timestamptz, .time, .uuid, .json,
    .bytes,
  ]

  /// The kind that has this description.
  public init?(_ description: String) {
    let prefix = "array("
    if description.hasPrefix(prefix), description.hasSuffix(")") {
      guard let element = ColumnType(String(description.dropFirst(prefix.count).dropLast())) else {
        return nil
      }
      self = .array(element)
    } else if let scalar = Self.scalars.first(where: { $0.description == description }) {
      self = scalar
    } else {
      return nil
    }
  }
}

/// One column of a query's result: what is proved of every value that it can hold.
public struct Column: Sendable, Hashable {
  public var name: String
  public var type: ColumnType
  /// The type in the source's own words, e.g. `character varying(60)`.
  public var declared: String
  /// The greatest number of characters, where the source declares one.
  public var maxLength: Int?
  /// The digits in all and behind the point, where the source declares them.
  public var digits: DecimalDigits?
  /// The least and the greatest integer, by the declared width.
  public var range: ClosedRange<Int64>?
  /// All values that can occur beside NULL, where the source declares a list.
  public var values: [String]?
  /// Whether NULL can occur; `nil` where the source does not tell.
  public var nullable: Bool?
  /// The table column that the value comes from unchanged, e.g. `viewpoint.bPREH.FirstName`.
  public var origin: String?
  /// Where a file says all this; `nil` when the source was asked itself.
  public var stated: SourceRange?

  /// `maxLength`, `digits` and `range` follow from `declared` unless they are given.
  public init(
    name: String, type: ColumnType, declared: String, maxLength: Int? = nil, nullable: Bool? = nil,
    origin: String? = nil, values: [String]? = nil, stated: SourceRange? = nil
  ) {
    self.name = name
    self.type = type
    self.declared = declared
    let bounds = DeclaredBounds(declared)
    self.maxLength = maxLength ?? bounds.maxLength
    digits = bounds.digits
    range = bounds.range
    self.values = values
    self.nullable = nullable
    self.origin = origin
    self.stated = stated
  }
}

/// The bounds of `numeric(precision, scale)`.
public struct DecimalDigits: Sendable, Hashable {
  /// In all.
  public var precision: Int
  /// Behind the point; below zero where the last digits before it are always 0.
  public var scale: Int

  public init(precision: Int, scale: Int) {
    self.precision = precision
    self.scale = scale
  }
}
