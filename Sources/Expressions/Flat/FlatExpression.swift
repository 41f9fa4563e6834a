/// The second, fast form of an expression that only moves, trims, joins, compares and looks up: a row of instructions for
/// the ``FlatMachine``, without closures, strings and reference counts.
///
/// It gives the same value as ``CompiledExpression/evaluate(_:budget:)``, or says that the value is unusual, in which case
/// the caller evaluates. It never fails.
///
/// Unchecked: the memory is written before the initialiser ends and only read from then on.
public final class FlatExpression: @unchecked Sendable {
  struct Instruction {
    enum Operation: UInt8 {
      case column, null, bool, int, text
      case string, clean, cleanColumn, trim, lower, upper, digits, ascii, truncate, email, phone,
        date
      case join, concatenate, coalesce
      case equal, not, branch, jump, decide
      case link, otherwise, hasValue
    }
    let operation: Operation
    /// A slot, a count, a place to go on, or a truth value.
    var operand: Int32 = 0
    /// A number; of text, the offset in the constants.
    var number: Int64 = 0

    /// Whether the next instruction always follows.
    var isStraight: Bool {
      switch operation {
      case .branch, .jump, .decide, .otherwise: false
      default: true
      }
    }
  }

  /// The mappings that it links to; instructions name them by their places here.
  public let mappings: [String]
  let instructions: UnsafeMutableBufferPointer<Instruction>
  let constants: UnsafeMutableBufferPointer<UInt8>
  /// How many values it holds at once, at most.
  let depth: Int

  /// The slot, where the whole is `text.clean` of a column, which half of a payroll's fields are.
  public let cleanedColumn: Int?
  /// Whether its texts are dates, `YYYY-MM-DD`.
  public let givesDates: Bool

  init(_ instructions: [Instruction], constants: [UInt8], mappings: [String], depth: Int) {
    self.mappings = mappings
    self.depth = depth
    cleanedColumn =
      instructions.count == 1 && instructions[0].operation == .cleanColumn
      ? Int(instructions[0].operand) : nil
    // Nothing leads past its last instruction.
    givesDates = instructions.last?.operation == .date && instructions.allSatisfy(\.isStraight)
    self.instructions = .allocate(capacity: instructions.count)
    _ = self.instructions.initialize(from: instructions)
    self.constants = .allocate(capacity: constants.count)
    _ = self.constants.initialize(from: constants)
  }

  deinit {
    instructions.deallocate()
    constants.deallocate()
  }
}
