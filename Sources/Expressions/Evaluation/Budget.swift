/// What one evaluation may use. Running out is an error that no operator absorbs.
public struct Budget: Sendable {
  /// Rounds of loops, and elements looked at inside them.
  public var steps: Int
  /// Bytes of strings and elements of lists built.
  public var size: Int

  public init(steps: Int, size: Int) {
    self.steps = steps
    self.size = size
  }

  /// Together less than a tenth of a second, however they are spent.
  public static let standard = Budget(steps: 200_000, size: 4 << 20)
}

/// What is left of a budget.
struct Meter {
  private var steps: Int
  private var size: Int

  init(_ budget: Budget) {
    steps = budget.steps
    size = budget.size
  }

  mutating func step(_ count: Int = 1) throws(EvaluationError) {
    steps -= count
    if steps < 0 {
      throw EvaluationError(.budget, "the expression takes more steps than are allowed")
    }
  }

  mutating func build(_ count: Int) throws(EvaluationError) {
    size -= count
    if size < 0 {
      throw EvaluationError(.budget, "the expression builds more than is allowed")
    }
  }

  /// Pays for the product of two lengths without overflow.
  mutating func build(_ count: Int, times factor: Int) throws(EvaluationError) {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    try build(overflow ? .max / 2 : product)
  }
}
