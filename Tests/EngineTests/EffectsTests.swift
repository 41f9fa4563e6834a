import Engine
import JSON
import Ledger
import Rows
import Synchronization
import Testing

private func thing(_ id: Int64, _ name: String?, note: String? = nil) -> [Cell] {
  [.int(id), name.map { .text($0) } ?? .null, note.map { .text($0) } ?? .null, .null, .null]
}

private final class Log: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A counter that tasks share.
private final class Counter: Sendable {
  private let count = Mutex(0)
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

extension SimulatedTarget {
  /// Spoils the first write alone.
  fileprivate func spoilFirstWrite(_ fault: Fault) {
    let counter = Counter()
    spoil { $0.method != "GET" && counter.next() == 1 ? fault : .none }
  }
}

@Suite struct SendingTests {
  @Test func anIntentIsWrittenDownBeforeTheFirstByteLeaves() async throws {
    let stage = try Stage()
    let log = Log()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoil { request in
      if request.method != "GET" { log.add("send \(request.route)") }
      return .none
    }
    let ledger = RecordingLedger(stage.ledger) { log.add($0) }
    try await stage.run(Stage.Options(ledger: ledger))
    #expect(log.all == ["begin create 1 1", "send POST /things", "settle done 1"])
  }

  @Test func a429IsWaitedForAndSentAgainUnderTheSameIntent() async throws {
    let stage = try Stage()
    let log = Log()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoilFirstWrite(.status(429, retryAfter: .seconds(40)))
    let before = stage.clock.monotonic
    let ledger = RecordingLedger(stage.ledger) { log.add($0) }
    let report = try await stage.runThings(Stage.Options(ledger: ledger))
    #expect(report.created == 1)
    #expect(stage.clock.monotonic - before >= .seconds(40))
    #expect(
      log.all == ["begin create 1 1", "settle planned 1", "begin create 1 2", "settle done 2"])
  }

  @Test func patienceEndsAndTheRestWaits() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...9).map { thing($0, "a") })
    stage.target.spoil { $0.method == "POST" ? .status(429) : .none }
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(report.deferred == 9)
    #expect(report.message == "crm: answered 429")
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().created == 9)
  }

  @Test func aWrongTokenStopsTheTargetAtOnce() async throws {
    let stage = try Stage()
    stage.source.set("groups", [[.int(1), .text("one")]])
    stage.source.set("things", (1...9).map { thing($0, "a") })
    stage.target.spoil { $0.method == "POST" ? .status(401) : .none }
    let reports = try await stage.run()
    #expect(reports["groups"]?.status == .failed)
    #expect(reports["groups"]?.remedy?.contains("token") == true)
    #expect(reports["things"]?.status == .failed)
    #expect(stage.target.writes.count == 1)
  }

  @Test func aLostAnswerIsUnknownAndTheOthersGoOn() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    stage.target.spoilFirstWrite(.lostAfter)
    let report = try await stage.runThings()
    #expect(report.unknown == 1)
    #expect(report.created == 1)
    #expect(report.status == .partial)
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .unknown)
  }

  @Test func aLedgerThatFailsAfterASuccessStopsTheTargetAndSaysWhatToKnow() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    struct DiskFull: Error {}
    let ledger = RecordingLedger(stage.ledger) { event in
      if event.hasPrefix("settle done") { throw DiskFull() }
    }
    let report = try await stage.runThings(Stage.Options(ledger: ledger))
    #expect(report.status == .failed)
    let message = try #require(report.message)
    #expect(message.contains("things 1 as 1"))
    #expect(message.contains("intent 1"))
    #expect(message.contains("DiskFull"))
    stage.clock.advance(by: .seconds(200))
    #expect(try await stage.runThings().unchanged == 1)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test func anIDThatBelongsToAnotherKeyIsNotBelieved() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.spoil {
      $0.method == "POST" ? .answered(201, body: #"{"data":{"id":1}}"#) : .none
    }
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    let report = try await stage.runThings()
    #expect(report.unknown == 1)
    #expect(report.reasons.first?.message.contains("belongs to things 1") == true)
  }

  @Test func aTakenValueIsARefusalWhenTheKeyIsNotThere() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoilFirstWrite(.status(409, body: #"{"message":"code is taken"}"#))
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.reasons.first?.message == "code is taken")
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }

  @Test func aTakenValueMayBeOurOwnWriteDoneTwiceOnTheWay() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoilFirstWrite(.answered(409, body: #"{"message":"code is taken"}"#))
    let report = try await stage.runThings()
    #expect(report.adopted == 1)
    #expect(report.rejected == 0)
    #expect(stage.target.objects("things").count == 1)
    #expect(try await stage.ledger.link(of: "things", key: Key([.int(1)]))?.targetID == "1")
  }

  @Test func aMappingThatStopsBeforeItSendsHasItsRowsCounted() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...3).map { thing($0, "a") })
    stage.target.spoil { _ in .status(500) }
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(report.rows == 3)
    #expect(report.deferred == 3)
  }

  @Test func aListingThatHasShrunkIsNotBelieved() async throws {
    let stage = try Stage()
    for number in 1...20 { stage.target.put(["code": .string("x\(number)")], in: "things") }
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
    stage.target.state.withLock { state in
      for id in 1...8 { state.objects["things"]?.removeValue(forKey: id) }
    }
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(report.message?.contains("names 13 objects, and the last one 20") == true)
    #expect(report.deferred == 1)
    #expect(stage.target.writes.count == 1)
  }

  @Test func anEmptyListingIsNotBelievedWhenObjectsAreKnown() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.spoil { $0.method == "GET" ? .status(200, body: #"{"data":[]}"#) : .none }
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    #expect(try await stage.runThings().message?.contains("it is empty") == true)
    #expect(stage.target.writes.count == 1)
  }

  @Test func aNaturalKeyThatAnotherMappingsWriteHoldsIsWaitedFor() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    try await stage.holdElsewhere(naturalKey: "t1")
    let report = try await stage.runThings()
    #expect(report.created == 1)
    #expect(report.deferred == 1)
    #expect(report.reasons.first?.message.contains("same code, number 1") == true)
  }

  @Test func anObjectThatIsThereIsAdoptedAndCompared() async throws {
    let stage = try Stage()
    stage.target.put(["code": "t1", "name": "a", "active": true], in: "things")
    stage.target.put(["code": "t2", "name": "old", "active": 1], in: "things")
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    let report = try await stage.runThings()
    #expect(report.adopted == 2)
    #expect(report.unchanged == 1)
    #expect(report.updated == 1)
    let write = try stage.target.writes.only()
    #expect(write.route == "PATCH /things/2")
    #expect(write.body.map { String(decoding: $0, as: UTF8.self) } == #"{"name":"b"}"#)
    #expect(try await stage.runThings().unchanged == 2)
  }

  @Test func ofTwoObjectsNoneIsTakenUntilOneIsRemoved() async throws {
    let stage = try Stage()
    for _ in 1...2 { stage.target.put(["code": "t1", "name": "a", "active": 1], in: "things") }
    stage.source.set("things", [thing(1, "a")])
    let report = try await stage.runThings()
    #expect(report.rejected == 1)
    #expect(report.reasons.first?.message.hasPrefix("2 objects at the target fit (1, 2)") == true)
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 2) }
    #expect(try await stage.runThings().adopted == 1)
  }

  @Test func anInterruptionLetsCallsUnderWayEnd() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...9).map { thing($0, "a") })
    let target = stage.target
    let report = try await stage.runThings(
      Stage.Options(isStopping: { !target.writes.isEmpty }))
    #expect(report.status == .failed)
    #expect(report.created == stage.target.objects("things").count)
    // Of those that waited for one of the three places nobody leaves any more.
    #expect(report.created <= 3)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
    #expect(try await stage.runThings().status == .succeeded)
    #expect(stage.target.objects("things").count == 9)
  }
}

