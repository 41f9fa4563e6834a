// Calls that mappings make for every row, in shapes that need fewer steps and no values in between.

extension Generator {
  mutating func special(
    _ function: Function, _ arguments: [ResolvedTree], _ pieces: [Piece], _ range: Range<Int>
  ) -> Piece? {
    guard pieces.contains(where: { $0.constant == nil }) else { return nil }
    if function.name == Operators.not, pieces.count == 1, case .test(let test) = pieces[0] {
      return .test { frame throws(EvaluationError) in !(try test(&frame)) }
    }
    guard pieces.count == 2 else { return nil }
    let first = pieces[0].code
    if function.name == "or" || function.name == "orValue" {
      return alternative(first, pieces[1].code, function.name, range)
    }
    switch (function.name, pieces[1].constant) {
    case (Operators.equal, .string(let text)): return comparison(first, with: text, gives: true)
    case (Operators.notEqual, .string(let text)): return comparison(first, with: text, gives: false)
    case (Operators.equal, .null): return nullTest(first, gives: true)
    case (Operators.notEqual, .null): return nullTest(first, gives: false)
    case ("matches", .string(let text)): return matches(first, text, range)
    case (Operators.in, .map(let map)): return membership(first, map)
    case (Operators.in, .list(let elements)): return membership(first, elements)
    default: break
    }
    if function.name == Operators.index, case .map(let map) = pieces[0].constant {
      return lookUp(pieces[1].code, map, range)
    }
    if arguments[0].type == .int, arguments[1].type == .int,
      let holds = Self.orders[function.name]
    {
      return order(first, pieces[1].code, function.name, range, holds)
    }
    return nil
  }

  /// The second is evaluated only when the first has no value: a reference that nobody needs is not looked up, nor missed.
  private func alternative(
    _ first: @escaping Code, _ second: @escaping Code, _ name: String, _ range: Range<Int>
  ) -> Piece {
    let isOptional = name == "or"
    return .code { frame throws(EvaluationError) in
      let left = try first(&frame)
      guard case .optional(let optional) = left else {
        throw EvaluationError.noOverload.naming(name, left, at: range)
      }
      if let value = optional.value { return isOptional ? left : value }
      let right = try second(&frame)
      guard isOptional else { return right }
      guard case .optional = right else {
        throw EvaluationError.noOverload.naming(name, left, right, at: range)
      }
      return right
    }
  }

  private func comparison(
    _ operand: @escaping Code, with text: String, gives outcome: Bool
  ) -> Piece {
    .test { frame throws(EvaluationError) in
      guard case .string(let value) = try operand(&frame) else { return !outcome }
      return sameText(value, text) == outcome
    }
  }

  private func nullTest(_ operand: @escaping Code, gives outcome: Bool) -> Piece {
    .test { frame throws(EvaluationError) in try operand(&frame).isNull == outcome }
  }

  private static let orders: [String: @Sendable (Int64, Int64) -> Bool] = [
    Operators.equal: { $0 == $1 }, Operators.notEqual: { $0 != $1 }, "_<_": { $0 < $1 },
    "_<=_": { $0 <= $1 }, "_>_": { $0 > $1 }, "_>=_": { $0 >= $1 },
  ]

  private func order(
    _ first: @escaping Code, _ second: @escaping Code, _ name: String, _ range: Range<Int>,
    _ holds: @escaping @Sendable (Int64, Int64) -> Bool
  ) -> Piece {
    .test { frame throws(EvaluationError) in
      let (left, right) = (try first(&frame), try second(&frame))
      // The checker proved two ints, unless the host breaks its own declarations.
      guard case .int(let one) = left, case .int(let other) = right else {
        throw EvaluationError.noOverload.naming(name, left, right, at: range)
      }
      return holds(one, other)
    }
  }

  // MARK: Constant collections

  private func membership(_ operand: @escaping Code, _ map: MapValue) -> Piece {
    .test { frame throws(EvaluationError) in
      let key = try operand(&frame)
      if case .string(let text) = key { return map.shape.position(of: text) != nil }
      return map[key] != nil
    }
  }

