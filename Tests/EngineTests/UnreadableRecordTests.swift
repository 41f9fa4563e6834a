import JSON
import Ledger
import Programs
import Synchronization
import Testing

@testable import Engine

private func thing(_ id: Int64, _ name: String, note: String? = nil) -> [Cell] {
  [.int(id), .text(name), note.map { .text($0) } ?? .null, .null, .null]
}

/// What the ledger remembers and cannot be read ends the run. It never counts as a record without fields, of which
/// everything would be sent again, nothing would be deactivated, or every field would be edited.
@Suite struct UnreadableRecordTests {
  private static let key = Key([.int(1)])

  private func stage() async throws -> Stage {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a", note: "n"), thing(2, "b", note: "n")])
    try await stage.run()
    return stage
  }

  /// Puts other bytes in the place of what the thing 1 was last sent.
  private func spoil(_ stage: Stage, _ bytes: String = #"{"code":"t1","na"#) async throws {
    let link = try #require(try await stage.ledger.link(of: "things", key: Self.key))
    let context = try await stage.context()
    let writer = try #require(context.writer)
    try await writer.keep(link, resource: "crm/things", sent: Array(bytes.utf8))
  }

  private func expectRefusal(
    _ stage: Stage, writes: Int = 0, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
  ) async {
    let before = stage.target.writes.count
    do {
      try await body()
      Issue.record("not refused", sourceLocation: sourceLocation)
    } catch let error as UnreadableRecord {
      #expect(error.mapping == "things", sourceLocation: sourceLocation)
      #expect(error.key == Self.key, sourceLocation: sourceLocation)
      #expect(error.remedy.contains("crosswalk ledger verify"), sourceLocation: sourceLocation)
    } catch {
      Issue.record(error, sourceLocation: sourceLocation)
    }
    #expect(stage.target.writes.count == before + writes, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    "{", "[]", "null", "\u{0}\u{0}\u{0}", #"{"code":"t1","na"#, #"{"code":"t1"}}"#, "x",
  ])
  func noUpdateIsMadeFromIt(_ bytes: String) async throws {
    let stage = try await stage()
    try await spoil(stage, bytes)
    stage.source.set("things", [thing(1, "new", note: "n"), thing(2, "b", note: "n")])
    await expectRefusal(stage) { try await stage.run() }
    await expectRefusal(stage) { try await stage.run(.init(mode: .plan(details: 10))) }
  }

  @Test func whatIsUnchangedNeedsNoLookAtIt() async throws {
    let stage = try await stage()
    try await spoil(stage)
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test func nothingRememberedIsNoDamage() async throws {
    let stage = try await stage()
    try await spoil(stage, "")
    stage.source.set("things", [thing(1, "new", note: "n"), thing(2, "b", note: "n")])
    #expect(try await stage.runThings().updated == 1)
    #expect(stage.target.writes.last?.json?["note"] == "n")
  }

  @Test func nobodyIsDeactivatedByIt() async throws {
    let stage = try await stage()
    try await spoil(stage)
    stage.source.set("things", [thing(2, "b", note: "n")])
    try await stage.run()
    await expectRefusal(stage) { try await stage.run() }
  }

  /// A row under another key may be that of the object whose key is gone: that is told by what was last sent.
  @Test func itIsNotPassedOverInTheReviewOfAbsences() async throws {
    let stage = try await stage()
    try await spoil(stage)
    stage.source.set("things", [thing(2, "b", note: "n"), thing(3, "c")])
    await expectRefusal(stage) { try await stage.run() }
  }

  @Test(arguments: [true, false]) func reconciliationStopsAtIt(isThere: Bool) async throws {
    let stage = try await stage()
    try await spoil(stage)
    let id = try #require(try await stage.ledger.link(of: "things", key: Self.key)).targetID
    if !isThere { stage.target.state.withLock { $0.objects["things"]?[Int(id) ?? 0] = nil } }
    await expectRefusal(stage) { try await stage.run(.init(reconciles: true)) }
    await expectRefusal(stage) {
      try await stage.run(.init(mode: .plan(details: 10), reconciles: true))
    }
  }

  @Test func aWriteOfUnknownOutcomeStaysOpen() async throws {
    let stage = try await stage()
    stage.target.spoil { $0.method == "PATCH" ? .lostAfter : .none }
    stage.source.set("things", [thing(1, "new", note: "n"), thing(2, "b", note: "n")])
    #expect(try await stage.runThings().unknown == 1)
    stage.target.spoil { _ in .none }
    try await spoil(stage)
    stage.clock.advance(by: .seconds(121))
    stage.source.set("things", [thing(1, "newer", note: "n"), thing(2, "b", note: "n")])
    await expectRefusal(stage) { try await stage.run() }
  }

  @Test func undoStopsAtIt() async throws {
    let stage = try await stage()
    stage.source.set("things", [thing(1, "new", note: "n"), thing(2, "b", note: "n")])
    let run = try await stage.outcome().report.run
    try await spoil(stage)
    let things = try #require(stage.programs.first { $0.name == "things" })
    await expectRefusal(stage) {
      _ = try await Undo(
        program: things, context: try await stage.context(),
        changes: try await stage.ledger.changes(ofRun: run).filter { $0.mapping == "things" }
      ).run()
    }
    await expectRefusal(stage) {
      _ = try await Undo(
        program: things, context: try await stage.context(),
        changes: [
          ChangeEntry(
            run: run, mapping: "things", key: Self.key, operation: "update", before: [123],
            after: [], at: 0)
        ]
      ).run()
    }
  }
}
