/// A call that may be a macro: these are expanded while parsing, by name, receiver and argument count.
struct Macro {
  let name: String
  let range: Range<Int>
  let target: SyntaxTree?
  let arguments: [SyntaxTree]

  /// What the call stands for, or nil when it is an ordinary call.
  func expanded() throws(Issue) -> SyntaxTree.Kind? {
    guard let target else {
      return name == "has" && arguments.count == 1 ? try has() : nil
    }
    if case .name("cel", isRoot: false) = target.kind, name == "bind", arguments.count == 3 {
      return .bind(try variable(0), arguments[1], in: arguments[2])
    }
    if case .name("math", isRoot: false) = target.kind, name == "greatest" || name == "least" {
      return try extreme(target)
    }
    switch (name, arguments.count) {
    case ("all", 2): return try loop(.all, target, variables: 1)
    case ("exists", 2): return try loop(.exists, target, variables: 1)
    case ("exists_one", 2), ("existsOne", 2): return try loop(.existsOne, target, variables: 1)
    case ("map", 2): return try loop(.list, target, variables: 1)
    case ("map", 3): return try loop(.list, target, variables: 1, filtered: true)
    case ("filter", 2): return try filter(target)
    case ("sortBy", 2): return try loop(.sorted, target, variables: 1)
    case ("all", 3): return try loop(.all, target, variables: 2)
    case ("exists", 3): return try loop(.exists, target, variables: 2)
    case ("exists_one", 3), ("existsOne", 3): return try loop(.existsOne, target, variables: 2)
    case ("transformList", 3): return try loop(.list, target, variables: 2)
    case ("transformList", 4): return try loop(.list, target, variables: 2, filtered: true)
    case ("transformMap", 3): return try loop(.transformMap, target, variables: 2)
    case ("transformMap", 4):
      return try loop(.transformMap, target, variables: 2, filtered: true)
    case ("transformMapEntry", 3): return try loop(.transformMapEntry, target, variables: 2)
    case ("transformMapEntry", 4):
      return try loop(.transformMapEntry, target, variables: 2, filtered: true)
    case ("optMap", 2), ("optFlatMap", 2):
      return .optionalMap(
        target, variable: try variable(0), arguments[1], isFlat: name == "optFlatMap")
    default: return nil
    }
  }

  private func has() throws(Issue) -> SyntaxTree.Kind {
    guard case .select(let operand, let field, false) = arguments[0].kind else {
      throw Issue(
        range: arguments[0].range, kind: .syntax, message: "`has` takes a selection, `has(a.b)`",
        help: "compare with null to test a value: `x != null`")
    }
    return .has(operand, field: field)
  }

  private func loop(
    _ kind: LoopKind, _ source: SyntaxTree, variables count: Int, filtered: Bool = false
  ) throws(Issue) -> SyntaxTree.Kind {
    var variables = [try variable(0)]
    if count == 2 {
      variables.append(try variable(1))
      if variables[0] == variables[1] {
        throw Issue(
          range: arguments[1].range, kind: .syntax,
          message: "`\(name)` needs two different variables, both are `\(variables[0])`")
      }
    }
    return .loop(
      .init(
        kind: kind, source: source, variables: variables,
        filter: filtered ? arguments[count] : nil, body: arguments[arguments.count - 1]))
  }

  /// `filter` is a `map` that gives the variable itself.
  private func filter(_ source: SyntaxTree) throws(Issue) -> SyntaxTree.Kind {
    .loop(
      .init(
        kind: .list, source: source, variables: [try variable(0)], filter: arguments[1],
        body: arguments[0]))
  }

  /// Any number of arguments: one or two as they are, more as a list.
  private func extreme(_ target: SyntaxTree) throws(Issue) -> SyntaxTree.Kind {
    guard let first = arguments.first, let last = arguments.last else {
      throw Issue(
        range: range, kind: .syntax, message: "`math.\(name)` needs at least one argument")
    }
    for argument in arguments {
      switch argument.kind {
      case .literal(.int), .literal(.uint), .literal(.double): continue
      case .literal, .map:
        throw Issue(
          range: argument.range, kind: .syntax, message: "`math.\(name)` takes numbers")
      default: continue
      }
    }
    guard arguments.count > 2 else {
      return .call(name, target: target, arguments: arguments)
    }
    let elements = arguments.map { SyntaxTree.Element(value: $0, isOptional: false) }
    let list = SyntaxTree(.list(elements), first.range.lowerBound..<last.range.upperBound)
    return .call(name, target: target, arguments: [list])
  }

  private func variable(_ index: Int) throws(Issue) -> String {
    guard case .name(let name, isRoot: false) = arguments[index].kind else {
      throw Issue(
        range: arguments[index].range, kind: .syntax,
        message: "argument \(index + 1) of `\(self.name)` must be a plain name",
        help: "for example `list.\(self.name)(x, …)`")
    }
    return name
  }
}
