// Strings made from strings.

extension TextFunctions {
  private static func change(
    _ name: String, _ operation: FlatExpression.Instruction.Operation,
    _ transform: @escaping @Sendable (String) -> String
  ) -> Function {
    Function(
      name, [.method(.string, returns: .string)], flat: .instruction(operation),
      .one { text, _ throws(EvaluationError) in
        guard case .string(let text) = text else { throw .noOverload }
        return .string(transform(text))
      })
  }

  static let changing = [
    change("trim", .trim) { $0.trimmed },
    change("lowerAscii", .lower) { $0.lowerASCII },
    change("upperAscii", .upper) { text in
      String(bytes: text.utf8.map { $0 &- 0x61 < 26 ? $0 - 32 : $0 })
    },
    Function(
      "replace",
      [
        .method(.string, .string, .string, returns: .string),
        .method(.string, .string, .string, .int, returns: .string),
      ],
      .three { text, old, new, meter throws(EvaluationError) in
        try replace(text, old, new, -1, &meter)
      },
      .four { text, old, new, limit, meter throws(EvaluationError) in
        guard case .int(let limit) = limit else { throw .noOverload }
        return try replace(text, old, new, limit, &meter)
      }),
    Function(
      "strings.quote", [.function(.string, returns: .string)],
      .one { text, meter throws(EvaluationError) in
        guard case .string(let text) = text else { throw .noOverload }
        try meter.build(text.utf8.count)
        return .string(quoted(text))
      }),
  ]

  private static func replace(
    _ text: Value, _ old: Value, _ new: Value, _ limit: Int64, _ meter: inout Meter
  ) throws(EvaluationError) -> Value {
    guard case .string(let text) = text, case .string(let old) = old, case .string(let new) = new
    else { throw .noOverload }
    let limit = limit < 0 ? Int.max : Int(limit)
    if old.isEmpty { return .string(try interleave(text, new, limit, &meter)) }
    let bytes = Array(text.utf8)
    var offsets: [Int] = []
    bytes.withUnsafeBufferPointer { bytes in
      old.withBytes { old in
        var start = 0
        while offsets.count < limit, let found = bytes.firstOffset(of: old, from: start) {
          offsets.append(found)
          start = found + old.count
        }
      }
    }
    if offsets.isEmpty { return .string(text) }
    try meter.build(bytes.count)
    try meter.build(new.utf8.count, times: offsets.count)
    var result: [UInt8] = []
    var start = 0
    for offset in offsets {
      result.append(contentsOf: bytes[start..<offset])
      result.append(contentsOf: new.utf8)
      start = offset + old.utf8.count
    }
    result.append(contentsOf: bytes[start...])
    return .string(String(bytes: result))
  }

  /// Replacing the empty string puts the new one before each code point and at the end.
  private static func interleave(
    _ text: String, _ new: String, _ limit: Int, _ meter: inout Meter
  ) throws(EvaluationError) -> String {
    let scalars = text.unicodeScalars
    try meter.build(text.utf8.count)
    try meter.build(new.utf8.count, times: min(limit, scalars.count + 1))
    var result = ""
    var count = 0
    for scalar in scalars {
      if count < limit {
        result += new
        count += 1
      }
      result.unicodeScalars.append(scalar)
    }
    if count < limit { result += new }
    return result
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\u{07}": result += "\\a"
      case "\u{08}": result += "\\b"
      case "\u{0C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0B}": result += "\\v"
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  static let encoding = [
    Function(
      "base64.encode", [.function(.bytes, returns: .string)],
      .one { bytes, meter throws(EvaluationError) in
        guard case .bytes(let bytes) = bytes else { throw .noOverload }
        try meter.build(bytes.count * 2)
        return .string(Base64.encode(bytes))
      }),
    Function(
      "base64.decode", [.function(.string, returns: .bytes)],
      .one { text, meter throws(EvaluationError) in
        guard case .string(let text) = text else { throw .noOverload }
        try meter.build(text.utf8.count)
        guard let bytes = Base64.decode(text) else { throw .invalid("`\(text)` is not base64") }
        return .bytes(bytes)
      }),
  ]
}
