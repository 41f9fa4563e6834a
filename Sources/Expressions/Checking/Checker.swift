/// Resolves names and calls, deduces types, and collects everything that is wrong or risky.
///
/// Unchecked, it resolves only: types are `dyn`, and what is unknown fails when it is evaluated.
struct Checker {
  let environment: Environment
  let isChecking: Bool
  var substitution = Substitution()
  var issues: [Issue] = []
  var warnings: [Issue] = []
  var nullRisks: [Issue] = []
  /// What is legal, works, and is probably not what was meant.
  var remarks: [Issue] = []
  var hostCalls: [HostCall] = []
  var slots: Set<Int> = []
  /// Loop variables and bindings in scope, innermost last; the position is the local's number.
  var locals: [(name: String, type: CELType)] = []
  var localCount = 0
  /// What tests around the expression at hand prove not to be null.
  var proven: Set<Reference> = []

  init(_ environment: Environment, isChecking: Bool) {
    self.environment = environment
    self.isChecking = isChecking
  }

  mutating func check(_ tree: SyntaxTree) -> ResolvedTree {
    var result = resolve(tree)
    if !proven.isEmpty, let reference = Reference(result) {
      result.isTested = proven.contains(reference)
    }
    return result
  }

  private mutating func resolve(_ tree: SyntaxTree) -> ResolvedTree {
    switch tree.kind {
    case .literal(let value):
      return resolved(tree, value.literalType, .constant(value))
    case .name(let name, let isRoot):
      return checkName(isRoot ? "." + name : name, tree)
    case .select(let operand, let field, let isOptional):
      return checkSelect(tree, operand, field, isOptional: isOptional)
    case .has(let operand, let field):
      return checkHas(tree, operand, field)
    case .call(let name, let target, let arguments):
      return checkCall(tree, name, target, arguments)
    case .conditional(let condition, let yes, let no):
      return checkConditional(tree, condition, yes, no)
    case .logical(let isAnd, let terms):
      return checkLogical(tree, isAnd, terms)
    case .list(let elements): return checkList(tree, elements)
    case .map(let entries): return checkMap(tree, entries)
    case .message(let name):
      return unknown(
        tree, .unknownName(name), "`\(name)` is not a message type",
        help: "a map is written `{\"field\": value}`")
    case .loop(let loop): return checkLoop(tree, loop)
    case .bind(let name, let value, in: let body):
      let value = check(value)
      let (local, result) = withLocal(name, value.provenType) { $0.check(body) }
      return resolved(tree, result.provenType, .bind(local: local, value, in: result))
    case .optionalMap(let target, let variable, let body, let isFlat):
      return checkOptionalMap(tree, target, variable, body, isFlat: isFlat)
    }
  }

  func resolved(
    _ tree: SyntaxTree, _ type: CELType, _ kind: ResolvedTree.Kind
  ) -> ResolvedTree {
    ResolvedTree(range: tree.range, type: isChecking ? type : .dyn, kind: kind)
  }

  /// What stands for an expression that means nothing: reported now, or failing later when unchecked.
  mutating func unknown(
    _ tree: SyntaxTree, _ kind: Issue.Kind, _ message: String, help: String? = nil
  ) -> ResolvedTree {
    report(kind, message, at: tree.range, help: help)
    return resolved(tree, .error, .failure(EvaluationError(.unknownName, message)))
  }

  mutating func report(
    _ kind: Issue.Kind, _ message: String, at range: Range<Int>, help: String? = nil
  ) {
    if isChecking {
      issues.append(Issue(range: range, kind: kind, message: message, help: help))
    }
  }

  mutating func withLocal<Result>(
    _ name: String, _ type: CELType, _ body: (inout Checker) -> Result
  ) -> (Int, Result) {
    let local = locals.count
    locals.append((name, type))
    localCount = max(localCount, locals.count)
    // What was proven of an earlier local in this place says nothing of this one.
    let outer = proven
    proven = proven.filter { !$0.locals.contains(local) }
    let result = body(&self)
    proven = outer
    locals.removeLast()
    return (local, result)
  }