  private func membership(_ operand: @escaping Code, _ elements: [Value]) -> Piece? {
    let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
    guard texts.count == elements.count else { return nil }
    return .test { frame throws(EvaluationError) in
      let value = try operand(&frame)
      try frame.meter.step(texts.count)
      guard case .string(let value) = value else { return false }
      return texts.contains { sameText($0, value) }
    }
  }

  private func lookUp(_ key: @escaping Code, _ map: MapValue, _ range: Range<Int>) -> Piece {
    .code { frame throws(EvaluationError) in
      let key = try key(&frame)
      if case .string(let text) = key, let position = map.shape.position(of: text) {
        return map.values[position]
      }
      guard let found = map[key] else { throw Access.missing(key, in: .map(map)).at(range) }
      return found
    }
  }

  // MARK: Text

  /// A search in less costs nothing worth counting.
  private static var longText: Int { 64 << 10 }

  private mutating func matches(
    _ operand: @escaping Code, _ text: String, _ range: Range<Int>
  ) -> Piece {
    do throws(EvaluationError) {
      let pattern = try Pattern(text)
      let pays = loops > 0
      return .test { frame throws(EvaluationError) in
        let value = try operand(&frame)
        guard case .string(let value) = value else {
          throw EvaluationError.noOverload.naming("matches", value, at: range)
        }
        if pays { try frame.meter.step(1 + value.utf8.count >> 4) }
        if value.utf8.count > Self.longText {
          try frame.meter.step(pattern.steps(in: value))
        }
        return pattern.isFound(in: value)
      }
    } catch {
      warn(Issue(range: range, kind: .badPattern, message: error.message))
      return .code { _ throws(EvaluationError) in throw error.at(range) }
    }
  }

  /// `a + b + c` of strings, built in one go.
  mutating func concatenation(_ tree: ResolvedTree) -> Piece? {
    var operands: [ResolvedTree] = []
    func collect(_ tree: ResolvedTree) {
      if case .call(let function, let arguments) = tree.kind, function.name == Operators.add,
        tree.type == .string
      {
        arguments.forEach(collect)
      } else {
        operands.append(tree)
      }
    }
    collect(tree)
    let pieces = operands.map { piece($0) }
    let range = tree.range
    if pieces.count == 3 {
      return three(pieces[0].code, pieces[1].code, pieces[2].code, range, pieces)
    }
    let steps = pieces.map(Step.init)
    let code: Code = { frame throws(EvaluationError) in
      var result = ""
      for step in steps {
        let value = try step.run(&frame)
        guard case .string(let text) = value else {
          throw EvaluationError.noOverload.naming(Operators.add, .string(result), value, at: range)
        }
        try frame.meter.build(text.utf8.count)
        result.append(text)
      }
      return .string(result)
    }
    return folded(code, isConstant: pieces.allSatisfy { $0.constant != nil })
  }

  /// Two texts and what stands between them, with room for all three at once.
  private func three(
    _ first: @escaping Code, _ second: @escaping Code, _ third: @escaping Code,
    _ range: Range<Int>, _ pieces: [Piece]
  ) -> Piece {
    let code: Code = { frame throws(EvaluationError) in
      let (first, second) = (try first(&frame), try second(&frame))
      guard case .string(let start) = first, case .string(let middle) = second else {
        throw EvaluationError.noOverload.naming(Operators.add, first, second, at: range)
      }
      let third = try third(&frame)
      guard case .string(let end) = third else {
        throw EvaluationError.noOverload.naming(Operators.add, first, third, at: range)
      }
      let count = start.utf8.count + middle.utf8.count + end.utf8.count
      try frame.meter.build(count)
      if count > 15 {
        var result = ""
        result.reserveCapacity(count)
        result.append(start)
        result.append(middle)
        result.append(end)
        return .string(result)
      }
      return .string(start + middle + end)
    }
    return folded(code, isConstant: pieces.allSatisfy { $0.constant != nil })
  }
}
