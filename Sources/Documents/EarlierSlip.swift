import Diagnostics
import JSON

/// Slips that libyaml stumbles over only some lines later: they are looked for where they were made.
extension SyntaxProblem {
  /// In a file of JSON, what a parser of JSON says: YAML's words, such as quoting the text, are no help there.
  var json: Diagnostic? {
    guard file.path.hasSuffix(".json") else { return nil }
    do throws(JSONError) {
      _ = try JSON(parsing: file.bytes)
      return nil
    } catch {
      let bytes = file.bytes
      var before = min(error.offset, bytes.count) - 1
      while before >= 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[before]) { before -= 1 }
      let here = error.offset < bytes.count ? bytes[error.offset] : 0
      // A name or a value right behind a value.
      let values = Set("\"]}".utf8).union(UInt8(ascii: "0")...UInt8(ascii: "9")).union("el".utf8)
      if before >= 0, values.contains(bytes[before]), Set("\"{[".utf8).contains(here) {
        let end = SourceRange(file: file, start: before, end: before + 1)
        return Diagnostic(
          Codes.syntax, "a comma is missing behind this", at: end,
          help: ["write `,` between the members of an object and the elements of a list"])
      }
      return Diagnostic(
        Codes.syntax, "this is not JSON: \(error.message)",
        at: SourceRange(file: file, start: error.offset, end: min(error.offset + 1, bytes.count)),
        help: ["check quotes, commas and brackets around here"])
    }
  }

  /// `key:value` without a blank, which is text; the next key then stands where none can.
  var blankMissing: Diagnostic? {
    guard
      failure.problem.hasPrefix("mapping values are not allowed")
        || failure.problem.hasPrefix("could not find expected ':'")
    else { return nil }
    for number in [line, line - 1] where number >= 1 {
      let start = file.lineStarts[number - 1]
      let words = file.line(number)
      let indent = words.utf8.prefix { $0 == 0x20 }.count
      let rest = Array(words.utf8.dropFirst(indent))
      let key = rest.prefix { byte in
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || (byte | 0x20) &- 0x61 < 26
          || byte &- 0x30 < 10
      }
      guard !key.isEmpty, key.count + 1 < rest.count, rest[key.count] == UInt8(ascii: ":"),
        ![0x20, UInt8(ascii: "/"), UInt8(ascii: ":")].contains(rest[key.count + 1]),
        start + indent + key.count < max(offset, start)
          || number == line
      else { continue }
      let colon = start + indent + key.count
      let place = SourceRange(file: file, start: start + indent, end: colon + 1)
      let name = String(decoding: key, as: UTF8.self)
      return Diagnostic(
        Codes.syntax, "a blank is missing behind `\(name):`", at: place,
        label: "without it this is not a key", help: ["write `\(name): …`"],
        fix: Diagnostic.Fix(
          SourceRange(file: file, start: colon, end: colon + 1), replacement: ": "))
    }
    return nil
  }

  /// A quote that was forgotten: the text goes on to the next quote, lines below, and what follows makes no sense.
  var lateQuote: Diagnostic? {
    var number = line - 1
    while number >= 1, number > line - 20 {
      defer { number -= 1 }
      guard let opening = valueQuote(onLine: number) else { continue }
      let mark = file.bytes[opening]
      let end = file.lineStarts[number]
      guard !file.bytes[opening + 1..<end].contains(mark),
        let closing = file.bytes[end...].firstIndex(of: mark), closing <= offset,
        file.position(at: closing).line == line
      else { continue }
      let sign = String(decoding: [mark], as: UTF8.self)
      return Diagnostic(
        Codes.syntax, "this quote is not closed on its line",
        at: SourceRange(file: file, start: opening, end: opening + 1),
        label: "the text goes on to line \(line)",
        notes: [
          Diagnostic.Note(
            "it ends at the next `\(sign)`, here",
            at: SourceRange(file: file, start: closing, end: closing + 1))
        ], help: ["close it with `\(sign)` where the text ends"])
    }
    return nil
  }

  /// The quote with which a line's value begins.
  private func valueQuote(onLine number: Int) -> Int? {
    let start = file.lineStarts[number - 1]
    let end = file.lineStarts[number]
    var at = start
    while at + 2 < end {
      if file.bytes[at] == UInt8(ascii: ":"), file.bytes[at + 1] == 0x20 {
        at += 2
        while at < end, file.bytes[at] == 0x20 { at += 1 }
        return at < end
          && (file.bytes[at] == UInt8(ascii: "\"") || file.bytes[at] == UInt8(ascii: "'"))
          ? at : nil
      }
      at += 1
    }
    return nil
  }
}
