import Diagnostics
import Documents
import Testing

@Suite struct NodeTests {
  private func document(_ text: String) throws -> Document {
    var diagnostics: [Diagnostic] = []
    let document = Document(SourceFile(path: "a.yaml", text: text), &diagnostics)
    #expect(diagnostics.isEmpty)
    return try #require(document)
  }

  static let ranges: [(text: String, path: [String], written: String)] = [
    ("é: ü\nnäme: wért # c\n", ["näme"], "wért"),
    ("a:\r\n  b: x\r\n  c: y\r\nd: z\r\n", ["a"], "b: x\r\n  c: y"),
    ("a:\n  - 1\n  - - 2\n    - 3\n\n# c\nb: 1\n", ["a"], "- 1\n  - - 2\n    - 3"),
    ("a:\n- 1\n- {b: c}\n\nd: 1", ["a"], "- 1\n- {b: c}"),
    ("a: { b: [1, 2] } # c\n", ["a"], "{ b: [1, 2] }"),
    ("a: { b: [1, 2] } # c\n", ["a", "b", "1"], "2"),
    ("a: |\n  one\n  two\n\n\nb: c\n", ["a"], "|\n  one\n  two"),
    ("a: \"x\\ty\"\n", ["a"], "\"x\\ty\""),
    ("a: &n  [1]\nb: *n\n", ["a"], "[1]"), ("a: &n  [1]\nb: *n\n", ["b"], "[1]"),
    ("a:\nb: 1\n", ["a"], ""),
    ("😀: [名, 前]\n", ["😀", "1"], "前"),
  ]

  @Test(arguments: ranges) func everyNodeKnowsItsPlace(
    _ text: String, _ path: [String], _ written: String
  ) throws {
    let node = try #require(try document(text).root.node(at: path))
    #expect(node.range.text == written)
  }

  static let scalars = [
    "a: |\n   row.x +\n     row.y\n\n   row.z\n", "a: >\n  row.x +\n  row.y\n\n  row.z\n   row.w\n",
    "a: 'row.x + ''q'' + row.z'\n", "a: \"row.x\\t\\u00e9\\x41 row.y\\n \\\n    row.z\"\n",
    "a: row.x\n  row.y\n\n  row.z\n", "a: |2\n    row.x\n   row.z\n",
    "é: |\r\n  row.x é\r\n  row.z\r\n", "a: 'row.x  \n\n   row.z'\n",
  ]

  @Test(arguments: scalars) func offsetsLeadBackToTheFile(_ text: String) throws {
    let node = try #require(try document(text).root.entries?.first?.value)
    let scalar = try #require(node.scalar)
    let bytes = Array(scalar.text.utf8)
    for word in ["row.x", "row.y", "row.z", "row.w"] where scalar.text.contains(word) {
      let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: word.utf8) })
      let origin = node.origins.last { $0.text <= offset }
      let place = origin.map { $0.file + offset - $0.text } ?? node.range.start + offset
      let found = SourceRange(file: node.range.file, start: place, end: place + 5)
      #expect(found.text == word)
    }
  }

  @Test(arguments: [
    ("~", Scalar.Resolved.null), ("null", .null), ("", .null), ("true", .bool(true)),
    ("False", .bool(false)), ("yes", .text), ("NO", .text), ("1", .int), ("-05", .int),
    ("0x1F", .int), ("0o17", .int), ("0xG", .text), ("1.", .float), (".5e-3", .float), (".", .text),
    ("+", .text), (".inf", .float), ("-.INF", .float), (".nan", .float), ("1e", .text),
    ("2024-02-29", .text), ("1_000", .text), ("10s", .text),
  ]) func plainTextIsResolvedByTheCoreSchema(_ text: String, _ resolved: Scalar.Resolved) {
    #expect(Scalar(text, style: .plain).resolved == resolved)
    #expect(Scalar(text, style: .single).resolved == .text)
  }
}
