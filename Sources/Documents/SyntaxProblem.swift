import Diagnostics

/// Says in plain words what libyaml stumbled over, and the way out.
///
/// libyaml names what its grammar expected; what people did is nearly always one of a few slips, which the text
/// around the place gives away.
struct SyntaxProblem {
  let failure: SyntaxFailure
  let file: SourceFile
  let offset: Int
  let line: Int
  private let lineRange: Range<Int>

  init(_ failure: SyntaxFailure, in file: SourceFile) {
    self.failure = failure
    self.file = file
    offset = min(failure.offset, file.bytes.count)
    line = file.position(at: offset).line
    let start = file.lineStarts[line - 1]
    let end = file.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? file.bytes.count
    lineRange = start..<end
  }

  var diagnostic: Diagnostic {
    tabInIndentation ?? json ?? badEscape ?? exclamation ?? lateQuote ?? blankMissing ?? braceInText
      ?? unclosed ?? colonInText ?? behindQuote ?? reservedStart ?? misplaced
  }

  private func byte(_ at: Int) -> UInt8? {
    file.bytes.indices.contains(at) ? file.bytes[at] : nil
  }

  private func range(_ start: Int, _ end: Int? = nil) -> SourceRange {
    let start = min(start, file.bytes.count)
    let end = end ?? start + 1
    return SourceRange(file: file, start: start, end: min(max(end, start), file.bytes.count))
  }

  private var tabInIndentation: Diagnostic? {
    let blanks = file.bytes[lineRange].prefix { $0 == UInt8(ascii: " ") || $0 == 0x09 }
    guard let tab = blanks.firstIndex(of: 0x09), offset <= blanks.endIndex else { return nil }
    return Diagnostic(
      Codes.tab, "a tab cannot indent a line", at: range(tab),
      help: ["indent with spaces"], fix: Diagnostic.Fix(range(tab), replacement: "  "))
  }

