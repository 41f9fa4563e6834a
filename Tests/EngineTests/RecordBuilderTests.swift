import JSON
import Programs
import Rows
import Testing

@testable import Engine

@Suite struct RecordBuilderTests {
  private static let schema = """
    { "required": ["must", "maybe"], "additionalProperties": false, "properties": {
      "code": { "type": "string" }, "must": { "type": "string" },
      "maybe": { "type": ["string", "null"] },
      "any": {}, "short": { "type": "string", "maxLength": 3 }, "number": { "type": "number" },
      "integer": { "type": "integer" }, "flag": { "type": "boolean" },
      "day": { "type": "string", "format": "date" }, "list": { "type": "array" },
      "link": { "type": ["integer", "null"] }, "kind": { "type": "string", "enum": ["a", "b"] } } }
    """

  private static let columns = [
    column("id", .int, nullable: false), column("text", .text), column("int", .int),
    column("double", .double), column("bool", .bool), column("decimal", .decimal),
    column("date", .date), column("timestamp", .timestamp), column("moment", .timestamptz),
    column("time", .time), column("uuid", .uuid), column("json", .json),
    column("array", .array(.int)), column("bytes", .bytes),
  ]

  /// A row in which every column has a value.
  private static let row: [String: Cell] = [
    "id": .int(1), "text": .text("tëxt \"q\""), "int": .int(-7), "double": .double(0.1),
    "bool": .bool(true), "decimal": .text("12345678901234567890.10"), "date": .text("2024-02-29"),
    "timestamp": .text("2024-02-29T10:00:00"), "moment": .int(-1_500_000),
    "time": .text("10:00:00"), "uuid": .text("0f0e0d0c-0000-0000-0000-000000000000"),
    "json": .text(#"{"a":[1,null]}"#), "array": .text("[1,null]"), "bytes": .text("x"),
  ]

  private struct Built {
    var outcome: RecordBuilder.Outcome
    var record: FlatRecord

    var reasons: [Failure.Reason] {
      if case .rejected(let reasons) = outcome { reasons } else { [] }
    }
    var missing: [String] {
      if case .deferred(let missing) = outcome { missing.map(\.description) } else { [] }
    }
  }

  /// Builds one record of the fields given as YAML and those that the schema demands.
  private func build(
    _ fields: String, _ cells: [String: Cell] = [:], more: String = "",
    must: String = "{ value: m }",
    links: [Key: LinkAnswer] = [:], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Built {
    let target = """
      target: crm
      base_url: https://api.example.com
      resources:
        things:
          schema: { create: thing.json }
          id: { path: id, kind: int }
          match: { field: code }
          create: { call: POST /things }
      """
    let mapping = """
      mapping: things
      source: db
      target: crm
      resource: things
      query: { sql: select id from things }
      key: id
      fields:
        code: { value: c }
        must: \(must)
        maybe: { value: null }
        \(fields)
      \(more)
      """
    let program = try ProjectText(
      target: target, schemas: ["thing": Self.schema], mappings: ["things": mapping]
    ).programs(["things": Self.columns], sourceLocation: sourceLocation).only()
    let builder = RecordBuilder(program: program, integerIDs: ["things"]) {
      $0 == "things" ? links[$1] ?? .missing : .missing
    }
    let row = Self.columns.map { cells[$0.name] ?? Self.row[$0.name] ?? .null }
    builder.setBatch(RowBatch(columns: Self.columns, [row]))
    let outcome = builder.build(row: 0)
    return Built(outcome: outcome, record: FlatRecord(builder.bytes))
  }

  // MARK: Values

  @Test(arguments: [
    ("text", #""tëxt \"q\"""#), ("int", "-7"), ("double", "0.1"), ("bool", "true"),
    ("decimal", #""12345678901234567890.10""#), ("date", #""2024-02-29""#),
    ("timestamp", #""2024-02-29T10:00:00""#), ("moment", #""1969-12-31T23:59:58.5Z""#),
    ("time", #""10:00:00""#), ("uuid", #""0f0e0d0c-0000-0000-0000-000000000000""#),
    ("json", #"{"a":[1,null]}"#), ("array", "[1,null]"),
  ])
  func everyKindOfColumnHasItsJSON(column: String, expected: String) throws {
    let plain = try build("any: row.\(column)")
    #expect(plain.record["any"] == (try JSON(parsing: expected)), "\(plain)")
    let computed = try build("any: '[row.\(column)][0]'")
    #expect(computed.record["any"] == plain.record["any"])
    #expect(try build("any: row.\(column)", [column: .null]).record["any"]?.isNull == true)
  }

  @Test func bytesAreNotSentAsTheyAre() throws {
    #expect(try build("any: row.bytes").reasons.map(\.field) == ["any"])
  }

  @Test func aDecimalKeepsItsDigitsInANumberField() throws {
    let built = try build("number: row.decimal")
    #expect(
      String(decoding: built.record.bytes, as: UTF8.self)
        .contains(#""number":12345678901234567890.10"#))
    let broken = try build("number: row.decimal", ["decimal": .text("NaN")])
    #expect(broken.reasons.map(\.message) == ["`decimal` holds no finite number"])
  }

  @Test func aMomentBecomesADayWhereTheFieldIsOne() throws {
    #expect(try build("day: row.moment").record["day"] == "1969-12-31")
  }

  @Test func theRecordIsCanonical() throws {
    let built = try build("kind: { value: a }\n  any: { value: { b: [1, x] } }")
    #expect(
      String(decoding: built.record.bytes, as: UTF8.self)
        == #"{"any":{"b":[1,"x"]},"code":"c","kind":"a","maybe":null,"must":"m"}"#)
    guard case .built(let fingerprint) = built.outcome else {
      Issue.record("\(built)")
      return
    }
    #expect(fingerprint == Fingerprint(of: built.record.bytes))
  }

  @Test func textIsMeasuredInScalars() throws {
    let family = "👩\u{200D}👩\u{200D}👧"  // one character, five scalars
    #expect(try build("short: row.text", ["text": .text("日本語")]).reasons.isEmpty)
    let reasons = try build("short: row.text", ["text": .text(family)]).reasons
    #expect(reasons.map(\.message).first?.contains("has 5 characters; 3 are allowed") == true)
  }

  // MARK: Tables

  private static let table = "kind: { from: row.text, values: { A: a, B: b }"

  @Test(arguments: [("A", "a"), (" B ", "b")]) func aTablePicksByText(text: String, value: String)
    throws
  {
    #expect(
      try build(Self.table + " }", ["text": .text(text)]).record["kind"]?.stringValue == value)
  }

  @Test func aTableWithoutAnEntryNeedsAnOtherwise() throws {
    let reasons = try build(Self.table + " }", ["text": .text("C")]).reasons
    #expect(reasons.map(\.message) == ["`C` is none of A, B, and there is no `otherwise`"])
    let built = try build(Self.table + ", otherwise: null }", ["text": .null])
    #expect(built.record["kind"]?.isNull == true)
    #expect(built.reasons.isEmpty)
  }

  // MARK: Nulls

  @Test func aRequiredFieldNeedsAValueHoweverItIsMade() throws {
    for must in ["row.text", "'text.clean(row.text)'"] {
      let reasons = try build("any: row.int", ["text": .null], must: must).reasons
      #expect(
        reasons == [
          Failure.Reason(field: "must", message: "is required, and there is no value")
        ], "\(must)")
    }
  }

  @Test func aRequiredFieldThatTakesNullMayBeNull() throws {
    #expect(try build("any: row.int").record["maybe"]?.isNull == true)
  }

  @Test func allReasonsAreGivenAtOnce() throws {
    let built = try build(
      "short: row.text\n  kind: row.text\n  integer: row.int",
      ["text": .text("long text"), "int": .unreadable("is not a number")])
    #expect(built.reasons.map(\.field) == ["integer", "kind", "short"])
    #expect(built.reasons.first?.message == "`int` is not a number")
  }

  @Test func anUnreadableCellHarmsOnlyWhoAsksForIt() throws {
    let bad = ["text": Cell.unreadable("is not UTF-8")]
    #expect(try build("any: row.int", bad).reasons.isEmpty)
    #expect(try build("any: row.text + 'x'", bad).reasons.map(\.message) == ["`text` is not UTF-8"])
  }

  @Test func jsonThatCannotBeReadIsNotTakenForNull() throws {
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    let reasons = try build("any: row.json", ["json": .text(deep)]).reasons
    #expect(reasons.first?.message.hasPrefix("`json` cannot be read") == true)
  }

  // MARK: Sensitive values

  @Test(arguments: [
    "short: row.text", "kind: row.text", "kind: { from: row.text, values: { A: a } }",
    "integer: int(row.text)",
  ])
  func aSensitiveValueIsNeverInAReason(field: String) throws {
    let name = String(field.prefix { $0 != ":" })
    let built = try build(field, ["text": .text("top secret")], more: "sensitive: [\(name)]")
    #expect(built.reasons.map(\.field) == [name])
    #expect(!"\(built.reasons)".contains("secret"))
  }

  // MARK: Links

  private static let linked: [Key: LinkAnswer] = [Key([.int(-7)]): .id("42")]

  @Test func aLinkGivesTheTargetsID() throws {
    let built = try build("link: link(\"things\", row.int)", links: Self.linked)
    #expect(built.record["link"] == 42)
  }

  @Test(arguments: [
    #"link("things", row.int)"#, #"link("things", row.int).value()"#,
    #"[link("things", row.int)]"#, #"link("things", 1).or(link("things", row.int))"#,
  ])
  func aMissingLinkMakesTheRecordWait(expression: String) throws {
    let built = try build("any: '\(expression)'")
    #expect(built.missing.last == "things -7", "\(built)")
    #expect(built.reasons.isEmpty)
  }

  @Test(arguments: [
    (#"link("things", row.int).orValue(null)"#, "null"),
    (#"link("things", row.int).optMap(x, [x]).orValue([])"#, "[]"),
    (#"link("things", row.int).hasValue()"#, "false"),
  ])
  func whatAMappingChoosesInsteadOfALinkIsTaken(expression: String, expected: String) throws {
    let built = try build("any: '\(expression)'")
    #expect(built.record["any"]?.description == expected)
    #expect(built.missing.isEmpty)
  }

  @Test func aKeyWithANullRefersToNothing() throws {
    let built = try build("link: link(\"things\", row.int)", ["int": .null])
    #expect(built.record["link"]?.isNull == true)
    #expect(built.missing.isEmpty)
  }

  @Test func aPlanKnowsNoIDYet() throws {
    let built = try build(
      "link: link(\"things\", row.int)", links: [Key([.int(-7)]): .pending])
    #expect(built.record["link"] == "(new: things -7)")
    #expect(built.reasons.isEmpty)
  }

  @Test func aRefusalComesBeforeWaiting() throws {
    let built = try build(
      "link: link(\"things\", row.int)\n  short: row.text", ["text": .text("long text")])
    #expect(built.reasons.map(\.field) == ["short"])
  }

  @Test func aBodyIsCheckedAsAWhole() throws {
    let target = """
      target: crm
      base_url: https://api.example.com
      resources:
        things:
          schema: { create: create.json, update: update.json }
          id: { path: id, kind: int }
          match: { field: code }
          create: { call: POST /things }
          update: { call: "PATCH /things/{id}" }
      """
    let mapping = """
      mapping: things
      source: db
      target: crm
      resource: things
      query: { sql: "select id, text, int, bool from things" }
      key: id
      fields: { code: { value: c }, license: row.text, state: row.int, open: row.bool }
      on_create: { shape.circle: { value: 1 } }
      """
    let schemas = [
      "create": """
      { "dependentRequired": { "license": ["state"] }, "properties": { "shape": {
          "oneOf": [{ "required": ["circle"] }, { "required": ["polygon"] }] } },
        "allOf": [{ "if": { "required": ["open"] }, "then": { "not": { "required": ["state"] } } }] }
      """,
      "update": #"{ "not": { "required": ["license", "state"] } }"#,
    ]
    let columns = Self.columns.filter { ["id", "text", "int", "bool"].contains($0.name) }
    let program = try ProjectText(target: target, schemas: schemas, mappings: ["things": mapping])
      .programs(["things": columns]).only()
    func reasons(_ row: [Cell]) throws -> (create: [String], update: [String]) {
      let builder = RecordBuilder(program: program, integerIDs: []) { _, _ in .missing }
      builder.setBatch(RowBatch(columns: columns, [row]))
      guard case .built = builder.build(row: 0) else { return (["not built"], []) }
      let record = builder.bytes
      let update = builder.brokenRules(inUpdateTo: record).map(\.message)
      guard case .rejected(let reasons) = builder.buildOnCreate(row: 0, record: record) else {
        return ([], update)
      }
      return (reasons.map(\.message), update)
    }
    #expect(try reasons([.int(1), .null, .null, .null]) == ([], []))
    #expect(
      try reasons([.int(1), .text("x"), .null, .null])
        == (["has `license`, which needs `state`"], []))
    #expect(
      try reasons([.int(1), .text("x"), .int(1), .null])
        == ([], ["has `license` and `state`, which are together not allowed here"]))
    #expect(
      try reasons([.int(1), .null, .int(1), .bool(true)])
        == (["has `state`, which is not allowed here"], []))
  }
}
