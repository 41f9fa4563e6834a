import JSON
import Ledger
import Mappings
import Programs
import Testing

@testable import Engine

/// `send: whole`: what was read of an object goes back with what differs.
@Suite struct WholeUpdateTests {
  private static let target = Stage.target.replacing(
    "update: { call: \"PATCH /things/{id}\", object: data, send: changed }",
    with: "update: { call: \"PUT /things/{id}\", object: data, send: whole }")

  private func rows(_ stage: Stage, name: String) {
    stage.source.set(
      "things",
      [
        [.int(1), .text(name), .text("note"), .int(1), .null],
        [.int(2), .text("Other"), .text("note"), .int(1), .null],
      ])
  }

  private func opened() async throws -> Stage {
    let stage = try Stage(target: Self.target)
    rows(stage, name: "One")
    _ = try await stage.run()
    stage.target.state.withLock { state in
      for (id, object) in state.objects["things"] ?? [:] {
        state.objects["things"]?[id] = object.merging(
          ["born": "there", "made_by": "a person", "server": "its own"])
      }
    }
    return stage
  }

  @Test("What somebody filled in there stays")
  func keeps() async throws {
    let stage = try await opened()
    rows(stage, name: "Uno")
    let before = stage.target.calls.count
    let report = try await stage.runThings()
    #expect(report.updated == 1)
    #expect(report.forecastCalls == 2)
    #expect(stage.target.calls.dropFirst(before).map(\.method) == ["GET", "PUT"])
    let object = try #require(stage.target.objects("things").first { $0["code"] == "t1" })
    #expect(object["name"] == "Uno")
    #expect(object["born"] == "there")
    #expect(object["made_by"] == "a person")
    // What an update has no place for is not sent.
    #expect(stage.target.writes.last?.json?["server"] == nil)
    #expect(stage.target.writes.last?.json?["id"] == nil)
  }

  @Test("A deactivation and a return keep it too")
  func deactivation() async throws {
    let stage = try await opened()
    stage.source.set("things", [[.int(2), .text("Other"), .text("note"), .int(1), .null]])
    _ = try await stage.runThings()
    #expect(try await stage.runThings().deactivated == 1)
    var object = try #require(stage.target.objects("things").first { $0["code"] == "t1" })
    #expect(object["active"] == 0 && object["born"] == "there")
    rows(stage, name: "One")
    #expect(try await stage.runThings().updated == 1)
    object = try #require(stage.target.objects("things").first { $0["code"] == "t1" })
    #expect(object["active"] == 1 && object["born"] == "there")
  }

  @Test("An object that is gone is looked up, not written")
  func gone() async throws {
    let stage = try await opened()
    let id = stage.target.state.withLock { state in
      let id = state.objects["things"]?.first { $0.value["code"] == "t1" }?.key ?? 0
      state.objects["things"]?[id] = nil
      return id
    }
    rows(stage, name: "Uno")
    let writes = stage.target.writes.count
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.target.writes.count == writes)
    let open = try await stage.ledger.openIntents(of: "things")
    #expect(open.count == 1)
    #expect(open.first?.targetID == String(id))
    stage.clock.advance(by: .seconds(600))
    _ = try await stage.runThings()
    #expect(stage.target.writes.count == writes)
  }

  @Test(
    "What cannot be read is not written",
    arguments: [
      SimulatedTarget.Fault.status(422, body: #"{"message":"not now"}"#),
      .answered(200, body: #"{"data":{"id":77,"name":"a stranger"}}"#),
    ])
  func unreadable(fault: SimulatedTarget.Fault) async throws {
    let stage = try await opened()
    rows(stage, name: "Uno")
    stage.target.spoil { $0.method == "GET" && $0.path.hasPrefix("/things/") ? fault : .none }
    let writes = stage.target.writes.count
    let report = try await stage.runThings()
    #expect(report.rejected == 1, "\(report)")
    #expect(stage.target.writes.count == writes)
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().updated == 1)
  }

  @Test("A target that fails while it is read stops the mapping, and nothing is open")
  func failing() async throws {
    let stage = try await opened()
    rows(stage, name: "Uno")
    stage.target.spoil { $0.method == "GET" && $0.path.hasPrefix("/things/") ? .lostBefore : .none }
    let writes = stage.target.writes.count
    #expect(try await stage.runThings().status == .failed)
    #expect(stage.target.writes.count == writes)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }
}

@Suite struct WholeBodyTests {
  @Test func whatAnUpdateHasNoPlaceForIsLeftOut() throws {
    let schema = """
      { "type": "object", "required": ["name"], "additionalProperties": false, "properties": {
        "name": { "type": "string" }, "code": { "type": "string" },
        "opted": { "type": "integer", "enum": [0, 1] },
        "nick": { "type": "string" }, "note": { "type": ["string", "null"] },
        "secret": { "type": "string", "x-readPath": null },
        "title_id": { "type": ["integer", "null"], "x-readPath": "title.id" },
        "made": { "type": "string", "readOnly": true },
        "born": { "type": "string", "x-immutable": true },
        "address": { "type": "object", "additionalProperties": false, "properties": {
          "city": { "type": "string" }, "zip": { "type": "string" } } },
        "roles": { "type": "array", "items": { "type": "object", "additionalProperties": false,
          "properties": { "id": { "type": "integer" } } } } } }
      """
    let object = try JSON(
      parsing: """
        {"id":5,"name":"A","code":"c","opted":true,"nick":null,"note":null,"secret":"x","title":{"id":7},
         "made":"m","born":"b","address":{"city":"X","zip":"1","geo":2},"roles":[{"id":1,"name":"r"}]}
        """)
    let body = WholeBody(schema: try node(schema)).body(
      of: object,
      with: [
        JSON.Member(name: "name", value: "B"), JSON.Member(name: "address.zip", value: "2"),
      ])
    #expect(
      body.canonicalBytes
        == ([
          "name": "B", "code": "c", "opted": 1, "note": .null, "title_id": 7,
          "address": ["city": "X", "zip": "2"], "roles": [["id": 1]],
        ] as JSON).canonicalBytes)
  }

  private func node(_ schema: String) throws -> SchemaNode {
    let text = ProjectText(
      target: Stage.target, schemas: ["group": schema, "thing": schema],
      mappings: [
        "groups": """
        mapping: groups
        source: db
        target: crm
        resource: groups
        query: { sql: 'select id, name from groups' }
        key: id
        fields: { name: row.name, code: string(row.id) }
        """
      ])
    return try #require(try text.programs(["groups": Stage.groupColumns]).first).schemas.update
  }
}
