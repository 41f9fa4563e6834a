/// Strings: CEL's own functions and the strings extension. Offsets count code points.
enum TextFunctions {
  static let all: [Function] = searching + slicing + changing + encoding

  private static func test(
    _ name: String,
    _ holds:
      @escaping @Sendable (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Function {
    Function(
      name, [.method(.string, .string, returns: .bool)],
      .two { text, part, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let part) = part else {
          throw .noOverload
        }
        return .bool(text.withBytes { text in part.withBytes { holds(text, $0) } })
      })
  }

  private static let searching = [
    test("startsWith") { $0.hasPrefix($1) },
    test("endsWith") { $0.hasSuffix($1) },
    test("contains") { $0.firstOffset(of: $1) != nil },
    Function(
      "matches",
      [
        .method(.string, .string, returns: .bool), .function(.string, .string, returns: .bool),
      ],
      .two { text, pattern, meter throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let pattern) = pattern else {
          throw .noOverload
        }
        // A pattern that is not constant is compiled each time; a counted repetition makes it large.
        let isCounted = pattern.utf8.contains(UInt8(ascii: "{"))
        try meter.step((isCounted ? 20_000 : 2000) + pattern.utf8.count)
        let compiled = try Pattern(fromOutside: pattern)
        try meter.step(compiled.steps(in: text))
        return .bool(compiled.isFound(in: text))
      }),
    Function(
      "indexOf",
      [
        .method(.string, .string, returns: .int), .method(.string, .string, .int, returns: .int),
      ],
      .two { text, part, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let part) = part else {
          throw .noOverload
        }
        return .int(CodePoints(text).firstIndex(of: part, from: 0).map(Int64.init) ?? -1)
      },
      .three { text, part, start, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let part) = part,
          case .int(let start) = start
        else { throw .noOverload }
        let points = CodePoints(text)
        let from = try points.index(start)
        return .int(points.firstIndex(of: part, from: from).map(Int64.init) ?? -1)
      }),
    Function(
      "lastIndexOf",
      [
        .method(.string, .string, returns: .int), .method(.string, .string, .int, returns: .int),
      ],
      .two { text, part, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let part) = part else {
          throw .noOverload
        }
        let points = CodePoints(text)
        return .int(points.lastIndex(of: part, upTo: points.count).map(Int64.init) ?? -1)
      },
      .three { text, part, end, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .string(let part) = part,
          case .int(let end) = end
        else { throw .noOverload }
        let points = CodePoints(text)
        let last = try points.index(end)
        return .int(points.lastIndex(of: part, upTo: last).map(Int64.init) ?? -1)
      }),
  ]

  private static let slicing = [
    Function(
      "charAt", [.method(.string, .int, returns: .string)],
      .two { text, index, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .int(let index) = index else {
          throw .noOverload
        }
        let points = CodePoints(text)
        let position = try points.index(index)
        return .string(points.slice(position, min(position + 1, points.count)))
      }),
    Function(
      "substring",
      [
        .method(.string, .int, returns: .string), .method(.string, .int, .int, returns: .string),
      ],
      .two { text, start, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .int(let start) = start else {
          throw .noOverload
        }
        let points = CodePoints(text)
        return .string(points.slice(try points.index(start), points.count))
      },
      .three { text, start, end, _ throws(EvaluationError) in
        guard case .string(let text) = text, case .int(let start) = start,
          case .int(let end) = end
        else { throw .noOverload }
        let points = CodePoints(text)
        let (first, last) = (try points.index(start), try points.index(end))
        guard first <= last else {
          throw EvaluationError(.range, "invalid substring range. start: \(start), end: \(end)")
        }
        return .string(points.slice(first, last))
      }),
    Function(
      "split",
      [
        .method(.string, .string, returns: .list(.string)),
        .method(.string, .string, .int, returns: .list(.string)),
      ],
      .two { text, separator, meter throws(EvaluationError) in
        try split(text, separator, -1, &meter)
      },
      .three { text, separator, limit, meter throws(EvaluationError) in
        guard case .int(let limit) = limit else { throw .noOverload }
        return try split(text, separator, limit, &meter)
      }),
    Function(
      "join",
      [
        .method(.list(.string), returns: .string),
        .method(.list(.string), .string, returns: .string),
      ],
      .one { list, meter throws(EvaluationError) in try join(list, .string(""), &meter) },
      .two { list, separator, meter throws(EvaluationError) in
        try join(list, separator, &meter)
      }),
  ]

  private static func split(
    _ text: Value, _ separator: Value, _ limit: Int64, _ meter: inout Meter
  ) throws(EvaluationError) -> Value {
    guard case .string(let text) = text, case .string(let separator) = separator else {
      throw .noOverload
    }
    let limit = limit < 0 ? Int.max : Int(limit)
    if limit == 0 { return .list([]) }
    try meter.build(text.utf8.count + 1)
    let bytes = Array(text.utf8)
    var parts: [Value] = []
    var start = 0
    if separator.isEmpty {
      let points = CodePoints(text)
      while parts.count < limit - 1, parts.count < points.count - 1 {
        parts.append(.string(points.slice(parts.count, parts.count + 1)))
      }
      if points.count > 0 { parts.append(.string(points.slice(parts.count, points.count))) }
      return .list(parts)
    }
    bytes.withUnsafeBufferPointer { bytes in
      separator.withBytes { separator in
        while parts.count < limit - 1,
          let found = bytes.firstOffset(of: separator, from: start)
        {
          parts.append(.string(String(bytes: bytes[start..<found])))
          start = found + separator.count
        }
      }
    }
    parts.append(.string(String(bytes: bytes[start...])))
    return .list(parts)
  }

  private static func join(
    _ list: Value, _ separator: Value, _ meter: inout Meter
  ) throws(EvaluationError) -> Value {
    guard case .list(let elements) = list, case .string(let separator) = separator else {
      throw .noOverload
    }
    var result = ""
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element else { throw .noOverload }
      try meter.build(text.utf8.count + separator.utf8.count)
      if index > 0 { result += separator }
      result += text
    }
    return .string(result)
  }
}
