/// `size`, and the lists and sets extensions.
enum CollectionFunctions {
  static let all: [Function] = [size] + lists + sets

  private static let element = CELType.param("A")
  private static let list = CELType.list(.param("A"))

  private static let size: Function = {
    let types: [CELType] = [.string, .bytes, list, .map(.param("K"), .param("V"))]
    return Function(
      "size",
      types.flatMap { [.function($0, returns: .int), .method($0, returns: .int)] },
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .string(let text): return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let elements): return .int(Int64(elements.count))
        case .map(let map): return .int(Int64(map.count))
        default: throw .noOverload
        }
      })
  }()

  private static let lists = [
    Function(
      "slice", [.method(list, .int, .int, returns: list)],
      .three { list, start, end, _ throws(EvaluationError) in
        guard case .list(let elements) = list, case .int(let start) = start,
          case .int(let end) = end
        else { throw .noOverload }
        guard start >= 0, start <= end, end <= elements.count else {
          throw EvaluationError(
            .range, "cannot slice \(start) to \(end) of a list of \(elements.count)")
        }
        return .list(Array(elements[Int(start)..<Int(end)]))
      }),
    Function(
      "flatten",
      [
        .method(.list(list), returns: list), .method(.list(.dyn), returns: .list(.dyn)),
        .method(.list(.dyn), .int, returns: .list(.dyn)),
      ],
      .one { list, meter throws(EvaluationError) in
        try flatten(list, .int(1), &meter)
      },
      .two { list, depth, meter throws(EvaluationError) in
        try flatten(list, depth, &meter)
      }),
    Function(
      "distinct", [.method(list, returns: list)],
      .one { list, meter throws(EvaluationError) in
        guard case .list(let elements) = list else { throw .noOverload }
        var result: [Value] = []
        for element in elements where try !contains(result, element, &meter) {
          result.append(element)
        }
        return .list(result)
      }),
    Function(
      "reverse", [.method(list, returns: list), .method(.string, returns: .string)],
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .list(let elements): return .list(elements.reversed())
        case .string(let text):
          var result = ""
          result.unicodeScalars.append(contentsOf: text.unicodeScalars.reversed())
          return .string(result)
        default: throw .noOverload
        }
      }),
    Function(
      "sort", [.method(list, returns: list)],
      .one { list, meter throws(EvaluationError) in
        guard case .list(let elements) = list else { throw .noOverload }
        try meter.step(elements.count)
        return .list(try sortedPositions(elements).map { elements[$0] })
      }),
    Function(
      "lists.range", [.function(.int, returns: .list(.int))],
      .one { count, meter throws(EvaluationError) in
        guard case .int(let count) = count else { throw .noOverload }
        guard count >= 0 else { throw .invalid("a range of \(count)") }
        // An element takes the room of a short text.
        try meter.build(Int(count), times: 8)
        return .list((0..<count).map { .int($0) })
      }),
    end("first") { $0.first },
    end("last") { $0.last },
  ]

  private static func end(
    _ name: String, _ element: @escaping @Sendable ([Value]) -> Value?
  ) -> Function {
    Function(
      name,
      [
        .method(list, returns: .optional(self.element))
      ],
      .one { list, _ throws(EvaluationError) in
        guard case .list(let elements) = list else { throw .noOverload }
        return .optional(of: element(elements))
      })
  }

  private static func flatten(
    _ list: Value, _ depth: Value, _ meter: inout Meter
  ) throws(EvaluationError) -> Value {
    guard case .list(let elements) = list, case .int(let depth) = depth else {
      throw .noOverload
    }
    guard depth >= 0 else { throw .invalid("`flatten` to a negative depth") }
    var result: [Value] = []
    try flatten(elements, depth, into: &result, &meter)
    return .list(result)
  }

  private static func flatten(
    _ elements: [Value], _ depth: Int64, into result: inout [Value], _ meter: inout Meter
  ) throws(EvaluationError) {
    for element in elements {
      try meter.build(1)
      if depth > 0, case .list(let inner) = element {
        try flatten(inner, depth - 1, into: &result, &meter)
      } else {
        result.append(element)
      }
    }
  }

  /// The order of comparable keys of one type, as positions; equal keys keep theirs.
  static func sortedPositions(_ keys: [Value]) throws(EvaluationError) -> [Int] {
    guard let first = keys.first else { return [] }
    for key in keys where key.typeName != first.typeName || key.order(first) == nil {
      throw .noOverload
    }
    return keys.indices.sorted {
      let order = keys[$0].order(keys[$1])
      return order == .less || (order != .greater && $0 < $1)
    }
  }

  private static func contains(
    _ elements: [Value], _ wanted: Value, _ meter: inout Meter
  ) throws(EvaluationError) -> Bool {
    for element in elements {
      try meter.step()
      if try Value.equal(element, wanted, &meter) { return true }
    }
    return false
  }

  // MARK: Sets

  private static func relation(
    _ name: String,
    _ holds: @escaping @Sendable ([Value], [Value], inout Meter) throws(EvaluationError) -> Bool
  ) -> Function {
    Function(
      name, [.function(list, list, returns: .bool)],
      .two { left, right, meter throws(EvaluationError) in
        guard case .list(let left) = left, case .list(let right) = right else {
          throw .noOverload
        }
        return .bool(try holds(left, right, &meter))
      })
  }

  private static func containsAll(
    _ elements: [Value], _ wanted: [Value], _ meter: inout Meter
  ) throws(EvaluationError) -> Bool {
    for element in wanted where try !contains(elements, element, &meter) { return false }
    return true
  }

  private static let sets = [
    relation("sets.contains") { left, right, meter throws(EvaluationError) in
      try containsAll(left, right, &meter)
    },
    relation("sets.equivalent") { left, right, meter throws(EvaluationError) in
      guard try containsAll(left, right, &meter) else { return false }
      return try containsAll(right, left, &meter)
    },
    relation("sets.intersects") { left, right, meter throws(EvaluationError) in
      for element in right where try contains(left, element, &meter) { return true }
      return false
    },
  ]
}
