/// `int(x)`, `string(x)` and their kin; each also takes its own type.
enum Conversions {
  static let all: [Function] = [
    Function(
      "int", signatures([.int, .uint, .double, .string, .timestamp, .duration], to: .int),
      .one { value, _ throws(EvaluationError) in .int(try integer(value)) }),
    Function(
      "uint", signatures([.uint, .int, .double, .string], to: .uint),
      .one { value, _ throws(EvaluationError) in .uint(try unsigned(value)) }),
    Function(
      "double", signatures([.double, .int, .uint, .string], to: .double),
      .one { value, _ throws(EvaluationError) in .double(try floating(value)) }),
    Function(
      "bool", signatures([.bool, .string], to: .bool),
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .bool: return value
        case .string("1"), .string("t"), .string("true"), .string("TRUE"), .string("True"):
          return .bool(true)
        case .string("0"), .string("f"), .string("false"), .string("FALSE"), .string("False"):
          return .bool(false)
        case .string(let text): throw .invalid("`\(text)` is not a bool")
        default: throw .noOverload
        }
      }),
    Function(
      "string",
      signatures(
        [
          .string, .bool, .int, .uint, .double, .bytes, .timestamp, .duration,
          .opaque("net.IP", []), .opaque("net.CIDR", []),
        ], to: .string),
      flat: .instruction(.string),
      .one { value, meter throws(EvaluationError) in
        switch value {
        case .string: return value
        case .bytes(let bytes):
          guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("invalid UTF-8")
          }
          return .string(text)
        case .double(let number):
          try meter.step(4)
          return .string(Value.text(of: number))
        case .bool, .int, .uint, .number, .timestamp, .duration, .address:
          return .string(value.text)
        default: throw .noOverload
        }
      }),
    Function(
      "bytes", signatures([.bytes, .string], to: .bytes),
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .bytes: return value
        case .string(let text): return .bytes(Array(text.utf8))
        default: throw .noOverload
        }
      }),
    Function(
      "timestamp", signatures([.timestamp, .string, .int], to: .timestamp),
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .timestamp: return value
        case .string(let text):
          guard let moment = Timestamp(rfc3339: text) else {
            throw .invalid("`\(text)` is not a timestamp such as 2024-02-29T12:00:00Z")
          }
          return .timestamp(moment)
        case .int(let seconds):
          guard let moment = Timestamp(seconds: seconds) else {
            throw .outOfRange("the timestamp")
          }
          return .timestamp(moment)
        default: throw .noOverload
        }
      }),
    Function(
      "duration", signatures([.duration, .string, .int], to: .duration),
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .duration: return value
        case .string(let text):
          guard let span = TimeSpan(text: text) else {
            throw .invalid("`\(text)` is not a duration such as 1h30m, or too long")
          }
          return .duration(span)
        case .int(let seconds):
          guard let span = TimeSpan(seconds: seconds) else { throw .outOfRange("the duration") }
          return .duration(span)
        default: throw .noOverload
        }
      }),
    Function(
      "dyn", [.function(.param("A"), returns: .dyn)],
      .one { value, _ in value }),
    Function(
      "type", [.function(.param("A"), returns: .type(.param("A")))],
      .one { value, _ in .type(TypeName(value.typeName)) }),
  ]

  private static func signatures(
    _ types: [CELType], to result: CELType
  ) -> [Function.Signature] {
    types.map { .function($0, returns: result) }
  }

  private static func integer(_ value: Value) throws(EvaluationError) -> Int64 {
    switch value {
    case .int(let value): return value
    case .uint(let value):
      guard let result = Int64(exactly: value) else { throw .outOfRange("\(value)") }
      return result
    case .double(let value):
      // Neither end belongs to the range: doubles near them are not exact.
      guard value > -0x1p63, value < 0x1p63 else { throw .outOfRange("\(value)") }
      return Int64(value)
    case .string(let text):
      guard let result = Int64(text), text.utf8.first != UInt8(ascii: "+") else {
        throw .invalid("`\(text)` is not an int")
      }
      return result
    case .timestamp(let moment): return moment.seconds
    case .duration(let span): return span.seconds
    default: throw .noOverload
    }
  }

  private static func unsigned(_ value: Value) throws(EvaluationError) -> UInt64 {
    switch value {
    case .uint(let value): return value
    case .int(let value):
      guard let result = UInt64(exactly: value) else { throw .outOfRange("\(value)") }
      return result
    case .double(let value):
      guard value >= 0, value < 0x1p64 else { throw .outOfRange("\(value)") }
      return UInt64(value)
    case .string(let text):
      guard let result = UInt64(text), text.utf8.first.map(isDigit) == true else {
        throw .invalid("`\(text)` is not a uint")
      }
      return result
    default: throw .noOverload
    }
  }

  private static func floating(_ value: Value) throws(EvaluationError) -> Double {
    switch value {
    case .double(let value): return value
    case .int(let value): return Double(value)
    case .uint(let value): return Double(value)
    case .number(let number):
      // Who writes `double(…)` has asked for the nearest one.
      guard let result = Double(number.text), result.isFinite else {
        throw .outOfRange(number.text)
      }
      return result
    case .string(let text):
      guard let result = double(text) else { throw .invalid("`\(text)` is not a double") }
      return result
    default: throw .noOverload
    }
  }

  /// Decimal digits, or a name of infinity or of NaN; no hexadecimal.
  private static func double(_ text: String) -> Double? {
    switch text {
    case "NaN", "nan": return .nan
    case "Infinity", "+Infinity", "Inf", "+Inf", "inf", "+inf", "infinity": return .infinity
    case "-Infinity", "-Inf", "-inf", "-infinity": return -.infinity
    default:
      guard text.utf8.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) }) else { return nil }
      return Double(text)
    }
  }
}
