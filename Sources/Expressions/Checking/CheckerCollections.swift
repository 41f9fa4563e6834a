// Lists, maps and the loops over them.

extension Checker {
  mutating func checkList(
    _ tree: SyntaxTree, _ elements: [SyntaxTree.Element]
  ) -> ResolvedTree {
    let checked = elements.map {
      ResolvedTree.Element(value: check($0.value), isOptional: $0.isOptional)
    }
    let types = checked.map { elementType($0.value, isOptional: $0.isOptional) }
    return resolved(tree, .list(joined(types)), .list(checked))
  }

  mutating func checkMap(_ tree: SyntaxTree, _ entries: [SyntaxTree.Entry]) -> ResolvedTree {
    var checked: [ResolvedTree.Entry] = []
    for entry in entries {
      let key = check(entry.key)
      expectKey(key)
      checked.append(.init(key: key, value: check(entry.value), isOptional: entry.isOptional))
    }
    let keys = joined(checked.map { elementType($0.key, isOptional: false) })
    let values = joined(checked.map { elementType($0.value, isOptional: $0.isOptional) })
    return resolved(tree, .map(keys, values), .map(checked))
  }

  private mutating func expectKey(_ key: ResolvedTree) {
    guard isChecking else { return }
    let type = substitution.resolved(key.provenType)
    switch type {
    case .bool, .int, .uint, .string, .dyn, .error, .param: break
    case .nullable: risk(key, "null is not a map key")
    default:
      if case .constant = key.kind { return }
      // CEL leaves this to run time, where it always fails.
      warnings.append(
        Issue(
          range: key.range, kind: .alwaysFails,
          message: "a map key is a bool, int, uint or string, this is \(final(type).withArticle)"))
    }
  }

  private mutating func elementType(_ element: ResolvedTree, isOptional: Bool) -> CELType {
    let type = substitution.resolved(element.provenType)
    guard isOptional, isChecking else { return type }
    if case .nullable = type { risk(element, "after `?` comes an optional") }
    let value = substitution.fresh()
    if !substitution.assign([type], to: [.optional(value)]) {
      report(
        .noOverload(function: "?", arguments: [final(type)]),
        "after `?` comes an optional, this is \(final(type).withArticle)", at: element.range)
    }
    return substitution.resolved(value)
  }

  /// What all elements have in common, `dyn` when that is nothing.
  private mutating func joined(_ types: [CELType]) -> CELType {
    guard isChecking else { return .dyn }
    guard var type = types.first else { return substitution.fresh() }
    for other in types.dropFirst() {
      guard type != .dyn, let general = substitution.joined(type, other) else { return .dyn }
      type = general
    }
    return type
  }

  // MARK: Loops

  mutating func checkLoop(_ tree: SyntaxTree, _ loop: SyntaxTree.Loop) -> ResolvedTree {
    let source = check(loop.source)
    let types = variableTypes(source, count: loop.variables.count)
    let (first, result) = withLocal(loop.variables[0], types[0]) { checker in
      guard loop.variables.count == 2 else { return checker.checkRound(loop) }
      return checker.withLocal(loop.variables[1], types[1]) { $0.checkRound(loop) }.1
    }
    let locals = loop.variables.count == 2 ? [first, first + 1] : [first]
    let type = resultType(loop, source, result.body)
    return resolved(
      tree, type,
      .loop(
        .init(
          kind: loop.kind, source: source, locals: locals, filter: result.filter,
          body: result.body)))
  }

  private mutating func checkRound(
    _ loop: SyntaxTree.Loop
  ) -> (filter: ResolvedTree?, body: ResolvedTree) {
    let filter = loop.filter.map { check($0) }
    if let filter { expect(.bool, filter, "the condition of a filter") }
    let facts = filter.map { notNull(in: $0, when: true) } ?? []
    let body = proving(facts) { $0.check(loop.body) }
    switch loop.kind {
    case .all, .exists, .existsOne: expect(.bool, body, "the body of `\(loop.kind)`")
    case .transformMapEntry: expect(.map(.dyn, .dyn), body, "an entry")
    default: break
    }
    return (filter, body)
  }

  private mutating func variableTypes(_ source: ResolvedTree, count: Int) -> [CELType] {
    guard isChecking else { return [.dyn, .dyn] }
    let type = substitution.resolved(source.provenType)
    switch type {
    case .list(let element): return count == 1 ? [element] : [.int, element]
    case .map(let key, let value): return [key, value]
    case .dyn, .error: return [.dyn, .dyn]
    case .param:
      _ = substitution.assign([type], to: [.dyn])
      return [.dyn, .dyn]
    case .nullable(let base):
      risk(source, "null cannot be looped over")
      var inner = source
      inner.type = base
      return variableTypes(inner, count: count)
    default:
      report(
        .noOverload(function: "loop", arguments: [final(type)]),
        "\(final(type).withArticle) cannot be looped over", at: source.range,
        help: "loops run over lists and over the keys of maps")
      return [.error, .error]
    }
  }

  private mutating func resultType(
    _ loop: SyntaxTree.Loop, _ source: ResolvedTree, _ body: ResolvedTree
  ) -> CELType {
    switch loop.kind {
    case .all, .exists, .existsOne: return .bool
    case .list: return .list(body.provenType)
    case .sorted: return source.provenType
    case .transformMapEntry: return body.provenType
    case .transformMap:
      switch substitution.resolved(source.provenType) {
      case .map(let key, _): return .map(key, body.provenType)
      case .list: return .map(.int, body.provenType)
      default: return .map(.dyn, body.provenType)
      }
    }
  }
}
