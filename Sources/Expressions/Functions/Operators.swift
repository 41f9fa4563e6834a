/// The language's operators, which are functions with names of their own.
enum Operators {
  static let equal = "_==_"
  static let notEqual = "_!=_"
  static let `in` = "_in_"
  static let add = "_+_"
  static let index = "_[_]"
  static let optionalIndex = "_[?_]"
  static let not = "!_"
  static let negate = "-_"

  static func binary(_ mark: String) -> String { "_\(mark)_" }
  static func unary(_ mark: String) -> String { "\(mark)_" }

  static func isOperator(_ name: String) -> Bool {
    name.hasPrefix("_") || name == not || name == negate
  }

  /// The operator as it is written.
  static func shown(_ name: String) -> String {
    isOperator(name) ? name.filter { $0 != "_" } : name
  }

  /// How a signature is written.
  static func describe(_ name: String, _ signature: Function.Signature) -> String {
    let parameters = signature.parameters.map(\.description)
    if signature.isMethod, let receiver = parameters.first {
      return "\(receiver).\(name)(\(parameters.dropFirst().joined(separator: ", ")))"
    }
    return "\(name)(\(parameters.joined(separator: ", ")))"
  }

  /// Why an operator refuses its operands.
  static func refusal(_ name: String, _ types: [CELType]) -> String {
    guard types.count == 2 else { return "`\(shown(name))` does not take \(types[0].withArticle)" }
    switch name {
    case equal, notEqual: return "\(types[0].withArticle) is never equal to \(types[1].withArticle)"
    case index, optionalIndex: return "\(types[0].withArticle) has no index of type \(types[1])"
    default:
      return "`\(shown(name))` does not take \(types[0].withArticle) and \(types[1].withArticle)"
    }
  }

  /// What to write instead.
  static func help(_ name: String, _ types: [CELType]) -> String? {
    guard types.count == 2 else { return nil }
    if types.contains(.null) { return "test for null first: `… == null ? … : …`" }
    let bases = Set(types.map(\.base))
    if bases.contains(.string), name == add { return "write `string(…)` around the other operand" }
    if bases.isSubset(of: [.int, .uint, .double]) {
      return "convert one of them: `int(…)`, `double(…)`"
    }
    return name == equal || name == notEqual ? "convert one of them, or write `dyn(…)`" : nil
  }

  static let all: [Function] = equality + order + arithmetic + access + [negation]

  private static let element = CELType.param("A")
  private static let key = CELType.param("K")
  private static let value = CELType.param("V")

  private static let equality = [
    Function(
      equal, [.function(element, element, returns: .bool)],
      flat: .instruction(.equal),
      .two { left, right, meter throws(EvaluationError) in
        .bool(try Value.equal(left, right, &meter))
      }),
    Function(
      notEqual, [.function(element, element, returns: .bool)],
      flat: FlatCall { compiler, arguments, _ in
        compiler.add(all: arguments) && compiler.done(.equal, pops: 2)
          && compiler.done(.not, pops: 1)
      },
      .two { left, right, meter throws(EvaluationError) in
        .bool(try !Value.equal(left, right, &meter))
      }),
    Function(
      `in`,
      [
        .function(element, .list(element), returns: .bool),
        .function(key, .map(key, value), returns: .bool),
      ],
      .two { element, collection, meter throws(EvaluationError) in
        switch collection {
        case .list(let elements):
          for candidate in elements {
            try meter.step()
            if try Value.equal(candidate, element, &meter) { return .bool(true) }
          }
          return .bool(false)
        case .map(let map): return .bool(map[element] != nil)
        default: throw .noOverload
        }
      }),
  ]

  private static let order: [Function] = [
    comparison("<") { $0 == .less }, comparison("<=") { $0 == .less || $0 == .equal },
    comparison(">") { $0 == .greater }, comparison(">=") { $0 == .greater || $0 == .equal },
  ]

  private static func comparison(
    _ mark: String, _ holds: @escaping @Sendable (Value.Order) -> Bool
  ) -> Function {
    let types: [CELType] = [.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration]
    return Function(
      binary(mark), types.map { .function($0, $0, returns: .bool) },
      .two { left, right, _ throws(EvaluationError) in
        guard let order = left.order(right) else { throw .noOverload }
        return .bool(holds(order))
      })
  }

  private static let access = [
    Function(
      index,
      [
        .function(.list(element), .int, returns: element),
        .function(.map(key, value), key, returns: value),
        .function(.optional(.list(element)), .int, returns: .optional(element)),
        .function(.optional(.map(key, value)), key, returns: .optional(value)),
      ],
      .two { container, key, _ throws(EvaluationError) in
        if case .optional(let optional) = container {
          guard let inner = optional.value else { return container }
          return .optional(of: try Access.element(of: inner, at: key))
        }
        if let found = try Access.element(of: container, at: key) { return found }
        throw Access.missing(key, in: container)
      }),
    Function(
      optionalIndex,
      [
        .function(.list(element), .int, returns: .optional(element)),
        .function(.map(key, value), key, returns: .optional(value)),
        .function(.optional(.list(element)), .int, returns: .optional(element)),
        .function(.optional(.map(key, value)), key, returns: .optional(value)),
      ],
      .two { container, key, _ throws(EvaluationError) in
        guard case .optional(let optional) = container else {
          return .optional(of: try Access.element(of: container, at: key))
        }
        guard let inner = optional.value else { return container }
        return .optional(of: try Access.element(of: inner, at: key))
      }),
  ]

  private static let negation = Function(
    not, [.function(.bool, returns: .bool)],
    flat: .instruction(.not),
    .one { value, _ throws(EvaluationError) in
      guard case .bool(let value) = value else { throw .noOverload }
      return .bool(!value)
    })
}
