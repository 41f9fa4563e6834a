import Diagnostics
import Testing

@Suite struct CorrectionsTests {
  private let file = SourceFile(path: "a.yaml", text: "one: twoo\nthree: fuor # é\nfive: six\n")

  private func finding(_ start: Int, _ end: Int, _ replacement: String) -> Diagnostic {
    let range = SourceRange(file: file, start: start, end: end)
    return Diagnostic(
      Code("E999", "", ""), "", at: range, fix: Diagnostic.Fix(range, replacement: replacement))
  }

  @Test func onlyWhatIsWrongChanges() throws {
    let files = [finding(17, 21, "four"), finding(5, 9, "two"), finding(5, 9, "two")].corrected()
    #expect(files.count == 1)
    let corrected = try #require(files.first)
    #expect(
      String(decoding: corrected.bytes, as: UTF8.self)
        == "one: two\nthree: four # é\nfive: six\n")
    #expect(corrected.fixes.map(\.replacement) == ["two", "four"])
    #expect(
      file.diff(to: corrected.bytes)
        == """
        --- a.yaml
        +++ a.yaml
        @@ -1 +1 @@
        -one: twoo
        +one: two
        @@ -2 +2 @@
        -three: fuor # é
        +three: four # é

        """)
  }

  @Test func ofTwoThatOverlapTheFirstIsMade() {
    let files = [finding(5, 9, "two"), finding(7, 12, "x")].corrected()
    #expect(files.first?.fixes.map(\.replacement) == ["two"])
  }

  @Test func withoutCorrectionsThereIsNothingToDo() {
    #expect([Diagnostic(Code("E999", "", ""), "", at: nil)].corrected().isEmpty)
  }

  @Test func aRivalAsNearMeansThatAPersonDecides() {
    #expect(onlyClosest(to: "nam", in: ["name", "size"]) == "name")
    #expect(onlyClosest(to: "nam", in: ["name", "namo"]) == nil)
    #expect(closest(to: "nam", in: ["name", "namo"]) == "name")
  }
}
