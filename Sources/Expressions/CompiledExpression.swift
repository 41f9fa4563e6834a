/// A call of a function that the host implements.
public struct HostCall: Sendable, Hashable {
  public let function: String
  /// The first argument, when it is a string literal.
  public let literal: String?
  /// The types of the arguments.
  public let argumentTypes: [CELType]
  /// UTF-8 offsets of the call in the expression's text.
  public let range: Range<Int>
}

/// An expression that has been parsed, checked and compiled. It can be evaluated by many tasks at once.
public final class CompiledExpression: Sendable {
  /// What an expression comes down to, for callers that can do better than evaluate.
  public enum Form: Sendable {
    case constant(Value)
    /// Nothing but a variable.
    case variable(slot: Int)
    case general
  }

  public let text: String
  /// The deduced type.
  public let type: CELType
  /// What is known of the result beyond its type.
  public let extent: ValueExtent
  /// The variables read, in ascending order.
  public let slots: [Int]
  public let hostCalls: [HostCall]
  public let form: Form
  /// Where a value that may be null meets an operation that fails on null.
  public let nullRisks: [Issue]
  /// What is legal and never works: bad patterns, constant operands that always fail.
  public let warnings: [Issue]
  /// What is legal, works, and is probably not what was meant: tests that always come out the same.
  public let remarks: [Issue]
  /// What an evaluation may take.
  public let cost: Cost

  /// The fast form, for callers that can do without it: of an expression that is simple enough.
  public let flat: FlatExpression?

  private let code: Code
  private let tree: ResolvedTree
  private let localCount: Int

  /// Whether the result can be null as far as its type tells.
  public var mayBeNull: Bool { type.mayBeNull }

  init(
    text: String, tree: ResolvedTree, type: CELType, cost: Cost, checker: Checker
  ) {
    var generator = Generator()
    let piece = generator.piece(tree)
    self.tree = tree
    self.text = text
    self.type = type
    self.cost = cost
    var analysis = ExtentAnalysis(checker.environment)
    extent = checker.isChecking ? analysis.extent(of: tree) : .unknown
    slots = checker.slots.sorted()
    hostCalls = checker.hostCalls
    nullRisks = checker.nullRisks
    remarks = checker.remarks
    warnings = checker.warnings + generator.warnings
    localCount = checker.localCount
    code = piece.code
    flat = FlatCompiler.compile(tree)
    if let value = piece.constant {
      form = .constant(value)
    } else if case .variable(let slot) = tree.kind {
      form = .variable(slot: slot)
    } else {
      form = .general
    }
  }

  /// The same expression, which notes the ways that its evaluations go.
  public func traced() -> TracedExpression { TracedExpression(tree, localCount: localCount) }

  /// The expression's value for these variables.
  public func evaluate(
    _ activation: some Activation, budget: Budget = .standard
  ) throws(EvaluationError) -> Value {
    switch form {
    case .constant(let value): return value
    case .variable(let slot): return try activation.value(slot: slot)
    case .general: break
    }
    var frame = Frame(
      activation: activation,
      locals: localCount == 0 ? [] : [Value](repeating: .null, count: localCount),
      meter: Meter(budget))
    let value = try code(&frame)
    switch value {
    case .list, .map, .optional:
      // Parts may be shared, so that a small value in memory is a huge one when written out.
      try value.payInFull(&frame.meter)
      return value
    default: return value
    }
  }
}

extension Value {
  fileprivate func payInFull(_ meter: inout Meter) throws(EvaluationError) {
    try meter.step()
    switch self {
    case .list(let elements): for element in elements { try element.payInFull(&meter) }
    case .map(let map): for value in map.values { try value.payInFull(&meter) }
    case .optional(let optional): try optional.value?.payInFull(&meter)
    default: return
    }
  }
}
