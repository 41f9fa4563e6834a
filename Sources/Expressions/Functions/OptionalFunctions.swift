/// Optional values: present or absent, which is not null.
enum OptionalFunctions {
  private static let value = CELType.param("A")
  private static let optional = CELType.optional(.param("A"))

  static let all: [Function] = [
    Function(
      "optional.of", [.function(value, returns: optional)],
      .one { value, _ in .optional(of: value) }),
    Function(
      "optional.ofNonZeroValue", [.function(value, returns: optional)],
      .one { value, _ in .optional(of: value.isZero ? nil : value) }),
    Function(
      "optional.none", [.function([], returns: optional)],
      .none { _ in .optional(.none) }),
    Function(
      "hasValue", [.method(optional, returns: .bool)],
      flat: .instruction(.hasValue, takesOptional: true),
      .one { optional, _ throws(EvaluationError) in
        guard case .optional(let optional) = optional else { throw .noOverload }
        return .bool(optional.value != nil)
      }),
    Function(
      "value", [.method(optional, returns: value)],
      .one { optional, _ throws(EvaluationError) in
        guard case .optional(let optional) = optional else { throw .noOverload }
        guard let value = optional.value else { throw .invalid("optional.none() has no value") }
        return value
      }),
    Function(
      "or", [.method(optional, optional, returns: optional)], decision: Function.Decision.none,
      flat: alternative { $0.allSatisfy(\.type.base.isOptional) },
      .two { first, second, _ throws(EvaluationError) in
        guard case .optional(let optional) = first, case .optional = second else {
          throw .noOverload
        }
        return optional.value == nil ? second : first
      }),
    Function(
      "orValue", [.method(optional, value, returns: value)], decision: Function.Decision.none,
      flat: alternative { $0[0].type.base.isOptional && !$0[1].type.base.isOptional },
      .two { optional, other, _ throws(EvaluationError) in
        guard case .optional(let optional) = optional else { throw .noOverload }
        return optional.value ?? other
      }),
    Function(
      "optional.unwrap", [.function(.list(optional), returns: .list(value))],
      .one { list, _ throws(EvaluationError) in try unwrapped(list) }),
    Function(
      "unwrapOpt", [.method(.list(optional), returns: .list(value))],
      .one { list, _ throws(EvaluationError) in try unwrapped(list) }),
  ]

  /// The second is evaluated only when the first has no value.
  private static func alternative(
    fitting fits: @escaping @Sendable ([ResolvedTree]) -> Bool
  ) -> FlatCall {
    FlatCall(takesOptional: true) { compiler, arguments, _ in
      guard fits(arguments), compiler.add(arguments[0]) else { return false }
      let value = compiler.emit(.otherwise, pops: 1)
      guard compiler.add(arguments[1]) else { return false }
      compiler.land(value)
      return true
    }
  }

  private static func unwrapped(_ list: Value) throws(EvaluationError) -> Value {
    guard case .list(let elements) = list else { throw .noOverload }
    var values: [Value] = []
    for element in elements {
      guard case .optional(let optional) = element else { throw .noOverload }
      if let value = optional.value { values.append(value) }
    }
    return .list(values)
  }
}
