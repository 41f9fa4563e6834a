import Rows

/// Makes values of one column of the bytes of a file.
final class ValueReader {
  private enum Kind {
    case text, int, decimal, double, bool, date, timestamp, timestamptz, time, uuid
  }

  /// The kinds that nearly all columns have, which are read without a step between.
  enum Usual: UInt8 { case text, int, date, none }

  let usual: Usual
  private let kind: Kind
  private let column: Column
  private let empty: CSVFormat.Empty
  private let pattern: MomentPattern?
  private let yes: [UInt8]?
  private let no: [UInt8]
  private let numbers: CSVNumberFormat
  private let largest: Int
  private let values: Set<String>?

  /// `nil` where no file can hold such values.
  init?(_ declared: CSVColumn, _ numbers: CSVNumberFormat, largest: Int) {
    switch declared.column.type {
    case .text: kind = .text
    case .int: kind = .int
    case .decimal: kind = .decimal
    case .double: kind = .double
    case .bool: kind = .bool
    case .date: kind = .date
    case .timestamp: kind = .timestamp
    case .timestamptz: kind = .timestamptz
    case .time: kind = .time
    case .uuid: kind = .uuid
    case .json, .bytes, .array: return nil
    }
    column = declared.column
    empty = declared.empty
    pattern = declared.pattern
    yes = declared.words.map { Array($0.yes.utf8) }
    no = declared.words.map { Array($0.no.utf8) } ?? []
    self.numbers = numbers
    self.largest = largest
    usual =
      switch kind {
      case .text where declared.column.maxLength == nil && declared.column.values == nil: .text
      case .int where numbers.thousands == nil: .int
      case .date where declared.pattern == nil: .date
      default: .none
      }
    values = declared.column.values.map(Set.init)
  }

  /// Appends a value that is not empty, if it is as most are; else says no, and it is for ``append(_:isQuoted:to:scratch:)``.
  @inline(__always)
  static func append(
    _ bytes: UnsafeRawBufferPointer, as usual: Usual, to row: inout RowDraft
  ) -> Bool {
    switch usual {
    case .text:
      if !row.append(ascii: bytes) { row.append(utf8: bytes) }
      return true
    case .int:
      guard bytes.count <= 18 else { return false }
      var value: Int64 = 0
      for byte in bytes {
        guard byte &- 48 < 10 else { return false }
        value = value &* 10 &+ Int64(byte &- 48)
      }
      row.append(value)
      return true
    case .date:
      guard let moment = MomentText.date(bytes) else { return false }
      row.write(atMost: 10) { MomentText.write(date: moment, to: $0) }
      return true
    case .none: return false
    }
  }

  /// Appends a value; else says what it is not, as words behind the column's name, and appends nothing.
  func append(
    _ bytes: UnsafeRawBufferPointer, isQuoted: Bool, to row: inout RowDraft,
    scratch: inout [UInt8]
  ) -> String? {
    if bytes.count == 0 { return appendEmpty(isQuoted, to: &row) }
    if bytes.count > largest {
      return "holds \(bytes.count) bytes; at most \(largest) are read (`max_value`)"
    }
    if kind == .text {
      if column.maxLength == nil, values == nil {
        row.append(utf8: bytes)
        return nil
      }
      return appendBounded(bytes, to: &row)
    }
    return appendTyped(Self.trimmed(bytes), isQuoted, to: &row, scratch: &scratch)
  }

  private func appendEmpty(_ isQuoted: Bool, to row: inout RowDraft) -> String? {
    if kind == .text, empty == .text || (empty == .quotedText && isQuoted) {
      return appendBounded(UnsafeRawBufferPointer(start: nil, count: 0), to: &row)
    }
    if column.nullable == false { return "is empty, and is declared `required`" }
    row.appendNull()
    return nil
  }

