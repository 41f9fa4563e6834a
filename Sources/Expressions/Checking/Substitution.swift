/// What is known of type variables so far, and how types agree under it.
///
/// The rules are CEL's: `dyn` agrees with everything, a wrapper agrees with its base type and with null,
/// null with timestamps, durations and abstract types, and a variable takes the most general of the types that it meets.
struct Substitution {
  private var bound: [String: CELType] = [:]
  private var count = 0

  /// A variable nobody else has.
  mutating func fresh() -> CELType {
    count += 1
    return .param("%\(count)")
  }

  /// A signature with variables of its own for its type parameters.
  mutating func instantiated(_ signature: Function.Signature) -> Function.Signature {
    var names: [String: CELType] = [:]
    var copy = signature
    copy.parameters = signature.parameters.map { renamed($0, &names) }
    copy.result = renamed(signature.result, &names)
    return copy
  }

  private mutating func renamed(_ type: CELType, _ names: inout [String: CELType]) -> CELType {
    if case .param(let name) = type {
      if let known = names[name] { return known }
      let variable = fresh()
      names[name] = variable
      return variable
    }
    let parameters = type.parameters
    if parameters.isEmpty { return type }
    return type.with(parameters.map { renamed($0, &names) })
  }

  /// The type with every known variable replaced; unknown ones become `dyn` at the end.
  func resolved(_ type: CELType, isFinal: Bool = false) -> CELType {
    if case .param(let name) = type {
      if let known = bound[name] { return resolved(known, isFinal: isFinal) }
      return isFinal ? .dyn : type
    }
    let parameters = type.parameters
    if parameters.isEmpty { return type }
    return type.with(parameters.map { resolved($0, isFinal: isFinal) })
  }

  /// Whether values of each type may stand where the parameters are; keeps what it learns only then.
  mutating func assign(_ types: [CELType], to parameters: [CELType]) -> Bool {
    guard types.count == parameters.count else { return false }
    var trial = self
    for (type, parameter) in zip(types, parameters) {
      guard trial.agree(type, parameter) else { return false }
    }
    self = trial
    return true
  }

  /// The type of a list element or branch that is one or the other; nil when they don't agree.
  mutating func joined(_ first: CELType, _ second: CELType) -> CELType? {
    guard assign([first], to: [second]) else { return nil }
    return Self.general(resolved(first), resolved(second))
  }

  private mutating func agree(_ from: CELType, _ to: CELType) -> Bool {
    if case .param(let name) = to {
      let (isValid, wasBound) = bind(name, from)
      if isValid { return true }
      if wasBound { return false }
    }
    if case .param(let name) = from { return bind(name, to).isValid }
    switch (from, to) {
    case (.dyn, _), (_, .dyn), (.error, _), (_, .error): return true
    case (.nullable(let from), .nullable(let to)): return agree(from, to)
    case (.null, .nullable), (.nullable, .null): return true
    case (.nullable(let from), _): return agree(from, to)
    case (_, .nullable(let to)): return agree(from, to)
    case (.null, let other), (let other, .null): return other == .null || other.takesNull
    case (.type, .type): return true
    default:
      guard Self.sameKind(from, to) else { return false }
      for (from, to) in zip(from.parameters, to.parameters) {
        guard agree(from, to) else { return false }
      }
      return true
    }
  }

  private mutating func bind(
    _ name: String, _ type: CELType
  ) -> (isValid: Bool, wasBound: Bool) {
    if type == .param(name) { return (true, true) }
    if let known = bound[name] {
      if known == type { return (true, true) }
      if known == .null || type == .null {
        bound[name] = Self.general(type, known)
        return (true, true)
      }
      guard agree(type, known) else { return (false, true) }
      let general = Self.general(type, known)
      if !occurs(name, in: general) { bound[name] = general }
      return (true, true)
    }
    guard !occurs(name, in: type) else { return (false, false) }
    bound[name] = type
    return (true, false)
  }

  private func occurs(_ name: String, in type: CELType) -> Bool {
    if case .param(let other) = type {
      return other == name || bound[other].map { occurs(name, in: $0) } ?? false
    }
    return type.parameters.contains { occurs(name, in: $0) }
  }

  private static func sameKind(_ left: CELType, _ right: CELType) -> Bool {
    switch (left, right) {
    case (.list, .list), (.map, .map), (.optional, .optional), (.type, .type): true
    case (.opaque(let left, let first), .opaque(let right, let second)):
      left == right && first.count == second.count
    default: left.parameters.isEmpty && left == right
    }
  }

  /// The type that takes in both of two that agree.
  private static func general(_ first: CELType, _ second: CELType) -> CELType {
    switch (first, second) {
    case (.dyn, _), (_, .dyn): return .dyn
    case (.error, _), (_, .error): return .error
    case (.param, _): return first
    case (_, .param): return second
    case (.null, _): return second.orNull
    case (_, .null): return first.orNull
    case (.nullable, _), (_, .nullable): return general(first.base, second.base).orNull
    default:
      guard sameKind(first, second), !first.parameters.isEmpty else { return second }
      return first.with(zip(first.parameters, second.parameters).map { general($0, $1) })
    }
  }
}
