import Diagnostics
import Documents
import Foundation
import Testing

@Suite struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    var code: String
    var place: String
    var help: String?

    init(_ text: String, _ code: String, _ place: String, _ help: String? = nil) {
      (self.text, self.code, self.place, self.help) = (text, code, place, help)
    }

    var testDescription: String { "\(code) \(text.prefix(40))" }
  }

  static let cases: [Case] = [
    Case("", "E004", "1:1"), Case("# nothing\n\n", "E004", "1:1"), Case("---\n", "E004", "1:1"),
    Case("a: \u{7}\n", "E006", "1:4"), Case("é: \u{85}\u{9F}\n", "E006", "1:5"),
    Case("a:\n\tb: 1\n", "E007", "2:1"), Case("a:\n  b: 1\n \tc: 1\n", "E007", "3:2"),
    Case("a:\n  b: 1\n c: 2\n", "E008", "3:2"), Case("a: b\n  c: d\n", "E008", "2:4"),
    Case("é: 1\na: 'x\n", "E008", "2:4"), Case("a: [1, 2\nb: 3\n", "E008", "2:2"),
    Case("a: \"\\q\"\n", "E008", "1:5"),
    Case("a: { value: ${X} }\n", "E009", "1:13", "quote it: \"${X}\""),
    Case("a: { call: PUT /u/{id}, b: c }\n", "E009", "1:12", "quote it: \"PUT /u/{id}\""),
    Case("year: row.x ? 1 : 2\n", "E009", "1:17", "quote the whole text: \"row.x ? 1 : 2\""),
    Case("code: \"A-\" + row.b\n", "E009", "1:12", "quote the whole text: '\"A-\" + row.b'"),
    Case("tags: [a, b].size()\n", "E009", "1:13", "quote the whole text: \"[a, b].size()\""),
    Case("at: @home\n", "E009", "1:5", "quote the whole text: \"@home\""),
    Case("a: 1\nb: 2\n\"a\": 3\n", "E010", "3:1"), Case("x: {a: 1, a: 2}\n", "E010", "1:11"),
    Case("x: &x {a: 1}\ny:\n  <<: *x\n", "E011", "3:3"),
    Case("a: !!str 1\n", "E012", "1:4"), Case("a: !row.x\n", "E012", "1:4"),
    Case("a: " + String(repeating: "[", count: 500), "E013", "1:67"),
    Case("a: 1\n---\nb: 2\n", "E014", "2:1"), Case("a: *b\n", "E015", "1:4"),
    Case("a: &b [*b]\n", "E015", "1:8"), Case("? [a]\n: b\n", "E016", "1:3"),
    Case("\u{FEFF}a: 1\n", "E017", "1:1"),
    Case("a:\n  \u{A0}b: 1\n", "E018", "2:3"), Case("a:\n\u{3000}b: 1\n", "E018", "2:1"),
    Case("a:\n  b:row.x\n  c: row.y\n", "E008", "2:3", "write `b: …`"),
    Case("a:\n  b: \"x\n  c: \"y\"\n  d: 1\n", "E008", "2:6"),
    Case(
      "a: !b.c ? \"x\" : \"y\"\n", "E012", "1:4", "quote the whole text: '!b.c ? \"x\" : \"y\"'"),
  ]

  @Test(arguments: cases) func eachHasItsCodePlaceAndHelp(_ refused: Case) throws {
    var diagnostics: [Diagnostic] = []
    _ = Document(SourceFile(path: "a", text: refused.text), &diagnostics)
    let shown = render(diagnostics, as: .text)
    #expect(diagnostics.map(\.code.id) == [refused.code], "\(shown)")
    #expect(diagnostics.first?.range?.description == "a:\(refused.place)", "\(shown)")
    if let help = refused.help { #expect(diagnostics.first?.help == [help]) }
  }

  @Test(
    "A comma that is missing in JSON is a comma that is missing",
    arguments: [
      ("{\n  \"a\": 1\n  \"b\": 2\n}", "1:1"), ("{ \"a\": \"x\" \"b\": 2 }", ""),
      ("{ \"a\": { \"b\": 1 }\n  \"c\": 2 }", ""),
    ])
  func commasOfJSON(_ text: String, _ place: String) {
    var diagnostics: [Diagnostic] = []
    _ = Document(SourceFile(path: "a.json", text: text), &diagnostics)
    let shown = render(diagnostics, as: .text)
    #expect(diagnostics.map(\.code.id) == ["E008"], "\(shown)")
    #expect(!shown.contains("quote the whole text"), "\(shown)")
  }

  @Test func everyCodeIsExpectedSomewhere() {
    // Those of files have a test of their own.
    let tested = Set(Self.cases.map(\.code)).union(["E001", "E002", "E003", "E005", "E166"])
    #expect(Set(Codes.all.map(\.id)) == tested)
    #expect(Codes.all.map(\.id) == tested.sorted())
  }

  @Test func filesThatCannotBeRead() throws {
    func codes(_ path: String) -> [String] {
      var diagnostics: [Diagnostic] = []
      _ = Document(path: path, &diagnostics)
      return diagnostics.map(\.code.id)
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(codes(folder.path + "/none.yaml") == ["E001"])
    #expect(codes(folder.path) == ["E002"])
    let large = folder.appending(path: "large.yaml")
    try Data(repeating: 0x20, count: Document.largestFile + 1).write(to: large)
    #expect(codes(large.path) == ["E003"])
  }

  @Test(
    arguments: [
      [0x61, 0x3A, 0x20, 0xE9, 0x0A], [0xFF, 0xFE, 0x61, 0x00], [0xC0, 0x80], [0xED, 0xA0, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
    ] as [[UInt8]]) func bytesThatAreNotUTF8(_ bytes: [UInt8])
  {
    var diagnostics: [Diagnostic] = []
    #expect(Document(SourceFile(path: "a", bytes: bytes), &diagnostics) == nil)
    #expect(diagnostics.map(\.code.id) == ["E005"])
  }

  @Test func aliasesCannotGrowWithoutBound() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<20 {
      let inside = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(inside)]\n"
    }
    var diagnostics: [Diagnostic] = []
    #expect(Document(SourceFile(path: "a", text: text), &diagnostics) == nil)
    #expect(diagnostics.map(\.code.id) == ["E015"])
  }

  @Test func duplicatesInLongMappingsAreFoundToo() {
    let keys = (0..<100).map { "k\($0): 1\n" }.joined()
    var diagnostics: [Diagnostic] = []
    _ = Document(SourceFile(path: "a", text: keys + "k7: 2\nk99: 3\n"), &diagnostics)
    #expect(
      diagnostics.map(\.message) == ["the key `k7` stands twice", "the key `k99` stands twice"])
    #expect(diagnostics.first?.notes.first?.range?.description == "a:8:1")
  }
}
