import Foundation

/// Offsets from UTC by IANA name, which needs Foundation, or as hours and minutes.
enum TimeZones {
  /// Seconds east of UTC at a moment; nil for what is not a zone.
  static func offset(of zone: String, at moment: Timestamp) -> Int64? {
    if zone.isEmpty || zone == "UTC" || zone == "Z" { return 0 }
    if zone.utf8.contains(where: isDigit), zone.utf8.contains(UInt8(ascii: ":")) {
      return fixed(zone)
    }
    guard zone.contains("/") || known.contains(zone), let zone = TimeZone(identifier: zone) else {
      return nil
    }
    return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds))))
  }

  /// Names without a slash, such as `EST` or `Japan`; Foundation itself takes much more for a zone.
  private static let known = Set(TimeZone.knownTimeZoneIdentifiers).union([
    "CET", "CST6CDT", "EET", "EST", "EST5EDT", "GMT", "HST", "MET", "MST", "MST7MDT", "PST8PDT",
    "WET", "Japan", "Singapore", "Israel", "Turkey", "Cuba", "Egypt", "Eire", "Iran", "Zulu",
  ])

  /// `+02:00`, `-09:30`, `02:00`.
  private static func fixed(_ zone: String) -> Int64? {
    var reader = DigitReader(zone)
    let sign: Int64 = reader.take("-") ? -1 : 1
    if sign == 1 { _ = reader.take("+") }
    guard let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2),
      reader.isAtEnd, hours < 24, minutes < 60
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
