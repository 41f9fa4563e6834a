import Engine
import JSON
import Ledger
import Rows
import Synchronization
import Testing

private func thing(
  _ id: Int64, _ name: String, note: String? = nil, size: Int64? = nil, group: Int64? = nil
) -> [Cell] {
  [
    .int(id), .text(name), note.map { .text($0) } ?? .null, size.map { .int($0) } ?? .null,
    group.map { .int($0) } ?? .null,
  ]
}

@Suite struct ComparingTests {
  @Test func onlyDifferencesAreSent() async throws {
    let stage = try Stage()
    stage.source.set("groups", [[.int(1), .text("one")]])
    stage.source.set("things", (1...7).map { thing($0, "thing \($0)", group: 1) })
    let first = try await stage.runThings()
    #expect(first.rows == 7)
    #expect(first.created == 7)
    #expect(first.status == .succeeded)
    #expect(stage.target.objects("things").allSatisfy { $0["made_by"] == "crosswalk" })

    let callsBefore = stage.target.calls.count
    #expect(try await stage.runThings().unchanged == 7)
    #expect(stage.target.calls.count == callsBefore)

    var rows = (1...7).map { thing($0, "thing \($0)", group: 1) }
    rows[2] = thing(3, "another name", note: "new", group: 1)
    stage.source.set("things", rows)
    let third = try await stage.runThings()
    #expect(third.updated == 1)
    #expect(third.unchanged == 6)
    let write = try Array(stage.target.calls[callsBefore...]).only()
    #expect(write.method == "PATCH")
    #expect(write.json == (["name": "another name", "note": "new"] as JSON))
    #expect(try await stage.ledger.history(mapping: "things", key: Key([.int(3)])).count == 2)
  }

