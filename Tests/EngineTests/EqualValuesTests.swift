import JSON
import Ledger
import Programs
import Testing

@testable import Engine

/// A target that holds what is wanted, and writes it otherwise.
@Suite struct EqualValuesTests {
  private static let schemas = Stage.schemas.merging([
    "thing": """
    { "type": "object", "required": ["code", "name"], "additionalProperties": false,
      "properties": {
        "code": { "type": "string" }, "name": { "type": "string" },
        "note": { "type": "string" },
        "price": { "type": ["number", "null"] },
        "at": { "type": ["string", "null"], "format": "date-time" },
        "tags": { "type": "array", "x-order": "any", "items": { "type": "string" } },
        "hidden": { "type": "boolean", "x-absent": false },
        "phones": { "type": "array", "items": { "type": "object", "properties": {
          "type": { "type": "string" }, "value": { "type": "string" } } } } } }
    """
  ]) { $1 }

  private static func things(_ more: String = "") -> String {
    """
    mapping: things
    source: db
    target: crm
    resource: things
    query: { sql: 'select id, name, note, size, "group" from things' }
    key: id
    fields:
      code: '"t" + string(row.id)'
      name: row.name
      at: row.note
      price: { value: 12.50 }
      tags: '["b", "a"]'
      hidden: { value: false }
      phones: 'dyn([{"type": "work", "value": "1"}])'
    \(more)
    """
  }

  @Sendable private static func otherwise(_ object: JSON) -> JSON {
    var members = (object.members ?? []).filter { $0.name != "hidden" }
    for index in members.indices {
      switch members[index].name {
      case "price": members[index].value = "12.500"
      case "at": members[index].value = "2024-03-01T06:00:00.000-06:00"
      case "tags": members[index].value = ["a", "b"]
      case "phones":
        members[index].value = .array(
          (members[index].value.arrayValue ?? []).map { phone in
            .object([JSON.Member(name: "id", value: 7)] + (phone.members ?? []).reversed())
          })
      default: break
      }
    }
    return .object(members.reversed())
  }

  private func rows(_ stage: Stage, at: String = "2024-03-01T12:00:00Z") {
    stage.source.set(
      "things",
      [
        [.int(1), .text("One"), .text(at), .int(1), .null],
        [.int(2), .text("Two"), .text(at), .int(2), .null],
      ])
  }

  @Test(
    "Equal values in other spellings are no edit", arguments: ["", "sensitive: [price, at, tags]"])
  func reconcile(more: String) async throws {
    let stage = try Stage(things: Self.things(more), schemas: Self.schemas)
    rows(stage)
    stage.target.show(Self.otherwise)
    #expect(try await stage.runThings().created == 2)
    let writes = stage.target.writes.count
    for mode in [Stage.Mode.run, .plan(details: 9), .run] {
      let report = try await stage.runThings(Stage.Options(mode: mode, reconciles: true))
      let found = try #require(report.reconciled)
      #expect(found.isClean && found.notCompared.isEmpty, "\(found)")
      #expect(report.unchanged == 2)
    }
    #expect(stage.target.writes.count == writes)
  }

  @Test(
    "What was there before is linked, and not written",
    arguments: ["", "sensitive: [price, at, tags]"])
  func adoption(more: String) async throws {
    let first = try Stage(things: Self.things(more), schemas: Self.schemas)
    rows(first)
    _ = try await first.run()
    let objects = first.target.objects("things")
    let stage = try Stage(things: Self.things(more), schemas: Self.schemas)
    rows(stage)
    for object in objects { stage.target.put(object, in: "things") }
    stage.target.show(Self.otherwise)
    let report = try await stage.runThings()
    #expect(report.adopted == 2)
    #expect(stage.target.writes.isEmpty, "\(stage.target.writes)")
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test("Another spelling of ours is no update", arguments: ["", "sensitive: [price, at]"])
  func ours(more: String) async throws {
    let stage = try Stage(things: Self.things(more), schemas: Self.schemas)
    rows(stage)
    _ = try await stage.run()
    let writes = stage.target.writes.count
    rows(stage, at: "2024-03-01T14:00:00.0+02:00")
    #expect(try await stage.runThings().unchanged == 2)
    rows(stage, at: "2024-03-01T12:00:01Z")
    #expect(try await stage.runThings().updated == 2)
    #expect(stage.target.writes.count == writes + 2)
  }

  @Test(
    "What an object holds that a person names is no difference",
    arguments: ["", "sensitive: [price, at]"])
  func namedObject(more: String) async throws {
    let stage = try Stage(things: Self.things(more), schemas: Self.schemas)
    rows(stage)
    _ = try await stage.run()
    stage.target.show(Self.otherwise)
    let program = stage.programs[1]
    let masking = Masking(key: Array(repeating: 7, count: 32))
    let link = try #require(try await stage.ledger.link(of: "things", key: Key([.int(1)])))
    let answer = try await NamedObject.read(
      link.targetID, of: program,
      from: TargetConnection(
        definition: stage.definition, wire: stage.target,
        gate: TargetGate(limits: [], scale: 1, atOnce: 1, clock: stage.clock), clock: stage.clock,
        windowScale: 1), ledger: stage.ledger, masking: masking)
    guard case .held(let fields) = answer else {
      Issue.record("\(answer)")
      return
    }
    let wanted: JSON = [
      "at": "2024-03-01T12:00:00Z", "code": "t1", "hidden": false, "name": "One",
      "phones": [["type": "work", "value": "1"]], "price": .number("12.50"), "tags": ["b", "a"],
    ]
    let difference = try RecordComparison(program, masking).difference(
      wanted.compactBytes, since: fields, of: Key([.int(1)]))
    #expect(difference.changes.isEmpty, "\(difference.changes)")
  }

  @Test("A lost answer of an update that took place is no reason to write again")
  func recovery() async throws {
    let stage = try Stage(things: Self.things("sensitive: [at]"), schemas: Self.schemas)
    rows(stage)
    stage.target.show(Self.otherwise)
    _ = try await stage.run()
    stage.target.spoil { $0.method == "PATCH" ? .lostAfter : .none }
    stage.source.set(
      "things", [[.int(1), .text("Uno"), .text("2024-03-01T12:00:00Z"), .int(1), .null]])
    #expect(try await stage.runThings().unknown == 1)
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(300))
    let writes = stage.target.writes.count
    _ = try await stage.runThings()
    #expect(stage.target.writes.count == writes, "\(stage.target.writes.dropFirst(writes))")
  }
}
