// What tests prove not to be null, and where null would make a strict operation fail.

extension Checker {
  mutating func proving<Result>(
    _ references: Set<Reference>, _ body: (inout Checker) -> Result
  ) -> Result {
    let outer = proven
    proven.formUnion(references)
    defer { proven = outer }
    return body(&self)
  }

  /// What cannot be null when a condition is true, or when it is false.
  func notNull(in condition: ResolvedTree, when outcome: Bool) -> Set<Reference> {
    switch condition.kind {
    case .call(let function, let arguments) where function.name == Operators.not:
      return notNull(in: arguments[0], when: !outcome)
    case .call(let function, let arguments)
    where function.name == Operators.equal || function.name == Operators.notEqual:
      let isEquality = function.name == Operators.equal
      return notNull(comparing: arguments, areEqual: isEquality == outcome)
    case .call(let function, let arguments) where function.name == Operators.in && outcome:
      // Null is in no map; it can be an element of a list.
      if case .map = final(arguments[1].type) {
        return references(provedBy: arguments[0])
      }
      return []
    case .logical(let isAnd, let terms):
      let sets = terms.map { notNull(in: $0, when: outcome) }
      if isAnd == outcome { return sets.reduce(into: []) { $0.formUnion($1) } }
      return sets.dropFirst().reduce(sets.first ?? []) { $0.intersection($1) }
    default: return []
    }
  }

  private func notNull(comparing operands: [ResolvedTree], areEqual: Bool) -> Set<Reference> {
    for (operand, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
      let known = references(provedBy: operand)
      if known.isEmpty { continue }
      if case .constant(let value) = other.kind {
        if value.isNull != areEqual { return known }
      } else if areEqual, !final(other.provenType).mayBeNull {
        return known
      }
    }
    return []
  }

  /// What cannot be null where a value is not: itself, and what a function that passes null on was given.
  private func references(provedBy value: ResolvedTree) -> Set<Reference> {
    guard let reference = Reference(value) else { return [] }
    guard case .call(let function, let arguments) = value.kind,
      Self.passingNull.contains(function.name), let first = arguments.first
    else { return [reference] }
    return references(provedBy: first).union([reference])
  }

  /// Functions that make null of null.
  private static let passingNull: Set<String> = [
    "dyn", "text.clean", "text.digits", "text.truncate", "text.limit", "text.ascii", "email.clean",
    "phone.e164", "vin.valid", "date.valid",
  ]

  /// Notes a comparison with null of what is never null: legal, and always the same. A test around it may have told.
  mutating func noteVainTest(_ function: Function, _ arguments: [ResolvedTree]) {
    guard isChecking, arguments.count == 2 else { return }
    for (operand, other) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
      guard case .constant(.null) = other.kind else { continue }
      switch substitution.resolved(operand.type) {
      case .null, .nullable, .dyn, .error, .param: continue
      default: break
      }
      let subject = name(of: operand).map { "`\($0)`" } ?? "this \(final(operand.type))"
      remarks.append(
        Issue(
          range: operand.range, kind: .neverNull,
          message: "\(subject) is never null, so the test is always "
            + (function.name == Operators.equal ? "false" : "true"),
          help: "leave the test out"))
      return
    }
  }

  /// Notes a nullable argument where the signature wants a value.
  mutating func noteRisk(
    _ argument: ResolvedTree, _ type: CELType, _ parameter: CELType, _ function: Function,
    _ index: Int
  ) {
    let isKey = function.name == Operators.index && index == 1
    guard Self.losesNull(type, isKey ? .int : parameter) else { return }
    risk(argument, "`\(Operators.shown(function.name))` fails on null", of: function)
  }

  /// Whether a type's null has no place in a parameter.
  static func losesNull(_ type: CELType, _ parameter: CELType) -> Bool {
    guard type == .null || type.base != type else { return false }
    return switch parameter {
    case .nullable, .dyn, .param, .null: false
    default: true
    }
  }

  /// `function`: what the operand is given to, which decides what can stand in for null.
  mutating func risk(_ operand: ResolvedTree, _ reason: String, of function: Function? = nil) {
    guard isChecking else { return }
    let name = name(of: operand)
    let subject = name.map { "`\($0)`" } ?? "this \(final(operand.type).base)"
    let shown = name ?? "…"
    var help = "test it: `\(shown) == null ? … : …`"
    if function?.name == "trim" {
      help = "`text.clean(\(shown))` trims too and passes null on; or \(help)"
    } else if final(operand.type).base == .string, !Self.reads(function) {
      help = "give a text for null: `coalesce(\(shown), \"\")`; or \(help)"
    } else if function != nil, Self.reads(function) {
      help = "let null through: `\(shown) == null ? null : dyn(\(function?.name ?? "")(\(shown)))`"
    }
    nullRisks.append(
      Issue(
        range: operand.range, kind: .nullable, message: "\(subject) may be null, and \(reason)",
        help: help))
  }

  /// Whether a function makes another type of a text, which an empty text never is.
  private static func reads(_ function: Function?) -> Bool {
    guard let name = function?.name else { return false }
    return ["int", "uint", "double", "bool", "timestamp", "duration", "bytes"].contains(name)
  }

  private func name(of operand: ResolvedTree) -> String? {
    switch operand.kind {
    case .variable(let slot): environment.variables[slot].name
    case .local(let local): locals.indices.contains(local) ? locals[local].name : nil
    default: nil
    }
  }
}
