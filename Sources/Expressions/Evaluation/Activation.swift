/// What an expression reads while it is evaluated: the host's values and functions.
///
/// An activation is boxed for each evaluation: a class, or a struct of up to three words, costs nothing.
/// A `.host` or `.budget` error ends the evaluation; `&&` and `||` may decide in spite of any other.
public protocol Activation {
  /// The value of the environment's variable at this position.
  func value(slot: Int) throws(EvaluationError) -> Value

  /// The answer of a function that the host implements.
  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value
}

/// Values by slot and no host functions.
public struct SlotValues: Activation {
  public var values: [Value]

  public init(_ values: [Value] = []) {
    self.values = values
  }

  public func value(slot: Int) throws(EvaluationError) -> Value {
    guard values.indices.contains(slot) else {
      throw EvaluationError(.unknownName, "no value for variable \(slot)")
    }
    return values[slot]
  }

  public func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    throw EvaluationError(.host, "`\(function)` is not available here")
  }
}

/// One evaluation under way.
struct Frame {
  let activation: any Activation
  /// Values of loop variables and bindings, by the position that the checker gave them.
  var locals: [Value]
  var meter: Meter
}

/// A compiled expression: what to do, with every name resolved.
typealias Code = @Sendable (inout Frame) throws(EvaluationError) -> Value

/// A condition: code whose value is a bool.
typealias Test = @Sendable (inout Frame) throws(EvaluationError) -> Bool

/// Code as an element of an array, where a bare closure would be called through two more.
struct Step: Sendable {
  let run: Code

  init(_ piece: Generator.Piece) {
    run = piece.code
  }
}
