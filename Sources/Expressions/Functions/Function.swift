/// A function of the language: what it takes, what it gives, how it is explained and done.
public struct Function: Sendable {
  public struct Signature: Sendable, Hashable {
    /// Whether it is written `receiver.f(…)`; the receiver is the first parameter.
    public var isMethod: Bool
    public var parameters: [CELType]
    public var result: CELType

    public init(isMethod: Bool, parameters: [CELType], result: CELType) {
      self.isMethod = isMethod
      self.parameters = parameters
      self.result = result
    }

    public static func method(_ parameters: CELType..., returns result: CELType) -> Signature {
      Signature(isMethod: true, parameters: parameters, result: result)
    }

    public static func function(_ parameters: CELType..., returns result: CELType) -> Signature {
      Signature(isMethod: false, parameters: parameters, result: result)
    }

    public static func function(_ parameters: [CELType], returns result: CELType) -> Signature {
      Signature(isMethod: false, parameters: parameters, result: result)
    }
  }

  /// An expression and what it gives, written as an expression too. Both are run as tests.
  public struct Example: Sendable, Hashable {
    public let expression: String
    public let result: String

    public init(_ expression: String, gives result: String) {
      self.expression = expression
      self.result = result
    }
  }

  /// What decides which way a function goes.
  enum Decision: Sendable {
    /// Whether an argument is null, but for the last of several.
    case null
    /// Whether the optional has no value.
    case none
    /// Whether the argument's evaluation is refused.
    case refused
  }

  public let name: String
  public let signatures: [Signature]
  /// Sentences for people; nil for functions of the language itself.
  public let documentation: String?
  public let examples: [Example]
  /// How the fast path does it; `nil` leaves every call to the slow path.
  let flat: FlatCall?
  /// `nil` for a function that does the same with all values.
  let decision: Decision?
  let body: Body

  enum Body: Sendable {
    case native([Implementation])
    /// Done by the activation.
    case host
  }

  /// How each signature is written: `text.clean(nullable string) → nullable string`.
  public var synopsis: [String] {
    signatures.map { "\(Operators.describe(name, $0)) → \($0.result)" }
  }

  init(
    _ name: String, _ signatures: [Signature], documentation: String? = nil,
    examples: [Example] = [], decision: Decision? = nil, flat: FlatCall? = nil,
    _ implementations: Implementation...
  ) {
    self.flat = flat
    self.decision = decision
    self.name = name
    self.signatures = signatures
    self.documentation = documentation
    self.examples = examples
    body = .native(implementations)
  }

  /// A function that the activation implements.
  public init(
    host name: String, _ signatures: [Signature], documentation: String? = nil,
    examples: [Example] = []
  ) {
    self.init(host: name, signatures, documentation: documentation, examples: examples, flat: nil)
  }

  init(
    host name: String, _ signatures: [Signature], documentation: String?, examples: [Example] = [],
    flat: FlatCall?
  ) {
    self.flat = flat
    decision = nil
    self.name = name
    self.signatures = signatures
    self.documentation = documentation
    self.examples = examples
    body = .host
  }
}

/// How a function of the module is done, by the number of its arguments, a receiver included.
enum Implementation: Sendable {
  case none(@Sendable (inout Meter) throws(EvaluationError) -> Value)
  case one(@Sendable (Value, inout Meter) throws(EvaluationError) -> Value)
  case two(@Sendable (Value, Value, inout Meter) throws(EvaluationError) -> Value)
  case three(@Sendable (Value, Value, Value, inout Meter) throws(EvaluationError) -> Value)
  case four(@Sendable (Value, Value, Value, Value, inout Meter) throws(EvaluationError) -> Value)

  var arity: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .two: 2
    case .three: 3
    case .four: 4
    }
  }
}