  @Test func aRecordThatIsTooLargeIsRefusedAndNothingOfItIsSent() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    #expect(try await stage.runThings().created == 2)
    let writes = stage.target.writes.count
    let long = String(repeating: "x", count: 9 << 20)
    stage.source.set(
      "things", [thing(1, "a", note: long), thing(2, "b"), thing(3, "c", note: long)])
    let report = try await stage.runThings()
    #expect(report.rejected == 2)
    #expect(report.unchanged == 1)
    #expect(stage.target.writes.count == writes)
    let failures = try await stage.ledger.failures(of: "things")
    #expect(failures.map(\.key) == [Key([.int(1)]), Key([.int(3)])])
    #expect(failures.allSatisfy { $0.reasons.map(\.field) == ["note"] })
    // Within the limit a large value arrives whole.
    let fits = String(repeating: "y", count: 7 << 20)
    stage.source.set(
      "things", [thing(1, "a", note: fits), thing(2, "b"), thing(3, "c", note: fits)])
    let second = try await stage.runThings()
    #expect(second.updated == 1 && second.created == 1)
    #expect(
      Dictionary(
        uniqueKeysWithValues: stage.target.objects("things").map {
          ($0["code"]?.stringValue ?? "", $0["note"]?.stringValue?.utf8.count ?? 0)
        }) == ["t1": 7 << 20, "t2": 0, "t3": 7 << 20])
  }

  @Test func aChangeThatCannotBeSentIsNotTakenForSent() async throws {
    let things = """
      mapping: things
      source: db
      target: crm
      resource: things
      query: { sql: 'select id, name, note from things' }
      key: id
      fields: { code: row.note }
      on_create: { name: row.name }
      """
    let stage = try Stage(
      things: things,
      target: Stage.target.split(separator: "\n").filter { !$0.contains("PATCH /things") }
        .joined(separator: "\n"))
    stage.source.set("things", [thing(1, "a", note: "x")])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1, "a", note: "y")])
    for _ in 1...2 {
      let report = try await stage.runThings()
      #expect(report.rejected == 1)
      #expect(report.unchanged == 0)
    }
    let failure = try await stage.ledger.failures(of: "things").only()
    #expect(failure.reasons.map(\.field) == ["code"])
    stage.source.set("things", [thing(1, "a", note: "x")])
    #expect(try await stage.runThings().unchanged == 1)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
  }

  @Test func aKeyIsGivenUpAfterTwoAbsencesAndComesBack() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    stage.source.set("things", [thing(1, "a")])
    let first = try await stage.runThings()
    #expect(first.absent == 1)
    #expect(first.deactivated == 0)
    let second = try await stage.runThings()
    #expect(second.deactivated == 1)
    #expect(second.absent == 0)
    #expect(stage.target.writes.last?.json == (["active": 0] as JSON))
    #expect(try await stage.runThings().absent == 0)

    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    #expect(try await stage.runThings().updated == 1)
    #expect(stage.target.writes.last?.json == (["active": 1] as JSON))
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test func anAbsenceIsForgottenWhenTheKeyComesBack() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    for rows in [[thing(1, "a")], [thing(1, "a"), thing(2, "b")], [thing(1, "a")]] {
      stage.source.set("things", rows)
      #expect(try await stage.runThings().deactivated == 0)
    }
  }

  @Test(arguments: 1...4) func severalRowsOfOneKeyAreRefused(batchSize: Int) async throws {
    let stage = try Stage(batchSize: batchSize)
    stage.source.set(
      "things", [thing(1, "a"), thing(2, "x"), thing(2, "y"), thing(2, "z"), thing(3, "c")])
    let report = try await stage.runThings()
    #expect(report.rejected == 3)
    #expect(report.created == 2)
    #expect(report.reasons.first?.message.contains("several rows with this key") == true)
    #expect(report.reasons.first?.count == 3)
  }

  @Test func aRowWithoutAKeyIsRefusedAndTheOthersGoOn() async throws {
    let stage = try Stage()
    var broken = thing(2, "b")
    broken[0] = .null
    stage.source.set("things", [thing(1, "a"), broken, thing(3, "c")])
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.created == 2)
    #expect(report.reasons.first?.message == "the key's column `id` is NULL")
    #expect(report.status == .partial)
  }

  @Test func rowsOutOfOrderEndTheMappingAndSendNothing() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(2, "a"), thing(1, "b")])
    let report = try await stage.outcome().report.mappings[1]
    #expect(report.status == .failed)
    #expect(report.message?.contains("do not come in the order of their key: 2 before 1") == true)
    #expect(stage.target.writes.isEmpty)
  }

  @Test func rowsWithOtherColumnsThanTheProgramsAreNotRead() async throws {
    let stage = try Stage()
    stage.source.set("things", [[.int(1), .text("Saw"), .text("x"), .int(1), .null]])
    stage.source.tables.withLock { tables in
      tables["things"]?.columns.swapAt(1, 2)
    }
    let report = try await stage.outcome().report.mappings[1]
    #expect(report.status == .failed)
    #expect(report.message?.contains("other columns") == true, "\(report)")
    #expect(stage.target.writes.isEmpty)
  }

  @Test func aStreamThatBreaksDeactivatesNothing() async throws {
    let stage = try Stage(things: Stage.things.replacing("after: 2", with: "after: 1"))
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    let writes = stage.target.writes.count
    stage.source.tables.withLock {
      $0["things"]?.rows = [thing(1, "changed")]
      $0["things"]?.failure = SourceFailure(
        kind: .unavailable, source: "db", message: "gone", remedy: "look")
    }
    let report = try await stage.outcome().report.mappings[1]
    #expect(report.status == .failed)
    #expect(report.message == "gone")
    #expect(stage.target.writes.count == writes)
    #expect(try await stage.ledger.linkCount(of: "things").active == 2)
  }

  @Test func aGuardHoldsTheWholeMappingBack() async throws {
    let stage = try Stage(things: Stage.things.replacing("after: 2", with: "after: 1"))
    stage.source.set("things", (1...20).map { thing($0, "a") })
    try await stage.run()
    let calls = stage.target.calls.count
    stage.source.set("things", [thing(1, "changed")] + (8...22).map { thing($0, "a") })
    let report = try await stage.runThings()
    #expect(report.status == .blocked)
    #expect(report.deferred == 3)
    #expect(report.absent == 6)
    #expect(stage.target.calls.count == calls)
    #expect(try await stage.runThings().status == .blocked)
  }

  @Test func whenTheGuardTripsWhileSendingTheRestStays() async throws {
    let stage = try Stage(
      things: Stage.things + "\nguard: { errors: { percent: 10, count: 1 } }")
    stage.source.set("things", (1...40).map { thing($0, "a") })
    stage.target.spoil { $0.method == "POST" ? .status(422) : .none }
    let report = try await stage.runThings()
    #expect(report.status == .blocked)
    // Three are at the target at once, and one waits behind them.
    #expect((1...4).contains(stage.target.writes.count))
    #expect(report.rejected == stage.target.writes.count)
    #expect(report.deferred == 40 - report.rejected)
    #expect(report.calls == stage.target.calls.count)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }

  @Test func aLimitLeavesTheRestForTheNextRun() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...5).map { thing($0, "a") })
    let first = try await stage.runThings(Stage.Options(limit: 2))
    #expect(first.created == 2)
    #expect(first.deferred == 3)
    #expect(try await stage.runThings().created == 3)
  }

  @Test func aPlanShowsEverythingAndWritesNothing() async throws {
    let stage = try Stage(things: Stage.things + "\nsensitive: [note]")
    stage.source.set("groups", [[.int(1), .text("one")]])
    stage.source.set("things", [thing(1, "a", note: "secret", group: 1), thing(2, "b")])
    stage.target.put(["code": "t2", "name": "b", "active": 1], in: "things")
    let outcome = try await stage.outcome(Stage.Options(mode: .plan(details: 2)))
    let report = outcome.report.mappings[1]
    expectCountsAddUp(report)
    #expect(report.created == 1)
    #expect(report.adopted == 1)
    #expect(stage.target.writes.isEmpty)
    #expect(try await stage.ledger.linkCount(of: "things").active == 0)
    #expect(outcome.items.count == 3)
    let fields = try #require(
      outcome.items.first { $0.key == Key([.int(1)]) && $0.mapping == "things" }
    )
    .fields
    #expect(fields.first { $0.path == "group_id" }?.after == "(new: groups 1)")
    #expect(!"\(outcome.items)".contains("secret"))
  }

  @Test func twoRowsForOneObjectAreNotMergedInSilence() async throws {
    let stage = try Stage(
      things: Stage.things.replacing(#"'"t" + string(row.id)'"#, with: "row.name"))
    stage.source.set("things", [thing(1, "same"), thing(2, "same"), thing(3, "other")])
    let first = try await stage.runThings()
    #expect(first.created == 2)
    #expect(first.reasons.first?.message.contains("another row has the same code") == true)
    // Now the object is there, and linked with the first row.
    let second = try await stage.runThings()
    #expect(second.rejected == 1)
    #expect(second.reasons.first?.message.contains("belongs to things 1") == true)
  }
}

@Suite struct EscrowTests {
  private static let refusing: @Sendable (OutboundRequest) -> SimulatedTarget.Fault = { request in
    request.method != "GET" && request.json?["name"] == "bad"
      ? .status(422, body: #"{"errors":{"name":["is bad"]}}"#) : .none
  }

  @Test func aRefusedRecordWaitsUntilItChanges() async throws {
    let stage = try Stage()
    stage.target.spoil(Self.refusing)
    stage.source.set("things", [thing(1, "bad"), thing(2, "good")])
    let first = try await stage.runThings()
    #expect(first.rejected == 1)
    #expect(first.created == 1)
    #expect(first.reasons.first?.field == "name")
    let writes = stage.target.writes.count
    let second = try await stage.runThings()
    #expect(second.rejected == 1)
    #expect(second.reasons.first?.message == "is bad")
    #expect(stage.target.writes.count == writes)

    stage.source.set("things", [thing(1, "better"), thing(2, "good")])
    #expect(try await stage.runThings().created == 1)
    #expect(try await stage.ledger.failures(of: nil).isEmpty)
  }

  @Test func aFailureEndsWhenTheRecordIsAsItWasSent() async throws {
    let stage = try Stage()
    stage.target.spoil(Self.refusing)
    let long = String(repeating: "x", count: 41)
    for name in ["bad", long] {
      stage.source.set("things", [thing(1, "good")])
      try await stage.run()
      stage.source.set("things", [thing(1, name)])
      #expect(try await stage.runThings().rejected == 1)
      #expect(try await stage.ledger.failures(of: nil).count == 1)
      stage.source.set("things", [thing(1, "good")])
      #expect(try await stage.runThings().unchanged == 1)
      #expect(try await stage.ledger.failures(of: nil).isEmpty)
    }
    stage.source.set("things", [thing(1, "good"), thing(2, "bad")])
    #expect(try await stage.runThings().rejected == 1)
    stage.source.set("things", [thing(1, "good")])
    try await stage.run()
    #expect(try await stage.ledger.failures(of: nil).isEmpty)
  }

  @Test func aRefusedDeactivationIsNoRow() async throws {
    let stage = try Stage(things: Stage.things.replacing("after: 2", with: "after: 1"))
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    stage.target.spoil { $0.method == "PATCH" ? .status(422, body: #"{"message":"no"}"#) : .none }
    stage.source.set("things", [thing(1, "a")])
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.rejectedAbsent == 1)
    #expect(report.absent == 1)
    #expect(report.status == .partial)
    #expect(report.reasons.first?.message == "no")
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().deactivated == 1)
  }

  @Test func refusedFieldsMayBeLeftOutOnce() async throws {
    let stage = try Stage(things: Stage.things + "\non_reject: { retry_without: [note, size] }")
    stage.target.spoil { request in
      request.json?["note"] == "bad"
        ? .status(422, body: #"{"errors":{"note":["is bad"]}}"#) : .none
    }
    stage.source.set("things", [thing(1, "a", note: "bad", size: 3)])
    let first = try await stage.runThings()
    #expect(first.created == 1)
    #expect(first.withheld == 1)
    #expect(first.reasons.first?.kind == .withheld)
    #expect(stage.target.objects("things").first?["note"] == nil)
    #expect(stage.target.objects("things").first?["size"] == 3)
    #expect(try await stage.runThings().unchanged == 1)
  }

  @Test func anUpdateThatLeavesAFieldOutRemembersItsOldValue() async throws {
    let stage = try Stage(things: Stage.things + "\non_reject: { retry_without: [note] }")
    stage.target.spoil { request in
      request.json?["note"] == "bad"
        ? .status(422, body: #"{"errors":{"note":["is bad"]}}"#) : .none
    }
    stage.source.set("things", [thing(1, "a", note: "good")])
    try await stage.run()
    stage.source.set("things", [thing(1, "b", note: "bad")])
    #expect(try await stage.runThings().withheld == 1)
    #expect(stage.target.objects("things").first?["note"] == "good")
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().updated == 1)
    #expect(stage.target.objects("things").first?["note"] == nil)
  }

  @Test func anUpdateOfNothingButARefusedFieldIsARefusal() async throws {
    let stage = try Stage(things: Stage.things + "\non_reject: { retry_without: [note] }")
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.spoil { _ in .status(422, body: #"{"errors":{"note":["is bad"]}}"#) }
    stage.source.set("things", [thing(1, "a", note: "bad")])
    #expect(try await stage.runThings().rejected == 1)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
    let calls = stage.target.calls.count
    #expect(try await stage.runThings().rejected == 1)
    #expect(stage.target.calls.count == calls)
  }

  @Test func aTargetsWordsDoNotGiveASensitiveValueAway() async throws {
    let stage = try Stage(things: Stage.things + "\nsensitive: [note]")
    stage.target.spoil { request in
      request.method == "POST"
        ? .status(422, body: #"{"errors":{"note":["top secret is no note"]}}"#) : .none
    }
    stage.source.set("things", [thing(1, "a", note: "top secret")])
    let report = try await stage.runThings()
    #expect(report.reasons.first?.message == "(masked) is no note")
    #expect(!"\(try await stage.ledger.failures(of: nil))".contains("secret"))
  }

  @Test func whatIsGoneAtTheTargetIsNotMadeAnew() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.state.withLock { $0.objects = [:] }
    stage.source.set("things", [thing(1, "b")])
    let report = try await stage.runThings()
    #expect(report.unknown == 1)
    #expect(
      report.reasons.first?.message
        == "the object 1 is no longer at the target: its key is looked up there")
    #expect(stage.target.objects("things").isEmpty)
  }

  @Test func deletedObjectsAreMadeAnewWhenTheirKeyComesBack() async throws {
    let deleting = Stage.things.replacing(
      "  set: { active: { value: 0 } }", with: "  delete: true"
    ).replacing("after: 2", with: "after: 1")
    let stage = try Stage(things: deleting)
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.run()
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().deactivated == 1)
    #expect(stage.target.objects("things").count == 1)
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    #expect(try await stage.runThings().created == 1)
    #expect(stage.target.objects("things").count == 2)
    #expect(try await stage.runThings().unchanged == 2)

    // What somebody else has deleted is deleted.
    stage.target.state.withLock { $0.objects["things"] = [:] }
    stage.source.set("things", [])
    let report = try await stage.runThings(sourceLocation: #_sourceLocation)
    #expect(report.deactivated == 2)
    #expect(report.status == .succeeded)
  }
}
