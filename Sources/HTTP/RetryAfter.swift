import Foundation

/// Reads the header field that says how long to wait before another request.
public enum RetryAfter {
  /// The wait that a value demands: whole seconds, decimal seconds, or a date in one of the three forms of RFC 9110.
  ///
  /// A date that has passed is a wait of zero. Nil when the value is negative or none of these.
  ///
  /// - Parameters:
  ///   - serverDate: The answer's `Date`. A date is read by the server's own clock where it shows one, since the two may
  ///     differ by hours.
  ///   - now: The time here.
  public static func parse(
    _ headerValue: String, serverDate: String? = nil, now: Date
  ) -> Duration? {
    let text = trimmed(headerValue)
    if let seconds = seconds(text) { return seconds }
    guard let moment = date(text, now: now) else { return nil }
    let start = serverDate.flatMap { date(trimmed($0), now: now) }
    let wait = Double(moment) - (start.map(Double.init) ?? now.timeIntervalSince1970)
    return wait <= 0 ? .zero : .milliseconds(Int64((wait * 1000).rounded(.up)))
  }

  private static func trimmed(_ text: String) -> Substring {
    text.trimming { $0 == " " || $0 == "\t" }
  }

  private static func seconds(_ text: Substring) -> Duration? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = number(parts[0], digits: 1...12) else { return nil }
    guard parts.count == 2 else { return .seconds(whole) }
    guard parts[1].allSatisfy(isDigit), !parts[1].isEmpty else { return nil }
    var attoseconds: Int64 = 0
    for place in 0..<18 {
      let index = parts[1].index(parts[1].startIndex, offsetBy: place, limitedBy: parts[1].endIndex)
      let digit = index.flatMap { $0 < parts[1].endIndex ? parts[1][$0] : nil }
      attoseconds = attoseconds * 10 + Int64((digit ?? UInt8(ascii: "0")) - UInt8(ascii: "0"))
    }
    return Duration(secondsComponent: whole, attosecondsComponent: attoseconds)
  }

  /// Seconds since 1970.
  private static func date(_ text: Substring, now: Date) -> Int64? {
    let words = text.split(separator: " ").map(String.init)
    switch words.count {
    case 6 where words[0].hasSuffix(",") && words[5] == "GMT":
      return epoch(day: words[1], month: words[2], year: words[3], time: words[4], now: now)
    case 4 where words[0].hasSuffix(",") && words[3] == "GMT":
      let parts = words[1].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[2].utf8.count == 2 else { return nil }
      return epoch(day: parts[0], month: parts[1], year: parts[2], time: words[2], now: now)
    case 5:
      return epoch(day: words[2], month: words[1], year: words[4], time: words[3], now: now)
    default:
      return nil
    }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970 of a date in the Gregorian calendar, in UTC.
  private static func epoch(
    day: String, month: String, year: String, time: String, now: Date
  ) -> Int64? {
    let clock = time.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], digits: 2...2), hour < 24,
      let minute = number(clock[1], digits: 2...2), minute < 60,
      let second = number(clock[2], digits: 2...2), second <= 60,
      let dayOfMonth = number(day.utf8[...], digits: 1...2), (1...31).contains(dayOfMonth),
      let monthIndex = months.firstIndex(of: month),
      var fullYear = number(year.utf8[...], digits: year.utf8.count == 2 ? 2...2 : 4...4)
    else { return nil }
    if year.utf8.count == 2 {
      // Two digits mean the year within the century around now, at most 50 years ahead (RFC 9110, 5.6.7).
      let thisYear = 1970 + Int64((now.timeIntervalSince1970 / 31_556_952).rounded(.down))
      fullYear += thisYear - thisYear % 100
      if fullYear > thisYear + 50 { fullYear -= 100 }
    }
    // Days by counting years from March, so that a leap day comes last.
    let marchMonth = Int64((monthIndex + 10) % 12)
    let marchYear = monthIndex < 2 ? fullYear - 1 : fullYear
    let days =
      365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400
      + (153 * marchMonth + 2) / 5 + dayOfMonth - 1 - 719_468
    return days * 86_400 + hour * 3600 + minute * 60 + second
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func number(_ text: Substring.UTF8View, digits: ClosedRange<Int>) -> Int64? {
    guard digits.contains(text.count), text.allSatisfy(isDigit) else { return nil }
    return Int64(String(decoding: text, as: UTF8.self))
  }
}

extension String {
  fileprivate func trimming(_ isSpace: (Character) -> Bool) -> Substring {
    let start = self[...].drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return start[...last]
  }
}
