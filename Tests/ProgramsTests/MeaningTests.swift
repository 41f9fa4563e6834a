import Diagnostics
import Documents
import JSON
import Testing

@testable import Programs

/// When a target holds what is wanted, however it writes it.
@Suite struct MeaningTests {
  private func read(_ text: String) throws -> (schema: SchemaNode, findings: [Diagnostic]) {
    var diagnostics: [Diagnostic] = []
    let file = SourceFile(path: "schema.json", text: text)
    let document = try #require(Document(file, &diagnostics), "\(diagnostics)")
    var reader = SchemaReader(document)
    let schema = reader.read()
    return (try #require(schema), diagnostics + reader.diagnostics)
  }

  private func meaning(_ text: String) throws -> Meaning {
    let (schema, findings) = try read(text)
    #expect(findings.isEmpty, "\(findings)")
    return Meaning([schema])
  }

  private static let number = #"{"type":["number","null"]}"#
  private static let either = #"{"type":["string","number"]}"#
  private static let text = #"{"type":"string"}"#
  private static let flag = #"{"type":"boolean"}"#
  private static let moment = #"{"type":"string","format":"date-time"}"#
  private static let set = #"{"type":"array","x-order":"any","items":{"type":"string"}}"#
  private static let phones = """
    {"type":"array","items":{"type":"object","properties":{"type":{"type":"string"},
    "value":{"type":"string"},"rank":{"type":"number"}}}}
    """
  private static let phoneSet = phones.replacing(
    #"{"type":"array","#, with: #"{"type":"array","x-order":"any","#)
  private static func comparing(_ words: String) -> String {
    #"{"type":"string","x-compare":\#(words)}"#
  }

  @Test(arguments: [
    // Numbers, without rounding.
    (number, "12.50", "12.5", true), (number, "12.50", #""12.50""#, true),
    (number, "12.50", #""12.5000""#, true), (number, "1e21", "1000000000000000000000", true),
    (number, "0.10", "1.0E-1", true), (number, "0", "-0.0", true), (number, "12.5", "12.51", false),
    (number, "12345678901234567890", "12345678901234567891", false),
    (number, "1e-9999999999999999999999", "0", false), (number, "5", #"" 5""#, false),
    (number, "0.1000000000000000055511151231257827", "0.1", false),
    (either, "41.10", #""41.1""#, true), (either, #""41.10""#, "41.1", true),
    (either, #""0012""#, #""12""#, false), (either, #""0012""#, "12", false),
    (text, #""007""#, "7", false), (text, #""7""#, "7", true),
    (text, #""12.50""#, #""12.5""#, false),
    // Yes and no.
    (flag, "true", "1", true), (flag, "false", #""false""#, true), (flag, "true", #""Y""#, false),
    (#"{"type":"integer"}"#, "1", "true", true), (#"{"type":"integer"}"#, "2", "true", false),
    // Moments.
    (moment, #""2024-03-01T12:00:00Z""#, #""2024-03-01T12:00:00.000Z""#, true),
    (moment, #""2024-03-01T12:00:00.5Z""#, #""2024-03-01T12:00:00.500+00:00""#, true),
    (moment, #""2024-03-01T00:30:00Z""#, #""2024-02-29T18:30:00-06:00""#, true),
    (moment, #""2024-03-01T12:00:00Z""#, #""2024-03-01 12:00:00+00""#, true),
    (moment, #""2024-03-01T12:00:00Z""#, #""2024-03-01T12:00:00""#, false),
    (moment, #""2024-03-01T12:00:00Z""#, #""2024-03-01T12:00:00+02:00""#, false),
    (moment, #""2024-03-01T12:00:00.5Z""#, #""2024-03-01T12:00:00Z""#, false),
    (text, #""2024-03-01T12:00:00Z""#, #""2024-03-01T12:00:00.000Z""#, false),
    // Objects: the order of members, and what the target adds.
    ("{}", #"{"a":1,"b":2}"#, #"{"b":2,"a":1.0}"#, true),
    ("{}", #"{"a":1}"#, #"{"a":1,"id":7}"#, true), ("{}", #"{"a":1,"id":7}"#, #"{"a":1}"#, false),
    ("{}", #"{"a":1,"b":null}"#, #"{"a":1}"#, true), ("{}", "{}", #"{"a":1}"#, false),
    (phones, #"[{"type":"w","value":"1"}]"#, #"[{"id":7,"value":"1","type":"w"}]"#, true),
    (phones, #"[{"value":"1"},{"value":"2"}]"#, #"[{"value":"2"},{"value":"1"}]"#, false),
    (phones, #"[{"rank":1.0}]"#, #"[{"rank":"1"}]"#, true),
    (phones, #"[{"value":"1"}]"#, #"[{"value":"1"},{"value":"2"}]"#, false),
    // Sets.
    (set, #"["b","a"]"#, #"["a","b"]"#, true), (set, #"["a","a","b"]"#, #"["a","b","b"]"#, false),
    (set, #"["1","2"]"#, "[2,1]", true), (#"{"type":"array"}"#, "[1,2]", "[2,1]", false),
    (
      phoneSet, #"[{"value":"1"},{"value":"1","type":"w"}]"#,
      #"[{"value":"1","type":"w","id":1},{"value":"1","type":"h","id":2}]"#, true
    ),
    (
      phoneSet, #"[{"value":"1","type":"w"},{"value":"1","type":"w"}]"#,
      #"[{"value":"1","type":"w","id":1},{"value":"1","type":"h","id":2}]"#, false
    ),
    // Text, as declared.
    (text, #""a ""#, #""a""#, false), (comparing(#""trim""#), #""a ""#, #""a""#, true),
    (text, #""A@x.org""#, #""a@x.org""#, false),
    (comparing(#""fold""#), #""Ä@x.org""#, #""ä@x.org""#, true),
    (comparing(#""lines""#), #""a\nb""#, #""a\r\nb""#, true),
    (comparing(#""truncate""#), #""a very long note""#, #""a very""#, true),
    (comparing(#""truncate""#), #""a very long note""#, #""a Very""#, false),
    (comparing(#""truncate""#), #""a very long note""#, #""""#, false),
    (comparing(#""truncate""#), #""a very""#, #""a very long note""#, false),
    (comparing(#"["trim","truncate"]"#), #"" a very long""#, #""a very""#, true),
    (text, #""e\u0301""#, #""\u00e9""#, false),
    (
      #"{"type":"string","format":"date-time","x-compare":"truncate"}"#,
      #""2024-03-01T12:00:00.56Z""#, #""2024-03-01T12:00:00.5+00:00""#, true
    ),
    (#"{"type":"string","format":"date"}"#, #""2024-03-01""#, #""2024-03-01T00:00:00Z""#, false),
    (
      #"{"type":"string","format":"date","x-compare":"day"}"#, #""2024-03-01""#,
      #""2024-03-01T00:00:00.000+02:00""#, true
    ),
    (
      #"{"type":"string","format":"date","x-compare":"day"}"#, #""2024-03-01""#,
      #""2024-03-01T06:00:00Z""#, false
    ),
    // Nothing is nothing, and not zero.
    (text, "null", #""""#, true), (set, "[]", "null", true), (number, "0", "null", false),
    (flag, "false", "null", false),
    // As a schema is usually put together.
    (#"{"anyOf":[{"type":"number"},{"type":"null"}]}"#, "12.50", #""12.5""#, true),
    (
      ##"{"$ref":"#/$defs/ids","x-order":"any","$defs":{"ids":{"type":"array"}}}"##, "[1,2]",
      "[2,1]", true
    ),
  ])
  func theTargetHoldsIt(schema: String, wanted: String, held: String, expected: Bool) throws {
    let meaning = try meaning(schema)
    let (wanted, held) = (try JSON(parsing: wanted), try JSON(parsing: held))
    #expect(meaning.equal(wanted, held: held) == expected)
    #expect(meaning.equal(wanted, held: wanted))
    // Where only a hash is known, what is equal in itself is found; what the target adds where members are listed, too.
    if meaning.same(wanted, meaning.projected(held)) {
      let hashed = meaning.canonical(wanted).canonicalBytes
      #expect(meaning.spellings(of: held).contains { $0.canonicalBytes == hashed })
    }
  }

  @Test(arguments: [
    (#"{"x-absent":false,"type":"boolean"}"#, "false", true),
    (#"{"x-absent":false,"type":"boolean"}"#, "true", false),
    (#"{"x-absent":0,"type":["number","null"]}"#, "0.00", true),
    (#"{"x-absent":0,"type":["number","null"]}"#, "null", true),
    (#"{"x-absent":"","type":"string"}"#, #""x""#, false), (flag, "false", false),
    (number, "0", false), (text, "null", true), (text, #""""#, true), (set, "[]", true),
  ])
  func whatIsLeftOut(schema: String, wanted: String, expected: Bool) throws {
    #expect(try meaning(schema).equal(try JSON(parsing: wanted), held: nil) == expected)
  }

  @Test(arguments: [
    (number, "12.50", "12.5", true),
    (moment, #""2024-03-01T12:00:00Z""#, #""2024-03-01T14:00:00+02:00""#, true),
    ("{}", #"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, true), (set, #"["b","a"]"#, #"["a","b"]"#, true),
    // A member that we no longer send, and text that the target may cut elsewhere, are changes.
    ("{}", #"{"a":1}"#, #"{"a":1,"b":2}"#, false), ("{}", #"{"a":""}"#, #"{"a":null}"#, false),
    (comparing(#""truncate""#), #""abc""#, #""ab""#, false), (text, #""a""#, #""A""#, false),
    (number, "0", "null", false),
  ])
  func oursMeanTheSame(schema: String, one: String, other: String, expected: Bool) throws {
    let meaning = try meaning(schema)
    let (one, other) = (try JSON(parsing: one), try JSON(parsing: other))
    #expect(meaning.same(one, other) == expected)
    #expect(meaning.same(other, one) == expected)
  }

  @Test func onlyWhatASchemaListsIsKeptOfWhatTheTargetHolds() throws {
    let meaning = try meaning(Self.phones)
    let held = try JSON(parsing: #"[{"id":7,"value":"1"}]"#)
    #expect(meaning.projected(held) == [["value": "1"]])
    #expect(try self.meaning("{}").projected(held) == held)
  }

  @Test(arguments: [
    (#"{"type":"array","x-order":"none"}"#, "`x-order` does not know"),
    (#"{"type":"string","x-order":"any"}"#, "this is not a list"),
    (#"{"type":"string","x-compare":"trimm"}"#, "did you mean `trim`?"),
    (#"{"type":"string","x-compare":["trim","x"]}"#, "`x-compare` does not know"),
    (#"{"type":"integer","x-compare":"trim"}"#, "this is not text"),
    (#"{"type":"string","x-compare":"day"}"#, "for text of the format `date`"),
    (#"{"type":"boolean","x-absent":0}"#, "0 is not of type boolean"),
    (#"{"type":"string","x-compare":true}"#, "`x-compare` does not know"),
  ])
  func wordsThatDoNotFitAreNamed(schema: String, message: String) throws {
    let findings = try read(schema).findings
    #expect(findings.map(\.code.id) == ["E516"])
    let texts = findings.flatMap { [$0.message] + $0.help }
    #expect(texts.contains { $0.contains(message) }, "\(texts)")
  }
}

/// Updates that may clear what a mapping does not send.
@Suite struct ClearingUpdateTests {
  private static let call = #"update: { call: "PATCH /users/{id}" }"#
  private static let get = #"get: { call: "GET /users/{id}" }"#

  @Test(arguments: [
    (#"{ call: "PATCH /users/{id}" }"#, nil), (#"{ call: "PATCH /users/{id}", send: all }"#, nil),
    (#"{ call: "PUT /users/{id}", send: all }"#, "`active`, `address`, `score`, `team_id`"),
    (#"{ call: "PUT /users/{id}" }"#, "every field that has not changed"),
    (#"{ call: "PUT /users/{id}", send: all, unsent: kept }"#, nil),
    (#"{ call: "PUT /users/{id}", send: whole }"#, nil),
    (#"{ call: "PATCH /users/{id}", send: all, unsent: cleared }"#, "does not send: `active`"),
    (#"{ call: "POST /users/{id}", send: changed }"#, nil),
  ])
  func update(update: String, words: String?) throws {
    var workshop = Workshop()
    workshop.target = Workshop.target.replacing(
      Self.call, with: "\(Self.get)\n    update: \(update)")
    let found = try workshop.compile()
    #expect(found.program != nil)
    #expect(found.diagnostics.map(\.code.id) == (words == nil ? [] : ["E517"]))
    #expect(found.diagnostics.allSatisfy { $0.severity == .warning })
    if let words { #expect(found.diagnostics.first?.message.contains(words) == true) }
  }

  @Test(arguments: ["PUT", "POST"])
  func fieldsOfNewObjectsAreNamedFirst(method: String) throws {
    var workshop = Workshop(more: "on_create: { active: { value: true } }")
    workshop.target = Workshop.target.replacing(
      Self.call, with: #"update: { call: "\#(method) /users/{id}", send: all }"#)
    let found = try workshop.compile().diagnostics
    #expect(found.map(\.code.id) == ["E517"])
    #expect(found.first?.message.contains("does not send: `active`") == true, "\(found)")
  }
}
