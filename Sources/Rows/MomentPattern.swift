/// How dates and times of day are written in a text, e.g. `dd.MM.yyyy` or `yyyy-MM-dd HH:mm`.
///
/// `yyyy`, `MM`, `dd`, `HH`, `mm` and `ss` stand for so many digits, `M`, `d` and `H` for one or two. Every other sign that
/// is no letter stands for itself, and so does `T`.
public struct MomentPattern: Sendable, Hashable {
  enum Field: Int, Sendable, Hashable { case year, month, day, hour, minute, second }

  private enum Part: Sendable, Hashable {
    case digits(Field, least: Int, most: Int)
    case sign(UInt8)
  }

  /// As it was written.
  public let text: String
  private let parts: [Part]

  /// `nil` when the text is no pattern: a letter has no meaning, or something is named twice.
  public init?(_ text: String) {
    self.text = text
    var parts: [Part] = []
    var seen: Set<Field> = []
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      let count = rest.prefix { $0 == first }.count
      let field: Field? =
        switch (first, count) {
        case (UInt8(ascii: "y"), 4): .year
        case (UInt8(ascii: "M"), 1...2): .month
        case (UInt8(ascii: "d"), 1...2): .day
        case (UInt8(ascii: "H"), 1...2): .hour
        case (UInt8(ascii: "m"), 2): .minute
        case (UInt8(ascii: "s"), 2): .second
        default: nil
        }
      if let field {
        guard seen.insert(field).inserted else { return nil }
        parts.append(.digits(field, least: count, most: count == 1 ? 2 : count))
        rest = rest.dropFirst(count)
      } else {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20)
        guard first == UInt8(ascii: "T") || (!isLetter && first > 0x1F && first < 0x7F) else {
          return nil
        }
        parts.append(.sign(first))
        rest = rest.dropFirst()
      }
    }
    // Digits that may be one or two end at a sign only.
    for (part, next) in zip(parts, parts.dropFirst()) {
      if case .digits(_, 1, 2) = part, case .digits = next { return nil }
    }
    guard !seen.isEmpty else { return nil }
    self.parts = parts
    fields = seen
  }

  private let fields: Set<Field>

  /// Whether it names a day and nothing else.
  public var isDate: Bool { fields == [.year, .month, .day] }

  /// Whether it names a time of day and nothing else.
  public var isTime: Bool { fields == [.hour, .minute] || fields == [.hour, .minute, .second] }

  public var isTimestamp: Bool {
    fields.isSuperset(of: [.year, .month, .day, .hour, .minute])
  }

  /// Year, month, day, hour, minute and second of a text that is written so; `nil` when it is not, or no such moment exists.
  /// What the pattern leaves out is 1 or 0.
  public func read(_ text: UnsafeRawBufferPointer) -> CivilMoment? {
    var moment = CivilMoment()
    var at = 0
    for part in parts {
      switch part {
      case .sign(let sign):
        guard at < text.count, text[at] == sign else { return nil }
        at += 1
      case .digits(let field, let least, let most):
        var number: Int64 = 0
        var count = 0
        while count < most, at < text.count, text[at] &- 48 < 10 {
          number = number * 10 + Int64(text[at] &- 48)
          at += 1
          count += 1
        }
        guard count >= least else { return nil }
        moment.set(field, number)
      }
    }
    return at == text.count && moment.isValid ? moment : nil
  }
}

/// A day and a time of day without a zone.
public struct CivilMoment: Sendable, Hashable {
  public var year: Int64 = 1
  public var month: Int64 = 1
  public var day: Int64 = 1
  public var hour: Int64 = 0
  public var minute: Int64 = 0
  public var second: Int64 = 0

  public init() {}

  mutating func set(_ field: MomentPattern.Field, _ number: Int64) {
    switch field {
    case .year: year = number
    case .month: month = number
    case .day: day = number
    case .hour: hour = number
    case .minute: minute = number
    case .second: second = number
    }
  }

  public var isValid: Bool {
    CivilDate.isDay(year, month, day) && hour < 24 && minute < 60 && second < 60
  }
}
