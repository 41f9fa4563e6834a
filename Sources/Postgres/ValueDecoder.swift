import Rows

/// Turns binary values of one column into values of a `RowDraft`, straight from libpq's buffer.
struct ValueDecoder {
  /// The kinds that nearly all columns of a payroll have, which are read without a step between.
  enum Usual: UInt8 { case text, padded, int4, date, none }

  let wire: WireType
  let usual: Usual
  private let width: Int

  init(_ wire: WireType) {
    self.wire = wire
    width = wire.width ?? -1
    usual =
      switch wire {
      case .text: .text
      case .paddedText: .padded
      case .int4: .int4
      case .date: .date
      default: .none
      }
  }

  private enum Cell {
    case number(Int64)
    /// Text in place.
    case text(UnsafeRawBufferPointer)
    /// Text that was written to the scratch array.
    case written
    case unreadable(StaticString)
  }

  /// Appends a value that is not NULL, if it is as most are; else says no, and it is for ``append(_:to:scratch:)``.
  @inline(__always)
  static func append(
    _ bytes: UnsafeRawBufferPointer, as usual: Usual, to row: inout RowDraft
  ) -> Bool {
    switch usual {
    case .text: return row.append(ascii: bytes)
    case .padded: return row.append(ascii: withoutPadding(bytes))
    case .int4:
      guard bytes.count == 4 else { return false }
      row.append(Int64(bytes.int32(at: 0)))
      return true
    case .date:
      guard bytes.count == 4 else { return false }
      let days = Int64(bytes.int32(at: 0))
      guard CalendarText.days.contains(days) else { return false }
      row.write(atMost: 10) { CalendarText.writeDate(days, to: $0) }
      return true
    case .none: return false
    }
  }

  /// Appends one value that is not NULL. `scratch` is memory to reuse.
  func append(
    _ bytes: UnsafeRawBufferPointer, to row: inout RowDraft, scratch: inout [UInt8]
  ) {
    scratch.removeAll(keepingCapacity: true)
    switch Self.read(bytes, as: wire, width: width, scratch: &scratch) {
    case .number(let number): row.append(number)
    case .text(let text): row.append(utf8: text)
    // JSON of an array may be longer than what the server sends, which is 1 GiB at most.
    case .written where scratch.count > Int(Int32.max):
      row.appendUnreadable("holds a value of more than 2 GiB")
    case .written: scratch.withUnsafeBytes { row.append(utf8: $0) }
    case .unreadable(let reason): row.appendUnreadable("\(reason)")
    }
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, as wire: WireType, width: Int, scratch: inout [UInt8]
  ) -> Cell {
    guard width < 0 || bytes.count == width else {
      return .unreadable("holds a value of an unexpected length")
    }
    switch wire {
    case .bool: return .number(bytes[0] == 0 ? 0 : 1)
    case .int2: return .number(Int64(bytes.int16(at: 0)))
    case .int4: return .number(Int64(bytes.int32(at: 0)))
    case .oid: return .number(Int64(UInt32(bitPattern: bytes.int32(at: 0))))
    case .int8: return .number(bytes.int64(at: 0))
    case .float4:
      // The shortest digits that name the value, as the server shows it: 0.1, not 0.10000000149.
      let value = Float(bitPattern: UInt32(bitPattern: bytes.int32(at: 0)))
      return .number(Int64(bitPattern: (Double("\(value)") ?? Double(value)).bitPattern))
    case .float8: return .number(bytes.int64(at: 0))
    case .numeric:
      return NumericText.append(bytes, to: &scratch)
        ? .written : .unreadable("holds a number that is not finite")
    case .text, .json: return text(bytes)
    case .paddedText: return text(withoutPadding(bytes))
    case .jsonb:
      guard bytes.first == 1 else { return .unreadable("holds jsonb of an unknown version") }
      return text(UnsafeRawBufferPointer(rebasing: bytes[1...]))
    case .bytes: return .text(bytes)
    case .date: return date(bytes.int32(at: 0), scratch: &scratch)
    case .time:
      CalendarText.appendTime(bytes.int64(at: 0), to: &scratch)
      return .written
    case .timestamp:
      let value = bytes.int64(at: 0)
      guard value != .max, value != .min else { return .unreadable("holds an infinite timestamp") }
      return CalendarText.appendTimestamp(value, to: &scratch)
        ? .written : .unreadable("holds a timestamp outside the years 1 to 9999")
    case .timestamptz: return moment(bytes.int64(at: 0))
    case .uuid:
      appendUUID(bytes, to: &scratch)
      return .written
    case .array(let element): return array(bytes, of: element, scratch: &scratch)
    }
  }

