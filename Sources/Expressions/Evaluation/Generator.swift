/// Turns a resolved tree into code: variables by slot, constants folded, common shapes special.
struct Generator {
  /// What is legal and always fails.
  private(set) var warnings: [Issue] = []
  /// How many loops are around; inside one, calls pay for the size of their arguments.
  var loops = 0
  /// Where it is noted which way evaluations go.
  var trace: BranchTrace?

  init(trace: BranchTrace? = nil) { self.trace = trace }

  /// Code, or the value that it would give each time.
  enum Piece {
    case constant(Value)
    case code(Code)
    /// Code of something that is a bool whatever the row holds; as a condition it needs no value.
    case test(Test)

    var code: Code {
      switch self {
      case .constant(let value): { _ in value }
      case .code(let code): code
      case .test(let test): { frame throws(EvaluationError) in .bool(try test(&frame)) }
      }
    }

    /// The code as a condition of an operator, which fails on everything but a bool.
    func test(of name: String, _ range: Range<Int>) -> Test {
      switch self {
      case .constant(.bool(let value)): return { _ in value }
      case .test(let test): return test
      case .constant, .code:
        let code = code
        return { frame throws(EvaluationError) in
          let value = try code(&frame)
          guard case .bool(let value) = value else {
            throw EvaluationError.noOverload.naming(name, value, at: range)
          }
          return value
        }
      }
    }

    var constant: Value? {
      if case .constant(let value) = self { value } else { nil }
    }
  }

  mutating func piece(_ tree: ResolvedTree) -> Piece {
    switch tree.kind {
    case .constant(let value): return .constant(value)
    case .variable(let slot):
      return .code { frame throws(EvaluationError) in
        try frame.activation.value(slot: slot)
      }
    case .local(let local): return .code { frame in frame.locals[local] }
    case .failure(let error):
      let error = error.at(tree.range)
      return .code { _ throws(EvaluationError) in throw error }
    case .select(let operand, let field):
      return selection(operand, tree.range) { value throws(EvaluationError) in
        try Access.field(field, of: value)
      }
    case .optionalSelect(let operand, let field):
      return selection(operand, tree.range) { value throws(EvaluationError) in
        try Access.optionalField(field, of: value)
      }
    case .has(let operand, let field):
      return selection(operand, tree.range) { value throws(EvaluationError) in
        .bool(try Access.has(field, in: value))
      }
    case .call(let function, let arguments): return call(tree, function, arguments)
    case .conditional(let condition, let yes, let no): return conditional(condition, yes, no)
    case .logical(let isAnd, let terms): return logical(isAnd, terms)
    case .list(let elements): return list(elements)
    case .map(let entries): return map(tree, entries)
    case .loop(let loop): return .code(self.loop(loop))
    case .bind(let local, let value, in: let body):
      let value = piece(value).code
      let body = piece(body).code
      return .code { frame throws(EvaluationError) in
        frame.locals[local] = try value(&frame)
        return try body(&frame)
      }
    case .optionalMap(let target, let local, let body, let isFlat):
      return optionalMap(target, local, body, isFlat: isFlat)
    }
  }

  /// Runs code that reads nothing now rather than each time.
  func folded(_ code: @escaping Code, isConstant: Bool) -> Piece {
    guard isConstant else { return .code(code) }
    var frame = Frame(activation: SlotValues(), locals: [], meter: Meter(.standard))
    do throws(EvaluationError) {
      return .constant(try code(&frame))
    } catch {
      return .code(code)
    }
  }

  /// Runs a call of constants now; a failure is the caller's to know, and happens again at run time.
  mutating func foldedCall(_ code: @escaping Code, _ range: Range<Int>) -> Piece {
    var frame = Frame(activation: SlotValues(), locals: [], meter: Meter(.standard))
    do throws(EvaluationError) {
      return .constant(try code(&frame))
    } catch {
      warn(Issue(range: range, kind: .alwaysFails, message: "this always fails: \(error.message)"))
      return .code(code)
    }
  }

  mutating func warn(_ issue: Issue) {
    warnings.append(issue)
  }

