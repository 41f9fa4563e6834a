/// A moment from year 1 to the end of year 9999, in UTC, to the nanosecond.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Seconds since 1970, rounded down.
  public let seconds: Int64
  /// 0 to 999,999,999.
  public let nanoseconds: Int32

  static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Nil outside the years 1 to 9999.
  public init?(seconds: Int64, nanoseconds: Int32 = 0) {
    guard Self.range.contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else {
      return nil
    }
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  init(validSeconds seconds: Int64) {
    self.seconds = seconds
    nanoseconds = 0
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  func advanced(by span: TimeSpan) -> Timestamp? {
    var seconds = self.seconds.addingReportingOverflow(span.seconds)
    var nanoseconds = self.nanoseconds + span.nanoseconds
    if nanoseconds < 0 {
      nanoseconds += 1_000_000_000
      seconds.partialValue &-= 1
    } else if nanoseconds >= 1_000_000_000 {
      nanoseconds -= 1_000_000_000
      seconds.partialValue &+= 1
    }
    guard !seconds.overflow else { return nil }
    return Timestamp(seconds: seconds.partialValue, nanoseconds: nanoseconds)
  }

  /// Nil when the nanoseconds between do not fit 64 bits, which is about 292 years.
  func since(_ other: Timestamp) -> TimeSpan? {
    let product = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (total, overflow) = product.partialValue.addingReportingOverflow(
      Int64(nanoseconds - other.nanoseconds))
    return product.overflow || overflow ? nil : TimeSpan(nanoseconds: total)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 with as many digits as the fraction needs.
  public var description: String {
    let day = CivilDate(seconds: seconds)
    let rest = seconds - day.number * 86_400
    return
      "\(digits(day.year, 4))-\(digits(day.month, 2))-\(digits(day.day, 2))T"
      + "\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2))"
      + "\(fraction(nanoseconds))Z"
  }

  /// Reads RFC 3339 with a date, a time and a zone. Nil for anything else.
  public init?(rfc3339 text: String) {
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2),
      reader.take("-"), let day = reader.digits(2), reader.take("T") || reader.take("t"),
      let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2),
      reader.take(":"), let second = reader.digits(2), let nanoseconds = reader.fraction(),
      let number = CivilDate.number(year: year, month: month, day: day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var offset: Int64 = 0
    if !(reader.take("Z") || reader.take("z")) {
      let sign: Int64
      if reader.take("+") { sign = 1 } else if reader.take("-") { sign = -1 } else { return nil }
      guard let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2),
        hours < 24, minutes < 60
      else { return nil }
      offset = sign * (hours * 3600 + minutes * 60)
    }
    guard reader.isAtEnd else { return nil }
    self.init(
      seconds: number * 86_400 + hour * 3600 + minute * 60 + second - offset,
      nanoseconds: nanoseconds)
  }
}

/// Reads runs of ASCII digits and the marks between them.
struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = text[...].utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == mark.value else { return false }
    rest.removeFirst()
    return true
  }

  mutating func digits(_ count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
      rest.removeFirst()
    }
    return value
  }

  /// Nanoseconds after an optional point; digits beyond the ninth are refused.
  mutating func fraction() -> Int32? {
    guard take(".") else { return 0 }
    var value: Int32 = 0
    var count = 0
    while let byte = rest.first, (0x30...0x39).contains(byte) {
      guard count < 9 else { return nil }
      value = value * 10 + Int32(byte - 0x30)
      count += 1
      rest.removeFirst()
    }
    guard count > 0 else { return nil }
    for _ in count..<9 { value *= 10 }
    return value
  }
}

func digits(_ value: Int64, _ width: Int) -> String {
  let text = String(value)
  return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

/// A point and the digits that a count of nanoseconds needs, or nothing for none.
func fraction(_ nanoseconds: Int32) -> String {
  guard nanoseconds != 0 else { return "" }
  var text = digits(Int64(nanoseconds.magnitude), 9)
  while text.utf8.last == 0x30 { text.removeLast() }
  return "." + text
}
