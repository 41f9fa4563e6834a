import CLibPQ
import Rows

/// A value for a `:name` of a query. Text forms are the canonical ones of `ColumnType`.
public enum ParameterValue: Sendable, Hashable {
  /// NULL, of the type that the query is to see.
  case null(ColumnType)
  case bool(Bool)
  /// Sent as `bigint`.
  case int(Int64)
  case double(Double)
  /// Plain decimal digits, e.g. `-12.50`.
  case decimal(String)
  case text(String)
  /// `YYYY-MM-DD`.
  case date(String)
  /// `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
  case timestamp(String)
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamptz(Int64)
  /// `HH:MM:SS[.ffffff]`.
  case time(String)
  case uuid(String)
  case json(String)
  case bytes([UInt8])
  case ints([Int64])
  case texts([String])

  public var type: ColumnType {
    switch self {
    case .null(let type): type
    case .bool: .bool
    case .int: .int
    case .double: .double
    case .decimal: .decimal
    case .text: .text
    case .date: .date
    case .timestamp: .timestamp
    case .timestamptz: .timestamptz
    case .time: .time
    case .uuid: .uuid
    case .json: .json
    case .bytes: .bytes
    case .ints: .array(.int)
    case .texts: .array(.text)
    }
  }
}

/// One statement and the values of its `:name` parameters.
public struct Query: Sendable, Hashable {
  public var sql: String
  public var parameters: [String: ParameterValue]

  public init(_ sql: String, parameters: [String: ParameterValue] = [:]) {
    self.sql = sql
    self.parameters = parameters
  }
}

/// A value as the protocol carries it: a type and its binary form, `nil` for NULL.
struct BoundValue {
  var oid: Oid
  var bytes: [UInt8]?
}

extension ColumnType {
  /// The type of a parameter on the server, or `nil` if parameters cannot have this type.
  var parameterOID: Oid? {
    switch self {
    case .bool: 16
    case .int: 20
    case .double: 701
    case .decimal: 1700
    case .text: 25
    case .date: 1082
    case .timestamp: 1114
    case .timestamptz: 1184
    case .time: 1083
    case .uuid: 2950
    case .json: 114
    case .bytes: 17
    case .array(.int): 1016
    case .array(.text): 1009
    case .array: nil
    }
  }
}

extension PreparedText {
  func types(_ types: [String: ColumnType]) throws(PostgresError) -> [Oid] {
    var oids: [Oid] = []
    for name in names {
      guard let type = types[name] else { throw .missing(name) }
      guard let oid = type.parameterOID else {
        throw .parameter(name, "cannot be of type \(type)")
      }
      oids.append(oid)
    }
    return oids
  }

  func bind(_ values: [String: ParameterValue]) throws(PostgresError) -> [BoundValue] {
    var bound: [BoundValue] = []
    for name in names {
      guard let value = values[name] else { throw .missing(name) }
      guard let oid = value.type.parameterOID else {
        throw .parameter(name, "cannot be of type \(value.type)")
      }
      if case .null = value {
        bound.append(BoundValue(oid: oid, bytes: nil))
      } else if let bytes = value.binary {
        bound.append(BoundValue(oid: oid, bytes: bytes))
      } else {
        throw .parameter(name, "has a value that is no \(value.type)")
      }
    }
    return bound
  }
}

extension PostgresError {
  fileprivate static func missing(_ name: String) -> PostgresError {
    PostgresError(
      code: .parameter, message: "The query uses :\(name), which has no value.",
      remedy: "Declare the parameter \(name) and give it a value.")
  }
}

extension ParameterValue {
  /// The binary form, or `nil` if the text is not of the type.
  var binary: [UInt8]? {
    var bytes: [UInt8] = []
    switch self {
    case .null: return nil
    case .bool(let value): bytes = [value ? 1 : 0]
    case .int(let value): bytes.appendBigEndian(value)
    case .double(let value): bytes.appendBigEndian(value.bitPattern)
    case .decimal(let text): return NumericText.encode(text)
    case .text(let text), .json(let text): bytes = Array(text.utf8)
    case .date(let text):
      guard let days = CalendarText.days(text.utf8[...]) else { return nil }
      bytes.appendBigEndian(Int32(truncatingIfNeeded: days))
    case .timestamp(let text):
      guard let microseconds = CalendarText.timestamp(text) else { return nil }
      bytes.appendBigEndian(microseconds)
    case .timestamptz(let microseconds):
      let (shifted, overflow) = microseconds.subtractingReportingOverflow(
        CalendarText.epochMicroseconds)
      guard !overflow else { return nil }
      bytes.appendBigEndian(shifted)
    case .time(let text):
      guard let microseconds = CalendarText.microseconds(text.utf8[...]) else { return nil }
      bytes.appendBigEndian(microseconds)
    case .uuid(let text): return Self.uuid(text)
    case .bytes(let value): bytes = value
    case .ints(let values):
      bytes = Self.arrayHead(of: 20, count: values.count)
      for value in values {
        bytes.appendBigEndian(Int32(8))
        bytes.appendBigEndian(value)
      }
    case .texts(let values):
      bytes = Self.arrayHead(of: 25, count: values.count)
      for value in values {
        bytes.appendBigEndian(Int32(truncatingIfNeeded: value.utf8.count))
        bytes += value.utf8
      }
    }
    return bytes
  }

  private static func arrayHead(of element: Oid, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBigEndian(Int32(count == 0 ? 0 : 1))
    bytes.appendBigEndian(Int32(0))
    bytes.appendBigEndian(element)
    if count > 0 {
      bytes.appendBigEndian(Int32(truncatingIfNeeded: count))
      bytes.appendBigEndian(Int32(1))
    }
    return bytes
  }

  private static func uuid(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 36 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for (index, digit) in digits.enumerated() {
      if [8, 13, 18, 23].contains(index) {
        guard digit == UInt8(ascii: "-") else { return nil }
        continue
      }
      let value: UInt8
      switch digit {
      case 48...57: value = digit - 48
      case 65...70: value = digit - 55
      case 97...102: value = digit - 87
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}

/// Calls `body` with the values as libpq's parallel arrays, all in binary.
func withBound<R>(
  _ values: [BoundValue],
  _ body: (
    _ count: Int32, _ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]
  ) throws(PostgresError) -> R
) throws(PostgresError) -> R {
  var all: [UInt8] = []
  var starts: [Int?] = []
  var lengths: [Int32] = []
  for value in values {
    starts.append(value.bytes == nil ? nil : all.count)
    guard let length = Int32(exactly: value.bytes?.count ?? 0) else {
      throw PostgresError(
        code: .limit, message: "A parameter is larger than 2 GiB.", remedy: "Give a smaller value.")
    }
    lengths.append(length)
    all += value.bytes ?? []
    // An empty value needs an address, too: a null pointer would be NULL.
    all.append(0)
  }
  let formats = [Int32](repeating: 1, count: values.count)
  let pinned = UnsafeMutableRawBufferPointer.allocate(byteCount: all.count, alignment: 1)
  defer { pinned.deallocate() }
  pinned.copyBytes(from: all)
  let pointers = starts.map { start in
    start.flatMap { start in
      pinned.baseAddress.map { UnsafePointer(($0 + start).assumingMemoryBound(to: CChar.self)) }
    }
  }
  return try body(Int32(values.count), pointers, lengths, formats)
}
