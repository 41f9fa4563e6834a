/// A length of time, up to 10,000 years either way, to the nanosecond. CEL calls it a duration.
public struct TimeSpan: Sendable, Hashable, Comparable {
  public let seconds: Int64
  /// Less than a second, of the sign of the whole.
  public let nanoseconds: Int32

  static let range: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

  /// Nil beyond 10,000 years. The parts may differ in sign.
  public init?(seconds: Int64, nanoseconds: Int32 = 0) {
    guard nanoseconds.magnitude < 1_000_000_000, Self.range.contains(seconds) else { return nil }
    if seconds > 0 && nanoseconds < 0 {
      self.seconds = seconds - 1
      self.nanoseconds = nanoseconds + 1_000_000_000
    } else if seconds < 0 && nanoseconds > 0 {
      self.seconds = seconds + 1
      self.nanoseconds = nanoseconds - 1_000_000_000
    } else {
      self.seconds = seconds
      self.nanoseconds = nanoseconds
    }
  }

  init(validSeconds seconds: Int64) {
    self.seconds = seconds
    nanoseconds = 0
  }

  init(nanoseconds: Int64) {
    seconds = nanoseconds / 1_000_000_000
    self.nanoseconds = Int32(nanoseconds % 1_000_000_000)
  }

  public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  func adding(_ other: TimeSpan) -> TimeSpan? {
    // Both parts are far from the ends of their types.
    var seconds = self.seconds + other.seconds
    var nanoseconds = self.nanoseconds + other.nanoseconds
    if nanoseconds.magnitude >= 1_000_000_000 {
      seconds += nanoseconds < 0 ? -1 : 1
      nanoseconds += nanoseconds < 0 ? 1_000_000_000 : -1_000_000_000
    }
    return TimeSpan(seconds: seconds, nanoseconds: nanoseconds)
  }

  var negated: TimeSpan {
    TimeSpan(validSeconds: -seconds, nanoseconds: -nanoseconds)
  }

  private init(validSeconds seconds: Int64, nanoseconds: Int32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }
}

extension TimeSpan: CustomStringConvertible {
  /// Seconds with as many digits as the fraction needs: `-1.5s`.
  public var description: String {
    let sign = seconds < 0 || nanoseconds < 0 ? "-" : ""
    return "\(sign)\(seconds.magnitude)\(fraction(nanoseconds))s"
  }

  /// Reads `1h30m`, `-1.5h`, `250ms` or `0`; units are h, m, s, ms, us, ns. Nil for anything else.
  public init?(text: String) {
    var rest = text[...].utf8
    var negative = false
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      negative = first == UInt8(ascii: "-")
      rest.removeFirst()
    }
    if rest.elementsEqual("0".utf8) {
      self.init(validSeconds: 0)
      return
    }
    guard !rest.isEmpty else { return nil }
    var total = TimeSpan(validSeconds: 0)
    while !rest.isEmpty {
      guard let part = Self.part(&rest), let sum = total.adding(part) else { return nil }
      total = sum
    }
    self = negative ? total.negated : total
  }

  /// A number with an optional fraction and its unit.
  private static func part(_ rest: inout Substring.UTF8View) -> TimeSpan? {
    func digits() -> Substring.UTF8View {
      let run = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(run.count)
      return run
    }
    let whole = digits()
    var fraction = Substring("").utf8
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = digits()
    }
    let unit = rest.prefix { !((0x30...0x39).contains($0) || $0 == UInt8(ascii: ".")) }
    rest = rest.dropFirst(unit.count)
    guard !whole.isEmpty || !fraction.isEmpty, whole.count <= 19 else { return nil }
    let nanosecondsPerUnit: Int64
    switch String(Substring(unit)) {
    case "h": nanosecondsPerUnit = 3_600_000_000_000
    case "m": nanosecondsPerUnit = 60_000_000_000
    case "s": nanosecondsPerUnit = 1_000_000_000
    case "ms": nanosecondsPerUnit = 1_000_000
    case "us", "µs", "μs": nanosecondsPerUnit = 1000
    case "ns": nanosecondsPerUnit = 1
    default: return nil
    }
    let count = whole.isEmpty ? 0 : Int64(String(Substring(whole)))
    guard let count else { return nil }
    // The whole part in 128 bits: seconds and what is left.
    let product = count.multipliedFullWidth(by: nanosecondsPerUnit)
    guard product.high < 500_000_000 else { return nil }
    let (seconds, remainder) = Int64(1_000_000_000).dividingFullWidth(product)
    // The fraction: each digit counts a tenth of the one before, below a nanosecond nothing.
    var digitValue = nanosecondsPerUnit
    var extra: Int64 = 0
    for digit in fraction.prefix(18) {
      extra += (digitValue / 10) * Int64(digit - 0x30)
      extra += digitValue % 10 * Int64(digit - 0x30) / 10
      digitValue /= 10
    }
    return TimeSpan(seconds: seconds, nanoseconds: Int32(remainder))?
      .adding(TimeSpan(nanoseconds: extra))
  }
}
