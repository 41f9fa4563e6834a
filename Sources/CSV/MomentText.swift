import Rows

/// Dates and times as ISO 8601 and RFC 3339 have them, and in the forms in which columns keep them.
enum MomentText {
  private static func digits(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int
  ) -> Int64? {
    guard start + count <= bytes.count else { return nil }
    var number: Int64 = 0
    for at in start..<start + count {
      guard bytes[at] &- 48 < 10 else { return nil }
      number = number * 10 + Int64(bytes[at] &- 48)
    }
    return number
  }

  /// `2026-01-31`.
  static func date(_ bytes: UnsafeRawBufferPointer) -> CivilMoment? {
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = digits(bytes, 0, 4), let month = digits(bytes, 5, 2),
      let day = digits(bytes, 8, 2), CivilDate.isDay(year, month, day)
    else { return nil }
    var moment = CivilMoment()
    (moment.year, moment.month, moment.day) = (year, month, day)
    return moment
  }

  /// `12:30`, `12:30:00` or `12:30:00.25`: the time, and the digits behind its point, without zeros at the end.
  private static func timeOfDay(
    _ bytes: UnsafeRawBufferPointer
  ) -> (moment: CivilMoment, fraction: [UInt8])? {
    var moment = CivilMoment()
    guard bytes.count >= 5, bytes[2] == UInt8(ascii: ":"), let hour = digits(bytes, 0, 2),
      let minute = digits(bytes, 3, 2)
    else { return nil }
    (moment.hour, moment.minute) = (hour, minute)
    var fraction: [UInt8] = []
    if bytes.count > 5 {
      guard bytes[5] == UInt8(ascii: ":"), let second = digits(bytes, 6, 2) else { return nil }
      moment.second = second
      if bytes.count > 8 {
        guard bytes[8] == UInt8(ascii: "."), (10...15).contains(bytes.count),
          digits(bytes, 9, bytes.count - 9) != nil
        else { return nil }
        fraction = Array(bytes[9...])
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
      }
    }
    return moment.isValid ? (moment, fraction) : nil
  }

  /// Writes a time in the form in which columns keep one.
  static func time(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
    guard let (moment, fraction) = timeOfDay(bytes) else { return false }
    append(time: moment, fraction: fraction, to: &text)
    return true
  }

  /// The day and the time of `2026-01-31T12:30:00`, or with a blank between the two.
  private static func dayAndTime(
    _ bytes: UnsafeRawBufferPointer
  ) -> (moment: CivilMoment, fraction: [UInt8])? {
    guard bytes.count > 11, [UInt8(ascii: "T"), UInt8(ascii: "t"), 0x20].contains(bytes[10]),
      let day = date(UnsafeRawBufferPointer(rebasing: bytes[..<10])),
      let (time, fraction) = timeOfDay(UnsafeRawBufferPointer(rebasing: bytes[11...]))
    else { return nil }
    var moment = time
    (moment.year, moment.month, moment.day) = (day.year, day.month, day.day)
    return (moment, fraction)
  }

  /// Writes a timestamp in the form in which columns keep one.
  static func timestamp(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
    guard let (moment, fraction) = dayAndTime(bytes) else { return false }
    append(timestamp: moment, fraction: fraction, to: &text)
    return true
  }

  /// Microseconds since 1970 of a moment by RFC 3339, with `Z` or an offset.
  static func moment(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    guard let last = bytes.last else { return nil }
    var end = bytes.count - 1
    var offset: Int64 = 0
    if last | 0x20 != UInt8(ascii: "z") {
      end = bytes.count - 6
      guard end > 0, bytes[end + 3] == UInt8(ascii: ":"), let hours = digits(bytes, end + 1, 2),
        let minutes = digits(bytes, end + 4, 2), hours < 24, minutes < 60
      else { return nil }
      switch bytes[end] {
      case UInt8(ascii: "+"): offset = hours * 60 + minutes
      case UInt8(ascii: "-"): offset = -(hours * 60 + minutes)
      default: return nil
      }
    }
    guard let (moment, fraction) = dayAndTime(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    else { return nil }
    var micros: Int64 = 0
    for place in 0..<6 {
      micros = micros * 10 + (place < fraction.count ? Int64(fraction[place] &- 48) : 0)
    }
    let days = CivilDate.days(moment.year, moment.month, moment.day)
    let minutes = (days * 24 + moment.hour) * 60 + moment.minute - offset
    return (minutes * 60 + moment.second) * 1_000_000 + micros
  }

  // MARK: Writing

  /// Writes the ten bytes of a date, and returns their number.
  static func write(date moment: CivilMoment, to room: UnsafeMutableRawPointer) -> Int {
    func write(_ number: Int64, at offset: Int) {
      room.storeBytes(
        of: UInt8(truncatingIfNeeded: 48 + number / 10), toByteOffset: offset, as: UInt8.self)
      room.storeBytes(
        of: UInt8(truncatingIfNeeded: 48 + number % 10), toByteOffset: offset + 1, as: UInt8.self)
    }
    write(moment.year / 100, at: 0)
    write(moment.year % 100, at: 2)
    room.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 4, as: UInt8.self)
    write(moment.month, at: 5)
    room.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 7, as: UInt8.self)
    write(moment.day, at: 8)
    return 10
  }

  /// Puts `12:30:00.25` in place of another text.
  static func append(time moment: CivilMoment, fraction: [UInt8], to text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    appendTime(moment, fraction, to: &text)
  }

  /// Puts `2026-01-31T12:30:00.25` in place of another text.
  static func append(
    timestamp moment: CivilMoment, fraction: [UInt8] = [], to text: inout [UInt8]
  ) {
    text.removeAll(keepingCapacity: true)
    withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { room in
      guard let start = room.baseAddress else { return }
      _ = write(date: moment, to: start)
      text.append(contentsOf: room)
    }
    text.append(UInt8(ascii: "T"))
    appendTime(moment, fraction, to: &text)
  }

  private static func appendTime(
    _ moment: CivilMoment, _ fraction: [UInt8], to text: inout [UInt8]
  ) {
    for (index, number) in [moment.hour, moment.minute, moment.second].enumerated() {
      if index > 0 { text.append(UInt8(ascii: ":")) }
      text.append(UInt8(truncatingIfNeeded: 48 + number / 10))
      text.append(UInt8(truncatingIfNeeded: 48 + number % 10))
    }
    guard !fraction.isEmpty else { return }
    text.append(UInt8(ascii: "."))
    text += fraction
  }

  /// Puts a UUID, in small letters, in place of another text.
  static func uuid(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
    text.removeAll(keepingCapacity: true)
    guard bytes.count == 36 else { return false }
    for (at, byte) in bytes.enumerated() {
      if [8, 13, 18, 23].contains(at) {
        guard byte == UInt8(ascii: "-") else { return false }
        text.append(byte)
      } else if byte &- 48 < 10 {
        text.append(byte)
      } else {
        let lower = byte | 0x20
        guard (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lower) else { return false }
        text.append(lower)
      }
    }
    return true
  }
}
