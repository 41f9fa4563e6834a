/// Where a value stands in the text, without its quotes.
struct FieldSpan {
  var start: Int
  var length: Int
  var isQuoted: Bool
  /// Whether there are doubled quotes in it.
  var hasEscapes: Bool
}

/// Where the values of a row stand, in memory that the next row uses again: every value of every row asks.
final class FieldSpans {
  private(set) var start: UnsafeMutablePointer<FieldSpan>
  private(set) var capacity = 64

  init() { start = .allocate(capacity: capacity) }

  deinit { start.deallocate() }

  func grow(keeping count: Int) {
    let larger = UnsafeMutablePointer<FieldSpan>.allocate(capacity: 2 * capacity)
    larger.update(from: start, count: count)
    start.deallocate()
    (start, capacity) = (larger, 2 * capacity)
  }
}

/// Takes a text apart into rows and values, by RFC 4180. Rows end with CRLF, LF or CR.
struct RecordScanner {
  enum Outcome {
    /// A row was found. `next`: where the next one begins; `breaks`: how many lines this one takes.
    case record(next: Int, breaks: Int, endsWithBreak: Bool)
    /// The text that is there ends within the row.
    case needsMore
    case end
    /// What is wrong, and where.
    case fault(at: Int, String, remedy: String)
    /// A value begins with a quote that is never closed.
    case unclosed(at: Int)
  }

  private let delimiter: UInt8
  private let quote: UInt8?
  private let delimiters: UInt64
  private let quotes: UInt64
  private let spans = FieldSpans()
  /// Values of the row that was found last.
  private(set) var count = 0

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080
  private static let lineFeeds = ones * UInt64(UInt8(ascii: "\n"))
  private static let returns = ones * UInt64(UInt8(ascii: "\r"))
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ format: CSVFormat) {
    delimiter = format.delimiter
    quote = format.quote
    delimiters = Self.ones * UInt64(format.delimiter)
    // Where nothing is quoted, a delimiter is looked for twice.
    quotes = Self.ones * UInt64(format.quote ?? format.delimiter)
  }

  /// Where the values stand of the row that was found last.
  var fields: UnsafeBufferPointer<FieldSpan> {
    UnsafeBufferPointer(start: spans.start, count: count)
  }

  /// Looks for the row that begins at an offset. `isAll`: the text ends at `end`.
  mutating func scan(
    _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, isAll: Bool
  ) -> Outcome {
    count = 0
    var found = 0
    defer { count = found }
    var (spans, capacity) = (self.spans.start, self.spans.capacity)
    guard start < end else { return isAll ? .end : .needsMore }
    var at = start
    var breaks = 0
    while true {
      if let quote, at < end, text[at] == quote {
        let first = at + 1
        var from = first
        var hasEscapes = false
        while true {
          let close = find(quote, in: text, from: from, to: end)
          guard close < end else { return isAll ? .unclosed(at: at) : .needsMore }
          if close + 1 == end, !isAll { return .needsMore }
          guard close + 1 < end, text[close + 1] == quote else {
            from = close
            break
          }
          hasEscapes = true
          from = close + 2
        }
        breaks += Self.breaks(in: text, from: first, to: from)
        spans[found] = FieldSpan(
          start: first, length: from - first, isQuoted: true, hasEscapes: hasEscapes)
        at = from + 1
      } else {
        let first = at
        at = special(in: text, from: at, to: end)
        if at == end, !isAll { return .needsMore }
        if at < end, text[at] == quote {
          return .fault(
            at: at, "a quote within a value that does not begin with one",
            remedy: "have the whole value quoted and its quotes doubled, or declare `quote: none`")
        }
        spans[found] = FieldSpan(
          start: first, length: at - first, isQuoted: false, hasEscapes: false)
      }
      found += 1
      if found == capacity {
        self.spans.grow(keeping: found)
        (spans, capacity) = (self.spans.start, self.spans.capacity)
      }
      if at == end {
        return isAll ? .record(next: at, breaks: breaks, endsWithBreak: false) : .needsMore
      }
      switch text[at] {
      case delimiter: at += 1
      case Self.lineFeed: return .record(next: at + 1, breaks: breaks + 1, endsWithBreak: true)
      case Self.carriageReturn:
        if at + 1 == end, !isAll { return .needsMore }
        let isPair = at + 1 < end && text[at + 1] == Self.lineFeed
        return .record(
          next: at + (isPair ? 2 : 1), breaks: breaks + 1, endsWithBreak: true)
      default:
        return .fault(
          at: at, "text behind the closing quote of a value",
          remedy: "have quotes within a value doubled, or declare the `delimiter`")
      }
    }
  }

  /// The first delimiter, quote or line break, eight bytes a step; `end` where there is none. Reads a little beyond.
  @inline(__always)
  private func special(in text: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
    var at = start
    let raw = UnsafeRawPointer(text)
    while at < end {
      let word = UInt64(
        littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let found =
        Self.zeros(word ^ delimiters) | Self.zeros(word ^ quotes)
        | Self.zeros(word ^ Self.lineFeeds)
        | Self.zeros(word ^ Self.returns)
      if found != 0 { return min(at + found.trailingZeroBitCount / 8, end) }
      at += 8
    }
    return end
  }

  @inline(__always)
  private func find(
    _ byte: UInt8, in text: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> Int {
    var at = start
    let raw = UnsafeRawPointer(text)
    while at < end {
      let word = UInt64(
        littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let found = Self.zeros(word ^ quotes)
      if found != 0 { return min(at + found.trailingZeroBitCount / 8, end) }
      at += 8
    }
    return end
  }

  /// The high bit of each zero byte. Above the lowest of them there may be others; that one is right.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  private static func breaks(
    in text: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> Int {
    var count = 0
    for at in start..<end {
      if text[at] == lineFeed || (text[at] == carriageReturn && text[at + 1] != lineFeed) {
        count += 1
      }
    }
    return count
  }

  /// How far an offset is from the beginning of a row: lines, and the column in characters, from 1.
  static func position(
    of offset: Int, in text: UnsafePointer<UInt8>, from start: Int
  ) -> (lines: Int, column: Int) {
    var lines = 0
    var column = 1
    var at = start
    while at < offset {
      let byte = text[at]
      if byte == lineFeed || (byte == carriageReturn && text[at + 1] != lineFeed) {
        lines += 1
        column = 1
      } else if byte & 0xC0 != 0x80, byte != carriageReturn {
        column += 1
      }
      at += 1
    }
    return (lines, column)
  }
}
