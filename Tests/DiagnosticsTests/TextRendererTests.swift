import Diagnostics
import Testing

@Suite struct TextRendererTests {
  private let code = Code("E203", "unknown column", "A paragraph.")

  private func range(of part: String, in text: String, path: String = "a/users.yaml") -> SourceRange
  {
    let file = SourceFile(path: path, text: text)
    let needle = Array(part.utf8)
    let start = file.bytes.indices.first { file.bytes[$0...].starts(with: needle) } ?? 0
    return SourceRange(file: file, start: start, end: start + needle.count)
  }

  @Test func showsPlaceCaretsNotesAndHelp() {
    let text = String(repeating: "#\n", count: 20) + "  first_name:        row.first_nam.trim()\n"
    let note = range(of: "x", in: "\nx", path: "schema.yaml")
    let diagnostic = Diagnostic(
      code, "`row.first_nam` is not a column of this query",
      at: range(of: "row.first_nam", in: text),
      label: "the query returns first_name and 14 more",
      notes: [.init("it is declared elsewhere", at: note)], help: ["did you mean `row.first_name`?"]
    )
    #expect(
      render([diagnostic], as: .text) == """
        error[E203]: `row.first_nam` is not a column of this query
          ┌─ a/users.yaml:21:22
        21│   first_name:        row.first_nam.trim()
          │                      ^^^^^^^^^^^^^ the query returns first_name and 14 more
          = note: it is declared elsewhere (schema.yaml:2)
          = help: did you mean `row.first_name`?

        1 error in 1 file

        """)
  }

  @Test func alignsBehindTabsAndWideText() {
    let tab = Diagnostic(code, "m", at: range(of: "b", in: "a:\tb"))
    #expect(render([tab], as: .text).contains(" 1│ a:  b\n  │     ^\n"))
    let wide = Diagnostic(code, "m", at: range(of: "値", in: "名前: 値"))
    #expect(render([wide], as: .text).contains(" 1│ 名前: 値\n  │       ^^\n"))
  }

  @Test func cutsLongLinesAroundTheRange() throws {
    let text = String(repeating: "a", count: 5_000) + "HERE" + String(repeating: "b", count: 5_000)
    let lines = render([Diagnostic(code, "m", at: range(of: "HERE", in: text))], as: .text)
      .split(separator: "\n").map(Array.init)
    let source = lines[2]
    let carets = lines[3]
    #expect(source.count < 110)
    let at = try #require(carets.firstIndex(of: "^"))
    #expect(String(source[at..<at + 4]) == "HERE" && carets.filter { $0 == "^" }.count == 4)
  }

  @Test func foreignTextCannotSteerATerminal() {
    let text = "name: \u{202E}evil"
    let diagnostic = Diagnostic(code, "\u{1B}[31m`x`\u{7}", at: range(of: "name", in: text))
    let shown = render([diagnostic], as: .text)
    #expect(!shown.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" })
    #expect(
      render([diagnostic], as: .text, colour: true).contains("\u{1B}[1;31merror[E203]\u{1B}[0m"))
  }

  @Test func sortsAndRemovesDuplicates() {
    let file = SourceFile(path: "b", text: "one\ntwo\n")
    let first = Diagnostic(code, "1", at: SourceRange(file: file, start: 0, end: 3))
    let second = Diagnostic(
      code, severity: .warning, "2", at: SourceRange(file: file, start: 4, end: 7))
    let again = Diagnostic(
      code, "1",
      at: SourceRange(file: SourceFile(path: "b", text: "one\ntwo\n"), start: 0, end: 3))
    let other = Diagnostic(code, "0", at: range(of: "x", in: "x", path: "a"))
    let sorted = [second, first, again, other].sortedByPosition()
    #expect(sorted.map(\.message) == ["0", "1", "2"])
    #expect(render(sorted, as: .text).hasSuffix("\n2 errors, 1 warning in 2 files\n"))
    #expect(render([], as: .text) == "")
  }

  @Test func lineEndingsAndEndOfFile() {
    let crlf = Diagnostic(code, "m", at: range(of: "b", in: "a\r\nb\r\n"))
    #expect(render([crlf], as: .text).contains(" 2│ b\n  │ ^\n"))
    let file = SourceFile(path: "e", text: "a\n")
    let end = Diagnostic(code, "m", at: SourceRange(file: file, start: 2, end: 2))
    #expect(render([end], as: .text).contains("e:2:1\n 2│\n  │ ^\n"))
  }
}