@Suite struct RecoveryTests {
  /// After a run whose one create was spoiled.
  private func stage(
    _ fault: SimulatedTarget.Fault, things: String = Stage.things
  ) async throws -> Stage {
    let stage = try Stage(things: things)
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoilFirstWrite(fault)
    #expect(try await stage.runThings().unknown == 1)
    return stage
  }

  @Test func anUnknownOutcomeRestsFirst() async throws {
    let stage = try await stage(.lostAfter)
    let calls = stage.target.calls.count
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.target.calls.count == calls)
  }

  @Test("Where the second look finds no whole list, the run ends all the same")
  func noWholeListAtTheSecondLook() async throws {
    let stage = try await stage(.lostBefore)
    stage.clock.advance(by: .seconds(121))
    let readings = Counter()
    stage.target.spoil { request in
      request.method == "GET" && readings.next() > 1 ? .status(200, body: "{}") : .none
    }
    let before = stage.clock.monotonic
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.clock.monotonic - before < .seconds(600))
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().created == 1)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test func aCreateThatHappenedIsAdopted() async throws {
    let stage = try await stage(.lostAfter)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unchanged == 1)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test func aCreateThatDidNotHappenIsSentAgainAfterTwoLookUps() async throws {
    let stage = try await stage(.lostBefore)
    stage.clock.advance(by: .seconds(121))
    let before = stage.clock.monotonic
    #expect(try await stage.runThings().created == 1)
    #expect(stage.clock.monotonic - before >= .seconds(30))
    #expect(stage.target.objects("things").count == 1)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
  }

  @Test func aCreateThatIsLostTwiceIsAPersonsToDecide() async throws {
    let stage = try await stage(.lostBefore)
    stage.target.spoil { $0.method == "POST" ? .lostBefore : .none }
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unknown == 1)
    let intent = try await stage.ledger.openIntents(of: "things").only()
    #expect(intent.state == .quarantined)
    #expect(intent.losses == 2)
    let reason = try await stage.runThings().reasons.only()
    #expect(reason.kind == .unknown)
    #expect(reason.examples == ["1"])
    #expect(reason.message.contains("crosswalk failures"))
    #expect(stage.target.writes.count == 2)
  }

  @Test func aCreateThatTheSourceNoLongerWantsIsGivenUp() async throws {
    let stage = try await stage(.lostBefore)
    stage.source.set("things", [])
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().rows == 0)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
    #expect(stage.target.writes.count == 1)
  }

  @Test func anObjectThatHasVanishedIsNotMadeAnew() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.target.put(["code": "other"], in: "things")
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().unknown == 1)
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .resolving)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unknown == 1)
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .quarantined)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test func aLinkToAVanishedObjectIsMendedWhenItsKeyIsFound() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.state.withLock { _ = $0.objects["things"]?.removeValue(forKey: 1) }
    stage.target.put(["code": "t1", "name": "a", "active": 1], in: "things")
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().unknown == 1)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().updated == 1)
    #expect(try await stage.ledger.link(of: "things", key: Key([.int(1)]))?.targetID == "2")
    #expect(stage.target.objects("things").map { $0["name"] } == ["b"])
  }

  @Test func ofTwoObjectsAPersonChooses() async throws {
    let stage = try await stage(.lostAfter)
    stage.target.put(["code": "t1", "name": "b"], in: "things")
    stage.clock.advance(by: .seconds(121))
    for _ in 1...2 {
      #expect(try await stage.runThings().unknown == 1)
      let intent = try await stage.ledger.openIntents(of: "things").only()
      #expect(intent.state == .quarantined)
      #expect(intent.evidence == "2 objects fit: 1, 2")
    }
    #expect(stage.target.writes.count == 1)
  }

  @Test func anotherRowDoesNotMakeTheObjectOfAnOpenIntent() async throws {
    let stage = try await stage(
      .lostAfter, things: Stage.things.replacing(#"'"t" + string(row.id)'"#, with: "row.name"))
    stage.source.set("things", [thing(2, "a")])
    let report = try await stage.runThings()
    #expect(report.unknown == 1)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test func whatAKilledRunLeftIsFound() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoilFirstWrite(.killedAfter)
    await #expect(throws: CancellationError.self) { try await stage.run() }
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .sent)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unchanged == 1)
    #expect(stage.target.objects("things").count == 1)
  }

  @Test(arguments: [true, false]) func anUnknownUpdateIsComparedWithWhatTheTargetHolds(
    happened: Bool
  ) async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    try await stage.run()
    stage.target.spoilFirstWrite(happened ? .lostAfter : .lostBefore)
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().unknown == 1)
    let calls = stage.target.calls.count
    #expect(try await stage.runThings().unknown == 1)
    #expect(stage.target.calls.count == calls)
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.runThings()
    #expect(report.unchanged == (happened ? 1 : 0))
    #expect(report.updated == (happened ? 0 : 1))
    #expect(stage.target.objects("things").first?["name"] == "b")
  }

  @Test func anUnknownUpdateOfAnObjectThatCannotBeReadIsWrittenInFull() async throws {
    // Groups have no `get`.
    let stage = try Stage()
    stage.source.set("groups", [[.int(1), .text("old")]])
    try await stage.run()
    stage.target.spoilFirstWrite(.lostAfter)
    stage.source.set("groups", [[.int(1), .text("new")]])
    #expect(try await stage.run()["groups"]?.unknown == 1)
    stage.clock.advance(by: .seconds(121))
    stage.source.set("groups", [[.int(1), .null]])
    #expect(try await stage.run()["groups"]?.updated == 1)
    #expect(stage.target.objects("groups").first?["name"] == nil)
    #expect(try await stage.run()["groups"]?.unchanged == 1)
  }

  @Test func aPlanLeavesOpenIntentsAlone() async throws {
    let stage = try await stage(.lostAfter)
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.runThings(Stage.Options(mode: .plan(details: 9)))
    #expect(report.unknown == 1)
    #expect(try await stage.ledger.openIntents(of: "things").only().state == .unknown)
  }
}

