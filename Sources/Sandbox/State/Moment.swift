/// The time of a call: since the start for counting, by the calendar for stamps.
struct Moment: Sendable, Hashable {
  /// Since the start of the sandbox.
  let elapsed: Duration
  /// Milliseconds since 1970, UTC.
  let unixMilliseconds: Int64
  /// When what this call creates begins to show in lists.
  var visibleFrom: Duration

  init(elapsed: Duration, startedAt unixSeconds: Int64, indexLag: Duration = .zero) {
    self.elapsed = elapsed
    let (seconds, attoseconds) = elapsed.components
    unixMilliseconds = (unixSeconds + seconds) * 1000 + attoseconds / 1_000_000_000_000_000
    visibleFrom = elapsed + indexLag
  }

  /// `2026-01-31 08:05:00`, UTC.
  var dateTime: String { date + " " + time }

  /// `2026-01-31T08:05:00.250Z`.
  var rfc3339: String {
    date + "T" + time + "." + Self.padded(unixMilliseconds % 1000, 3) + "Z"
  }

  /// The date of an HTTP header, so many seconds later: `Sat, 31 Jan 2026 08:05:00 GMT`.
  func httpDate(after seconds: Int = 0) -> String {
    let later = Moment(elapsed: .zero, startedAt: unixMilliseconds / 1000 + Int64(seconds))
    let (year, month, day) = later.civil
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let weekday = weekdays[Int(later.days % 7)]
    return "\(weekday), \(Self.padded(day, 2)) \(months[Int(month) - 1]) \(year) \(later.time) GMT"
  }

  private var days: Int64 { unixMilliseconds / 86_400_000 }

  private var date: String {
    let (year, month, day) = civil
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
  }

  private var time: String {
    let seconds = (unixMilliseconds / 1000) % 86_400
    return Self.padded(seconds / 3600, 2) + ":" + Self.padded(seconds / 60 % 60, 2)
      + ":" + Self.padded(seconds % 60, 2)
  }

  /// The day of the Gregorian calendar, by the usual reckoning in eras of 400 years that begin in March.
  private var civil: (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
