// Calls: which function is meant, and which of its signatures takes the arguments.

extension Checker {
  mutating func checkCall(
    _ tree: SyntaxTree, _ name: String, _ target: SyntaxTree?, _ arguments: [SyntaxTree]
  ) -> ResolvedTree {
    if let target {
      // `text.clean(x)` is a function of that name, when there is one, before it is a method.
      if let namespace = target.qualifiedName, !hidesNamespace(namespace),
        let function = function(named: "\(namespace).\(name)")
      {
        return call(tree, function, arguments.map { check($0) }, isMethod: false)
      }
      // What begins the names of functions is no value that could have a method.
      if let namespace = target.qualifiedName, environment.functions.namespaces.contains(namespace),
        !meansSomething(namespace)
      {
        return unknownFunction(tree, name, target, arguments)
      }
      guard let function = environment.functions[name],
        function.signatures.contains(where: \.isMethod)
      else {
        return unknownFunction(tree, name, target, arguments)
      }
      let receiver = check(target)
      return call(tree, function, [receiver] + arguments.map { check($0) }, isMethod: true)
    }
    guard let function = function(named: name) else {
      return unknownFunction(tree, name, nil, arguments)
    }
    return call(tree, function, arguments.map { check($0) }, isMethod: false)
  }

  /// Whether a loop variable stands for the first part of the namespace.
  private func hidesNamespace(_ namespace: String) -> Bool {
    let first = namespace.prefix { $0 != "." }
    return locals.contains { $0.name == first }
  }

  private func function(named name: String) -> Function? {
    for candidate in environment.candidates(for: name) {
      if let function = environment.functions[candidate] { return function }
    }
    return nil
  }

  private mutating func unknownFunction(
    _ tree: SyntaxTree, _ name: String, _ target: SyntaxTree?, _ arguments: [SyntaxTree]
  ) -> ResolvedTree {
    var shown = name
    var help: String?
    if let target, let namespace = target.qualifiedName, !meansSomething(namespace) {
      shown = "\(namespace).\(name)"
    } else if let target {
      _ = check(target)
      if environment.functions[name] != nil { help = "write `\(name)(…)`" }
    }
    for argument in arguments { _ = check(argument) }
    if help == nil { help = foreignHelp(name, shown) }
    if help == nil {
      help = Suggestion.nearest(to: shown, among: environment.functions.names).map {
        "did you mean `\($0)`?"
      }
    }
    return unknown(tree, .unknownFunction(shown), "there is no function `\(shown)`", help: help)
  }

  /// What a name is called here that other languages know, or that is a method and not a function.
  private func foreignHelp(_ name: String, _ shown: String) -> String? {
    if let help = ForeignNames.help[name.lowercased()], environment.functions[shown] == nil {
      return help
    }
    guard let function = environment.functions[name], shown.hasSuffix("." + name) else {
      return nil
    }
    return function.signatures.contains(where: \.isMethod)
      ? "`\(name)` is a method: `x.\(name)(…)`" : nil
  }

  /// Whether the first part of a dotted name is, or begins, a declared name.
  private func meansSomething(_ name: String) -> Bool {
    let first = String(name.drop { $0 == "." }.prefix { $0 != "." })
    return locals.contains { $0.name == first }
      || environment.candidates(for: first).contains { candidate in
        Environment.type(named: candidate) != nil
          || environment.variables.contains {
            $0.name == candidate || $0.name.hasPrefix(candidate + ".")
          }
      }
  }

  private mutating func call(
    _ tree: SyntaxTree, _ function: Function, _ arguments: [ResolvedTree], isMethod: Bool
  ) -> ResolvedTree {
    if case .host = function.body { record(function, arguments, tree.range) }
    guard isChecking else { return uncheckedCall(tree, function, arguments, isMethod) }
    let comparesWithNull = function.name == Operators.equal || function.name == Operators.notEqual
    let types = arguments.map {
      substitution.resolved(comparesWithNull ? $0.type : $0.provenType)
    }
    guard let choice = choice(function, types, isMethod) else {
      reportNoOverload(tree, function, types, isMethod)
      return resolved(tree, .error, .call(function, arguments))
    }
    if comparesWithNull { noteVainTest(function, arguments) }
    let (result, strict) = choice
    for (index, argument) in arguments.enumerated() {
      noteRisk(argument, types[index], strict.parameters[index], function, index)
    }
    return resolved(tree, result, .call(function, arguments))
  }

