import JSON
import Mappings
import Programs
import Rows
import Testing

@testable import Engine

@Suite struct RequestBuilderTests {
  private func builder(
    update: String = #"{ call: "PATCH /things/{id}" }"#, clear: String = "null",
    extra: String = ""
  ) throws -> RequestBuilder {
    let target = """
      target: crm
      base_url: https://api.example.com
      resources:
        things:
          schema: { create: create.json, update: update.json }
          id: { path: id, kind: string }
          match: { field: ids.code }
          find: { call: "GET /things/{match.name}:{match.value}" }
          get: { call: "GET /things/{id}" }
          create: { call: POST /things\(extra) }
          update: \(update)
          delete: { call: "DELETE /things/{id}" }
          clear: \(clear)
      """
    let schema = { (more: String) in
      """
      { "required": ["must"], "additionalProperties": false, "properties": {
        "name": { "type": "string" }, "size": { "type": "integer" }, "tags": { "type": "array" },
        "must": { "type": ["string", "null"] }, "ids": { "type": "object" }\(more) } }
      """
    }
    let mapping = """
      mapping: things
      source: db
      target: crm
      resource: things
      query: { sql: select id from things }
      key: id
      fields: { ids.code: string(row.id), must: { value: x } }
      """
    let programs = try ProjectText(
      target: target,
      schemas: [
        "create": schema(#", "born": { "type": "string" }"#),
        "update": schema(#", "late": { "type": "string" }"#),
      ], mappings: ["things": mapping]
    ).programs(["things": [column("id", .int, nullable: false)]])
    return RequestBuilder(program: try programs.only())
  }

  private func record(_ text: String) -> FlatRecord { flat(Array(text.utf8)) }

  private func body(_ request: OutboundRequest?) throws -> JSON {
    try JSON(parsing: try #require(request?.body))
  }

  @Test func aCreateLeavesOutNullsAndWhatItsSchemaLacks() throws {
    let request = try builder().create(
      record(#"{"ids.code":"1","late":"no","must":null,"name":null,"size":4}"#),
      onCreate: record(#"{"born":"2024-01-01"}"#))
    #expect(request?.route == "POST /things")
    #expect(
      try body(request)
        == (["ids": ["code": "1"], "must": .null, "size": 4, "born": "2024-01-01"] as JSON))
  }

  @Test func anUpdateSendsWhatChangedAndWhatIsAlwaysWanted() throws {
    let builder = try builder(update: #"{ call: "PATCH /things/{id}", always: [must] }"#)
    let all = record(#"{"born":"x","must":"m","name":"n","size":4}"#)
    let request = builder.update(
      id: "7", changed: record(#"{"born":"x","size":4}"#), record: all)
    #expect(request?.path == "/things/7")
    #expect(try body(request) == (["size": 4, "must": "m"] as JSON))
    #expect(
      try self.builder().update(id: "7", changed: record(#"{"born":"x"}"#), record: all) == nil)
  }

  @Test func anUpdateMaySendEverything() throws {
    let request = try builder(update: #"{ call: "PUT /things/{id}", send: all, wrap: thing }"#)
      .update(
        id: "7", changed: record(#"{"size":null}"#),
        record: record(#"{"must":"m","name":null,"size":null}"#))
    #expect(request?.method == "PUT")
    #expect(try body(request) == (["thing": ["must": "m", "size": .null]] as JSON))
  }

  @Test(arguments: [
    ("null", #"{"name":null,"size":null,"tags":null}"#),
    ("empty", #"{"name":"","size":null,"tags":[]}"#),
  ])
  func aFieldIsEmptiedAsTheTargetWantsIt(clear: String, expected: String) throws {
    let empty = record(#"{"name":null,"size":null,"tags":null}"#)
    let request = try builder(clear: clear).update(id: "1", changed: empty, record: empty)
    #expect(try body(request) == (try JSON(parsing: expected)))
  }

  @Test func aTargetThatEmptiesNothingIsSentNothing() throws {
    let empty = record(#"{"name":null}"#)
    #expect(try builder(clear: "omit").update(id: "1", changed: empty, record: empty) == nil)
  }

  @Test func anIdMayStandInTheQuery() throws {
    let request = try builder(update: #"{ call: "PATCH /things?id={id}" }"#)
      .update(id: "a&b=c", changed: record(#"{"name":"n"}"#), record: FlatRecord())
    #expect(request?.path == "/things?id=a%26b%3Dc")
    #expect(request?.route == "PATCH /things")
  }

  @Test(arguments: [
    ("12", "/things/12"), ("a/b?c#d", "/things/a%2Fb%3Fc%23d"), ("..", "/things/%2E%2E"),
    (".", "/things/%2E"), ("a.b~c_d-e", "/things/a.b~c_d-e"),
    ("é {id}", "/things/%C3%A9%20%7Bid%7D"),
    ("100%", "/things/100%25"), ("\r\nHost: x", "/things/%0D%0AHost%3A%20x"),
  ])
  func aHostileIdStaysOneSegment(id: String, path: String) throws {
    let builder = try builder()
    #expect(builder.get(id: id)?.path == path)
    #expect(builder.delete(id: id)?.path == path)
  }

  @Test func aSearchNamesTheFieldAndTheValue() throws {
    #expect(try builder().find("1/2 {match.name}")?.path == "/things/code:1%2F2%20%7Bmatch.name%7D")
  }
}
