/// Turns the text of an expression into something that can be evaluated.
public enum Compiler {
  /// Parses, checks and compiles; a failure lists everything that is wrong.
  public static func compile(
    _ text: String, in environment: Environment
  ) -> Result<CompiledExpression, Issues> {
    compile(text, in: environment, isChecking: true)
  }

  /// Parses and compiles without checking types: what does not fit fails when it is evaluated.
  public static func compileUnchecked(
    _ text: String, in environment: Environment
  ) -> Result<CompiledExpression, Issues> {
    compile(text, in: environment, isChecking: false)
  }

  private static func compile(
    _ text: String, in environment: Environment, isChecking: Bool
  ) -> Result<CompiledExpression, Issues> {
    let syntax: SyntaxTree
    do throws(Issue) {
      syntax = try Parser.parse(text)
    } catch {
      return .failure(Issues([error]))
    }
    var checker = Checker(environment, isChecking: isChecking)
    let tree = checker.check(syntax)
    guard checker.issues.isEmpty else { return .failure(Issues(checker.issues)) }
    let type = isChecking ? checker.final(tree.provenType) : .dyn
    var estimator = CostEstimator(environment)
    let cost = estimator.estimate(tree).cost
    if isChecking, let culprit = estimator.culprit {
      return .failure(Issues([tooCostly(culprit.range, culprit.cost, environment)]))
    }
    return .success(
      CompiledExpression(
        text: text, tree: tree, type: type, cost: Cost(least: cost.least, most: cost.most),
        checker: checker))
  }

  private static func tooCostly(
    _ range: Range<Int>, _ cost: Span, _ environment: Environment
  ) -> Issue {
    Issue(
      range: range, kind: .tooCostly,
      message: """
        this may cost \(Value.text(of: cost.most.rounded())) steps, and \
        \(Value.text(of: environment.costLimit)) are allowed
        """,
      help: "loop over less, look through shorter text, or have the source do it")
  }
}
