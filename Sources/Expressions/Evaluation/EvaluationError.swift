/// Why an expression has no value for this activation.
public struct EvaluationError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// No function takes values of these types; null where a value was needed is the usual cause.
    case noOverload
    case noSuchKey
    /// A number, index or moment out of its range.
    case range
    case divisionByZero
    case invalidArgument
    /// A function says that a value is not what it is for, such as a telephone number with letters; `try` takes it for
    /// no value.
    case refused
    /// A name or function that nobody declared, in an unchecked expression.
    case unknownName
    /// The steps or the size allowed are used up.
    case budget
    /// The host could not do what it was asked.
    case host
  }

  public var kind: Kind
  public var message: String
  /// The message without the value, for where that is not to be shown; nil where the message may quote it.
  public var concealed: String?
  /// UTF-8 offsets in the expression's text.
  public var range: Range<Int>?

  public init(_ kind: Kind, _ message: String, range: Range<Int>? = nil) {
    self.kind = kind
    self.message = message
    self.range = range
  }

  /// Whether `&&`, `||`, `all` and `exists` may decide without the failed operand. Not when the whole
  /// evaluation is in doubt: an expression must not turn a lost database into an answer.
  var isAbsorbed: Bool {
    switch kind {
    case .budget, .host: false
    default: true
    }
  }

  /// Thrown by a function handed types it does not take; the caller adds the names.
  static let noOverload = EvaluationError(.noOverload, "")

  static func outOfRange(_ what: String) -> EvaluationError {
    EvaluationError(.range, "\(what) is out of range")
  }

  /// `reason` follows the value, and has no piece of it.
  static func refused(_ value: String, _ reason: String) -> EvaluationError {
    let quoted = value.utf8.count > 80 ? String(value.unicodeScalars.prefix(60)) + "…" : value
    var error = EvaluationError(.refused, "`\(quoted)` \(reason)")
    error.concealed = "the value \(reason)"
    return error
  }

  static func invalid(_ message: String) -> EvaluationError {
    EvaluationError(.invalidArgument, message)
  }

  /// The same error with the place where it arose, unless a place nearer to it is known.
  func at(_ range: Range<Int>) -> EvaluationError {
    var error = self
    error.range = error.range ?? range
    return error
  }

  func naming(_ function: String, _ arguments: Value..., at range: Range<Int>) -> EvaluationError {
    naming(function, arguments, at: range)
  }

  func naming(_ function: String, _ arguments: [Value], at range: Range<Int>) -> EvaluationError {
    var error = at(range)
    if kind == .noOverload && message.isEmpty {
      let types = arguments.map(\.typeName).joined(separator: ", ")
      let hasNull = arguments.contains(where: \.isNull)
      error.message =
        "`\(Operators.shown(function))` does not take \(hasNull ? "null" : "(\(types))")"
    }
    return error
  }
}
