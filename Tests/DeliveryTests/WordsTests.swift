import Foundation
import Testing

/// Messages, help and pages say the field's own words.
@Suite struct WordsTests {
  /// What is not said, and what is said instead.
  private static let words: [(pattern: String, instead: String)] = [
    (#"\b[Mm]end(s|ed|ing)?\b"#, "help, remedy, correct"), (#"\b[Aa]new\b"#, "again, recreate"),
    (#"\b[Ww]hoever\b"#, "the operator, those who"), (#"\bfor ever\b"#, "permanently"),
    (#"\bnothing to say\b"#, "no problems found"), (#"\bunless said otherwise\b"#, "default: …"),
    (#"\b[Pp]retend(s|ed)?\b"#, "simulate"), (#"\binvented\b"#, "sample"),
    (#"\bbroken off\b"#, "interrupted, truncated"), (#"\btells? apart\b"#, "distinguishes"),
    (#"\bcomes? about\b"#, "is produced"), (#"\bway of the data\b"#, "data flow"),
    (#"\bescrow\b"#, "held back"), (#"\b(clear|quick) way\b"#, "slow path, fast path"),
    (
      #"(?<!here )\bis no (?!longer\b|such\b)[a-z]"#, "is not a valid …"
    ),
  ]

  private func check(_ text: String, in path: String) throws {
    for (pattern, instead) in Self.words {
      let found = try NSRegularExpression(pattern: pattern).firstMatch(
        in: text, range: NSRange(text.startIndex..., in: text))
      guard let found, let range = Range(found.range, in: text) else { continue }
      let end = text.index(range.lowerBound, offsetBy: 60, limitedBy: text.endIndex)
      Issue.record(
        "\(path): “\(text[range.lowerBound..<(end ?? text.endIndex)])”; say: \(instead)")
    }
  }

  @Test("Pages")
  func pages() throws {
    let pages =
      ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
      + (try Repository.files(below: "docs").filter { $0.hasSuffix(".md") }.map { "docs/\($0)" })
    #expect(pages.count > 8)
    for page in pages { try check(try Repository.text(page), in: page) }
  }

  @Test("What the programs say")
  func messages() throws {
    var count = 0
    for path in try Repository.files(below: "Sources") where path.hasSuffix(".swift") {
      // What a program simulates and invents is named so where it is made.
      if path.hasPrefix("Sandbox") { continue }
      for literal in Self.literals(in: try Repository.text("Sources/\(path)")) {
        count += 1
        // The old name in reports, for one more version.
        if literal == "mend" { continue }
        try check(literal, in: path)
      }
    }
    #expect(count > 2000)
  }

  /// The string literals of a Swift file, the parts of long ones as lines.
  private static func literals(in text: String) -> [String] {
    var literals: [String] = []
    var isLong = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let trimmed = line.drop { $0 == " " }
      if trimmed.hasPrefix("//") { continue }
      if line.contains("\"\"\"") {
        isLong.toggle()
        continue
      }
      if isLong {
        literals.append(String(line))
        continue
      }
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      for (place, part) in parts.enumerated() where place % 2 == 1 { literals.append(String(part)) }
    }
    return literals
  }
}
