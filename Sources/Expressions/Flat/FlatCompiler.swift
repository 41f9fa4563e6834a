/// Writes the flat form of a resolved tree, if it has one.
struct FlatCompiler {
  private typealias Operation = FlatExpression.Instruction.Operation

  private var instructions: [FlatExpression.Instruction] = []
  private var constants: [UInt8] = []
  private var mappings: [String] = []
  private var depth = 0
  private var greatestDepth = 0

  /// `nil` when a part of the tree asks for more.
  static func compile(_ tree: ResolvedTree) -> FlatExpression? {
    var compiler = FlatCompiler()
    guard compiler.add(tree) else { return nil }
    return FlatExpression(
      compiler.instructions, constants: compiler.constants, mappings: compiler.mappings,
      depth: compiler.greatestDepth)
  }

  /// Functions of one value that need nothing else.
  private static let simple: [String: Operation] = [
    "string": .string, "text.clean": .clean, "trim": .trim, "lowerAscii": .lower,
    "upperAscii": .upper, "text.digits": .digits, "text.ascii": .ascii, "email.clean": .email,
    "date.valid": .date, "hasValue": .hasValue, Operators.not: .not,
  ]

  // MARK: Trees

  private mutating func add(_ tree: ResolvedTree) -> Bool {
    switch tree.kind {
    case .constant(let value): return add(constant: value)
    case .variable(let slot):
      emit(.column, slot, pushes: 1)
      return true
    case .call(let function, let arguments): return add(function, arguments, tree.type)
    case .conditional(let condition, let yes, let no):
      guard add(condition) else { return false }
      let branch = emit(.branch, pops: 1)
      guard add(yes) else { return false }
      let jump = emit(.jump, pops: 1)
      land(branch)
      guard add(no) else { return false }
      land(jump)
      return true
    case .logical(let isAnd, let terms):
      var exits: [Int] = []
      for term in terms {
        guard add(term) else { return false }
        exits.append(emit(.decide, number: isAnd ? 0 : 1, pops: 1))
      }
      emit(.bool, number: isAnd ? 1 : 0, pushes: 1)
      for exit in exits { land(exit) }
      return true
    default: return false
    }
  }

  private mutating func add(constant: Value) -> Bool {
    switch constant {
    case .null: emit(.null, pushes: 1)
    case .bool(let value): emit(.bool, number: value ? 1 : 0, pushes: 1)
    case .int(let value): emit(.int, number: value, pushes: 1)
    case .string(let text):
      let offset = constants.count
      constants += text.utf8
      emit(.text, constants.count - offset, number: Int64(offset), pushes: 1)
    default: return false
    }
    return true
  }

  private mutating func add(
    _ function: Function, _ arguments: [ResolvedTree], _ type: CELType
  ) -> Bool {
    if case .host = function.body { return add(host: function, arguments) }
    let takesOptional = ["or", "orValue", "hasValue"].contains(function.name)
    guard takesOptional == arguments.contains(where: { $0.type.isOptional }) else { return false }
    // What is refused is for the clear path, and a value is its own optional.
    if function.name == Try.name, arguments.count == 1 {
      return addTried(phone: arguments[0]) || add(arguments[0])
    }
    if function.name == "text.clean", arguments.count == 1,
      case .variable(let slot) = arguments[0].kind
    {
      emit(.cleanColumn, slot, pushes: 1)
      return true
    }
    if let operation = Self.simple[function.name], arguments.count == 1 {
      return add(all: arguments) && done(operation, pops: 1)
    }
    switch (function.name, arguments.count) {
    case (Operators.equal, 2): return add(all: arguments) && done(.equal, pops: 2)
    case (Operators.notEqual, 2):
      return add(all: arguments) && done(.equal, pops: 2) && done(.not, pops: 1)
    case (Operators.add, 2) where type == .string:
      return add(all: arguments) && done(.concatenate, pops: 2)
    case ("or", 2) where arguments.allSatisfy(\.type.isOptional),
      ("orValue", 2) where arguments[0].type.isOptional && !arguments[1].type.isOptional:
      guard add(arguments[0]) else { return false }
      let value = emit(.otherwise, pops: 1)
      guard add(arguments[1]) else { return false }
      land(value)
      return true
    case ("coalesce", 2...):
      return add(all: arguments) && done(.coalesce, pops: arguments.count)
    case ("phone.e164", 2):
      // Another region is an error for the clear path to report.
      guard case .constant(.string(let region)) = arguments[1].kind, ["US", "CA"].contains(region)
      else { return false }
      return add(arguments[0]) && done(.phone, pops: 1)
    case ("text.truncate", 2):
      guard case .constant(.int(let limit)) = arguments[1].kind, (0...65_536).contains(limit)
      else { return false }
      return add(arguments[0]) && done(.truncate, Int(limit), pops: 1)
    case ("text.join", 2):
      guard case .list(let parts) = arguments[0].kind, !parts.contains(where: \.isOptional),
        case .constant(.string) = arguments[1].kind
      else { return false }
      return add(arguments[1]) && add(all: parts.map(\.value))
        && done(.join, parts.count, pops: parts.count + 1)
    default: return false
    }
  }

  /// A telephone number whose refusal is no value: many rows have one that is none, and those are not for the clear path.
  private mutating func addTried(phone tree: ResolvedTree) -> Bool {
    guard case .call(let function, let arguments) = tree.kind, function.name == "phone.e164",
      arguments.count == 2, !arguments[0].type.isOptional,
      case .constant(.string(let region)) = arguments[1].kind, ["US", "CA"].contains(region)
    else { return false }
    return add(arguments[0]) && done(.phone, number: 1, pops: 1)
  }

  private mutating func add(host function: Function, _ arguments: [ResolvedTree]) -> Bool {
    guard function.name == "link", case .constant(.string(let mapping))? = arguments.first?.kind
    else { return false }
    let place = mappings.firstIndex(of: mapping) ?? mappings.count
    if place == mappings.count { mappings.append(mapping) }
    let keys = arguments.dropFirst()
    return add(all: Array(keys)) && done(.link, keys.count, number: Int64(place), pops: keys.count)
  }

  private mutating func add(all trees: [ResolvedTree]) -> Bool {
    for tree in trees where !add(tree) { return false }
    return true
  }

  // MARK: Instructions

  private mutating func done(
    _ operation: Operation, _ operand: Int? = nil, number: Int64 = 0, pops: Int
  ) -> Bool {
    emit(operation, operand ?? pops, number: number, pops: pops, pushes: 1)
    return true
  }

  @discardableResult
  private mutating func emit(
    _ operation: Operation, _ operand: Int = 0, number: Int64 = 0, pops: Int = 0, pushes: Int = 0
  ) -> Int {
    depth += pushes - pops
    greatestDepth = max(greatestDepth, depth + pops)
    instructions.append(
      FlatExpression.Instruction(
        operation: operation, operand: Int32(clamping: operand), number: number))
    return instructions.count - 1
  }

  /// Lets a jump lead to the next instruction.
  private mutating func land(_ jump: Int) {
    instructions[jump].operand = Int32(clamping: instructions.count)
  }
}

extension CELType {
  fileprivate var isOptional: Bool {
    if case .optional = base { true } else { false }
  }
}
