import Rows

/// Dates and times of day between PostgreSQL's counts and their canonical text.
enum CalendarText {
  /// Days from 1970-01-01 to 2000-01-01, where PostgreSQL starts to count.
  static let epochDays: Int64 = 10_957
  static let microsecondsPerDay: Int64 = 86_400_000_000
  static let epochMicroseconds: Int64 = 946_684_800_000_000

  /// 0001-01-01 to 9999-12-31, in days since 2000-01-01.
  static let days: ClosedRange<Int64> = -730_119...2_921_939

  /// Appends `YYYY-MM-DD` for days since 2000-01-01, or says no outside the years 1 to 9999.
  static func appendDate(_ days: Int64, to text: inout [UInt8]) -> Bool {
    guard Self.days.contains(days) else { return false }
    withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { room in
      guard let start = room.baseAddress else { return }
      _ = writeDate(days, to: start)
      text.append(contentsOf: room)
    }
    return true
  }

  /// Writes the ten bytes of `YYYY-MM-DD` for ``days``, and returns their number.
  static func writeDate(_ days: Int64, to room: UnsafeMutableRawPointer) -> Int {
    let (year, month, day) = CivilDate.civil(days + epochDays)
    func write(_ number: Int64, at offset: Int) {
      let tens = UInt16(truncatingIfNeeded: number / 10)
      let ones = UInt16(truncatingIfNeeded: number % 10)
      let digits = (0x3030 + tens + ones << 8).littleEndian
      room.storeBytes(of: digits, toByteOffset: offset, as: UInt16.self)
    }
    write(year / 100, at: 0)
    write(year % 100, at: 2)
    room.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 4, as: UInt8.self)
    write(month, at: 5)
    room.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 7, as: UInt8.self)
    write(day, at: 8)
    return 10
  }

  /// Appends `HH:MM:SS[.ffffff]`, the fraction without trailing zeros.
  static func appendTime(_ microseconds: Int64, to text: inout [UInt8]) {
    let seconds = microseconds / 1_000_000
    append(seconds / 3600, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(seconds / 60 % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(seconds % 60, digits: 2, to: &text)
    var fraction = microseconds % 1_000_000
    guard fraction != 0 else { return }
    var digits = 6
    while fraction % 10 == 0 {
      fraction /= 10
      digits -= 1
    }
    text.append(UInt8(ascii: "."))
    append(fraction, digits: digits, to: &text)
  }

  /// Appends `YYYY-MM-DDTHH:MM:SS[.ffffff]` for microseconds since 2000-01-01.
  static func appendTimestamp(_ microseconds: Int64, to text: inout [UInt8]) -> Bool {
    var (days, rest) = microseconds.quotientAndRemainder(dividingBy: microsecondsPerDay)
    if rest < 0 {
      days -= 1
      rest += microsecondsPerDay
    }
    guard appendDate(days, to: &text) else { return false }
    text.append(UInt8(ascii: "T"))
    appendTime(rest, to: &text)
    return true
  }

  private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
    var scale: Int64 = 1
    for _ in 1..<digits { scale *= 10 }
    while scale > 0 {
      text.append(UInt8(truncatingIfNeeded: 48 + number / scale % 10))
      scale /= 10
    }
  }

  // MARK: Reading

  /// Days since 2000-01-01 of `YYYY-MM-DD`.
  static func days(_ text: Substring.UTF8View) -> Int64? {
    let parts = Array(text)
    guard parts.count == 10, parts[4] == UInt8(ascii: "-"), parts[7] == UInt8(ascii: "-"),
      let year = number(parts[0..<4]), let month = number(parts[5..<7]),
      let day = number(parts[8..<10]), year >= 1, (1...12).contains(month)
    else { return nil }
    let days = CivilDate.days(year, month, day)
    let (_, sameMonth, sameDay) = CivilDate.civil(days)
    return sameMonth == month && sameDay == day ? days - epochDays : nil
  }

  /// Microseconds of `HH:MM:SS[.ffffff]`.
  static func microseconds(_ text: Substring.UTF8View) -> Int64? {
    let parts = Array(text)
    guard parts.count == 8 || (10...15).contains(parts.count), parts[2] == UInt8(ascii: ":"),
      parts[5] == UInt8(ascii: ":"), let hour = number(parts[0..<2]),
      let minute = number(parts[3..<5]), let second = number(parts[6..<8]),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction: Int64 = 0
    if parts.count > 8 {
      guard parts[8] == UInt8(ascii: "."), let digits = number(parts[9...]) else { return nil }
      fraction = digits
      for _ in parts.count..<15 { fraction *= 10 }
    }
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
  }

  /// Microseconds since 2000-01-01 of `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
  static func timestamp(_ text: String) -> Int64? {
    let text = text.utf8[...]
    guard text.count >= 19 else { return nil }
    let separator = text.index(text.startIndex, offsetBy: 10)
    guard text[separator] == UInt8(ascii: "T") || text[separator] == UInt8(ascii: " "),
      let days = days(text[..<separator]),
      let time = microseconds(text[text.index(after: separator)...])
    else { return nil }
    return days * microsecondsPerDay + time
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var number: Int64 = 0
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      number = number * 10 + Int64(digit - 48)
    }
    return number
  }
}