  /// `{ value: ${X} }`, `{ call: GET /users/{id} }`.
  private var braceInText: Diagnostic? {
    guard failure.problem.hasPrefix("did not find expected ',' or "), let opening = byte(offset),
      opening == UInt8(ascii: "{") || opening == UInt8(ascii: "["), offset > lineRange.lowerBound
    else { return nil }
    let stops: Set<UInt8> = Set("{[,".utf8)
    var start = offset
    while start > lineRange.lowerBound, !stops.contains(file.bytes[start - 1]),
      !(file.bytes[start - 1] == UInt8(ascii: " ") && byte(start - 2) == UInt8(ascii: ":"))
    {
      start -= 1
    }
    while byte(start) == UInt8(ascii: " ") { start += 1 }
    guard start < offset else { return nil }
    let end = closing(of: offset)
    let text = range(start, end).text
    return Diagnostic(
      Codes.needsQuotes,
      "unquoted text cannot hold `\(opening == UInt8(ascii: "{") ? "{" : "[")` inside `{ … }` or `[ … ]`",
      at: range(start, end),
      help: ["quote it: \(Self.quoted(text))"],
      fix: Diagnostic.Fix(range(start, end), replacement: Self.quoted(text)))
  }

  /// Behind the bracket that closes the one here, and behind what follows it up to a blank or another bracket.
  private func closing(of opening: Int) -> Int {
    var depth = 0
    var at = opening
    while at < lineRange.upperBound {
      let byte = file.bytes[at]
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        if depth == 0 { break }
        depth -= 1
      }
      if depth == 0, byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") { break }
      at += 1
    }
    while at > opening + 1, file.bytes[at - 1] == UInt8(ascii: "\r") { at -= 1 }
    return at
  }

  private var unclosed: Diagnostic? {
    let context = failure.context
    let start = min(failure.contextOffset, file.bytes.count)
    if failure.problem == "found unexpected end of stream", context.contains("quoted scalar") {
      return Diagnostic(
        Codes.syntax, "this quote is never closed", at: range(start),
        help: ["close it; inside single quotes a single quote is written twice"])
    }
    guard context == "while parsing a flow mapping" || context == "while parsing a flow sequence",
      let opening = byte(start), offset >= file.bytes.count || file.position(at: start).line < line
    else { return nil }
    let bracket = opening == UInt8(ascii: "[") ? "[" : "{"
    return Diagnostic(
      Codes.syntax, "the `\(bracket)` is not closed before this", at: range(offset),
      notes: [Diagnostic.Note("`\(bracket)` opens here", at: range(start))],
      help: ["close it with `\(bracket == "[" ? "]" : "}")`"])
  }

  /// `year: a ? b : c`.
  private var colonInText: Diagnostic? {
    let isValue = failure.problem.hasPrefix("mapping values are not allowed")
    let isFlow = failure.problem.hasPrefix("did not find expected ',' or ")
    guard isValue || isFlow, byte(offset) == UInt8(ascii: ":") else { return nil }
    guard let value = valueRange, value.contains(offset) else { return nil }
    let isTernary = file.bytes[value.lowerBound..<offset].contains(UInt8(ascii: "?"))
    return Diagnostic(
      Codes.needsQuotes,
      isTernary ? "an unquoted `? :` ends at `: `" : "unquoted text ends at `: `",
      at: range(offset),
      label: isTernary ? "YAML takes what stands before this for a key" : "here",
      help: ["quote the whole text\(suggestion(value))"], fix: isValue ? quoting(value) : nil)
  }

  /// `code: "A-" + row.code`.
  private var behindQuote: Diagnostic? {
    var before = offset
    while before > lineRange.lowerBound, byte(before - 1) == UInt8(ascii: " ") { before -= 1 }
    guard before > lineRange.lowerBound, offset < lineRange.upperBound, let value = valueRange,
      let last = byte(before - 1), Set("\"']}".utf8).contains(last), value.lowerBound < before,
      let first = byte(value.lowerBound), Set("\"'[{".utf8).contains(first)
    else { return nil }
    let isQuote = first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
    return Diagnostic(
      Codes.needsQuotes,
      isQuote
        ? "text that begins with a quote ends with the closing one"
        : "a value that begins with a bracket ends with the closing one",
      at: range(offset, value.upperBound), label: "this is left over",
      help: ["quote the whole text\(suggestion(value))"], fix: quoting(value))
  }

  /// `a: !b ? c : d`, of which YAML takes `!b` for a tag.
  private var exclamation: Diagnostic? {
    guard let value = valueRange, byte(value.lowerBound) == UInt8(ascii: "!"),
      value.lowerBound <= offset
    else { return nil }
    return Diagnostic(
      Codes.tag, "text cannot begin with `!` unless quoted",
      at: range(value.lowerBound, value.upperBound), label: "YAML takes the first word for a tag",
      help: ["quote the whole text\(suggestion(value))"], fix: quoting(value))
  }

  private var reservedStart: Diagnostic? {
    guard failure.problem.contains("cannot start any token"), let first = byte(offset) else {
      return nil
    }
    let value = offset..<(valueRange.map { max($0.upperBound, offset + 1) } ?? offset + 1)
    return Diagnostic(
      Codes.needsQuotes,
      "text cannot begin with `\(String(decoding: [first], as: UTF8.self))` unless quoted",
      at: range(offset), help: ["quote the whole text\(suggestion(value))"], fix: quoting(value))
  }

  private var badEscape: Diagnostic? {
    guard failure.problem.contains("escape character") || failure.problem.contains("hexdecimal")
    else { return nil }
    return Diagnostic(
      Codes.syntax, "this escape means nothing inside double quotes",
      at: range(offset, offset + 2),
      help: ["write `\\\\` for a backslash, or use single quotes, where backslashes are text"])
  }

  private var misplaced: Diagnostic {
    let words: (String, String) =
      switch failure.problem {
      case "did not find expected key", "did not find expected '-' indicator":
        ("this line does not fit to the lines above it", "check its indentation")
      case "could not find expected ':'":
        ("a key must be followed by `: ` on its own line", "write `key: value`")
      case "mapping values are not allowed in this context":
        ("a key cannot stand here", "check the indentation of this line and the one above")
      case "block sequence entries are not allowed in this context":
        ("a list cannot begin here", "put its first `- ` on its own line, indented")
      case "did not find expected comment or line break":
        ("nothing can follow `|` or `>` on the line", "put the text on the lines below, indented")
      case "did not find expected <document start>":
        ("the file's value ends before this", "check the indentation")
      case let problem where problem.hasPrefix("did not find expected ',' or "):
        ("a comma or a closing bracket is missing before this", "separate the parts by `, `")
      case let problem where problem.contains("anchor") || failure.context.contains("anchor"):
        ("`&` and `*` begin anchors and aliases", "quote the whole text")
      case let problem:
        ("this is not YAML: \(problem)", "check quotes, brackets and indentation around here")
      }
    // A failure at the end of the file would show an empty line: the last text is the nearer place.
    var place = offset
    while place > 0, place >= file.bytes.count || byte(place) == UInt8(ascii: "\n") { place -= 1 }
    return Diagnostic(Codes.syntax, words.0, at: range(place), help: [words.1])
  }

  /// From behind the first `: ` (or `- `) of the line to its last visible byte, without a comment.
  private var valueRange: Range<Int>? {
    var start: Int?
    var at = lineRange.lowerBound
    while at + 1 < lineRange.upperBound, start == nil {
      if byte(at) == UInt8(ascii: ":"), byte(at + 1) == UInt8(ascii: " ") { start = at + 2 }
      at += 1
    }
    if start == nil, let dash = file.bytes[lineRange].firstIndex(where: { $0 != 0x20 }),
      byte(dash) == UInt8(ascii: "-"), byte(dash + 1) == 0x20
    {
      start = dash + 2
    }
    guard var low = start else { return nil }
    while low < lineRange.upperBound, byte(low) == 0x20 { low += 1 }
    var high = low
    var previous: UInt8 = 0x20
    while high < lineRange.upperBound, let here = byte(high) {
      if here == UInt8(ascii: "#"), previous == 0x20 { break }
      previous = here
      high += 1
    }
    while high > low, byte(high - 1) == 0x20 || byte(high - 1) == UInt8(ascii: "\r") { high -= 1 }
    return low < high ? low..<high : nil
  }

  private func quoting(_ value: Range<Int>) -> Diagnostic.Fix {
    let place = range(value.lowerBound, value.upperBound)
    return Diagnostic.Fix(place, replacement: Self.quoted(place.text))
  }

  private func suggestion(_ value: Range<Int>) -> String {
    let text = range(value.lowerBound, value.upperBound).text
    return text.utf8.count <= 80 ? ": \(Self.quoted(text))" : " with single quotes"
  }

  /// In double quotes where nothing inside needs an escape, else in single ones.
  static func quoted(_ text: String) -> String {
    if !text.unicodeScalars.contains(where: { $0 == "\"" || $0 == "\\" }) { return "\"\(text)\"" }
    var result = "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" { result += "'" }
      result.unicodeScalars.append(scalar)
    }
    return result + "'"
  }
}
