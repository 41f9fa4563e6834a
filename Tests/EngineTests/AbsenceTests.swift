import JSON
import Ledger
import Rows
import Testing

@testable import Engine

/// People, whose badge in `note` is what the target finds them by.
private func person(_ id: Int64?, _ badge: String?, _ name: String = "Ada") -> [Cell] {
  [
    id.map { .int($0) } ?? .null, .text(name), badge.map { .text($0) } ?? .null, .null, .null,
  ]
}

/// People with these numbers, and badges with the same numbers unless `shift` makes others of them.
private func people(_ numbers: ClosedRange<Int64>, badge: String = "b", shift: Int64 = 0)
  -> [[Cell]]
{
  numbers.map { person($0 + shift, badge + String($0)) }
}

private func mapping(_ absence: String, _ more: String = "") -> String {
  """
  mapping: things
  source: db
  target: crm
  resource: things
  query: { sql: 'select id, name, note, size, "group" from things' }
  key: id
  fields:
    code: row.note
    name: row.name
    size: row.size
    group_id: link("groups", row.group)
    active: { value: 1 }
  when_absent: \(absence)
  \(more)
  """
}

private let deletes = "{ after: 1, delete: true }"
private let deactivates = "{ after: 1, set: { active: { value: 0 } } }"
private let everything =
  "guard: { deactivations: { percent: 100, count: 99, floor: 99 }, source_drop: { percent: 100 } }"

