/// What a ``FlatMachine`` asks of its host: the target's id of a linked record, as `link` gives it.
public protocol FlatLinks: AnyObject {
  /// `.int` or `.text` for an id, `.none` for a key with a null in it, `.unusual` for everything else, and `.none`, too, for a key that is not
  /// there: the host knows which. `mapping` is a place in the expression's list.
  func id(
    mapping: Int, of expression: FlatExpression, keys: UnsafeBufferPointer<FlatValue>,
    scratch: FlatScratch
  ) -> FlatValue
}

/// Memory for the texts of one evaluation, and no more than that.
public final class FlatScratch {
  static let size = 1 << 16
  private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: FlatScratch.size)
  private var used = 0

  public init() {}

  deinit { bytes.deallocate() }

  @inline(__always)
  func clear() { used = 0 }

  /// Room for so many bytes, of which the caller keeps what it writes; `nil` when it is used up.
  @inline(__always)
  public func room(_ count: Int) -> UnsafeMutablePointer<UInt8>? {
    count <= Self.size - used ? bytes + used : nil
  }

  @inline(__always)
  public func keep(_ start: UnsafeMutablePointer<UInt8>, _ count: Int) -> FlatValue {
    used += count
    return FlatValue(start, count)
  }

  /// The number in digits.
  func digits(_ value: Int64) -> FlatValue {
    guard let start = room(20) else { return .unusual }
    return keep(start, Self.write(value, to: start))
  }

  /// Writes a number in at most 20 digits, and says in how many.
  static func write(_ value: Int64, to start: UnsafeMutablePointer<UInt8>) -> Int {
    var magnitude = value.magnitude
    var count = value < 0 ? 2 : 1
    var rest = magnitude
    while rest > 9 {
      rest /= 10
      count += 1
    }
    var place = count
    repeat {
      place -= 1
      start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
      magnitude /= 10
    } while magnitude > 0
    if value < 0 { start[0] = UInt8(ascii: "-") }
    return count
  }
}

/// Evaluates flat expressions over one row at a time. One task uses it.
public final class FlatMachine {
  /// The row's values by slot; the caller fills them in before it evaluates.
  public let columns: UnsafeMutableBufferPointer<FlatValue>
  private let links: any FlatLinks
  private let scratch = FlatScratch()
  private var stack: UnsafeMutableBufferPointer<FlatValue>

  public init(columns count: Int, links: any FlatLinks) {
    self.links = links
    columns = .allocate(capacity: count)
    columns.initialize(repeating: .unusual)
    stack = .allocate(capacity: 16)
  }

  deinit {
    columns.deallocate()
    stack.deallocate()
  }

  /// `text.clean` of a column, without an expression.
  @inline(__always)
  public func cleaned(column: Int) -> FlatValue { FlatText.clean(columns[column]) }

  /// The expression's value, good until the next call, or an unusual one.
  public func evaluate(_ expression: FlatExpression) -> FlatValue {
    if expression.depth > stack.count {
      stack.deallocate()
      stack = .allocate(capacity: expression.depth)
    }
    scratch.clear()
    guard let base = stack.baseAddress else { return .unusual }
    // The value at the top is `top[-1]`.
    var top = base
    let instructions = expression.instructions
    var next = 0
    while next < instructions.count {
      let instruction = instructions[next]
      next += 1
      switch instruction.operation {
      case .column:
        top.pointee = columns[Int(instruction.operand)]
        top += 1
      case .null:
        top.pointee = .null
        top += 1
      case .bool:
        top.pointee = .bool(instruction.number != 0)
        top += 1
      case .int:
        top.pointee = .int(instruction.number)
        top += 1
      case .text:
        top.pointee = FlatValue(
          expression.constants.baseAddress.map { UnsafePointer($0 + Int(instruction.number)) },
          Int(instruction.operand))
        top += 1
      case .branch:
        top -= 1
        guard top.pointee.kind == .bool else { return .unusual }
        if !top.pointee.isTrue { next = Int(instruction.operand) }
      case .jump: next = Int(instruction.operand)
      case .decide:
        guard top[-1].kind == .bool else { return .unusual }
        if top[-1].number == instruction.number {
          next = Int(instruction.operand)
        } else {
          top -= 1
        }
      case .equal:
        top -= 1
        guard let isEqual = FlatText.equal(top[-1], top[0]) else { return .unusual }
        top[-1] = .bool(isEqual)
      case .not:
        guard top[-1].kind == .bool else { return .unusual }
        top[-1] = .bool(!top[-1].isTrue)
      case .coalesce:
        let count = Int(instruction.operand)
        top -= count
        var chosen = top[count - 1]
        for place in 0..<count where top[place].kind != .null {
          chosen = top[place]
          break
        }
        top.pointee = chosen
        top += 1
      case .otherwise:
        if top[-1].kind == .none { top -= 1 } else { next = Int(instruction.operand) }
      case .hasValue: top[-1] = .bool(top[-1].kind != .none)
      case .link:
        let count = Int(instruction.operand)
        top -= count
        top.pointee = links.id(
          mapping: Int(instruction.number), of: expression,
          keys: UnsafeBufferPointer(start: top, count: count), scratch: scratch)
        top += 1
      case .join, .concatenate:
        let count = Int(instruction.operand)
        if instruction.operation == .join {
          top -= count + 1
          top.pointee = FlatText.join(
            UnsafeBufferPointer(start: top + 1, count: count), separator: top[0], scratch)
        } else {
          top -= count
          top.pointee = FlatText.concatenate(
            UnsafeBufferPointer(start: top, count: count), scratch)
        }
        top += 1
      case .string: top[-1] = FlatText.string(top[-1], scratch)
      case .clean: top[-1] = FlatText.clean(top[-1])
      case .cleanColumn:
        top.pointee = FlatText.clean(columns[Int(instruction.operand)])
        top += 1
      case .trim: top[-1] = FlatText.trimmed(top[-1])
      case .lower: top[-1] = FlatText.changed(top[-1], from: UInt8(ascii: "A"), scratch)
      case .upper: top[-1] = FlatText.changed(top[-1], from: UInt8(ascii: "a"), scratch)
      case .digits: top[-1] = FlatText.digits(top[-1], scratch)
      case .ascii: top[-1] = FlatText.ascii(top[-1])
      case .truncate: top[-1] = FlatText.truncated(top[-1], Int(instruction.operand))
      case .email: top[-1] = FlatText.email(top[-1], scratch)
      case .phone:
        top[-1] = FlatText.phone(top[-1], scratch, isTried: instruction.number != 0)
      case .date: top[-1] = FlatText.date(top[-1])
      }
      // Whatever an operation makes of it, the whole is for the slow path.
      if top > base, top[-1].kind == .unusual { return .unusual }
    }
    return base.pointee
  }
}
