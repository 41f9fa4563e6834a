// List and map literals, and loops.

extension Generator {
  mutating func list(_ elements: [ResolvedTree.Element]) -> Piece {
    let pieces = elements.map { piece($0.value) }
    let steps = pieces.map(Step.init)
    let optional = elements.map(\.isOptional)
    let hasOptional = optional.contains(true)
    let ranges = elements.map(\.value.range)
    let code: Code = { frame throws(EvaluationError) in
      var values: [Value] = []
      values.reserveCapacity(steps.count)
      for index in steps.indices {
        let value = try steps[index].run(&frame)
        if hasOptional, optional[index] {
          guard case .optional(let optional) = value else {
            throw EvaluationError.noOverload.naming("?", value, at: ranges[index])
          }
          if let value = optional.value { values.append(value) }
        } else {
          values.append(value)
        }
      }
      try frame.meter.build(values.count)
      return .list(values)
    }
    return folded(code, isConstant: pieces.allSatisfy { $0.constant != nil })
  }

  mutating func map(_ tree: ResolvedTree, _ entries: [ResolvedTree.Entry]) -> Piece {
    let keys = entries.map { piece($0.key) }
    let values = entries.map { piece($0.value) }
    let isConstant = (keys + values).allSatisfy { $0.constant != nil }
    let constantKeys = keys.compactMap(\.constant)
    if constantKeys.count == keys.count, !entries.contains(where: \.isOptional) {
      do throws(EvaluationError) {
        return shaped(try MapShape(constantKeys), values, isConstant: isConstant)
      } catch {
        warn(Issue(range: tree.range, kind: .alwaysFails, message: error.message))
      }
    }
    return folded(open(tree, entries, keys, values), isConstant: isConstant)
  }

  /// A map whose keys are known beforehand.
  private func shaped(_ shape: MapShape, _ values: [Piece], isConstant: Bool) -> Piece {
    let steps = values.map(Step.init)
    return folded(
      { frame throws(EvaluationError) in
        var values: [Value] = []
        values.reserveCapacity(steps.count)
        for step in steps { values.append(try step.run(&frame)) }
        try frame.meter.build(values.count)
        return .map(MapValue(shape: shape, values: values))
      }, isConstant: isConstant)
  }

  private func open(
    _ tree: ResolvedTree, _ entries: [ResolvedTree.Entry], _ keys: [Piece], _ values: [Piece]
  ) -> Code {
    let keys = keys.map(\.code)
    let values = values.map(\.code)
    let optional = entries.map(\.isOptional)
    let range = tree.range
    return { frame throws(EvaluationError) in
      var pairs: [(key: Value, value: Value)] = []
      pairs.reserveCapacity(keys.count)
      for index in keys.indices {
        let key = try keys[index](&frame)
        let value = try values[index](&frame)
        guard optional[index] else {
          pairs.append((key, value))
          continue
        }
        guard case .optional(let optional) = value else {
          throw EvaluationError.noOverload.naming("?", value, at: range)
        }
        if let value = optional.value { pairs.append((key, value)) }
      }
      try frame.meter.build(pairs.count)
      try frame.meter.step(4 * pairs.count)
      do throws(EvaluationError) {
        return .map(try MapValue(pairs))
      } catch { throw error.at(range) }
    }
  }

  // MARK: Loops