@Suite struct FindingTests {
  /// Things can be asked for, and not listed.
  static let target = Stage.target.replacing(
    """
        list:
          call: GET /things
          items: data
          page: { kind: number, parameter: page, first: 1, size_parameter: limit, size: 4, until: empty }

    """, with: "    find: { call: \"GET /things/by/{match.value}\", object: data }\n")

  @Test func aFewObjectsAreAskedForOneByOne() async throws {
    let stage = try Stage(target: Self.target)
    stage.target.put(["code": "t1", "name": "a", "active": 1], in: "things")
    stage.source.set("things", [thing(1, "a"), thing(2, "b")])
    let report = try await stage.runThings()
    #expect(report.adopted == 1)
    #expect(report.created == 1)
  }

  @Test(arguments: [
    SimulatedTarget.Fault.status(400), .answered(200, body: #"{"data":{"id":9,"code":"other"}}"#),
    .answered(200, body: #"{"data":{"code":"t1"}}"#),
  ])
  func anAnswerThatSaysNothingIsNotTakenForAbsence(fault: SimulatedTarget.Fault) async throws {
    let stage = try Stage(target: Self.target)
    stage.target.spoil { $0.path.hasPrefix("/things/by/") ? fault : .none }
    stage.source.set("things", [thing(1, "a")])
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(stage.target.writes.isEmpty)
  }
}
