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
        return try document(slot).expressionValue(as: columns[slot].type)
      } catch {
        throw EvaluationError(.invalidArgument, "`\(columns[slot].name)` cannot be read: \(error)")
      }
    }
  }

  /// The JSON of a document or of an array.
  func document(_ slot: Int) throws(JSONError) -> JSON {
    try JSON(parsing: batch.withBytes(row, slot) { Array($0) })
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
    return JSON(number: id) == nil ? nil : .number(WrittenNumber(id))
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
      case .int(let value): KeyEncoding.append(value, to: &bytes)
      case .string(var text):
        text.withUTF8 { KeyEncoding.append(utf8: UnsafeRawBufferPointer($0), to: &bytes) }
      case .bool(let value): KeyEncoding.append(value, to: &bytes)
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
  /// As expressions see a document, or an array of a column of this type.
  fileprivate func expressionValue(as type: ColumnType) throws(UnreadableValue) -> Expressions.Value
  {
    guard case .array(let element) = type, case .array(let elements) = self else {
      return try documentValue()
    }
    var values: [Expressions.Value] = []
    values.reserveCapacity(elements.count)
    for value in elements { values.append(try value.element(of: element)) }
    return .list(values)
  }

  /// An array's element as a column of its type would be.
  private func element(of type: ColumnType) throws(UnreadableValue) -> Expressions.Value {
    switch (type, self) {
    case (_, .null): return .null
    case (.double, .number):
      guard let value = doubleValue else { throw UnreadableValue("a number that is not finite") }
      return .double(value)
    case (.timestamptz, .string(let text)):
      guard let moment = Timestamp(rfc3339: text) else {
        throw UnreadableValue("a moment outside the years 1 to 9999")
      }
      return .timestamp(moment)
    case (.bytes, .string(let text)):
      guard let bytes = [UInt8](hexadecimal: text) else {
        throw UnreadableValue("bytes that are not written in hexadecimal digits")
      }
      return .bytes(bytes)
    default: return try expressionValue(as: type)
    }
  }

  private func documentValue() throws(UnreadableValue) -> Expressions.Value {
    switch self {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .number(let digits): return Self.number(digits)
    case .string(let text): return .string(text)
    case .array(let elements):
      var values: [Expressions.Value] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try element.documentValue()) }
      return .list(values)
    case .object(let members):
      var entries: [(key: Expressions.Value, value: Expressions.Value)] = []
      entries.reserveCapacity(members.count)
      for member in members {
        entries.append((.string(member.name), try member.value.documentValue()))
      }
      do throws(EvaluationError) {
        return .map(try MapValue(entries))
      } catch {
        throw UnreadableValue(error.message)
      }
    }
  }

  /// An int or a double where that is written in the same way again, so that no digit is lost.
  private static func number(_ digits: String) -> Expressions.Value {
    if let whole = Int64(digits), String(whole).utf8.elementsEqual(digits.utf8) {
      return .int(whole)
    }
    let isWhole = JSON.number(digits).intValue != nil
    if !isWhole, let value = Double(digits), "\(value)".utf8.elementsEqual(digits.utf8) {
      return .double(value)
    }
    return .number(WrittenNumber(digits))
  }
}

private struct UnreadableValue: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension [UInt8] {
  /// The bytes that pairs of hexadecimal digits stand for.
  fileprivate init?(hexadecimal text: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in text.utf8 {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
      if let first = high {
        bytes.append(first << 4 | UInt8(value))
        high = nil
      } else {
        high = UInt8(value)
      }
    }
    guard high == nil else { return nil }
    self = bytes
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
