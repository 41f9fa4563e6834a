/// Writes the flat form of a resolved tree, if it has one.
struct FlatCompiler {
  typealias Operation = FlatExpression.Instruction.Operation

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

  // MARK: Trees

  mutating func add(_ tree: ResolvedTree) -> Bool {
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
    guard let flat = function.flat,
      flat.takesOptional == arguments.contains(where: { $0.type.base.isOptional })
    else { return false }
    return flat.add(&self, arguments, type)
  }

  /// The argument of `try`, whose value is its own optional.
  mutating func add(tried tree: ResolvedTree) -> Bool {
    if case .call(let function, let arguments) = tree.kind, let addTried = function.flat?.addTried,
      !arguments.contains(where: { $0.type.base.isOptional })
    {
      return addTried(&self, arguments, tree.type) || add(tree)
    }
    return add(tree)
  }

  /// The place of a mapping in the expression's list.
  mutating func place(of mapping: String) -> Int {
    if let place = mappings.firstIndex(of: mapping) { return place }
    mappings.append(mapping)
    return mappings.count - 1
  }

  mutating func add(all trees: [ResolvedTree]) -> Bool {
    for tree in trees where !add(tree) { return false }
    return true
  }

  // MARK: Instructions

  mutating func done(
    _ operation: Operation, _ operand: Int? = nil, number: Int64 = 0, pops: Int
  ) -> Bool {
    emit(operation, operand ?? pops, number: number, pops: pops, pushes: 1)
    return true
  }

  @discardableResult
  mutating func emit(
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
  mutating func land(_ jump: Int) {
    instructions[jump].operand = Int32(clamping: instructions.count)
  }
}
