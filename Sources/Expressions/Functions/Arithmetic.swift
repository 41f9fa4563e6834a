// Arithmetic: no mixed types, and overflow is an error.

extension Operators {
  static let arithmetic = [
    Function(
      add,
      [
        .function(.int, .int, returns: .int), .function(.uint, .uint, returns: .uint),
        .function(.double, .double, returns: .double),
        .function(.string, .string, returns: .string), .function(.bytes, .bytes, returns: .bytes),
        .function(
          .list(.param("A")), .list(.param("A")), returns: .list(.param("A"))),
        .function(.timestamp, .duration, returns: .timestamp),
        .function(.duration, .timestamp, returns: .timestamp),
        .function(.duration, .duration, returns: .duration),
      ],
      flat: FlatCall { compiler, arguments, result in
        result == .string && compiler.add(all: arguments)
          && compiler.done(.concatenate, pops: 2)
      },
      .two { left, right, meter throws(EvaluationError) in try sum(left, right, &meter) }),
    Function(
      "_-_",
      [
        .function(.int, .int, returns: .int), .function(.uint, .uint, returns: .uint),
        .function(.double, .double, returns: .double),
        .function(.timestamp, .timestamp, returns: .duration),
        .function(.timestamp, .duration, returns: .timestamp),
        .function(.duration, .duration, returns: .duration),
      ], .two { left, right, _ throws(EvaluationError) in try difference(left, right) }),
    Function(
      "_*_", numbers,
      .two { left, right, _ throws(EvaluationError) in
        switch (left, right) {
        case (.int(let left), .int(let right)):
          return .int(try checked(left.multipliedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)):
          return .uint(try checked(left.multipliedReportingOverflow(by: right)))
        case (.double(let left), .double(let right)): return .double(left * right)
        default: throw .noOverload
        }
      }),
    Function(
      "_/_", numbers,
      .two { left, right, _ throws(EvaluationError) in
        switch (left, right) {
        case (.int(let left), .int(let right)):
          if right == 0 { throw divisionByZero }
          return .int(try checked(left.dividedReportingOverflow(by: right)))
        case (.uint(let left), .uint(let right)):
          if right == 0 { throw divisionByZero }
          return .uint(left / right)
        case (.double(let left), .double(let right)): return .double(left / right)
        default: throw .noOverload
        }
      }),
    Function(
      "_%_",
      [.function(.int, .int, returns: .int), .function(.uint, .uint, returns: .uint)],
      .two { left, right, _ throws(EvaluationError) in
        switch (left, right) {
        case (.int(let left), .int(let right)):
          if right == 0 { throw EvaluationError(.divisionByZero, "modulus by zero") }
          return .int(try checked(left.remainderReportingOverflow(dividingBy: right)))
        case (.uint(let left), .uint(let right)):
          if right == 0 { throw EvaluationError(.divisionByZero, "modulus by zero") }
          return .uint(left % right)
        default: throw .noOverload
        }
      }),
    Function(
      negate, [.function(.int, returns: .int), .function(.double, returns: .double)],
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .int(let value): return .int(try checked(Int64(0).subtractingReportingOverflow(value)))
        case .double(let value): return .double(-value)
        default: throw .noOverload
        }
      }),
  ]

  private static let numbers: [Function.Signature] = [
    .function(.int, .int, returns: .int), .function(.uint, .uint, returns: .uint),
    .function(.double, .double, returns: .double),
  ]

  private static let divisionByZero = EvaluationError(.divisionByZero, "division by zero")

  static func checked<Number>(
    _ result: (partialValue: Number, overflow: Bool)
  ) throws(EvaluationError) -> Number {
    if result.overflow { throw EvaluationError(.range, "the result overflows 64 bits") }
    return result.partialValue
  }

  private static func checked(_ moment: Timestamp?) throws(EvaluationError) -> Value {
    guard let moment else { throw .outOfRange("the timestamp") }
    return .timestamp(moment)
  }

  private static func checked(_ span: TimeSpan?) throws(EvaluationError) -> Value {
    guard let span else { throw .outOfRange("the duration") }
    return .duration(span)
  }

  private static func sum(
    _ left: Value, _ right: Value, _ meter: inout Meter
  ) throws(EvaluationError) -> Value {
    switch (left, right) {
    case (.int(let left), .int(let right)):
      return .int(try checked(left.addingReportingOverflow(right)))
    case (.uint(let left), .uint(let right)):
      return .uint(try checked(left.addingReportingOverflow(right)))
    case (.double(let left), .double(let right)): return .double(left + right)
    case (.string(let left), .string(let right)):
      try meter.build(left.utf8.count + right.utf8.count)
      return .string(left + right)
    case (.bytes(let left), .bytes(let right)):
      try meter.build(left.count + right.count)
      return .bytes(left + right)
    case (.list(let left), .list(let right)):
      try meter.build(left.count + right.count, times: 8)
      return .list(left + right)
    case (.timestamp(let moment), .duration(let span)),
      (.duration(let span), .timestamp(let moment)):
      return try checked(moment.advanced(by: span))
    case (.duration(let left), .duration(let right)): return try checked(left.adding(right))
    default: throw .noOverload
    }
  }

  private static func difference(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
    switch (left, right) {
    case (.int(let left), .int(let right)):
      return .int(try checked(left.subtractingReportingOverflow(right)))
    case (.uint(let left), .uint(let right)):
      return .uint(try checked(left.subtractingReportingOverflow(right)))
    case (.double(let left), .double(let right)): return .double(left - right)
    case (.timestamp(let left), .timestamp(let right)): return try checked(left.since(right))
    case (.timestamp(let moment), .duration(let span)):
      return try checked(moment.advanced(by: span.negated))
    case (.duration(let left), .duration(let right)):
      return try checked(left.adding(right.negated))
    default: throw .noOverload
    }
  }
}
