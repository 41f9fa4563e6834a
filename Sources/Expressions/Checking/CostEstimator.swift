/// Bounds of what an expression costs, from the sizes that its inputs may have.
struct CostEstimator {
  let environment: Environment
  private var locals: [Int: Extent] = [:]
  /// The innermost part that alone costs more than is allowed.
  private(set) var culprit: (range: Range<Int>, cost: Span)?

  /// A part's cost, and how large its value can become.
  struct Estimate {
    var cost: Span
    var extent: Extent
  }

  init(_ environment: Environment) {
    self.environment = environment
  }

  mutating func estimate(_ tree: ResolvedTree) -> Estimate {
    let estimate = unlimited(tree)
    if culprit == nil, estimate.cost.most > environment.costLimit {
      culprit = (tree.range, estimate.cost)
    }
    return estimate
  }

  private mutating func unlimited(_ tree: ResolvedTree) -> Estimate {
    switch tree.kind {
    case .constant(let value): return Estimate(cost: .zero, extent: Extent(of: value))
    case .variable(let slot):
      let variable = environment.variables[slot]
      return Estimate(cost: .one, extent: Extent(of: variable.type, declared: variable.maximumSize))
    case .local(let local): return Estimate(cost: .one, extent: locals[local] ?? .scalar)
    case .failure: return Estimate(cost: .zero, extent: .scalar)
    case .select(let operand, _), .optionalSelect(let operand, _):
      var operand = estimate(operand)
      operand.cost += .one
      operand.extent = operand.extent.element
      return operand
    case .has(let operand, _):
      return Estimate(cost: estimate(operand).cost + .one, extent: .scalar)
    case .call(let function, let arguments):
      let arguments = arguments.map { estimate($0) }
      var result = CallCost(function, arguments.map(\.extent), tree.type).estimate
      for argument in arguments { result.cost += argument.cost }
      return result
    case .conditional(let condition, let yes, let no):
      let (condition, yes, no) = (estimate(condition), estimate(yes), estimate(no))
      return Estimate(
        cost: condition.cost + yes.cost.or(no.cost), extent: yes.extent.or(no.extent))
    case .logical(_, let terms):
      let costs = terms.map { estimate($0).cost }
      // The first operand may decide.
      let rest = costs.dropFirst().reduce(Span.zero, +).atMost
      return Estimate(cost: (costs.first ?? .zero) + rest, extent: .scalar)
    case .list(let elements):
      return collection(
        elements.map { ($0.value, $0.isOptional) }, base: 10, keys: [])
    case .map(let entries):
      return collection(
        entries.map { ($0.value, $0.isOptional) }, base: 30, keys: entries.map(\.key))
    case .loop(let loop): return self.loop(loop)
    case .bind(let local, let value, in: let body):
      let value = estimate(value)
      locals[local] = value.extent
      var result = estimate(body)
      result.cost += value.cost
      return result
    case .optionalMap(let target, let local, let body, _):
      let target = estimate(target)
      locals[local] = target.extent
      let body = estimate(body)
      return Estimate(cost: target.cost + body.cost.atMost, extent: body.extent)
    }
  }

  private mutating func collection(
    _ values: [(value: ResolvedTree, isOptional: Bool)], base: Double, keys: [ResolvedTree]
  ) -> Estimate {
    var cost = Span(base)
    var size = Span.zero
    var element: Extent?
    for key in keys { cost += estimate(key).cost }
    for (value, isOptional) in values {
      let value = estimate(value)
      cost += value.cost
      size += isOptional ? Span.one.atMost : .one
      element = element.map { $0.or(value.extent) } ?? value.extent
    }
    return Estimate(cost: cost, extent: .collection(size, of: element ?? .scalar))
  }

  private mutating func loop(_ loop: ResolvedTree.Loop) -> Estimate {
    let source = estimate(loop.source)
    let rounds = source.extent.size
    let element = source.extent.element
    let isMap = if case .map = loop.source.type.base { true } else { false }
    // One variable holds a list's element, or a map's key; of two, the second holds the value.
    let single = isMap ? Extent(size: Span(0, 64)) : element
    locals[loop.locals[0]] = loop.locals.count == 1 ? single : isMap ? single : .scalar
    if loop.locals.count == 2 { locals[loop.locals[1]] = element }
    let filter = loop.filter.map { estimate($0).cost }
    let body = estimate(loop.body)
    let round = Span.one + (filter.map { $0 + body.cost.atMost } ?? body.cost)
    var cost = source.cost + rounds * round
    let size = loop.filter == nil ? rounds : rounds.atMost
    switch loop.kind {
    case .all, .exists:
      // The first round may decide.
      let least = source.cost.least + min(rounds.least, 1) * round.least
      return Estimate(cost: Span(least, cost.most), extent: .scalar)
    case .existsOne: return Estimate(cost: cost, extent: .scalar)
    case .list:
      return Estimate(
        cost: cost + Span(10), extent: .collection(size, of: body.extent))
    case .sorted:
      cost += rounds * CallCost.logarithm(rounds)
      return Estimate(cost: cost + Span(10), extent: source.extent)
    case .transformMap:
      return Estimate(cost: cost + Span(30), extent: .collection(size, of: body.extent))
    case .transformMapEntry:
      return Estimate(
        cost: cost + Span(30),
        extent: .collection(size * body.extent.size, of: body.extent.element))
    }
  }
}
