/// The functions of mappings on bytes in place. Each agrees with the function of the same name in `Functions`, or gives
/// ``FlatValue/unusual`` where that would take more than a look at the bytes.
enum FlatText {
  @inline(__always)
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  /// The first bytes of what is trimmed beyond ASCII: white space, and characters that show nothing.
  @inline(__always)
  private static func mayBeginWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0xC2 || byte &- 0xE1 < 3 || byte == 0xD8 || byte == 0xEF || byte == 0xCD
  }

  // MARK: Trimming

  static func trimmed(_ value: FlatValue) -> FlatValue {
    guard value.kind == .text else { return .unusual }
    let bytes = value.utf8
    var first = 0
    var last = bytes.count
    while first < last, isBlank(bytes[first]) { first += 1 }
    while last > first, isBlank(bytes[last - 1]) { last -= 1 }
    if first < last {
      if mayBeginWhiteSpace(bytes[first]) { return .unusual }
      if bytes[last - 1] >= 0x80 {
        var lead = last - 1
        while lead > first, bytes[lead] & 0xC0 == 0x80 { lead -= 1 }
        if mayBeginWhiteSpace(bytes[lead]) { return .unusual }
      }
    }
    return FlatValue(value.start.map { $0 + first }, last - first)
  }

  /// Null for null and blank text.
  static func clean(_ value: FlatValue) -> FlatValue {
    if value.kind == .null { return value }
    let trimmed = trimmed(value)
    return trimmed.kind == .text && trimmed.count == 0 ? .null : trimmed
  }

  // MARK: Joining

  static func join(
    _ parts: UnsafeBufferPointer<FlatValue>, separator: FlatValue, _ scratch: FlatScratch
  ) -> FlatValue {
    guard separator.kind == .text else { return .unusual }
    var size = 0
    for part in parts { size += Int(part.count + separator.count) + 20 }
    guard let start = scratch.room(size) else { return .unusual }
    var count = 0
    for part in parts {
      if part.kind == .null { continue }
      let text = part.kind == .int ? part : trimmed(part)
      guard text.kind == .int || text.kind == .text else { return .unusual }
      if text.kind == .text, text.count == 0 { continue }
      if count > 0 { copy(separator, start, &count) }
      if text.kind == .int {
        count += FlatScratch.write(text.number, to: start + count)
      } else {
        copy(text, start, &count)
      }
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }

  static func concatenate(
    _ parts: UnsafeBufferPointer<FlatValue>, _ scratch: FlatScratch
  ) -> FlatValue {
    var size = 0
    for part in parts {
      guard part.kind == .text else { return .unusual }
      size += Int(part.count)
    }
    guard let start = scratch.room(size) else { return .unusual }
    var count = 0
    for part in parts { copy(part, start, &count) }
    return scratch.keep(start, count)
  }

  @inline(__always)
  private static func copy(
    _ text: FlatValue, _ start: UnsafeMutablePointer<UInt8>, _ count: inout Int
  ) {
    guard let source = text.start else { return }
    (start + count).update(from: source, count: Int(text.count))
    count += Int(text.count)
  }

  // MARK: Changing

  static func string(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    switch value.kind {
    case .text: value
    case .int: scratch.digits(value.number)
    default: .unusual
    }
  }

  /// In the other case, the letters of ASCII alone; `first` is `A` or `a`.
  static func changed(
    _ value: FlatValue, from first: UInt8, _ scratch: FlatScratch
  ) -> FlatValue {
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    let bytes = value.utf8
    for index in bytes.indices {
      let byte = bytes[index]
      start[index] = byte &- first < 26 ? byte ^ 0x20 : byte
    }
    return scratch.keep(start, bytes.count)
  }

  static func digits(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    var count = 0
    for byte in value.utf8 where isDigit(byte) {
      start[count] = byte
      count += 1
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }

  static func ascii(_ value: FlatValue) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, value.utf8.allSatisfy({ $0 < 0x80 }) else { return .unusual }
    return value
  }

  static func truncated(_ value: FlatValue, _ limit: Int) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text else { return .unusual }
    let bytes = value.utf8
    if bytes.count <= limit { return value }
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return .unusual }
    var count = limit
    while count > 0, isBlank(bytes[count - 1]) { count -= 1 }
    return FlatValue(value.start, count)
  }

  // MARK: Addresses, numbers, dates

  static func email(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    if value.kind == .null { return value }
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    var count = 0
    for byte in value.utf8 {
      if byte >= 0x80 { return .unusual }
      if isBlank(byte) { continue }
      start[count] = byte &- 0x41 < 26 ? byte + 32 : byte
      count += 1
    }
    return count == 0 ? .null : scratch.keep(start, count)
  }

  /// A number of North America, which is what nearly all are; those with `+` are for the clear path.
  ///
  /// `isTried`: what is refused for sure is no value.
  static func phone(_ value: FlatValue, _ scratch: FlatScratch, isTried: Bool) -> FlatValue {
    if value.kind == .null { return value }
    let trimmed = trimmed(value)
    guard trimmed.kind == .text, let start = scratch.room(18) else { return .unusual }
    // `+1` and the digits behind it, or, where they begin with 1, `+` and the digits.
    var count = 2
    for byte in trimmed.utf8 {
      if isDigit(byte) {
        if count == 13 { return .unusual }
        start[count] = byte
        count += 1
        continue
      }
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        continue
      default: return .unusual
      }
    }
    if count == 2 { return trimmed.count == 0 ? .null : .unusual }
    // Too short for any number, with or without a country code.
    if isTried, count < 10 { return .none }
    var first = start
    if count == 13 {
      guard start[2] == UInt8(ascii: "1") else { return .unusual }
      first = start + 1
      count = 12
    }
    // Whatever else is wrong with it, the clear path says.
    guard count == 12, isExchange(first + 2), isExchange(first + 5) else { return .unusual }
    first[0] = UInt8(ascii: "+")
    first[1] = UInt8(ascii: "1")
    _ = scratch.keep(start, 13)
    return FlatValue(first, 12)
  }

  /// Three digits that neither start with 0 or 1 nor end in 11.
  private static func isExchange(_ digits: UnsafeMutablePointer<UInt8>) -> Bool {
    let one = UInt8(ascii: "1")
    return digits[0] > one && (digits[1] != one || digits[2] != one)
  }

  /// `YYYY-MM-DD`, alone or before a whole time of day.
  static func date(_ value: FlatValue) -> FlatValue {
    if value.kind == .null { return value }
    let text = trimmed(value)
    guard text.kind == .text, let bytes = text.start else { return .unusual }
    guard text.count == 10 || (text.count == 19 && isTime(bytes + 10)),
      bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let century = twoDigits(bytes), let years = twoDigits(bytes + 2),
      let month = twoDigits(bytes + 5), let day = twoDigits(bytes + 8)
    else { return .unusual }
    let year = century * 100 + years
    guard year > 0, CivilDate.number(year: year, month: month, day: day) != nil else {
      return .unusual
    }
    let isSentinel =
      (year == 1900 && month == 1 && day == 1) || (year == 2079 && month == 6 && day == 6)
    return isSentinel ? .null : FlatValue(bytes, 10)
  }

  private static func isTime(_ bytes: UnsafePointer<UInt8>) -> Bool {
    guard bytes[0] == UInt8(ascii: "T") || bytes[0] == UInt8(ascii: " "),
      bytes[3] == UInt8(ascii: ":"), bytes[6] == UInt8(ascii: ":"),
      let hour = twoDigits(bytes + 1), let minute = twoDigits(bytes + 4),
      let second = twoDigits(bytes + 7)
    else { return false }
    return hour < 24 && minute < 60 && second < 60
  }

  private static func twoDigits(_ bytes: UnsafePointer<UInt8>) -> Int64? {
    guard isDigit(bytes[0]), isDigit(bytes[1]) else { return nil }
    return Int64(bytes[0] - 0x30) * 10 + Int64(bytes[1] - 0x30)
  }

  // MARK: Comparing

  /// `nil` where it takes more than bytes to tell.
  static func equal(_ left: FlatValue, _ right: FlatValue) -> Bool? {
    if left.kind == .null || right.kind == .null {
      if left.kind == .none || right.kind == .none { return nil }
      return left.kind == right.kind
    }
    guard left.kind == right.kind else { return nil }
    switch left.kind {
    case .bool, .int: return left.number == right.number
    case .text:
      guard left.count == right.count else { return false }
      return left.utf8.elementsEqual(right.utf8)
    default: return nil
    }
  }
}
