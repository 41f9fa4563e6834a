// Calls, with shapes of their own for what mappings do for every row.

extension Generator {
  mutating func call(
    _ tree: ResolvedTree, _ function: Function, _ arguments: [ResolvedTree]
  ) -> Piece {
    if function.name == Operators.add, tree.type == .string, let chain = concatenation(tree) {
      return chain
    }
    if function.name == Try.name, arguments.count == 1 { return attempt(arguments[0]) }
    let pieces = arguments.enumerated().map { place, argument in
      decisive(piece(argument), at: place, of: function, arguments)
    }
    let range = tree.range
    switch function.body {
    case .host:
      let codes = pieces.map(\.code)
      let name = function.name
      return .code { frame throws(EvaluationError) in
        var values: [Value] = []
        values.reserveCapacity(codes.count)
        for code in codes { values.append(try code(&frame)) }
        do throws(EvaluationError) {
          return try frame.activation.call(name, values)
        } catch { throw error.at(range) }
      }
    case .native(let implementations):
      if let special = special(function, arguments, pieces, range) { return special }
      guard let implementation = implementations.first(where: { $0.arity == pieces.count }) else {
        let error = EvaluationError(
          .noOverload, "no such overload: \(function.name) with \(pieces.count) arguments",
          range: range)
        return .code { _ throws(EvaluationError) in throw error }
      }
      let code = native(function.name, implementation, pieces, range)
      if pieces.allSatisfy({ $0.constant != nil }) { return foldedCall(code, range) }
      tryConstants(function, implementation, pieces, range)
      return .code(code)
    }
  }

  /// Finds constant arguments that a null-tolerant function refuses, such as a bad date pattern, by
  /// calling it with null for the value that is not known yet.
  private mutating func tryConstants(
    _ function: Function, _ implementation: Implementation, _ pieces: [Piece],
    _ range: Range<Int>
  ) {
    guard function.documentation != nil, let first = pieces.first, first.constant == nil,
      pieces.dropFirst().allSatisfy({ $0.constant != nil })
    else { return }
    let code = native(function.name, implementation, [.constant(.null)] + pieces.dropFirst(), range)
    var frame = Frame(activation: SlotValues(), locals: [], meter: Meter(.standard))
    do throws(EvaluationError) {
      _ = try code(&frame)
    } catch {
      guard error.kind == .invalidArgument else { return }
      warn(Issue(range: range, kind: .alwaysFails, message: error.message))
    }
  }

  private func native(
    _ name: String, _ implementation: Implementation, _ pieces: [Piece], _ range: Range<Int>
  ) -> Code {
    let codes = pieces.map(\.code)
    let pays = loops > 0
    switch implementation {
    case .none(let body):
      return { frame throws(EvaluationError) in try body(&frame.meter) }
    case .one(let body):
      let first = codes[0]
      return { frame throws(EvaluationError) in
        let value = try first(&frame)
        if pays { try frame.meter.step(value.weight) }
        do throws(EvaluationError) {
          return try body(value, &frame.meter)
        } catch {
          guard error.isWrongType, value.isWritten else {
            throw error.naming(name, value, at: range)
          }
        }
        return try Self.computing([value], name, range) { (values) throws(EvaluationError) in
          try body(values[0], &frame.meter)
        }
      }
    case .two(let body):
      let (first, second) = (codes[0], codes[1])
      return { frame throws(EvaluationError) in
        let left = try first(&frame)
        let right = try second(&frame)
        if pays { try frame.meter.step(left.weight + right.weight) }
        do throws(EvaluationError) {
          return try body(left, right, &frame.meter)
        } catch {
          guard error.isWrongType, left.isWritten || right.isWritten else {
            throw error.naming(name, left, right, at: range)
          }
        }
        return try Self.computing([left, right], name, range) { (values) throws(EvaluationError) in
          try body(values[0], values[1], &frame.meter)
        }
      }
    case .three(let body):
      let (first, second, third) = (codes[0], codes[1], codes[2])
      return { frame throws(EvaluationError) in
        let (first, second, third) = (try first(&frame), try second(&frame), try third(&frame))
        if pays { try frame.meter.step(first.weight + second.weight + third.weight) }
        do throws(EvaluationError) {
          return try body(first, second, third, &frame.meter)
        } catch {
          guard error.isWrongType, first.isWritten || second.isWritten || third.isWritten else {
            throw error.naming(name, first, second, third, at: range)
          }
        }
        return try Self.computing([first, second, third], name, range) {
          (values) throws(EvaluationError) in
          try body(values[0], values[1], values[2], &frame.meter)
        }
      }
    case .four(let body):
      return { frame throws(EvaluationError) in
        let (first, second) = (try codes[0](&frame), try codes[1](&frame))
        let (third, fourth) = (try codes[2](&frame), try codes[3](&frame))
        do throws(EvaluationError) {
          return try body(first, second, third, fourth, &frame.meter)
        } catch { throw error.naming(name, first, second, third, fourth, at: range) }
      }
    }
  }
}

extension Generator {
  /// Calls a function that takes no number as it is written once more, with the same number as an int or a double.
  private static func computing(
    _ arguments: [Value], _ name: String, _ range: Range<Int>,
    _ body: ([Value]) throws(EvaluationError) -> Value
  ) throws(EvaluationError) -> Value {
    var values: [Value] = []
    do throws(EvaluationError) {
      for argument in arguments { values.append(try argument.computed()) }
      return try body(values)
    } catch { throw error.naming(name, arguments, at: range) }
  }
}

extension EvaluationError {
  /// Whether a function said no more than that it does not take such values.
  fileprivate var isWrongType: Bool { kind == .noOverload && message.isEmpty }
}

extension Value {
  /// What looking through a value costs, in steps.
  fileprivate var weight: Int {
    switch self {
    case .string(let text): 1 + text.utf8.count >> 2
    case .bytes(let bytes): 1 + bytes.count >> 2
    case .list(let elements): 1 + elements.count >> 2
    default: 1
    }
  }
}
