import JSON

/// Takes what must not be shown out of foreign text: the one way by which words of others are kept or printed.
///
/// A value is found in any spelling that a server may quote it in: with other case, other separators, encoded for an
/// address, for JSON or for a web page, and cut off at the end.
public struct Redaction: Sendable, Hashable {
  /// Stands in the place of what was taken out.
  public static let mark = "(masked)"

  private var values: [String]

  public init(_ values: [String] = []) {
    self.values = values.filter { !$0.isEmpty }
  }

  public var isEmpty: Bool { values.isEmpty }

  /// The text on one line and without the values.
  public func callAsFunction(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard !values.isEmpty, !line.isEmpty else { return line }
    let folded = Folded(line)
    var found: [Range<Int>] = []
    for value in values {
      for spelling in Self.spellings(of: value) { found += folded.places(of: Folded(spelling)) }
    }
    return folded.masking(found)
  }

  /// The texts in a value, for ``init(_:)``.
  static func texts(of value: JSON) -> [String] {
    switch value {
    case .null: []
    case .string(let text): [text]
    case .array(let values): values.flatMap(texts(of:))
    case .object(let members): members.flatMap { texts(of: $0.value) }
    case .bool, .number: [value.description]
    }
  }

  // MARK: Spellings

  private static func spellings(of value: String) -> Set<String> {
    let encoded = value.percentEncoded
    var all: Set<String> = [
      value, encoded, encoded.percentEncoded, escapedForJSON(value, isPlain: false),
      escapedForJSON(value, isPlain: true), escapedForHTML(value, radix: 10),
      escapedForHTML(value, radix: 16),
    ]
    let digits = String(value.unicodeScalars.filter { ("0"..."9").contains($0) })
    if digits.utf8.count >= 5 { all.insert(digits) }
    // A date as people write it.
    let parts = value.prefix(10).split(separator: "-")
    if parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy(\.isNumber) }) {
      all.insert("\(parts[2]).\(parts[1]).\(parts[0])")
      all.insert("\(parts[1])/\(parts[2])/\(parts[0])")
    }
    return all
  }

  /// `isPlain`: everything outside ASCII is escaped too.
  private static func escapedForJSON(_ value: String, isPlain: Bool) -> String {
    guard isPlain else {
      return String(JSON.string(value).description.dropFirst().dropLast())
    }
    return escapedForJSON(value, isPlain: false).utf16.map { unit in
      unit < 0x80
        ? String(UnicodeScalar(UInt8(unit))) : "\\u" + hexadecimal(UInt32(unit), digits: 4)
    }.joined()
  }

  private static func escapedForHTML(_ value: String, radix: Int) -> String {
    value.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": radix == 10 ? "&#39;" : "&apos;"
      default:
        scalar.isASCII
          ? String(scalar)
          : "&#" + (radix == 16 ? "x" : "") + String(scalar.value, radix: radix) + ";"
      }
    }.joined()
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

/// A text as it is compared: its letters and digits without their case, and what is between them passed over.
private struct Folded {
  private let characters: [Character]
  /// The letters and digits, and where in the text each stands.
  private let letters: [(letter: Character, place: Int)]

  init(_ text: String) {
    characters = Array(text)
    letters = characters.enumerated().flatMap { place, character in
      character.isLetter || character.isNumber
        ? character.uppercased().lowercased().map { (letter: $0, place: place) } : []
    }
  }

  /// So many characters may stand between two letters: `(555) 123` is 555123.
  private static let widestGap = 3
  /// Fewer letters are found only as a word of their own: they stand by chance in others.
  private static let fewLetters = 4
  /// So many letters of a longer value are found where the text breaks off behind them.
  private static let leastOfCut = 5

  /// Where another text stands in this one, as ranges of its characters.
  func places(of value: Folded) -> [Range<Int>] {
    let wanted = value.letters.map(\.letter)
    guard let first = wanted.first else { return exactPlaces(of: value.characters) }
    var found: [Range<Int>] = []
    for start in letters.indices where letters[start].letter == first {
      var count = 1
      while count < wanted.count, start + count < letters.count,
        letters[start + count].letter == wanted[count],
        letters[start + count].place - letters[start + count - 1].place <= Self.widestGap + 1
      {
        count += 1
      }
      let range = letters[start].place..<letters[start + count - 1].place + 1
      if count == wanted.count {
        if count >= Self.fewLetters || isWord(range, of: value) { found.append(range) }
      } else if count >= Self.leastOfCut, breaksOff(behind: range) {
        found.append(range)
      }
    }
    return found
  }

  private func exactPlaces(of value: [Character]) -> [Range<Int>] {
    guard value.count > 1, value.contains(where: { !$0.isWhitespace }) else { return [] }
    return characters.indices.filter { characters[$0...].starts(with: value) }
      .map { $0..<$0 + value.count }
  }

  private func isWord(_ range: Range<Int>, of value: Folded) -> Bool {
    guard range.count <= value.characters.count else { return false }
    func isLetter(_ place: Int) -> Bool {
      characters.indices.contains(place)
        && (characters[place].isLetter || characters[place].isNumber)
    }
    return !isLetter(range.lowerBound - 1) && !isLetter(range.upperBound)
  }

  private func breaksOff(behind range: Range<Int>) -> Bool {
    let rest = characters[range.upperBound...]
    // Or where it is quoted as far as it goes.
    return rest.first.map { "…'\"”’»`".contains($0) } ?? true || rest.starts(with: "...")
      || !rest.contains { $0.isLetter || $0.isNumber }
  }

  /// The text with a mark in the place of these ranges.
  func masking(_ ranges: [Range<Int>]) -> String {
    var text = ""
    var at = 0
    var end = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard range.upperBound > end else { continue }
      if range.lowerBound >= end || end == 0 {
        text += String(characters[at..<max(at, range.lowerBound)]) + Redaction.mark
      }
      end = range.upperBound
      at = end
    }
    return text + String(characters[at...])
  }
}
