/// How the fast path does the calls of a function. It is declared with the function, next to the slow path, and must give the
/// same value or leave the value to it; `FlatTests` compares the two for every function that has one.
struct FlatCall: Sendable {
  typealias Rule =
    @Sendable (inout FlatCompiler, _ arguments: [ResolvedTree], _ result: CELType) -> Bool

  /// Adds a call's instructions; `false` leaves it to the slow path.
  let add: Rule
  /// The same for the argument of `try`, where what is refused is no value. Without it a refusal is left to the slow path.
  let addTried: Rule?
  /// Whether it takes an optional. Other functions have no fast path for one.
  let takesOptional: Bool

  init(takesOptional: Bool = false, addTried: Rule? = nil, _ add: @escaping Rule) {
    self.add = add
    self.addTried = addTried
    self.takesOptional = takesOptional
  }

  /// One instruction, which takes all arguments and leaves the result.
  static func instruction(
    _ operation: FlatExpression.Instruction.Operation, takesOptional: Bool = false
  ) -> FlatCall {
    FlatCall(takesOptional: takesOptional) { compiler, arguments, _ in
      compiler.add(all: arguments) && compiler.done(operation, pops: arguments.count)
    }
  }
}
