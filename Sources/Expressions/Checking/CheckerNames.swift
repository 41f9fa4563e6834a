// Names: variables, loop variables, types, and selections that may be either.

extension Checker {
  /// A declared variable, or a type, that a name means in this container.
  private mutating func declared(_ name: String, _ tree: SyntaxTree) -> ResolvedTree? {
    for candidate in environment.candidates(for: name) {
      if let slot = environment.slot(of: candidate) {
        slots.insert(slot)
        return resolved(tree, environment.variables[slot].type, .variable(slot))
      }
      if let type = Environment.type(named: candidate) {
        return resolved(tree, .type(type), .constant(.type(TypeName(candidate))))
      }
    }
    return nil
  }

  /// A loop variable or binding, unless the name is rooted.
  private func local(_ name: some StringProtocol, _ tree: SyntaxTree) -> ResolvedTree? {
    guard let index = locals.lastIndex(where: { $0.name == name }) else { return nil }
    return resolved(tree, locals[index].type, .local(index))
  }

  mutating func checkName(_ name: String, _ tree: SyntaxTree) -> ResolvedTree {
    if let found = local(name, tree) ?? declared(name, tree) { return found }
    return unknownName(name, tree)
  }

  mutating func checkSelect(
    _ tree: SyntaxTree, _ operand: SyntaxTree, _ field: String, isOptional: Bool
  ) -> ResolvedTree {
    // The longest declared name first, unless a loop variable hides its beginning.
    if !isOptional, let name = tree.qualifiedName {
      let first = name.prefix { $0 != "." }
      if first.isEmpty || !locals.contains(where: { $0.name == first }) {
        if let found = declared(name, tree) { return found }
        if isChecking, isPrefixOfVariables(operand) { return unknownName(name, tree) }
      }
    }
    let operand = check(operand)
    let type = fieldType(of: operand, field, tree.range)
    if isOptional {
      let value = if case .optional(let value) = type { value } else { type }
      return resolved(tree, .optional(value), .optionalSelect(operand, field: field))
    }
    return resolved(tree, type, .select(operand, field: field))
  }

  mutating func checkHas(
    _ tree: SyntaxTree, _ operand: SyntaxTree, _ field: String
  ) -> ResolvedTree {
    if isChecking, let name = operand.qualifiedName.map({ "\($0).\(field)" }),
      environment.candidates(for: name).contains(where: { environment.slot(of: $0) != nil }),
      isPrefixOfVariables(operand)
    {
      return unknown(
        tree, .unknownName(name), "`has` looks into maps, and `\(name)` is always there",
        help: "test its value: `\(name) != null`")
    }
    let operand = check(operand)
    _ = fieldType(of: operand, field, tree.range)
    return resolved(tree, .bool, .has(operand, field: field))
  }

  /// Whether an expression is a name that is nothing itself but begins the names of variables.
  private func isPrefixOfVariables(_ tree: SyntaxTree) -> Bool {
    guard let name = tree.qualifiedName, !locals.contains(where: { $0.name == name }) else {
      return false
    }
    let candidates = environment.candidates(for: name)
    return !candidates.contains { environment.slot(of: $0) != nil }
      && candidates.contains { candidate in
        environment.variables.contains { $0.name.hasPrefix(candidate + ".") }
      }
  }

  private mutating func unknownName(_ name: String, _ tree: SyntaxTree) -> ResolvedTree {
    var known = environment.variables.map(\.name)
    if !name.contains(".") { known += locals.map(\.name) }
    let help: String?
    if environment.functions.namespaces.contains(name) {
      help = "`\(name)` begins the names of functions, such as `\(example(of: name))`"
    } else {
      help = Suggestion.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
    }
    return unknown(tree, .unknownName(name), "`\(name)` is not declared", help: help)
  }

  private func example(of namespace: String) -> String {
    environment.functions.names.first { $0.hasPrefix(namespace + ".") } ?? namespace
  }

  /// The type of a selection.
  private mutating func fieldType(
    of operand: ResolvedTree, _ field: String, _ range: Range<Int>
  ) -> CELType {
    guard isChecking else { return .dyn }
    return fieldType(substitution.resolved(operand.provenType), operand, field, range)
  }

  private mutating func fieldType(
    _ type: CELType, _ operand: ResolvedTree, _ field: String, _ range: Range<Int>
  ) -> CELType {
    switch type {
    case .map(_, let value): return value
    case .dyn, .error: return type
    case .param:
      _ = substitution.assign([type], to: [.dyn])
      return .dyn
    case .optional(let value):
      let field = fieldType(substitution.resolved(value), operand, field, range)
      if case .optional = field { return field }
      return .optional(field)
    case .nullable(let base):
      risk(operand, "null has no field `\(field)`")
      return fieldType(base, operand, field, range)
    default:
      report(
        .unknownField(field), "\(final(type).withArticle) has no field `\(field)`", at: range,
        help: environment.functions[field] != nil
          ? "`\(field)` is a function: `.\(field)(…)`" : nil)
      return .error
    }
  }
}
