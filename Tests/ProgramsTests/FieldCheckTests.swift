import Diagnostics
import Documents
import JSON
import Testing

@testable import Programs

/// The prepared check of a schema must never pass what the other one complains of.
@Suite struct FieldCheckTests {
  static let schemas = [
    "{}", #"{"type":"string"}"#, #"{"type":["string","null"],"minLength":2,"maxLength":4}"#,
    #"{"type":"string","minLength":1}"#, #"{"type":"string","format":"date"}"#,
    #"{"type":"string","format":"email"}"#, #"{"type":"string","format":"date-time"}"#,
    #"{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}"#,
    #"{"type":"string","pattern":"[0-9]"}"#, #"{"enum":["a","bc",1]}"#, #"{"const":"a"}"#,
    #"{"type":"integer"}"#, #"{"type":"number","minimum":0,"maximum":150}"#,
    #"{"type":"integer","enum":[0,1]}"#, #"{"type":"integer","format":"int32"}"#,
    #"{"type":"integer","minimum":0.5}"#, #"{"type":"integer","maximum":9007199254740993}"#,
    #"{"type":"boolean"}"#, #"{"enum":[true]}"#, #"{"type":"object"}"#,
    #"{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":7}"#,
    #"{"type":"integer","multipleOf":7}"#, #"{"allOf":[{"maxLength":2},{"maximum":3}]}"#,
    #"{"anyOf":[{"type":"boolean"},{"const":"a"},{"const":7}]}"#, #"{"not":{"enum":["a",7,true]}}"#,
    #"{"oneOf":[{"minLength":1},{"maxLength":3}]}"#,
    #"{"if":{"const":"a"},"then":{"type":"integer"}}"#,
    #"{"type":"string","format":"uuid"}"#,
  ]

  static let texts = [
    "", "a", "bc", "abc", "abcd", "abcde", "日本", "日本語日本", "2024-02-28", "2024-02-29",
    "2023-02-29", "2024-04-31", "2024-04-30", "2024-12-31", "2024-00-10", "2024-1-10", "2024-13-01",
    "a@b.c", "a@b", "a@b.", "a@.b", "@b.c", "a@b@c.d", "a.b@c..d", "a b@c.d", "a@b.cé",
    "\u{7F}@b.c",
    "a@b.com;", "a..b@c.de", "'a@b.de'", "\"a b\"@c.de", "a@b.de,c@d.de", "a@[1.2.3.4]",
    "a@1.2.3.4",
    "a@-b.de", "a@b-.de", "a@b_c.de", "é@b.de", "a\u{200B}@b.de", "<a@b.de>", "mailto:a@b.de",
    "a+b@c.museum", "o'neil@b.de", "a.@b.c", ".@b.c", "a@b.c.", "5", "2024-02-29T10:00:00Z",
  ]

  static let integers: [Int64] = [
    0, 1, -1, 3, 7, 14, 150, 151, 1 << 31, -(1 << 31), (1 << 31) - 1, (1 << 53) + 1, .min, .max,
  ]

  private func read(_ text: String) throws -> SchemaNode {
    var diagnostics: [Diagnostic] = []
    let file = SourceFile(path: "schema.json", text: text)
    let document = try #require(Document(file, &diagnostics), "\(diagnostics)")
    var reader = SchemaReader(document)
    let schema = reader.read()
    return try #require(schema)
  }

  @Test(arguments: schemas) func nothingPassesThatHasAProblem(_ text: String) throws {
    let schema = try read(text)
    let check = FieldCheck(schema)
    for text in Self.texts {
      var copy = text
      if copy.withUTF8({ check.fits(utf8: $0) }) {
        #expect(schema.problems(with: .string(text)) == [])
      }
    }
    for value in Self.integers where check.fits(value) {
      #expect(schema.problems(with: .integer(value)) == [])
    }
    for value in [true, false] where check.fits(value) {
      #expect(schema.problems(with: .bool(value)) == [])
    }
  }

  @Test(arguments: [
    (#"{"type":"string","format":"date"}"#, "2024-12-31"),
    (#"{"type":"string","format":"email"}"#, "a.b@c.d.e"),
    (#"{"type":"string","format":"email"}"#, "o'neil+x@sub-1.example.com"),
    (#"{"type":"string","minLength":2,"maxLength":4}"#, "日本"),
    (#"{"type":"string","pattern":"^[0-9]{2}$"}"#, "42"), (#"{"enum":["a","bc"]}"#, "bc"),
  ])
  func whatFitsPasses(_ schema: String, _ text: String) throws {
    let check = FieldCheck(try read(schema))
    var text = text
    #expect(text.withUTF8 { check.fits(utf8: $0) })
  }
}
