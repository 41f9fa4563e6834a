/// A date and a time of day as RFC 3339 writes them, whatever their offset and however many zeros end the fraction.
///
/// A space in place of the `T`, and an offset without its colon or its minutes, are read too. Without an offset the text
/// names no moment in time, and is compared with its like only.
struct MomentText: Equatable {
  /// Seconds since 1970, in UTC or, without an offset, in the zone that nobody names.
  let seconds: Int
  /// The digits behind the point, without zeros at the end.
  let fraction: String
  let hasOffset: Bool

  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    func number(_ count: Int) -> Int? {
      guard rest.count >= count else { return nil }
      var value = 0
      for byte in rest.prefix(count) {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      rest = rest.dropFirst(count)
      return value
    }
    func take(_ signs: String) -> Bool {
      guard let byte = rest.first, signs.utf8.contains(byte) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
      (1...12).contains(month), (1...31).contains(day), take("Tt "), let hour = number(2),
      take(":"), let minute = number(2), hour < 24, minute < 60
    else { return nil }
    var second = 0
    if take(":") {
      guard let value = number(2), value <= 60 else { return nil }
      second = value
    }
    var digits: [UInt8] = []
    if take(".") {
      digits = Array(rest.prefix { (48...57).contains($0) })
      guard !digits.isEmpty else { return nil }
      rest = rest.dropFirst(digits.count)
      while digits.last == 48 { digits.removeLast() }
    }
    var offset = 0
    let isUTC = take("Zz")
    if !isUTC, !rest.isEmpty {
      let sign = rest.first == 45 ? -1 : 1
      guard take("+-"), let hours = number(2) else { return nil }
      var minutes = 0
      if take(":") || !rest.isEmpty {
        guard let value = number(2) else { return nil }
        minutes = value
      }
      guard hours < 24, minutes < 60 else { return nil }
      offset = sign * (hours * 3600 + minutes * 60)
      hasOffset = true
    } else {
      hasOffset = isUTC
    }
    guard rest.isEmpty else { return nil }
    fraction = String(decoding: digits, as: UTF8.self)
    seconds =
      Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  }

  /// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let ofEra = year - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  /// One text for each moment.
  var text: String {
    "@\(seconds)" + (fraction.isEmpty ? "" : ".\(fraction)") + (hasOffset ? "Z" : "")
  }

  /// Whether the other is this one with fewer digits behind the point.
  func isCut(to other: MomentText) -> Bool {
    seconds == other.seconds && hasOffset == other.hasOffset
      && fraction.utf8.starts(with: other.fraction.utf8)
  }

  /// The day that a text names: by itself, or as its midnight, in whatever zone that is written.
  static func day(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    let date = String(decoding: bytes.prefix(10), as: UTF8.self)
    guard MomentText(date + "T00:00") != nil else { return nil }
    if bytes.count == 10 { return date }
    guard let moment = MomentText(text), moment.fraction.isEmpty else { return nil }
    let time = bytes.dropFirst(11)
    let hasSeconds = time.dropFirst(5).first == UInt8(ascii: ":")
    return time.starts(with: (hasSeconds ? "00:00:00" : "00:00").utf8) ? date : nil
  }
}
