/// The math extension: `math.abs(x)`, `math.greatest(…)`, rounding and bits.
enum MathFunctions {
  static let all: [Function] =
    rounding + tests + [absolute, sign, squareRoot] + bits + [
      extreme("math.greatest", .greater), extreme("math.least", .less),
    ]

  private static func double(
    _ name: String, _ transform: @escaping @Sendable (Double) -> Double
  ) -> Function {
    Function(
      name, [.function(.double, returns: .double)],
      .one { value, _ throws(EvaluationError) in
        guard case .double(let value) = value else { throw .noOverload }
        return .double(transform(value))
      })
  }

  private static let rounding = [
    double("math.ceil") { $0.rounded(.up) },
    double("math.floor") { $0.rounded(.down) },
    double("math.round") { $0.rounded(.toNearestOrAwayFromZero) },
    double("math.trunc") { $0.rounded(.towardZero) },
  ]

  private static func test(
    _ name: String, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> Function {
    Function(
      name, [.function(.double, returns: .bool)],
      .one { value, _ throws(EvaluationError) in
        guard case .double(let value) = value else { throw .noOverload }
        return .bool(holds(value))
      })
  }

  private static let tests = [
    test("math.isNaN") { $0.isNaN }, test("math.isInf") { $0.isInfinite },
    test("math.isFinite") { $0.isFinite },
  ]

  private static let numbers: [CELType] = [.int, .uint, .double]

  private static let absolute = Function(
    "math.abs", numbers.map { .function($0, returns: $0) },
    .one { value, _ throws(EvaluationError) in
      switch value {
      case .int(let value):
        return .int(
          value < 0
            ? try Operators.checked((0 as Int64).subtractingReportingOverflow(value)) : value)
      case .uint: return value
      case .double(let value): return .double(value.magnitude)
      default: throw .noOverload
      }
    })

  private static let sign = Function(
    "math.sign", numbers.map { .function($0, returns: $0) },
    .one { value, _ throws(EvaluationError) in
      switch value {
      case .int(let value): return .int(value.signum())
      case .uint(let value): return .uint(value == 0 ? 0 : 1)
      case .double(let value):
        return .double(value.isNaN ? value : value > 0 ? 1 : value < 0 ? -1 : 0)
      default: throw .noOverload
      }
    })

  private static let squareRoot = Function(
    "math.sqrt", numbers.map { .function($0, returns: .double) },
    .one { value, _ throws(EvaluationError) in
      switch value {
      case .int(let value): return .double(Double(value).squareRoot())
      case .uint(let value): return .double(Double(value).squareRoot())
      case .double(let value): return .double(value.squareRoot())
      default: throw .noOverload
      }
    })

  // MARK: Extremes

  private static func extreme(_ name: String, _ wanted: Value.Order) -> Function {
    var signatures: [Function.Signature] = []
    for first in numbers {
      signatures.append(.function(first, returns: first))
      signatures.append(.function(.list(first), returns: first))
      for second in numbers {
        signatures.append(.function(first, second, returns: first == second ? first : .dyn))
      }
    }
    return Function(
      name, signatures,
      .one { value, _ throws(EvaluationError) in
        guard case .list(let values) = value else { return try number(value) }
        guard var best = values.first else { throw .invalid("`\(name)` of an empty list") }
        for value in values { best = try choose(best, try number(value), wanted) }
        return best
      },
      .two { left, right, _ throws(EvaluationError) in
        try choose(try number(left), try number(right), wanted)
      })
  }

  private static func number(_ value: Value) throws(EvaluationError) -> Value {
    switch value {
    case .int, .uint, .double, .number: return value
    default: throw .noOverload
    }
  }

  private static func choose(
    _ best: Value, _ other: Value, _ wanted: Value.Order
  ) throws(EvaluationError) -> Value {
    guard let order = other.order(best) else { throw .noOverload }
    return order == wanted ? other : best
  }

  // MARK: Bits

  private static func bitwise(
    _ name: String, _ ints: @escaping @Sendable (Int64, Int64) -> Int64,
    _ uints: @escaping @Sendable (UInt64, UInt64) -> UInt64
  ) -> Function {
    Function(
      name, [.function(.int, .int, returns: .int), .function(.uint, .uint, returns: .uint)],
      .two { left, right, _ throws(EvaluationError) in
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(ints(left, right))
        case (.uint(let left), .uint(let right)): return .uint(uints(left, right))
        default: throw .noOverload
        }
      })
  }

  /// Shifts are of the bits, without regard to a sign.
  private static func shift(
    _ name: String, _ shift: @escaping @Sendable (UInt64, Int64) -> UInt64
  ) -> Function {
    Function(
      name, [.function(.int, .int, returns: .int), .function(.uint, .int, returns: .uint)],
      .two { value, count, _ throws(EvaluationError) in
        guard case .int(let count) = count else { throw .noOverload }
        switch value {
        case .int, .uint: break
        default: throw .noOverload
        }
        guard count >= 0 else { throw .invalid("`\(name)` of a negative count: \(count)") }
        if case .int(let value) = value {
          return .int(Int64(bitPattern: shift(UInt64(bitPattern: value), count)))
        }
        guard case .uint(let value) = value else { throw .noOverload }
        return .uint(shift(value, count))
      })
  }

  private static let bits = [
    bitwise("math.bitAnd", { $0 & $1 }, { $0 & $1 }),
    bitwise("math.bitOr", { $0 | $1 }, { $0 | $1 }),
    bitwise("math.bitXor", { $0 ^ $1 }, { $0 ^ $1 }),
    Function(
      "math.bitNot", [.function(.int, returns: .int), .function(.uint, returns: .uint)],
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .int(let value): return .int(~value)
        case .uint(let value): return .uint(~value)
        default: throw .noOverload
        }
      }),
    shift("math.bitShiftLeft") { $0 << $1 },
    shift("math.bitShiftRight") { $0 >> $1 },
  ]
}