  private static func withoutPadding(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = bytes.count
    while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[..<end])
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> Cell {
    UTF8Check.isValid(bytes)
      ? .text(bytes) : .unreadable("holds text that is not UTF-8 (the database checks no encoding)")
  }

  private static func date(_ days: Int32, scratch: inout [UInt8]) -> Cell {
    switch days {
    case .max: scratch += "infinity".utf8
    case .min: scratch += "-infinity".utf8
    default:
      guard CalendarText.appendDate(Int64(days), to: &scratch) else {
        return .unreadable("holds a date outside the years 1 to 9999")
      }
    }
    return .written
  }

  private static func moment(_ value: Int64) -> Cell {
    let (sum, overflow) = value.addingReportingOverflow(CalendarText.epochMicroseconds)
    guard value != .max, value != .min, !overflow else {
      return .unreadable("holds an infinite or too late moment")
    }
    return .number(sum)
  }

  private static func appendUUID(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(hexDigit(byte >> 4))
      text.append(hexDigit(byte & 15))
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

  // MARK: Arrays

  /// Writes a one-dimensional array as JSON: numbers, booleans and documents bare, moments by RFC 3339, bytes in
  /// hexadecimal digits, all else as strings.
  private static func array(
    _ bytes: UnsafeRawBufferPointer, of element: WireType, scratch: inout [UInt8]
  ) -> Cell {
    guard bytes.count >= 12 else { return .unreadable("holds a broken array") }
    let dimensions = bytes.int32(at: 0)
    guard dimensions <= 1 else { return .unreadable("holds an array of several dimensions") }
    scratch.append(UInt8(ascii: "["))
    var at = 20
    var inner: [UInt8] = []
    for index in 0..<(dimensions == 1 && bytes.count >= 20 ? max(0, bytes.int32(at: 12)) : 0) {
      if index > 0 { scratch.append(UInt8(ascii: ",")) }
      guard at + 4 <= bytes.count else { return .unreadable("holds a broken array") }
      let length = Int(bytes.int32(at: at))
      at += 4
      if length < 0 {
        scratch += "null".utf8
        continue
      }
      guard length <= bytes.count - at else { return .unreadable("holds a broken array") }
      let value = UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])
      at += length
      inner.removeAll(keepingCapacity: true)
      switch read(value, as: element, width: element.width ?? -1, scratch: &inner) {
      case .unreadable(let reason): return .unreadable(reason)
      case .written: inner.withUnsafeBytes { appendString($0, to: &scratch) }
      case .text(let text):
        switch element.columnType {
        case .json: scratch.append(contentsOf: text)
        case .bytes: appendHexadecimal(text, to: &scratch)
        default: appendString(text, to: &scratch)
        }
      case .number(let number):
        switch element.columnType {
        case .timestamptz:
          guard appendMoment(number, to: &scratch) else {
            return .unreadable("holds a moment outside the years 1 to 9999")
          }
        case .bool: scratch += (number == 0 ? "false" : "true").utf8
        case .double:
          let double = Double(bitPattern: UInt64(bitPattern: number))
          guard double.isFinite else { return .unreadable("holds a number that is not finite") }
          scratch += "\(double)".utf8
        default: scratch += "\(number)".utf8
        }
      }
    }
    scratch.append(UInt8(ascii: "]"))
    return .written
  }

  /// Appends a moment, in microseconds since 1970, in quotes and by RFC 3339, or says no outside the years 1 to 9999.
  private static func appendMoment(_ microseconds: Int64, to json: inout [UInt8]) -> Bool {
    let (sum, overflow) = microseconds.subtractingReportingOverflow(CalendarText.epochMicroseconds)
    guard !overflow else { return false }
    json.append(UInt8(ascii: "\""))
    guard CalendarText.appendTimestamp(sum, to: &json) else { return false }
    json += "Z\"".utf8
    return true
  }

  private static func appendHexadecimal(_ bytes: UnsafeRawBufferPointer, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in bytes { json += [hexDigit(byte >> 4), hexDigit(byte & 15)] }
    json.append(UInt8(ascii: "\""))
  }

  private static func appendString(_ text: UnsafeRawBufferPointer, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: json += "\\u00".utf8 + [hexDigit(byte >> 4), hexDigit(byte & 15)]
      default: json.append(byte)
      }
    }
    json.append(UInt8(ascii: "\""))
  }
}
