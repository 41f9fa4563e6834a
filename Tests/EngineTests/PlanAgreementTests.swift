import Engine
import JSON
import Ledger
import Programs
import Testing

/// A plan foretells what a run does: the same counts, the same reasons, the same calls.
@Suite struct PlanAgreementTests {
  private func thing(_ id: Int64, _ name: String, note: String? = nil) -> [Cell] {
    [.int(id), .text(name), note.map { .text($0) } ?? .null, .null, .null]
  }

  /// A plan, and then a run, which must have come to the same. `applies`: the plan is kept, and the run sends what it says.
  private func expectAgreement(
    _ stage: Stage, _ applies: Bool, reconciles: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> MappingReport {
    let before = stage.target.calls.count
    let outcome = try await stage.outcome(
      Stage.Options(mode: .plan(details: .max), reconciles: reconciles, keeps: applies))
    let plan = try #require(outcome.report.mappings.first { $0.mapping == "things" })
    #expect(
      stage.target.calls.dropFirst(before).allSatisfy { $0.method == "GET" },
      sourceLocation: sourceLocation)
    let read = stage.target.calls.count
    let report = try await stage.runThings(
      Stage.Options(
        reconciles: reconciles,
        gate: applies ? PlanGate(outcome.sections, seal: stage.seal) : nil),
      sourceLocation: sourceLocation)
    #expect(
      report.outdated == 0 && report.unplanned == 0, "\(report)", sourceLocation: sourceLocation)
    func counts(_ report: MappingReport) -> [String: Int] {
      [
        "rows": report.rows, "unchanged": report.unchanged, "created": report.created,
        "updated": report.updated, "deactivated": report.deactivated, "rejected": report.rejected,
        "deferred": report.deferred, "unknown": report.unknown, "adopted": report.adopted,
        "dismissed": report.dismissed, "completed": report.completed,
      ]
    }
    #expect(counts(plan) == counts(report), sourceLocation: sourceLocation)
    #expect(
      Set(plan.reasons.map(\.message)) == Set(report.reasons.map(\.message)),
      sourceLocation: sourceLocation)
    let writes = stage.target.calls[read...].count { $0.method != "GET" }
    // An object that is linked as it is needs no write.
    let items = outcome.items.count {
      $0.mapping == "things" && !($0.adopts && $0.fields.isEmpty)
    }
    #expect(items == writes, "\(outcome.items)", sourceLocation: sourceLocation)
    return report
  }

  @Test(arguments: [false, true]) func ofObjectsThatAreThereAlready(applies: Bool) async throws {
    let stage = try Stage()
    // The same, another, two of one, and one that is another's by now.
    stage.target.put(["code": "t1", "name": "a", "active": 1], in: "things")
    stage.target.put(["code": "t2", "name": "old", "active": 1], in: "things")
    for _ in 1...2 { stage.target.put(["code": "t3", "name": "a"], in: "things") }
    stage.source.set("things", (1...4).map { thing($0, "a") })
    let report = try await expectAgreement(stage, applies)
    #expect((report.unchanged, report.updated, report.created, report.rejected) == (1, 1, 1, 1))
    #expect(report.adopted == 2)
  }

  @Test(arguments: [false, true]) func ofAnObjectThatBelongsToAnother(applies: Bool) async throws {
    let stage = try Stage(
      things: Stage.things.replacing(#"'"t" + string(row.id)'"#, with: "row.note"))
    stage.source.set("things", [thing(1, "a", note: "x")])
    try await stage.run()
    stage.source.set("things", [thing(2, "a", note: "x"), thing(3, "a", note: "y")])
    let report = try await expectAgreement(stage, applies)
    #expect((report.created, report.rejected) == (1, 1))
    // Known by now, and not shown as a create again.
    #expect(try await expectAgreement(stage, applies).rejected == 1)
  }

  @Test(arguments: [false, true]) func ofWhatWasRefusedBefore(applies: Bool) async throws {
    let stage = try Stage()
    stage.target.spoil { request in
      request.method != "GET" && request.json?["name"] == "bad"
        ? .status(422, body: #"{"errors":{"name":["is bad"]}}"#) : .none
    }
    stage.source.set("things", [thing(1, "bad"), thing(2, "good")])
    try await stage.run()
    stage.source.set("things", [thing(1, "bad"), thing(2, "better"), thing(3, "new")])
    let report = try await expectAgreement(stage, applies)
    #expect((report.rejected, report.updated, report.created) == (1, 1, 1))
  }

  @Test(arguments: [false, true]) func ofWhatWaitedAndWasRefusedBefore(applies: Bool) async throws {
    let stage = try Stage()
    stage.target.spoil { request in
      request.method == "POST" && request.json?["name"] == "bad"
        ? .status(422, body: #"{"errors":{"name":["is bad"]}}"#) : .none
    }
    let row: [Cell] = [.int(1), .text("bad"), .null, .null, .int(7)]
    stage.source.set("things", [row])
    stage.source.set("groups", [[.int(7), .text("g")]])
    try await stage.run()
    let writes = stage.target.writes.count
    #expect(try await expectAgreement(stage, applies).rejected == 1)
    #expect(stage.target.writes.count == writes)
  }

  @Test(arguments: [false, true]) func ofAChangeThatTheTargetNeverTakes(applies: Bool) async throws
  {
    let update = #"    update: { call: "PATCH /things/{id}", object: data, send: changed }"# + "\n"
    let stage = try Stage(
      things: Stage.things.replacing(
        "when_absent:\n  after: 2\n  set: { active: { value: 0 } }", with: ""),
      target: Stage.target.replacing(update, with: ""))
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.source.set("things", [thing(1, "b")])
    #expect(try await expectAgreement(stage, applies).rejected == 1)
  }

  /// Three things: one deleted at the target, one made anew there by hand, one edited.
  @Test(arguments: [false, true]) func ofWhatPeopleDidAtTheTarget(applies: Bool) async throws {
    let stage = try Stage()
    let rows = (1...3).map { thing($0, "a") }
    stage.source.set("things", rows)
    try await stage.run()
    func change(_ code: String, _ work: (Int, JSON, inout [Int: JSON]) -> Void) {
      stage.target.state.withLock { state in
        for (id, object) in state.objects["things", default: [:]]
        where object["code"]?.stringValue == code {
          work(id, object, &state.objects["things", default: [:]])
        }
      }
    }
    var deleted: JSON?
    change("t1") { id, object, objects in
      deleted = object
      objects[id] = nil
    }
    change("t2") { id, object, objects in
      objects[id] = nil
      objects[90] = object.merging(["id": 90, "name": "by hand"])
    }
    change("t3") { id, object, objects in objects[id] = object.merging(["name": "edited"]) }
    let report = try await expectAgreement(stage, applies, reconciles: true)
    #expect((report.rejected, report.updated, report.unchanged) == (1, 2, 0))

    // The deleted one is put back, with another name.
    let again = try #require(deleted)
    stage.target.state.withLock { state in
      guard let id = again["id"]?.intValue else { return }
      state.objects["things"]?[Int(id)] = again.merging(["name": "put back"])
    }
    let second = try await expectAgreement(stage, applies, reconciles: true)
    #expect((second.rejected, second.updated, second.unchanged) == (0, 1, 2))
  }

  @Test(arguments: [false, true]) func ofDeletionsWhichAreCalledSo(applies: Bool) async throws {
    let stage = try Stage(
      things: Stage.things.replacing(
        "after: 2\n  set: { active: { value: 0 } }", with: "after: 1\n  delete: true"))
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    stage.source.set("things", [thing(1, "a")])
    let outcome = try await stage.outcome(Stage.Options(mode: .plan(details: .max)))
    #expect(outcome.items.map(\.word) == ["delete"])
    #expect(try #require(outcome.report.mappings.last).deletes)
    #expect(try await expectAgreement(stage, applies).deactivated == 1)
  }
}

/// Records that something at the target stands against.
@Suite struct ConflictTests {
  private func thing(_ id: Int64, _ name: String, note: String) -> [Cell] {
    [.int(id), .text(name), .text(note), .null, .null]
  }

  private static let byNote = Stage.things.replacing(
    #"'"t" + string(row.id)'"#, with: "row.note")

  /// 21 objects in six pages, one of them another's, two of them alike.
  private func stage(target: String = Stage.target) async throws -> Stage {
    let stage = try Stage(things: Self.byNote, target: target)
    for number in 1...20 { stage.target.put(["code": .string("o\(number)")], in: "things") }
    for _ in 1...2 { stage.target.put(["code": "twice"], in: "things") }
    stage.source.set("things", [thing(1, "a", note: "x")])
    try await stage.run()
    stage.source.set(
      "things", [thing(1, "a", note: "x"), thing(2, "b", note: "x"), thing(3, "c", note: "twice")])
    #expect(try await stage.runThings().rejected == 2)
    return stage
  }

  private func listings(_ stage: Stage, _ work: () async throws -> Void) async throws -> Int {
    let before = stage.target.calls.count
    try await work()
    return stage.target.calls.dropFirst(before).count { $0.path.hasPrefix("/things?") }
  }

  @Test func costNoSearchWhileTheyLast() async throws {
    let stage = try await stage()
    for _ in 1...3 {
      let before = stage.target.calls.count
      let report = try await stage.runThings()
      #expect(report.rejected == 2)
      #expect(report.reasons.count == 2)
      // The one object that is another's, and the two.
      #expect(stage.target.calls.count - before == 3)
    }
  }

  @Test func withAKeyThatHasNoRowAnyMoreCostNoCall() async throws {
    let stage = try await stage()
    stage.source.set("things", [thing(2, "b", note: "x")])
    // That the row is gone is known at its end.
    #expect(try await stage.runThings().rejected == 1)
    let calls = stage.target.calls.count
    for _ in 1...3 {
      let report = try await stage.runThings()
      #expect(report.rejected == 1)
      #expect(report.reasons.first?.message.contains("--move") == true, "\(report.reasons)")
    }
    #expect(stage.target.calls.count == calls, "\(stage.target.calls.suffix(5))")
  }

  @Test func endWhenTheirCauseDoes() async throws {
    let stage = try await stage()
    // The other one has another code by now, and one of the two is gone.
    stage.target.state.withLock { state in
      let twins = state.objects["things", default: [:]].filter { $0.value["code"] == "twice" }
      state.objects["things"]?[twins.keys.max() ?? 0] = nil
      for (id, object) in state.objects["things", default: [:]] where object["code"] == "x" {
        state.objects["things"]?[id] = [
          "id": .integer(Int64(id)), "code": "z", "name": object["name"] ?? .null,
        ]
      }
    }
    let report = try await stage.runThings()
    #expect(report.rejected == 0, "\(report)")
    #expect((report.created, report.adopted) == (1, 1))
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
  }

  @Test func areLookedForMoreAndMoreSeldomWhereNoObjectCanBeRead() async throws {
    let get = #"    get: { call: "GET /things/{id}", object: data }"# + "\n"
    let stage = try await stage(target: Stage.target.replacing(get, with: ""))
    var searched: [Bool] = []
    for _ in 1...8 {
      let pages = try await listings(stage) { _ = try await stage.runThings() }
      searched.append(pages > 0)
    }
    #expect(searched == [false, true, false, false, true, false, false, false])
  }

  @Test func areLookedForAtOnceWhenTheRecordChanges() async throws {
    let stage = try await stage()
    stage.source.set(
      "things",
      [thing(1, "a", note: "x"), thing(2, "b", note: "free"), thing(3, "c", note: "twice")])
    let report = try await stage.runThings()
    #expect((report.created, report.rejected) == (1, 1))
  }
}