  mutating func forgetWarnings(after count: Int) {
    warnings.removeSubrange(min(count, warnings.count)...)
  }

  // MARK: Selection and control

  private mutating func selection(
    _ operand: ResolvedTree, _ range: Range<Int>,
    _ access: @escaping @Sendable (Value) throws(EvaluationError) -> Value
  ) -> Piece {
    let operand = piece(operand)
    let code = operand.code
    return folded(
      { frame throws(EvaluationError) in
        let value = try code(&frame)
        do throws(EvaluationError) { return try access(value) } catch { throw error.at(range) }
      }, isConstant: operand.constant != nil)
  }

  private mutating func conditional(
    _ condition: ResolvedTree, _ yes: ResolvedTree, _ no: ResolvedTree
  ) -> Piece {
    let range = condition.range
    let condition = piece(condition)
    if trace != nil, case .bool(let value) = condition.constant { return piece(value ? yes : no) }
    let yes = way("the condition holds", piece(yes), yes.range)
    let no = way("the condition does not hold", piece(no), no.range)
    if case .bool(let value) = condition.constant { return value ? yes : no }
    let test = condition.test(of: "?:", range)
    if let first = yes.constant, let second = no.constant {
      return .code { frame throws(EvaluationError) in try test(&frame) ? first : second }
    }
    let (first, second) = (yes.code, no.code)
    return .code { frame throws(EvaluationError) in
      try test(&frame) ? try first(&frame) : try second(&frame)
    }
  }

  /// `&&` and `||`: a deciding operand wins over a failed one, on either side.
  private mutating func logical(_ isAnd: Bool, _ terms: [ResolvedTree]) -> Piece {
    let pieces = terms.map { piece($0) }
    let name = isAnd ? "&&" : "||"
    let test =
      if pieces.count == 2 {
        Self.either(
          pieces[0].test(of: name, terms[0].range), pieces[1].test(of: name, terms[1].range),
          decisive: !isAnd)
      } else {
        Self.any(
          of: zip(pieces, terms).map { $0.test(of: name, $1.range) }, decisive: !isAnd)
      }
    guard pieces.allSatisfy({ $0.constant != nil }) else { return .test(test) }
    return folded(Piece.test(test).code, isConstant: true)
  }

  private static func either(
    _ first: @escaping Test, _ second: @escaping Test, decisive: Bool
  ) -> Test {
    { frame throws(EvaluationError) in
      var failure: EvaluationError?
      do throws(EvaluationError) {
        if try first(&frame) == decisive { return decisive }
      } catch {
        guard error.isAbsorbed else { throw error }
        failure = error
      }
      guard let failure else { return try second(&frame) }
      do throws(EvaluationError) {
        if try second(&frame) == decisive { return decisive }
      } catch {
        guard error.isAbsorbed else { throw error }
      }
      throw failure
    }
  }

  private static func any(of tests: [Test], decisive: Bool) -> Test {
    { frame throws(EvaluationError) in
      var failure: EvaluationError?
      for test in tests {
        do throws(EvaluationError) {
          if try test(&frame) == decisive { return decisive }
        } catch {
          guard error.isAbsorbed else { throw error }
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
      return !decisive
    }
  }

  private mutating func optionalMap(
    _ target: ResolvedTree, _ local: Int, _ body: ResolvedTree, isFlat: Bool
  ) -> Piece {
    let range = target.range
    let target = piece(target).code
    let bodyRange = body.range
    let body = way("there is a value", piece(body), body.range).code
    let name = isFlat ? "optFlatMap" : "optMap"
    return .code { frame throws(EvaluationError) in
      let target = try target(&frame)
      guard case .optional(let optional) = target else {
        throw EvaluationError.noOverload.naming(name, target, at: range)
      }
      guard let value = optional.value else { return target }
      frame.locals[local] = value
      let result = try body(&frame)
      guard isFlat else { return .optional(of: result) }
      guard case .optional = result else {
        throw EvaluationError.noOverload.naming(name, result, at: bodyRange)
      }
      return result
    }
  }
}