  /// Requires a type of an operand that is not an argument, such as a condition.
  mutating func expect(_ type: CELType, _ operand: ResolvedTree, _ what: String) {
    guard isChecking else { return }
    let found = substitution.resolved(operand.provenType)
    if !substitution.assign([found], to: [type]) {
      report(
        .noOverload(function: what, arguments: [final(found)]),
        "\(what) must be \(type.withArticle), this is \(final(found).withArticle)",
        at: operand.range)
    } else if found != .dyn, case .nullable = found {
      risk(operand, "\(what) must be \(type.withArticle), null is none")
    }
  }

  func final(_ type: CELType) -> CELType {
    substitution.resolved(type, isFinal: true)
  }

  // MARK: Control

  private mutating func checkConditional(
    _ tree: SyntaxTree, _ condition: SyntaxTree, _ yes: SyntaxTree, _ no: SyntaxTree
  ) -> ResolvedTree {
    let condition = check(condition)
    expect(.bool, condition, "a condition")
    let yes = proving(notNull(in: condition, when: true)) { $0.check(yes) }
    let no = proving(notNull(in: condition, when: false)) { $0.check(no) }
    guard isChecking else {
      return resolved(tree, .dyn, .conditional(condition, yes, no))
    }
    let first = substitution.resolved(yes.provenType)
    let second = substitution.resolved(no.provenType)
    // CEL joins null with wrappers only. A column that becomes NOT NULL must not turn `… ? row.x : null` into a mistake.
    let type =
      first == .null
      ? second.orNull : second == .null ? first.orNull : substitution.joined(first, second)
    if type == nil {
      report(
        .noOverload(function: "?:", arguments: [final(first), final(second)]),
        "the branches of `?:` are \(final(first).withArticle) and \(final(second).withArticle)",
        at: tree.range,
        help: "make them alike, or wrap them: `dyn(…)`")
    }
    return resolved(tree, type ?? .error, .conditional(condition, yes, no))
  }

  private mutating func checkLogical(
    _ tree: SyntaxTree, _ isAnd: Bool, _ terms: [SyntaxTree]
  ) -> ResolvedTree {
    let outer = proven
    var checked: [ResolvedTree] = []
    for term in terms {
      let term = check(term)
      expect(.bool, term, "an operand of `\(isAnd ? "&&" : "||")`")
      proven.formUnion(notNull(in: term, when: isAnd))
      checked.append(term)
    }
    proven = outer
    return resolved(tree, .bool, .logical(isAnd: isAnd, checked))
  }

  private mutating func checkOptionalMap(
    _ tree: SyntaxTree, _ target: SyntaxTree, _ variable: String, _ body: SyntaxTree,
    isFlat: Bool
  ) -> ResolvedTree {
    let target = check(target)
    let value = substitution.fresh()
    let name = isFlat ? "optFlatMap" : "optMap"
    if case .nullable = substitution.resolved(target.provenType) {
      risk(target, "`\(name)` works on an optional")
    }
    if isChecking, !substitution.assign([target.type], to: [.optional(value)]) {
      report(
        .noOverload(function: name, arguments: [final(target.type)]),
        "`\(name)` works on an optional, this is \(final(target.type).withArticle)",
        at: target.range)
    }
    let (local, result) = withLocal(variable, substitution.resolved(value)) { $0.check(body) }
    var type = substitution.resolved(result.provenType)
    if isFlat {
      let inner = substitution.fresh()
      if isChecking, !substitution.assign([type], to: [.optional(inner)]) {
        report(
          .noOverload(function: name, arguments: [final(type)]),
          "the body of `optFlatMap` must give an optional, this is \(final(type).withArticle)",
          at: result.range, help: "`optMap` takes a plain value")
      }
      type = inner
    }
    return resolved(
      tree, .optional(type), .optionalMap(target, local: local, result, isFlat: isFlat))
  }
}

extension Value {
  fileprivate var literalType: CELType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    default: .dyn
    }
  }
}
