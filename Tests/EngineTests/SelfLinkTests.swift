import Engine
import JSON
import Ledger
import Programs
import Testing

/// Rows that link to other rows of their own mapping, as people to their supervisors.
@Suite struct SelfLinkTests {
  private static let plain = #"link("things", row.group)"#

  /// The things, each with a chief among them.
  private func stage(
    _ link: String = Self.plain, onCreate: Bool = false, isRequired: Bool = false
  ) throws -> Stage {
    let field = "chief_id: \(link)"
    var things = Stage.things.replacing(
      #"group_id: link("groups", row.group)"#, with: onCreate ? "" : field)
    if onCreate { things = things.replacing("on_create:", with: "on_create:\n  \(field)") }
    let update = #"update: { call: "PATCH /things/{id}", object: data, send: changed"#
    let target = Stage.target.replacing(
      update, with: update + (isRequired ? ", always: [chief_id]" : ""))
    return try Stage(things: things, target: target)
  }

  private func rows(_ chiefs: [(Int64, Int64?)], name: String = "a") -> [[Cell]] {
    chiefs.map { id, chief in
      [.int(id), .text(name), .null, .null, chief.map { .int($0) } ?? .null]
    }
  }

  private func set(_ stage: Stage, _ chiefs: [(Int64, Int64?)], name: String = "a") {
    stage.source.set("things", rows(chiefs, name: name))
  }

  /// The number of each thing's chief at the target, by its own number.
  private func chiefs(_ stage: Stage) -> [Int64: Int64] {
    let objects = stage.target.objects("things")
    func number(_ object: JSON) -> Int64? {
      object["code"]?.stringValue.flatMap { Int64($0.dropFirst()) }
    }
    let numbers = Dictionary(
      uniqueKeysWithValues: objects.compactMap { object in
        object["id"]?.intValue.flatMap { id in number(object).map { (id, $0) } }
      })
    return objects.reduce(into: [:]) { chiefs, object in
      guard let chief = object["chief_id"]?.intValue, let own = number(object) else { return }
      chiefs[own] = numbers[chief]
    }
  }

  /// The second run has nothing to do, and asks nobody.
  private func expectRest(_ stage: Stage, unchanged: Int) async throws {
    let calls = stage.target.calls.count
    let second = try await stage.runThings()
    #expect(second.unchanged == unchanged, "\(second)")
    #expect(second.deferred == 0)
    #expect(stage.target.calls.count == calls)
  }

  @Test(
    "One run is enough, whatever the links look like, and a plan says what it will do",
    arguments: [Self.plain, Self.plain + ".orValue(null)"],
    [
      // The chief of all is his own; a chain against the order of the keys.
      (rows: [(1, 1), (2, 3), (3, 4), (4, 1)], circles: 1),
      (rows: [(1, nil), (2, 1), (3, 2)], circles: 0),
      // Two circles, one with a tail.
      (rows: [(1, 2), (2, 3), (3, 1), (4, 5), (5, 4), (6, 5)], circles: 2),
      (rows: (1...9).map { ($0, $0) }, circles: 9),
    ] as [(rows: [(Int64, Int64?)], circles: Int)])
  func complete(_ link: String, _ shape: (rows: [(Int64, Int64?)], circles: Int)) async throws {
    for applies in [false, true] { try await complete(link, shape, applies: applies) }
  }

  /// `applies`: the plan is kept, and the run sends what it says.
  private func complete(
    _ link: String, _ shape: (rows: [(Int64, Int64?)], circles: Int), applies: Bool
  ) async throws {
    let stage = try stage(link)
    set(stage, shape.rows)
    let planned = try await stage.outcome(
      Stage.Options(mode: .plan(details: .max), keeps: applies))
    let plan = planned.report.mappings[1]
    expectCountsAddUp(plan)
    let read = stage.target.calls.count
    let report = try await stage.runThings(
      Stage.Options(gate: applies ? PlanGate(planned.sections, seal: stage.seal) : nil))
    #expect(report.outdated == 0 && report.unplanned == 0)
    #expect(report.created == shape.rows.count)
    #expect(report.completed == shape.circles)
    #expect(report.reasons.isEmpty)
    #expect(report.status == .succeeded)
    #expect(stage.target.writes.count == shape.rows.count + shape.circles)
    #expect((plan.created, plan.completed) == (report.created, report.completed))
    #expect(plan.deferred == 0)
    #expect(plan.forecastCalls == stage.target.calls.count - read)
    for (id, chief) in shape.rows { #expect(chiefs(stage)[id] == chief) }
    try await expectRest(stage, unchanged: shape.rows.count)
  }

  @Test("Who links to nobody that comes is made without, and completed when he does come")
  func dangling() async throws {
    let stage = try stage()
    set(stage, [(1, 9), (2, 1)])
    let first = try await stage.runThings()
    #expect(first.created == 2)
    #expect(chiefs(stage) == [2: 1])
    let reason = try first.reasons.only()
    #expect(reason.kind == .deferred)
    #expect(reason.message == "sent without its link to things, which is not there")
    #expect(reason.examples == ["9"])
    let writes = stage.target.writes.count
    #expect(try await stage.runThings().unchanged == 2)
    #expect(stage.target.writes.count == writes)
    set(stage, [(1, 9), (2, 1), (9, nil)])
    let third = try await stage.runThings()
    #expect((third.created, third.updated) == (1, 1))
    #expect(chiefs(stage) == [1: 9, 2: 1])
    try await expectRest(stage, unchanged: 3)
  }

  @Test("A link that leads nowhere any more holds up no other change, and takes nothing away")
  func danglingUpdate() async throws {
    let stage = try stage()
    set(stage, [(1, nil), (2, 1)])
    try await stage.run()
    set(stage, [(1, nil), (2, 8)], name: "b")
    let report = try await stage.runThings()
    #expect(report.updated == 2)
    #expect(chiefs(stage) == [2: 1])
    #expect(stage.target.objects("things").allSatisfy { $0["name"] == "b" })
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test("Whose chief is refused goes without him")
  func refusedChief() async throws {
    let stage = try stage()
    stage.target.spoil { request in
      request.method == "POST" && request.json?["code"] == "t1"
        ? .status(422, body: #"{"message":"no"}"#) : .none
    }
    set(stage, [(1, nil), (2, 1), (3, 2)])
    let report = try await stage.runThings()
    #expect((report.created, report.rejected) == (2, 1))
    #expect(chiefs(stage) == [3: 2])
  }

  @Test("A chief that the target demands comes first; a circle of such waits, and says so")
  func required() async throws {
    let stage = try stage(Self.plain + ".orValue(0)", isRequired: true)
    set(stage, [(1, nil), (2, 3), (3, 1)])
    #expect(try await stage.runThings().created == 3)
    #expect(stage.target.writes.count == 3)
    #expect(chiefs(stage) == [2: 3, 3: 1])
    let strict = try self.stage(isRequired: true)
    set(strict, [(1, 2), (2, 1)])
    let report = try await strict.runThings()
    #expect(report.deferred == 2)
    #expect(report.reasons.first?.message == "waits for things, and the field cannot be set later")
    #expect(strict.target.writes.isEmpty)
  }

  @Test("What only a create carries is there when it is made, or the row waits")
  func onCreate() async throws {
    let stage = try stage(onCreate: true)
    set(stage, [(1, 3), (2, nil), (3, 2), (4, 4)])
    let report = try await stage.runThings()
    #expect(report.created == 3)
    #expect(report.deferred == 1)
    #expect(chiefs(stage) == [1: 3, 3: 2])
  }

  @Test("One listing is enough for all generations")
  func oneSearch() async throws {
    let stage = try stage()
    set(stage, (1...6).map { ($0, $0 == 6 ? nil : $0 + 1) })
    try await stage.run()
    #expect(stage.target.calls.count { $0.method == "GET" } == 1)
  }
}