  mutating func loop(_ loop: ResolvedTree.Loop) -> Code {
    let source = piece(loop.source).code
    loops += 1
    let filter = loop.filter.map { piece($0).test(of: "filter", $0.range) }
    let bodyPiece = piece(loop.body)
    let body = bodyPiece.code
    loops -= 1
    let rounds = Rounds(
      source: source, range: loop.source.range, locals: loop.locals, filter: filter)
    let range = loop.body.range
    func test(_ name: String) -> Test { bodyPiece.test(of: name, range) }
    switch loop.kind {
    case .all: return quantifier(rounds, test("all"), decisive: false)
    case .exists: return quantifier(rounds, test("exists"), decisive: true)
    case .existsOne: return existsOne(rounds, test("exists_one"))
    case .list:
      return { frame throws(EvaluationError) in
        var result: [Value] = []
        try rounds.run(&frame) { frame, _ throws(EvaluationError) in
          result.append(try body(&frame))
          try frame.meter.build(1)
          return true
        }
        return .list(result)
      }
    case .sorted: return sorted(rounds, body, range)
    case .transformMap:
      return { frame throws(EvaluationError) in
        var pairs: [(key: Value, value: Value)] = []
        try rounds.run(&frame) { frame, key throws(EvaluationError) in
          pairs.append((key, try body(&frame)))
          try frame.meter.build(1)
          try frame.meter.step(2)
          return true
        }
        return .map(try MapValue(pairs))
      }
    case .transformMapEntry:
      return { frame throws(EvaluationError) in
        var pairs: [(key: Value, value: Value)] = []
        try rounds.run(&frame) { frame, _ throws(EvaluationError) in
          let entry = try body(&frame)
          guard case .map(let map) = entry else {
            throw EvaluationError.noOverload.naming("transformMapEntry", entry, at: range)
          }
          try frame.meter.build(map.count)
          try frame.meter.step(2 * map.count)
          for (key, value) in zip(map.keys, map.values) { pairs.append((key, value)) }
          return true
        }
        do throws(EvaluationError) {
          return .map(try MapValue(pairs))
        } catch { throw error.at(range) }
      }
    }
  }

  /// `all` and `exists`, which fold with `&&` and `||` and so absorb failures.
  private func quantifier(
    _ rounds: Rounds, _ test: @escaping Test, decisive: Bool
  ) -> Code {
    { frame throws(EvaluationError) in
      var failure: EvaluationError?
      var isDecided = false
      try rounds.run(&frame) { frame, _ throws(EvaluationError) in
        do throws(EvaluationError) {
          isDecided = try test(&frame) == decisive
        } catch {
          guard error.isAbsorbed else { throw error }
          failure = failure ?? error
        }
        return !isDecided
      }
      if isDecided { return .bool(decisive) }
      if let failure { throw failure }
      return .bool(!decisive)
    }
  }

  private func existsOne(_ rounds: Rounds, _ test: @escaping Test) -> Code {
    { frame throws(EvaluationError) in
      var count = 0
      try rounds.run(&frame) { frame, _ throws(EvaluationError) in
        if try test(&frame) { count += 1 }
        return true
      }
      return .bool(count == 1)
    }
  }

  private func sorted(_ rounds: Rounds, _ body: @escaping Code, _ range: Range<Int>) -> Code {
    { frame throws(EvaluationError) in
      var keys: [Value] = []
      var elements: [Value] = []
      try rounds.run(&frame) { frame, element throws(EvaluationError) in
        elements.append(frame.locals[rounds.locals[0]])
        keys.append(try body(&frame))
        try frame.meter.build(1)
        return true
      }
      do throws(EvaluationError) {
        let order = try CollectionFunctions.sortedPositions(keys)
        return .list(order.map { elements[$0] })
      } catch { throw error.naming("sortBy", keys, at: range) }
    }
  }
}

/// The rounds of a loop: over a list's elements, or a map's keys.
struct Rounds: Sendable {
  let source: Code
  let range: Range<Int>
  let locals: [Int]
  let filter: Test?

  /// Calls the body with the round's index or key, until it returns false.
  func run(
    _ frame: inout Frame,
    _ body: (inout Frame, Value) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    let source = try source(&frame)
    switch source {
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        guard try round(&frame, .int(Int64(index)), element, element, body) else { return }
      }
    case .map(let map):
      for (key, value) in zip(map.keys, map.values) {
        guard try round(&frame, key, value, key, body) else { return }
      }
    default: throw EvaluationError.noOverload.naming("loop", source, at: range)
    }
  }

  private func round(
    _ frame: inout Frame, _ key: Value, _ value: Value, _ single: Value,
    _ body: (inout Frame, Value) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) -> Bool {
    try frame.meter.step()
    if locals.count == 2 {
      frame.locals[locals[0]] = key
      frame.locals[locals[1]] = value
    } else {
      frame.locals[locals[0]] = single
    }
    if let filter, try !filter(&frame) { return true }
    return try body(&frame, key)
  }
}
