/// `"%s is %.1f".format([…])`.
enum FormatFunction {
  static let format = Function(
    "format", [.method(.string, .list(.dyn), returns: .string)],
    .two { pattern, arguments, meter throws(EvaluationError) in
      guard case .string(let pattern) = pattern, case .list(let arguments) = arguments else {
        throw .noOverload
      }
      return .string(try format(pattern, arguments, &meter))
    })

  private static func format(
    _ pattern: String, _ arguments: [Value], _ meter: inout Meter
  ) throws(EvaluationError) -> String {
    var result = ""
    var rest = pattern.unicodeScalars[...]
    var used = 0
    while let mark = rest.firstIndex(of: "%") {
      result.unicodeScalars.append(contentsOf: rest[..<mark])
      rest = rest[rest.index(after: mark)...]
      if rest.first == "%" {
        result += "%"
        rest.removeFirst()
        continue
      }
      let precision = try precision(&rest)
      guard let letter = rest.popFirst() else {
        throw .invalid("the format ends after `%`")
      }
      guard used < arguments.count else {
        throw EvaluationError(.range, "index \(used) out of range")
      }
      let text = try clause(letter, precision, arguments[used])
      try meter.build(text.utf8.count)
      result += text
      used += 1
    }
    result.unicodeScalars.append(contentsOf: rest)
    try meter.build(result.utf8.count)
    return result
  }

  private static func precision(
    _ rest: inout Substring.UnicodeScalarView
  ) throws(EvaluationError) -> Int? {
    guard rest.first == "." else { return nil }
    rest.removeFirst()
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest = rest.dropFirst(digits.count)
    guard digits.count < 4, let value = Int(String(digits)), value <= 100 else {
      throw .invalid("a precision is a number up to 100")
    }
    return value
  }

  private static func clause(
    _ letter: Unicode.Scalar, _ precision: Int?, _ value: Value
  ) throws(EvaluationError) -> String {
    if precision != nil, letter != "f", letter != "e" {
      throw .invalid("`%\(letter)` takes no precision")
    }
    switch letter {
    case "s": return try string(value)
    case "d": return try decimal(value)
    case "f": return try floating(value, precision ?? 6, isScientific: false)
    case "e": return try floating(value, precision ?? 6, isScientific: true)
    case "b":
      if case .bool(let bit) = value { return bit ? "1" : "0" }
      return try integer(value, radix: 2, "integers and bools can be formatted as binary")
    case "o": return try integer(value, radix: 8, "integers can be formatted as octal")
    case "x": return try hexadecimal(value, isUpper: false)
    case "X": return try hexadecimal(value, isUpper: true)
    default: throw .invalid("could not parse formatting clause: unrecognized `%\(letter)`")
    }
  }

  private static func refused(_ what: String, _ value: Value) -> EvaluationError {
    .invalid("error during formatting: only \(what), was given \(value.typeName)")
  }

  private static func string(_ value: Value) throws(EvaluationError) -> String {
    switch value {
    case .list(let elements):
      var parts: [String] = []
      for element in elements { parts.append(try string(element)) }
      return "[\(parts.joined(separator: ", "))]"
    case .map(let map):
      var parts: [(String, String)] = []
      for (key, value) in zip(map.keys, map.values) {
        parts.append((key.text, try string(value)))
      }
      parts.sort { orderOfText($0.0, $1.0) < 0 }
      return "{\(parts.map { "\($0): \($1)" }.joined(separator: ", "))}"
    case .optional, .address: throw refused("plain values can be formatted as text", value)
    case .bytes(let bytes): return String(bytes: bytes)
    default: return value.text
    }
  }

  private static func decimal(_ value: Value) throws(EvaluationError) -> String {
    switch value {
    case .int, .uint: return value.text
    case .double, .number: return value.text
    default: throw refused("numbers can be formatted as decimal", value)
    }
  }

  private static func integer(
    _ value: Value, radix: Int, _ what: String
  ) throws(EvaluationError) -> String {
    switch value {
    case .int(let number): return String(number, radix: radix)
    case .uint(let number): return String(number, radix: radix)
    case .number(let number): return try integer(try number.exact(), radix: radix, what)
    default: throw refused(what, value)
    }
  }

  private static func hexadecimal(
    _ value: Value, isUpper: Bool
  ) throws(EvaluationError) -> String {
    switch value {
    case .int(let number): return String(number, radix: 16, uppercase: isUpper)
    case .uint(let number): return String(number, radix: 16, uppercase: isUpper)
    case .number(let number): return try hexadecimal(try number.exact(), isUpper: isUpper)
    case .string(let text): return hexadecimal(Array(text.utf8), isUpper: isUpper)
    case .bytes(let bytes): return hexadecimal(bytes, isUpper: isUpper)
    default:
      throw refused("integers, byte buffers, and strings can be formatted as hex", value)
    }
  }

  private static func hexadecimal(_ bytes: [UInt8], isUpper: Bool) -> String {
    bytes.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: isUpper)
    }.joined()
  }

  private static func floating(
    _ value: Value, _ precision: Int, isScientific: Bool
  ) throws(EvaluationError) -> String {
    let number: Double
    switch value {
    case .double(let value): number = value
    case .int(let value): number = Double(value)
    case .uint(let value): number = Double(value)
    case .number(let written):
      return try floating(try written.exact(), precision, isScientific: isScientific)
    default: throw refused("numbers can be formatted as fixed-point or scientific", value)
    }
    guard number.isFinite else { return Value.text(of: number) }
    let digits = DecimalDigits(number.magnitude)
    let sign = number.sign == .minus ? "-" : ""
    return sign
      + (isScientific ? digits.scientific(precision) : digits.fixed(precision))
  }
}