  private func appendBounded(
    _ bytes: UnsafeRawBufferPointer, to row: inout RowDraft
  ) -> String? {
    if let longest = column.maxLength, bytes.count > longest {
      let count = bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
      if count > longest { return "holds \(count) characters; at most \(longest) are declared" }
    }
    if let values, !values.contains(String(decoding: bytes, as: UTF8.self)) {
      return "holds none of the values that are declared"
    }
    row.append(utf8: bytes)
    return nil
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var (start, end) = (0, bytes.count)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  private func appendTyped(
    _ bytes: UnsafeRawBufferPointer, _ isQuoted: Bool, to row: inout RowDraft,
    scratch: inout [UInt8]
  ) -> String? {
    if bytes.count == 0 { return appendEmpty(isQuoted, to: &row) }
    switch kind {
    case .text: row.append(utf8: bytes)
    case .int:
      guard let value = NumberText.int(bytes, numbers) else {
        return "holds no whole number of 64 bits"
      }
      row.append(value)
    case .decimal:
      guard let digits = NumberText.decimal(bytes, numbers, into: &scratch) else {
        return "holds no number"
      }
      if let declared = column.digits,
        digits.whole > max(0, declared.precision - declared.scale)
          || digits.fraction > max(0, declared.scale)
      {
        return "holds more digits than `\(column.declared)` has"
      }
      scratch.withUnsafeBytes { row.append(utf8: $0) }
    case .double:
      guard NumberText.double(bytes, numbers, into: &scratch),
        let value = Double(String(decoding: scratch, as: UTF8.self)), value.isFinite
      else { return "holds no number of 64 bits" }
      row.append(Int64(bitPattern: value.bitPattern))
    case .bool:
      guard let value = bool(bytes) else {
        return yes == nil ? "holds neither `true` nor `false`" : "holds neither of its two words"
      }
      row.append(value ? 1 : 0)
    case .date, .time, .timestamp, .timestamptz:
      return appendMoment(bytes, to: &row, scratch: &scratch)
    case .uuid:
      guard MomentText.uuid(bytes, into: &scratch) else { return "holds no UUID" }
      scratch.withUnsafeBytes { row.append(utf8: $0) }
    }
    return nil
  }

  private func appendMoment(
    _ bytes: UnsafeRawBufferPointer, to row: inout RowDraft, scratch: inout [UInt8]
  ) -> String? {
    let form = pattern.map { "of the form `\($0.text)`" }
    switch kind {
    case .timestamptz:
      guard let moment = MomentText.moment(bytes) else {
        return "holds no moment such as `2026-01-31T12:00:00Z`"
      }
      row.append(moment)
      return nil
    case .date:
      guard let moment = pattern.map({ $0.read(bytes) }) ?? MomentText.date(bytes) else {
        return "holds no date \(form ?? "such as `2026-01-31`")"
      }
      row.write(atMost: 10) { MomentText.write(date: moment, to: $0) }
      return nil
    case .time:
      if let pattern {
        guard let moment = pattern.read(bytes) else { return "holds no time \(form ?? "")" }
        MomentText.append(time: moment, fraction: [], to: &scratch)
      } else if !MomentText.time(bytes, into: &scratch) {
        return "holds no time such as `12:30:00`"
      }
    default:
      if let pattern {
        guard let moment = pattern.read(bytes) else {
          return "holds no timestamp \(form ?? "")"
        }
        MomentText.append(timestamp: moment, to: &scratch)
      } else if !MomentText.timestamp(bytes, into: &scratch) {
        return "holds no timestamp such as `2026-01-31T12:30:00`"
      }
    }
    scratch.withUnsafeBytes { row.append(utf8: $0) }
    return nil
  }

  private func bool(_ bytes: UnsafeRawBufferPointer) -> Bool? {
    if let yes {
      if bytes.elementsEqual(yes) { return true }
      return bytes.elementsEqual(no) ? false : nil
    }
    let lower = bytes.lazy.map { $0 | 0x20 }
    if lower.elementsEqual("true".utf8) { return true }
    return lower.elementsEqual("false".utf8) ? false : nil
  }
}