/// An object that a row still matches is never given up because another key is gone.
@Suite struct AbsenceTests {
  @Test(
    "One person under a new number is not given up, and the way out is named",
    arguments: [deletes, deactivates])
  func aNewNumber(absence: String) async throws {
    let stage = try Stage(things: mapping(absence))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    let (writes, id) = (stage.target.writes.count, try await stage.id(of: 1))
    stage.source.set("things", [person(2, "b2"), person(7, "b1")])
    for _ in 1...3 {
      let report = try await stage.runThings()
      #expect(report.rejected == 1)
      #expect(report.deactivated == 0)
      #expect(report.status == .partial)
      #expect(report.absence?.claimed.keys == ["1"])
      #expect(
        report.reasons.first?.message.hasSuffix(
          "`crosswalk failures adopt things 7 \(id) --move`") == true, "\(report.reasons)")
    }
    #expect(stage.target.writes.count == writes)
    // The link moves, and the next run goes on with it.
    #expect(try await stage.move(1, to: 7) == 1)
    stage.source.set("things", [person(2, "b2"), person(7, "b1", "Ada L.")])
    let report = try await stage.runThings()
    #expect(report.updated == 1)
    #expect(report.status == .succeeded)
    #expect(try await stage.id(of: 7) == id)
    #expect(stage.target.objects("things").count == 2)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    let decisions = try await stage.ledger.decisions(mapping: "things", key: Key([.int(7)]))
    #expect(decisions.map(\.note) == ["from 1"])
    #expect(try await stage.ledger.history(mapping: "things", key: Key([.int(1)])).count == 1)
  }

  @Test("A plan says the same as the run, and the target is not asked for the object")
  func plan() async throws {
    let stage = try Stage(things: mapping(deletes))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    stage.source.set("things", [person(2, "b2"), person(7, "b1")])
    let calls = stage.target.calls.count
    var options = Stage.Options()
    options.mode = .plan(details: 20)
    let outcome = try await stage.outcome(options)
    let report = try #require(outcome.report.mappings.first { $0.mapping == "things" })
    #expect(report.created == 0)
    #expect(report.deactivated == 0)
    #expect(report.rejected == 1)
    #expect(report.reasons.first?.examples == ["7"])
    #expect(outcome.items.filter { $0.mapping == "things" }.isEmpty)
    #expect(stage.target.calls.count == calls)
  }

  enum Trouble: CaseIterable {
    case refusedByUs, refusedByTheTarget, deferred, twice, unknown
  }

  @Test("A row that is not sent protects its object too", arguments: Trouble.allCases)
  func aRowThatIsNotSent(trouble: Trouble) async throws {
    let stage = try Stage(things: mapping(deletes))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    let badge = trouble == .refusedByTheTarget ? "b7" : "b1"
    var row = person(7, badge)
    switch trouble {
    case .refusedByUs: row[3] = .int(-1)
    case .deferred: row[4] = .int(99)
    case .refusedByTheTarget:
      // Before the other key was gone, so that it is held back.
      stage.target.spoil { request in
        request.method == "POST"
          ? .status(422, body: #"{"message":"no","errors":{"code":["no"]}}"#) : .none
      }
      stage.source.set("things", [person(1, "b1"), person(2, "b2"), row])
      #expect(try await stage.runThings().rejected == 1)
      stage.target.spoil { _ in .none }
      stage.source.set("things", [person(1, badge), person(2, "b2"), row])
      #expect(try await stage.runThings().updated == 1)
    case .unknown: try await stage.holdElsewhere(naturalKey: "b1")
    case .twice: break
    }
    let rows = [person(2, "b2"), row] + (trouble == .twice ? [row] : [])
    stage.source.set("things", rows)
    let report = try await stage.runThings()
    #expect(report.deactivated == 0, "\(report)")
    #expect(!stage.target.calls.contains { $0.method == "DELETE" })
    #expect(stage.target.objects("things").count == 2)
  }

  @Test("A row whose key turns NULL is there: nobody is given up for it")
  func aKeyThatTurnsNull() async throws {
    let stage = try Stage(things: mapping(deletes))
    stage.source.set("things", people(1...4))
    try await stage.run()
    // Known by its badge: only that object is spared.
    stage.source.set("things", [person(nil, "b1")] + people(2...3))
    let known = try await stage.runThings()
    #expect(known.rejected == 1)
    #expect(known.deactivated == 1)
    #expect(known.absence?.spared == 1)
    #expect(try await stage.isLinked(1))
    // Not known: it may be anybody.
    stage.source.set("things", [person(nil, nil), person(2, "b2")])
    let unknown = try await stage.runThings()
    #expect(unknown.deactivated == 0)
    #expect(unknown.absent == 2)
    #expect(unknown.absence?.strangers == 1)
    #expect(stage.target.objects("things").count == 3)
    // When the rows are whole again, nobody has been counted as absent meanwhile.
    stage.source.set("things", people(1...3))
    #expect(try await stage.runThings().unchanged == 3)
  }

  @Test("Who is really gone is given up, even beside a new row")
  func whoIsReallyGone() async throws {
    let stage = try Stage(things: mapping(deletes))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    stage.source.set("things", [person(2, "b2"), person(7, "b7")])
    let report = try await stage.runThings()
    #expect(report.deactivated == 1)
    #expect(report.created == 1)
    stage.source.set("things", [person(7, "b7")])
    #expect(try await stage.runThings().deactivated == 1)
  }

  @Test("A row that is gone again no longer protects the object")
  func aClaimThatIsGone() async throws {
    let stage = try Stage(things: mapping("{ after: 2, set: { active: { value: 0 } } }"))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    stage.source.set("things", [person(2, "b2"), person(7, "b1")])
    #expect(try await stage.runThings().deactivated == 0)
    stage.source.set("things", [person(2, "b2")])
    #expect(try await stage.runThings().deactivated == 1)
  }

  @Test("All numbers anew: the guard says that the keys look changed", arguments: [1, 2])
  func allNumbersAnew(after: Int) async throws {
    let stage = try Stage(things: mapping("{ after: \(after), delete: true }"))
    stage.source.set("things", people(1...20))
    try await stage.run()
    let calls = stage.target.calls.count
    stage.source.set("things", people(1...20, shift: 100))
    let report = try await stage.runThings()
    #expect(report.status == .blocked)
    #expect(
      report.message?.contains(
        "20 of the 20 absent keys have a row under another key with the same `code`: has the key "
          + "changed?") == true, "\(report.message ?? "")")
    #expect(stage.target.calls.count == calls)
    // Even where all limits are off, nothing is deleted and nothing made twice.
    let open = try Stage(things: mapping(deletes, everything))
    open.source.set("things", people(1...20))
    try await open.run()
    let writes = open.target.writes.count
    open.source.set("things", people(1...20, shift: 100))
    #expect(try await open.runThings().rejected == 20)
    #expect(open.target.writes.count == writes)
  }

  @Test("Keys that now name their neighbors: nobody is written over, and nobody deleted")
  func keysThatNameOthers() async throws {
    let stage = try Stage(things: mapping(deletes, everything))
    stage.source.set("things", people(1...12))
    try await stage.run()
    let calls = stage.target.calls.count
    stage.source.set("things", people(1...12, shift: 1))
    let report = try await stage.runThings()
    #expect(report.status == .blocked)
    #expect(report.message?.contains("has the key changed?") == true, "\(report.message ?? "")")
    #expect(stage.target.calls.count == calls)
    // Every value is another one, and none is anybody else's: that is a change like any other.
    stage.source.set("things", people(1...12, badge: "c"))
    #expect(try await stage.runThings().updated == 12)
    // Two that exchange theirs.
    stage.source.set(
      "things", [person(1, "c2"), person(2, "c1")] + people(3...12, badge: "c"))
    #expect(try await stage.runThings().updated == 2)
  }

  @Test("A badge that goes to somebody who has an object: both are left for a person to see")
  func aBadgeThatIsPassedOn() async throws {
    let stage = try Stage(things: mapping(deletes))
    stage.source.set("things", [person(1, "b1"), person(2, "b2")])
    try await stage.run()
    let writes = stage.target.writes.count
    stage.source.set("things", [person(2, "b1")])
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.deactivated == 0)
    #expect(stage.target.writes.count == writes)
  }

  @Test("A run says who is absent, since when, and what follows")
  func whoIsAbsent() async throws {
    let stage = try Stage(
      things: mapping("{ after: 3, set: { active: { value: 0 } } }", everything))
    stage.source.set("things", people(1...20))
    try await stage.run()
    stage.source.set("things", people(1...18))
    #expect(
      try await stage.runThings().absence?.sentences.map(\.text) == [
        "2 keys are absent, for the first time: the objects are deactivated after 2 more complete "
          + "reads without them"
      ])
    stage.source.set("things", people(1...17))
    let report = try await stage.runThings()
    #expect(
      report.absence?.sentences.map(\.text) == [
        "2 keys are absent, again: the objects are deactivated in the next complete read without them",
        "1 key is absent, for the first time: the object is deactivated after 2 more complete reads "
          + "without it",
      ])
    #expect(report.absence?.sentences.map(\.keys) == [["19", "20"], ["18"]])
    let third = try await stage.runThings()
    #expect(third.deactivated == 2)
    #expect(third.absence?.waiting.values.map(\.keys) == [["18"]])
    stage.source.set("things", people(1...18))
    #expect(try await stage.runThings().absence == nil)
  }
}

extension Stage {
  fileprivate func id(of key: Int64) async throws -> String {
    try #require(try await ledger.link(of: "things", key: Key([.int(key)]))).targetID
  }

  fileprivate func isLinked(_ key: Int64) async throws -> Bool {
    try await ledger.link(of: "things", key: Key([.int(key)]))?.state == .active
  }

  fileprivate func move(_ from: Int64, to: Int64) async throws -> Int {
    guard
      case .acquired(let lease) = try await ledger.acquireLease(
        holder: "test", for: .seconds(30), now: clock.wall)
    else { throw CancellationError() }
    return try await ledger.move(
      LinkMoves(
        mapping: "things", moves: [LinkMove(from: Key([.int(from)]), to: Key([.int(to)]))],
        revives: true, who: "ada", at: clock.wall, epoch: lease.epoch)
    ).count
  }
}
