import JSON
import Programs
import Rows
import Testing

@testable import Engine

/// The fast path from row to record must write what the clear one writes, byte for byte, and leave to it what it cannot.
@Suite struct FlatFieldsTests {
  private static let schema = """
    { "required": ["code", "must"], "properties": {
      "code": { "type": "string", "minLength": 1 }, "must": { "type": "string" },
      "short": { "type": "string", "maxLength": 12 }, "any": {}, "number": { "type": "number" },
      "age": { "type": "integer", "minimum": 0, "maximum": 150 },
      "day": { "type": "string", "format": "date" },
      "mail": { "type": ["string", "null"], "format": "email" },
      "phone": { "type": "string", "pattern": "^\\\\+[1-9][0-9]{1,14}$" },
      "kind": { "type": "integer", "enum": [0, 1] }, "flag": { "type": "boolean" },
      "link": { "type": "integer" }, "other": { "type": "integer" }, "state": {}, "join": {},
      "tried": {}, "list": {}, "moment": {}, "sum": {}, "json": {}, "constant": {} } }
    """

  private static let columns = [
    column("id", .int, nullable: false), column("text", .text), column("more", .text),
    column("int", .int), column("double", .double), column("bool", .bool),
    column("decimal", .decimal), column("date", .date), column("moment", .timestamptz),
    column("json", .json), column("mail", .text),
  ]

  private static let mapping = """
    mapping: things
    source: db
    target: crm
    resource: things
    query: { sql: select id from things }
    key: id
    fields:
      code: string(row.id)
      must: text.clean(row.text)
      short: row.text
      any: row.more
      number: row.decimal
      age: row.int
      day: try(date.valid(row.text)).orValue(null)
      mail: email.clean(row.mail)
      phone: try(phone.e164(row.text, "US")).orValue(null)
      tried: "row.bool == true ? phone.e164(row.more, 'US') : null"
      kind: { from: row.more, values: { M: 1, F: 0, X: null }, otherwise: null }
      flag: row.bool
      link: link("things", row.int)
      other: link("things", row.int).or(link("things", row.id)).orValue(null)
      state: coalesce(text.clean(row.more), "").upperAscii()
      join: text.join([row.text, row.more], " ")
      list: "[row.text, row.int]"
      moment: "row.moment == null ? row.date : null"
      sum: "row.double == null ? 0 : 1"
      json: row.json
      constant: { value: { a: [1] } }
    """

  private static let target = """
    target: crm
    base_url: https://api.example.com
    resources:
      things:
        schema: { create: thing.json }
        id: { path: id, kind: int }
        match: { field: code }
        create: { call: POST /things }
    """

  private static let texts = [
    "", " ", "M", "F", "x", "X ", "ab\"c", "a\\b", "tab\there", "é", "Zoë ", "\u{A0}x", "日本語日本語",
    "2024-02-29", "2023-02-29", "1900-01-01", "2024-12-31", "a@b.co", "A B@C.de", "(225) 555-0101",
    "+44 20 7946 0100", "NaN", "12.50", "a\u{0}b", "e\u{301}", "\u{FEFF}x", "\u{200B}",
    "225-911-0101", "1 225.555.0101", "\u{212A}",
  ]

  private func randomRow(_ random: inout SplitMix) -> [Cell] {
    func one(of cells: [Cell]) -> Cell { cells.randomElement(using: &random) ?? .null }
    func text() -> Cell { random.oneIn(6) ? .null : one(of: Self.texts.map { .text($0) }) }
    let row: [Cell] = [
      .int(Int64.random(in: -3...9, using: &random)), text(), text(),
      one(of: [.null, .int(0), .int(1), .int(7), .int(150), .int(151), .int(-1), .int(.max)]),
      one(of: [.null, .double(0.5)]), one(of: [.null, .bool(true), .bool(false)]),
      one(of: [.null, .text("1.50"), .text("-3"), .text("NaN")]),
      one(of: [.null, .text("2024-02-29")]), one(of: [.null, .int(1_000_000)]),
      one(of: [.null, .text("null"), .text("[1]")]),
      one(of: [.null, .text("A B@C.de "), .text("a@b.co"), .text("no")]),
    ]
    return row.map { random.oneIn(60) ? .unreadable("holds nothing that can be read") : $0 }
  }

  @Test(arguments: [false, true]) func bothWaysAgreeOnRandomRows(isPlan: Bool) throws {
    let program = try ProjectText(
      target: Self.target, schemas: ["thing": Self.schema], mappings: ["things": Self.mapping]
    ).programs(["things": Self.columns]).only()
    var random = SplitMix(state: 11)
    let rows = (0..<4000).map { _ in randomRow(&random) }
    let batch = RowBatch(columns: Self.columns, rows)
    let tables = LinkTables(["things": LinkTable()])
    for value: Int64 in [1, 2, 3, 4, 5, 6, 8, 150] {
      tables.add(
        value == 6 ? "no number" : "\(value * 10)", mapping: "things", key: Key([.int(value)]))
    }
    if isPlan { tables.addPending(mapping: "things", key: Key([.int(7)])) }
    let quick = RecordBuilder(program: program, integerIDs: ["things"], links: tables)
    let clear = RecordBuilder(program: program, integerIDs: ["things"], isQuick: false) {
      tables.resolve($0, $1)
    }
    quick.setBatch(batch)
    clear.setBatch(batch)
    var built = 0
    for row in 0..<batch.count {
      let outcomes = ("\(quick.build(row: row))", "\(clear.build(row: row))")
      #expect(outcomes.0 == outcomes.1, "\(rows[row])")
      #expect(quick.bytes == clear.bytes, "\(rows[row])")
      if outcomes.0.hasPrefix("built") { built += 1 }
    }
    #expect(built > 100, "hardly a row is good: \(built)")
  }
}
