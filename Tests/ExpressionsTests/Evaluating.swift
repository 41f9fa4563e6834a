import Expressions
import Testing

/// An expression over named variables, compiled and evaluated.
struct Evaluating: Activation {
  var variables: [Variable]
  var values: [Value]
  var costLimit: Double

  init(_ variables: [(String, CELType, Value)] = [], costLimit: Double = Cost.standardLimit) {
    self.costLimit = costLimit
    self.variables = variables.map { Variable($0.0, $0.1) }
    values = variables.map(\.2)
  }

  var environment: Environment { Environment(variables: variables, costLimit: costLimit) }

  func value(slot: Int) throws(EvaluationError) -> Value { values[slot] }

  /// Answers `link` with its arguments' number, and knows no other function.
  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    guard function == "link" else { throw EvaluationError(.host, "no \(function)") }
    return .optional(OptionalValue(.int(Int64(arguments.count))))
  }

  func compiled(_ text: String) throws -> CompiledExpression {
    try Compiler.compile(text, in: environment).get()
  }

  func callAsFunction(_ text: String, budget: Budget = .standard) throws -> Value {
    try compiled(text).evaluate(self, budget: budget)
  }

  func issues(_ text: String) -> [Expressions.Issue] {
    switch Compiler.compile(text, in: environment) {
    case .success: []
    case .failure(let issues): issues.all
    }
  }

  func error(_ text: String, budget: Budget = .standard) throws -> EvaluationError? {
    let program = try compiled(text)
    do throws(EvaluationError) {
      _ = try program.evaluate(self, budget: budget)
      return nil
    } catch { return error }
  }
}

/// Whether an expression without variables is true.
func holds(_ text: String) throws -> Bool {
  guard case .bool(let value) = try Evaluating()(text) else { return false }
  return value
}

/// What an expression without variables gives when its types are not checked beforehand.
func unchecked(_ text: String) throws -> Value {
  let program = try Compiler.compileUnchecked(text, in: Environment(variables: [])).get()
  return try program.evaluate(SlotValues())
}
