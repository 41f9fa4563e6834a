/// `date.valid(v)`.
enum DateFunctions {
  static let valid = Function(
    "date.valid",
    [
      .function(.nullable(.string), returns: .nullable(.string)),
      .function(.nullable(.timestamp), returns: .nullable(.string)),
    ],
    documentation: """
      The date part, `YYYY-MM-DD`, of a date, a date and time, or a timestamp. Null for null, for \
      blank text, and for the values that stand for "none" in databases: 1900-01-01, 2079-06-06 \
      (the ends of SQL Server's smalldatetime) and infinity. A day that does not exist, and any \
      other text, is refused.
      """,
    examples: [
      Function.Example("date.valid(\"2024-02-29\")", gives: "\"2024-02-29\""),
      Function.Example("date.valid(\"2024-02-29T13:45:00\")", gives: "\"2024-02-29\""),
      Function.Example("date.valid(\"1900-01-01\")", gives: "null"),
      Function.Example("try(date.valid(\"2023-02-29\")).orValue(\"none\")", gives: "\"none\""),
      Function.Example("date.valid(null)", gives: "null"),
    ],
    flat: .instruction(.date),
    .one { value, _ throws(EvaluationError) in
      if case .string(let text) = value, endless.contains(text.cleaned) { return .null }
      guard let time = try CivilTime(value) else { return .null }
      let date = time.date
      return sentinels.contains(date) ? .null : .string(date)
    })

  private static let sentinels = ["1900-01-01", "2079-06-06"]
  private static let endless = ["infinity", "-infinity"]
}

/// A date with a time of day, in no particular zone, as databases write it.
struct CivilTime {
  let year: Int64
  let month: Int64
  let day: Int64
  let hour: Int64
  let minute: Int64
  let second: Int64

  private init(day: CivilDate, second: Int64) {
    year = day.year
    month = day.month
    self.day = day.day
    hour = second / 3600
    minute = second / 60 % 60
    self.second = second % 60
  }

  /// Nil for null and for blank text; text that is not a date is refused, and any other type is an error.
  init?(_ value: Value) throws(EvaluationError) {
    if case .timestamp(let moment) = value {
      let local = LocalTime(moment, offset: 0)
      self.init(day: local.day, second: local.secondOfDay)
      return
    }
    guard let text = try value.textOrNull()?.cleaned, !text.isEmpty else { return nil }
    guard let time = CivilTime(text: text) else {
      throw .refused(
        text, "is not a date: YYYY-MM-DD of a day that exists, perhaps with a time behind it")
    }
    self = time
  }

  /// Reads `YYYY-MM-DD`, then perhaps `T` or a blank and `HH:MM:SS` with a fraction and `Z`.
  init?(text: String) {
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2),
      reader.take("-"), let day = reader.digits(2),
      let number = CivilDate.number(year: year, month: month, day: day), year > 0
    else { return nil }
    let date = CivilDate(seconds: number * 86_400)
    if reader.isAtEnd {
      self.init(day: date, second: 0)
      return
    }
    guard reader.take("T") || reader.take(" "), let hour = reader.digits(2), reader.take(":"),
      let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
      reader.fraction() != nil, hour < 24, minute < 60, second < 60
    else { return nil }
    _ = reader.take("Z")
    guard reader.isAtEnd else { return nil }
    self.init(day: date, second: hour * 3600 + minute * 60 + second)
  }

  var date: String { "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))" }
}

extension FlatText {
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
}
