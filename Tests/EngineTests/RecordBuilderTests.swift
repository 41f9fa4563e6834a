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
    return Built(outcome: outcome, record: flat(builder.bytes))
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

  @Test(arguments: [
    "12345678901234567890", "0.1000000000000000055", "1.10", "1.0", "1e400", "-0", "0.00000015",
    "9007199254740993", "-9223372036854775809", "0.1", "12.5e-3",
  ])
  func aNumberOfADocumentKeepsItsDigits(digits: String) throws {
    let json: [String: Cell] = ["json": .text(#"{"n":\#(digits),"l":[\#(digits)]}"#)]
    #expect(try build("any: row.json", json).record["any"]?["n"]?.description == digits)
    for expression in ["row.json.n", "row.json.l[0]", "[row.json.n][0]", "coalesce(row.json.n, 1)"]
    {
      #expect(try build("any: '\(expression)'", json).record["any"]?.description == digits)
    }
    #expect(try build("any: string(row.json.n)", json).record["any"]?.stringValue?.isEmpty == false)
  }

  @Test(arguments: [
    ("string(row.json.n)", "\"12345678901234567890\""), ("row.json.n > 1", "true"),
    ("row.json.n == row.json.n", "true"), ("row.json.n == 12345678901234567891u", "false"),
    ("row.json.n == 12345678901234567890u", "true"), ("row.json.x == 1.1", "true"),
    ("row.json.x + 1.0", "2.1"), ("row.json.e + 1", "101"), ("row.json.x < row.json.n", "true"),
    ("text.join([row.json.n], \"\")", "\"12345678901234567890\""),
    ("math.greatest([row.json.x, row.json.n])", "12345678901234567890"),
    ("double(row.json.n) > 1.0", "true"), ("size(string(row.json.x))", "4"),
    (#""%d".format([row.json.n])"#, "\"12345678901234567890\""),
  ])
  func whatIsComputedWithSuchANumberIsExact(expression: String, expected: String) throws {
    let json: [String: Cell] = ["json": .text(#"{"n":12345678901234567890,"x":1.10,"e":1e2}"#)]
    let built = try build("any: '\(expression)'", json)
    #expect(built.record["any"]?.description == expected, "\(built)")
  }

  @Test(arguments: [
    "row.json.n + 1", "row.json.n * 2.0", "-row.json.n", "int(row.json.n)", "math.abs(row.json.n)",
    #""%x".format([row.json.n])"#, "[1][row.json.n]",
  ])
  func toComputeWhatCannotBeHeldIsAnError(expression: String) throws {
    let json: [String: Cell] = ["json": .text(#"{"n":12345678901234567890}"#)]
    let built = try build("any: '\(expression)'", json)
    #expect(built.reasons.map(\.field) == ["any"])
    #expect(
      built.reasons.first?.message.hasPrefix(
        "the number 12345678901234567890 has more digits than can be computed with") == true,
      "\(built)")
  }

  /// The elements of arrays in their canonical forms, and what becomes of them.
  @Test(arguments: [
    (ColumnType.timestamptz, #"["2024-07-01T10:00:00Z",null]"#, #"["2024-07-01T10:00:00Z",null]"#),
    (.decimal, #"["12345678901234567890.10"]"#, #"["12345678901234567890.10"]"#),
    (.double, "[0.1,3.0]", "[0.1,3.0]"), (.int, "[9007199254740993]", "[9007199254740993]"),
    (.json, #"[{"a":1.10}]"#, #"[{"a":1.10}]"#), (.date, #"["2024-07-01"]"#, #"["2024-07-01"]"#),
  ])
  func anElementIsEncodedAsItsScalar(type: ColumnType, text: String, expected: String) throws {
    #expect(try buildArray(type, text, "{}").record["any"]?.description == expected)
  }

  @Test func anElementTakesTheFormThatTheSchemaOfItemsAsksFor() throws {
    let numbers = #"{ "type": "array", "items": { "type": "number" } }"#
    #expect(
      try buildArray(.decimal, #"["12345678901234567890.10",null]"#, numbers).reasons.first?.message
        == "null is not of type number")
    #expect(
      try buildArray(.decimal, #"["12345678901234567890.10"]"#, numbers).record["any"]?.description
        == "[12345678901234567890.10]")
    let days = #"{ "type": "array", "items": { "type": "string", "format": "date" } }"#
    #expect(
      try buildArray(.timestamptz, #"["2024-07-01T10:00:00Z"]"#, days).record["any"]?.description
        == #"["2024-07-01"]"#)
    #expect(
      try buildArray(.bytes, #"["deadbeef"]"#, "{}").reasons.first?.message.hasPrefix(
        "a value of type bytes cannot be sent") == true)
    #expect(
      try buildArray(.bytes, #"["6162"]"#, "{}", "row.array.map(b, string(b))").record["any"]
        == ["ab"])
  }

  private func buildArray(
    _ type: ColumnType, _ text: String, _ schema: String, _ expression: String = "row.array"
  ) throws -> Built {
    let columns = [column("id", .int), column("array", .array(type))]
    let program = try ProjectText(
      target: """
        target: crm
        base_url: https://api.example.com
        resources:
          things:
            schema: { create: thing.json }
            id: { path: id, kind: int }
            match: { field: code }
            create: { call: POST /things }
        """, schemas: ["thing": #"{ "properties": { "any": \#(schema), "code": {} } }"#],
      mappings: [
        "things": """
        mapping: things
        source: db
        target: crm
        resource: things
        query: { sql: select id from things }
        key: id
        fields: { any: '\(expression)', code: { value: c } }
        """
      ]
    ).programs(["things": columns]).only()
    let builder = RecordBuilder(program: program, integerIDs: []) { _, _ in .missing }
    builder.setBatch(RowBatch(columns: columns, [[.int(1), .text(text)]]))
    let outcome = builder.build(row: 0)
    return Built(outcome: outcome, record: flat(builder.bytes))
  }

  @Test func aRefusalKeepsItsReasonWhereTheValueIsNotShown() throws {
    let cells: [String: Cell] = ["text": .text("225-555-0101 x99")]
    let field = "short: phone.e164(row.text, \"US\")"
    #expect(
      try build(field, cells).reasons.map(\.message) == [
        "`225-555-0101 x99` is not a telephone number: it holds letters; an extension or a name belongs "
          + "into another field"
      ])
    #expect(
      try build(field, cells, more: "sensitive: [short]").reasons.map(\.message) == [
        "the value is not a telephone number: it holds letters; an extension or a name belongs into "
          + "another field"
      ])
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
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    let reasons = try build("any: row.json", ["json": .text(deep)]).reasons
    #expect(reasons.first?.message.hasPrefix("`json` cannot be read") == true)
  }

  // MARK: What is too large to be sent

  /// So many arrays inside one another.
  private static func nested(_ levels: Int) -> String {
    String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
  }

  @Test func aBodyMayHaveSixtyFourLevelsAndNoMore() throws {
    let fits = try build("any: row.json", ["json": .text(Self.nested(63))])
    #expect(fits.record.nested["any"]?.description == Self.nested(63))
    for (field, levels) in [("row.json", 64), ("'[row.json]'", 63), ("'{\"a\": row.json}'", 100)] {
      let built = try build("any: \(field)", ["json": .text(Self.nested(levels))])
      #expect(built.reasons.map(\.field) == ["any"], "\(field)")
      #expect(built.reasons.first?.message.contains("a body may have 64 levels") == true)
    }
  }

  @Test func aRecordOfTooManyBytesIsRefusedAndItsLargestFieldNamed() throws {
    let long = String(repeating: "x", count: 5 << 20)
    #expect(try build("any: row.text", ["text": .text(long)]).reasons.isEmpty)
    // Twice the same text in one expression is more than an expression may make.
    let built = try build(
      "any: row.text\n  list: '[row.decimal]'", ["text": .text(long), "decimal": .text(long)])
    #expect(built.reasons.map(\.field) == ["list"])
    #expect(
      built.reasons.first?.message.hasSuffix("and 8388608 are allowed; this field has 5242884")
        == true, "\(built.reasons)")
  }

  /// A mapping with a field that only a create carries.
  private static func creating() throws -> MappingProgram {
    try ProjectText(
      target: """
        target: crm
        base_url: https://api.example.com
        resources:
          things:
            schema: { create: thing.json }
            id: { path: id, kind: int }
            match: { field: code }
            create: { call: POST /things }
        """, schemas: ["thing": #"{ "properties": { "a": {}, "b": {}, "code": {} } }"#],
      mappings: [
        "things": """
        mapping: things
        source: db
        target: crm
        resource: things
        query: { sql: select id from things }
        key: id
        fields: { a: row.text, code: { value: c } }
        on_create: { b: "[row.text]" }
        """
      ]
    ).programs(["things": [column("id", .int), column("text", .text)]]).only()
  }

  @Test func whatOnlyACreateCarriesCountsToo() throws {
    let long = String(repeating: "x", count: 5 << 20)
    let program = try Self.creating()
    let builder = RecordBuilder(program: program, integerIDs: []) { _, _ in .missing }
    builder.setBatch(RowBatch(columns: program.columns, [[.int(1), .text(long)]]))
    guard case .built = builder.build(row: 0),
      case .rejected(let reasons) = try builder.buildOnCreate(row: 0)
    else {
      Issue.record("not refused")
      return
    }
    #expect(reasons.map(\.field) == ["b"])
  }

  @Test func theRecordStaysBesideWhatOnlyACreateCarries() throws {
    let program = try Self.creating()
    let builder = RecordBuilder(program: program, integerIDs: []) { _, _ in .missing }
    builder.setBatch(
      RowBatch(columns: program.columns, [[.int(1), .text("x")], [.int(2), .text("y")]]))
    guard case .built(let fingerprint) = builder.build(row: 0),
      case .built = try builder.buildOnCreate(row: 0)
    else {
      Issue.record("not built")
      return
    }
    #expect(Fingerprint(of: builder.bytes) == fingerprint)
    #expect(try builder.naturalKey() == ExactText("c"))
    #expect(try FlatRecord(builder.onCreateBytes, of: "things")["b"] == .array([.string("x")]))
    _ = builder.build(row: 1)
    #expect(try FlatRecord(builder.bytes, of: "things")["a"] == .string("y"))
  }

  @Test func aRecordIsReadBackWholeOrNotAtAll() throws {
    let text = #"{"any":\#(Self.nested(100)),"long":"\#(String(repeating: "x", count: 11 << 20))"}"#
    let record = try FlatRecord(Array(text.utf8), of: "things")
    #expect(record.nested["any"]?.description == Self.nested(100))
    #expect(record.members.count == 2)
    for broken in ["", "{", "[]", "null", "\u{0}", #"{"a":1"#, #"{"a":1,"a":2}"#] {
      #expect(throws: UnreadableRecord.self, "\(broken)") {
        try FlatRecord(Array(broken.utf8), of: "things")
      }
    }
    #expect(try FlatRecord(remembered: [], of: "things").members.isEmpty)
    #expect(throws: UnreadableRecord.self) { try FlatRecord(remembered: [123], of: "things") }
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
      let update = try builder.brokenRules(inUpdateTo: record).map(\.message)
      guard case .rejected(let reasons) = try builder.buildOnCreate(row: 0) else {
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
