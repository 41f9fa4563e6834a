import Expressions
import JSON
import Programs
import Rows

/// The row that expressions see, its slots read on demand.
final class RowActivation: Activation {
  private let columns: [Column]
  private let parameters: [Value]
  private let resolve: (String, Key) -> LinkAnswer
  /// Mappings whose target ids are integers.
  private let integerIDs: Set<String>

  var batch: RowBatch
  var row = 0
  /// References of the present field that lead nowhere yet.
  private(set) var missing: [MissingLink] = []
  /// Whether the present field holds an id that a plan cannot know.
  private(set) var sawPending = false

  init(
    program: MappingProgram, integerIDs: Set<String>, resolve: @escaping (String, Key) -> LinkAnswer
  ) {
    columns = program.columns
    parameters = program.parameters.map { $0.value?.expressionValue ?? .null }
    self.resolve = resolve
    self.integerIDs = integerIDs
    batch = RowBatch(columns: program.columns)
  }

  func beginField() {
    missing.removeAll(keepingCapacity: true)
    sawPending = false
  }

  func value(slot: Int) throws(EvaluationError) -> Value {
    guard slot < columns.count else { return parameters[slot - columns.count] }
    switch batch.kind(row, slot) {
    case .null: return .null
    case .unreadable:
      throw EvaluationError(.invalidArgument, "`\(columns[slot].name)` \(batch.text(row, slot))")
    case .number, .bytes: break
    }
    switch columns[slot].type {
    case .bool: return .bool(batch.bool(row, slot))
    case .int: return .int(batch.int(row, slot))
    case .double: return .double(batch.double(row, slot))
    case .decimal, .text, .date, .timestamp, .time, .uuid: return .string(batch.text(row, slot))
    case .timestamptz: return try timestamp(batch.int(row, slot), columns[slot].name)
    case .bytes: return .bytes(batch.withBytes(row, slot) { Array($0) })
    case .json, .array:
      do {
        return try batch.withBytes(row, slot) { try JSON(parsing: $0) }.expressionValue
      } catch {
        throw EvaluationError(.invalidArgument, "`\(columns[slot].name)` cannot be read: \(error)")
      }
    }
  }

  private func timestamp(_ microseconds: Int64, _ name: String) throws(EvaluationError) -> Value {
    let (seconds, rest) = microseconds.flooredDivision(by: 1_000_000)
    guard let timestamp = Timestamp(seconds: seconds, nanoseconds: Int32(rest * 1000)) else {
      throw EvaluationError(.invalidArgument, "`\(name)` lies outside the years 1 to 9999")
    }
    return .timestamp(timestamp)
  }

  /// An id as a number that is written in the same digits; `nil` for any other.
  private static func number(_ id: String) -> Value? {
    if let number = Int64(id), String(number).hasSameBytes(as: id) { return .int(number) }
    if let number = UInt64(id), String(number).hasSameBytes(as: id) { return .uint(number) }
    return nil
  }

  /// `link(mapping, key…)`: the target's id, as an optional. A key with a null in it refers to nothing.
  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    guard function == "link", case .string(let mapping)? = arguments.first else {
      throw EvaluationError(.invalidArgument, "`\(function)` cannot be called here")
    }
    var bytes: [UInt8] = []
    for argument in arguments.dropFirst() {
      switch argument {
      case .null: return .optional(OptionalValue(nil))
      case .int(let value): Key.append(value, to: &bytes)
      case .string(var text):
        text.withUTF8 { Key.append(utf8: UnsafeRawBufferPointer($0), to: &bytes) }
      case .bool(let value): Key.append(.bool(value), to: &bytes)
      default:
        throw EvaluationError(
          .invalidArgument, "a key of `link` cannot be \(argument.typeName): use text or an integer"
        )
      }
    }
    let key = Key(bytes: bytes)
    switch resolve(mapping, key) {
    case .id(let id):
      let value = integerIDs.contains(mapping) ? Self.number(id) : nil
      return .optional(OptionalValue(value ?? .string(id)))
    case .pending:
      sawPending = true
      return .optional(OptionalValue(.string("(new: \(mapping) \(key))")))
    case .missing:
      missing.append(MissingLink(mapping: mapping, key: key))
      return .optional(OptionalValue(nil))
    }
  }
}

extension BoundParameter.Bound {
  var expressionValue: Value {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .text(let value): .string(value)
    case .intList(let values): .list(values.map { .int($0) })
    case .textList(let values): .list(values.map { .string($0) })
    }
  }
}

extension JSON {
  /// As expressions see it. An object that holds a name twice, which the reader refuses, would be null.
  var expressionValue: Expressions.Value {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number: intValue.map { .int($0) } ?? .double(doubleValue ?? .nan)
    case .string(let text): .string(text)
    case .array(let elements): .list(elements.map(\.expressionValue))
    case .object(let members):
      (try? MapValue(members.map { (key: .string($0.name), value: $0.value.expressionValue) }))
        .map { .map($0) } ?? .null
    }
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