  /// The result of the signatures that take the arguments, and the first of them.
  ///
  /// Signatures that differ in null only, `(string) → string` and `(nullable string) → nullable
  /// string`, are not ambiguous: the one that says most about these arguments is meant.
  private mutating func choice(
    _ function: Function, _ types: [CELType], _ isMethod: Bool
  ) -> (CELType, Function.Signature)? {
    var best: (type: CELType, signature: Function.Signature, losesNull: Bool)?
    for signature in function.signatures where signature.isMethod == isMethod {
      let instance = substitution.instantiated(signature)
      guard substitution.assign(types, to: instance.parameters) else { continue }
      let type = substitution.resolved(instance.result)
      let losesNull = zip(types, signature.parameters).contains { Self.losesNull($0, $1) }
      guard let known = best, known.losesNull == losesNull else {
        if best?.losesNull != false { best = (type, signature, losesNull) }
        continue
      }
      if known.type.base == type.base {
        // Of what is known at run time only, each signature may be the one; without null where none of them gives it.
        if types.contains(.dyn), type != type.base { best?.type = known.type.orNull }
      } else {
        best?.type = .dyn
      }
    }
    return best.map { ($0.type, $0.signature) }
  }

  private func uncheckedCall(
    _ tree: SyntaxTree, _ function: Function, _ arguments: [ResolvedTree], _ isMethod: Bool
  ) -> ResolvedTree {
    let fits = function.signatures.contains {
      $0.isMethod == isMethod && $0.parameters.count == arguments.count
    }
    if fits { return resolved(tree, .dyn, .call(function, arguments)) }
    let error = EvaluationError(
      .noOverload, "no such overload: \(function.name) with \(arguments.count) arguments")
    return resolved(tree, .dyn, .failure(error))
  }

  private mutating func record(
    _ function: Function, _ arguments: [ResolvedTree], _ range: Range<Int>
  ) {
    var literal: String?
    if let first = arguments.first, case .constant(.string(let text)) = first.kind {
      literal = text
    }
    hostCalls.append(
      HostCall(
        function: function.name, literal: literal,
        argumentTypes: arguments.map { final($0.provenType) }, range: range))
  }

  private mutating func reportNoOverload(
    _ tree: SyntaxTree, _ function: Function, _ types: [CELType], _ isMethod: Bool
  ) {
    let types = types.map { final($0) }
    guard !types.contains(.error) else { return }
    let shown = Operators.shown(function.name)
    let kind = Issue.Kind.noOverload(function: shown, arguments: types)
    if Operators.isOperator(function.name) {
      report(
        kind, Operators.refusal(function.name, types), at: tree.range,
        help: Operators.help(function.name, types))
      return
    }
    let list = types.map(\.description).joined(separator: ", ")
    let known = function.signatures.filter { $0.isMethod == isMethod }
      .map { "`\(Operators.describe(function.name, $0))`" }
    guard !known.isEmpty else {
      report(
        kind, "`\(shown)` is not called like this", at: tree.range,
        help: isMethod
          ? "it is a function: `\(shown)(…)`" : "it is a method: `x.\(shown)(…)`")
      return
    }
    if function.name == "orValue" || function.name == "hasValue", let first = types.first,
      !first.isOptional
    {
      report(
        kind, "`\(shown)` is for links and other optionals, this is \(first.withArticle)",
        at: tree.range,
        help: function.name == "orValue"
          ? "another value for null: `coalesce(…, …)`" : "test for null: `… != null`")
      return
    }
    report(
      kind, "`\(shown)` does not take (\(list))", at: tree.range,
      help: "it is " + known.prefix(4).joined(separator: " or "))
  }
}

extension CELType {
  var isOptional: Bool {
    if case .optional = self { true } else { false }
  }
}
