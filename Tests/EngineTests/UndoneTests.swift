import Engine
import JSON
import Ledger
import Synchronization
import Testing

private func thing(_ id: Int64, _ name: String, note: String? = nil) -> [Cell] {
  [.int(id), .text(name), note.map { .text($0) } ?? .null, .null, .null]
}

/// What an undo did stays done, whatever becomes of its answers.
@Suite struct UndoneTests {
  private func stage(_ looking: Stage.Looking = .get) async throws -> (Stage, run: Int64) {
    let stage = try Stage(target: looking.target)
    // One after the other, so that the first gets the first id.
    stage.source.set("things", [thing(1, "old")])
    try await stage.run()
    stage.source.set("things", [thing(1, "old"), thing(2, "old")])
    try await stage.run()
    stage.source.set("things", [thing(1, "new"), thing(2, "new")])
    let run = try await stage.outcome().report.run
    return (stage, run)
  }

  private func undo(_ run: Int64, _ stage: Stage) async throws -> [Undo.Item] {
    let things = try #require(stage.programs.first { $0.name == "things" })
    return try await Undo(
      program: things, context: try await stage.context(),
      changes: try await stage.ledger.changes(ofRun: run).filter { $0.mapping == "things" }
    ).run()
  }

  @Test(arguments: [Stage.Looking.get, .list], [true, false])
  func formerValuesStayAfterALostAnswer(looking: Stage.Looking, landed: Bool) async throws {
    let (stage, run) = try await stage(looking)
    let isSpent = Mutex(false)
    stage.target.spoil { request in
      guard request.method == "PATCH" else { return .none }
      return isSpent.withLock { spent in
        defer { spent = true }
        return spent ? .none : landed ? .lostAfter : .lostBefore
      }
    }
    let items = try await undo(run, stage)
    let report = Undo.report(of: items, mapping: "things", target: "crm", calls: 2)
    #expect(report.updated == 1)
    #expect(report.unknown == 1)
    #expect(report.status == .partial)
    stage.clock.advance(by: .seconds(121))
    for _ in 1...2 { #expect(try await stage.runThings().unchanged == 2) }
    let names = stage.target.objects("things").map { $0["name"] }
    #expect(names.filter { $0 == "old" }.count == (landed ? 2 : 1))
    // Nobody edited anything, and nobody is said to have.
    let again = try await undo(run, stage)
    #expect(again.flatMap(\.left).allSatisfy { $0 == "name has its former value already" })
    #expect(again.count { $0.outcome == .done } == (landed ? 0 : 1))
    #expect(stage.target.objects("things").allSatisfy { $0["name"] == "old" })
    // The row keeps its say as soon as it has another value.
    stage.source.set("things", [thing(1, "newest"), thing(2, "new")])
    #expect(try await stage.runThings().updated == 1)
    #expect(stage.target.objects("things").first?["name"] == "newest")
  }

  @Test(arguments: [SimulatedTarget.Fault.none, .lostAfter])
  func whatWasGivenUpStaysSoUntilItsRowChanges(fault: SimulatedTarget.Fault) async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    let run = try await stage.outcome().report.run
    stage.target.spoil { $0.method == "PATCH" ? fault : .none }
    let item = try await undo(run, stage).only()
    #expect(item.action == .giveUp)
    #expect(stage.target.objects("things").first?["active"] == 0)
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(121))
    for _ in 1...2 { #expect(try await stage.runThings().dismissed == 1) }
    #expect(stage.target.objects("things").first?["active"] == 0)
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().updated == 1)
    #expect(stage.target.objects("things").first?["active"] == 1)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
  }

  @Test func formerValuesStayWhereTheObjectCannotBeRead() async throws {
    let (stage, run) = try await stage(.find)
    let items = try await undo(run, stage)
    // Without `get` or `list` nobody can tell whether a person has edited the object since.
    #expect(items.allSatisfy { $0.action == .none })
  }

  @Test func aLaterRunIsNotTakenForAnEdit() async throws {
    let (stage, _) = try await stage()
    let items = try await undo(1, stage)
    #expect(
      items.flatMap(\.left).allSatisfy {
        $0 == "name was written again by a later run: the object is left alone"
      })
    #expect(items.allSatisfy { $0.action == .none })
  }
}
