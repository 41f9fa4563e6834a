import Engine
import JSON
import Ledger
import Rows
import Synchronization
import Testing

extension Stage {
  /// A target whose things are made many at a time. `way`: `each`, or `whole` where one bad object refuses all.
  static func bulk(_ way: String, size: Int) -> String {
    target.replacing(
      "create: { call: POST /things, object: data }",
      with: """
        create:
              call: POST /things/\(way)
              object: data
              batch: { size: \(size), items: items, answers: results, status: status, position: index }
        """)
  }

  /// How many things each call was to make.
  fileprivate var sizes: [Int] {
    target.writes.filter { $0.method == "POST" }.map { $0.json?["items"]?.arrayValue?.count ?? 0 }
  }

  fileprivate var codes: [String] {
    target.objects("things").compactMap { $0["code"]?.stringValue }.sorted()
  }

  fileprivate func states() async throws -> [IntentState] {
    try await ledger.openIntents(of: "things").map(\.state)
  }
}

private final class Events: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  func number(of line: String) -> Int {
    lines.withLock { lines in lines.count { $0 == line } }
  }
}

/// What happens to the records of one call.
@Suite struct BatchTests {
  private func stage(_ way: String, _ names: [String], size: Int = 4) throws -> Stage {
    let stage = try Stage(target: Stage.bulk(way, size: size))
    let rows = zip(Int64(1)..., names).map { id, name -> [Cell] in
      [.int(id), .text(name), .null, .null, .null]
    }
    stage.source.set("things", rows)
    return stage
  }

  /// Spoils the write with this number, from 1.
  private func spoil(_ stage: Stage, write number: Int, _ fault: SimulatedTarget.Fault) {
    let seen = Mutex(0)
    stage.target.spoil { request in
      guard request.method != "GET" else { return .none }
      let isIt = seen.withLock { seen in
        seen += 1
        return seen == number
      }
      return isIt ? fault : .none
    }
  }

  @Test func everyIntentIsDurableBeforeTheFirstByteLeaves() async throws {
    let stage = try stage("each", ["a", "b", "bad", "d"])
    let events = Events()
    stage.target.spoil { request in
      if request.method != "GET" { events.add("send") }
      return .none
    }
    let ledger = RecordingLedger(stage.ledger) { events.add($0) }
    let report = try await stage.runThings(Stage.Options(ledger: ledger))
    #expect(report.created == 3)
    #expect(report.rejected == 1)
    #expect(report.reasons.first?.message == "it is bad")
    #expect(
      Set(events.all.prefix(4)) == Set((1...4).map { "begin create \($0) 1" }))
    #expect(events.all.dropFirst(4).first == "send")
    #expect(
      events.all.dropFirst(5).sorted()
        == ["settle done 1", "settle done 1", "settle done 1", "settle rejected 1"])
    #expect(stage.sizes == [4])
    #expect(try await stage.states().isEmpty)
  }

  @Test(arguments: [true, false]) func aLostAnswerIsUnknownForEach(happened: Bool) async throws {
    let stage = try stage("each", ["a", "b", "c", "d", "e"])
    spoil(stage, write: 1, happened ? .lostAfter : .lostBefore)
    let report = try await stage.runThings()
    #expect(Set([report.unknown, report.created]) == [1, 4])
    #expect(try await stage.states().allSatisfy { $0 == .unknown })
    let calls = stage.sizes.count
    #expect(try await stage.runThings().unknown == report.unknown)
    #expect(stage.sizes.count == calls)
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().status == .succeeded)
    #expect(stage.codes == ["t1", "t2", "t3", "t4", "t5"])
    #expect(stage.sizes.count == (happened ? calls : calls + 1))
  }

  @Test func aRefusedCallIsHalvedAndWrittenDownAnewBeforeItLeavesAgain() async throws {
    let stage = try stage("whole", ["a", "b", "bad", "d"])
    let events = Events()
    stage.target.spoil { request in
      if request.method != "GET" { events.add("send") }
      return .none
    }
    let ledger = RecordingLedger(stage.ledger) { events.add($0) }
    let report = try await stage.runThings(Stage.Options(ledger: ledger))
    #expect(report.created == 3)
    #expect(report.rejected == 1)
    #expect(report.reasons.first?.message == "one of them is bad")
    #expect(stage.sizes == [4, 2, 2, 1, 1])
    #expect(stage.codes == ["t1", "t2", "t4"])
    // All were put back before any left again; what was taken in the first half never did.
    let second = try #require(events.all.firstIndex(of: "begin create 1 2"))
    #expect(events.all[..<second].count { $0 == "settle planned 1" } == 4)
    #expect(events.number(of: "begin create 1 3") == 0)
    #expect(events.number(of: "begin create 4 3") == 1)
    #expect(events.number(of: "settle rejected 3") == 1)
    #expect(try await stage.states().isEmpty)
    let next = try await stage.runThings()
    #expect(next.rejected == 1)
    #expect(stage.codes == ["t1", "t2", "t4"])
  }

  @Test(arguments: [400, 413, 422]) func eachRefusalOfTheWholeIsHalved(status: Int) async throws {
    let stage = try stage("each", ["a", "b", "c", "d"])
    spoil(stage, write: 1, .status(status))
    #expect(try await stage.runThings().created == 4)
    #expect(stage.sizes == [4, 2, 2])
    #expect(stage.codes == ["t1", "t2", "t3", "t4"])
  }

  @Test func aHalfThatIsLostIsUnknownAndNeverSentWithTheRest() async throws {
    let stage = try stage("whole", ["a", "b", "bad", "d"])
    spoil(stage, write: 2, .lostAfter)
    let report = try await stage.runThings()
    #expect(report.unknown == 2)
    #expect(report.created == 1)
    #expect(report.rejected == 1)
    #expect(stage.sizes == [4, 2, 2, 1, 1])
    stage.clock.advance(by: .seconds(121))
    #expect(try await stage.runThings().unknown == 0)
    #expect(stage.codes == ["t1", "t2", "t4"])
  }

  @Test(arguments: [2, 3, 4]) func aRunThatIsKilledBetweenHalvesIsGoneOnWith(
    write: Int
  ) async throws {
    let stage = try stage("whole", ["a", "b", "bad", "d"])
    spoil(stage, write: write, .killedAfter)
    await #expect(throws: CancellationError.self) { try await stage.run() }
    stage.clock.advance(by: .seconds(121))
    let report = try await stage.runThings()
    #expect(report.unknown == 0)
    #expect(stage.codes == ["t1", "t2", "t4"])
  }

  @Test func aTargetThatStopsBetweenHalvesLeavesNothingOpen() async throws {
    let stage = try stage("whole", ["a", "b", "bad", "d"])
    spoil(stage, write: 2, .status(401))
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(report.message?.contains("401") == true)
    #expect(report.deferred == 4)
    #expect(stage.sizes == [4, 2])
    #expect(try await stage.states().isEmpty)
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().created == 3)
    #expect(stage.codes == ["t1", "t2", "t4"])
  }

  @Test func anInterruptionBetweenHalvesLeavesTheRestForTheNextRun() async throws {
    let stage = try stage("whole", ["a", "b", "bad", "d"])
    let target = stage.target
    let report = try await stage.runThings(
      Stage.Options(isStopping: { target.writes.count >= 2 }))
    #expect(report.status == .failed)
    #expect(report.created == 2)
    #expect(report.deferred == 2)
    #expect(stage.sizes == [4, 2])
    #expect(try await stage.states().isEmpty)
    #expect(try await stage.runThings().created == 1)
    #expect(stage.codes == ["t1", "t2", "t4"])
  }

  @Test func aProcessThatStoodStillSendsNothingOfTheCall() async throws {
    let stage = try stage("each", ["a", "b", "c"])
    let clock = stage.clock
    let events = Events()
    let ledger = RecordingLedger(stage.ledger) { event in
      events.add(event)
      if event == "begin create 2 1" { clock.advance(by: .seconds(60)) }
    }
    #expect(try await stage.runThings(Stage.Options(ledger: ledger)).created == 3)
    #expect(events.number(of: "settle planned 1") == 3)
    #expect(events.number(of: "settle done 2") == 3)
    #expect(stage.sizes == [3])
  }

  @Test func aLedgerThatFailsForOneLetsNoneLeave() async throws {
    let stage = try stage("each", ["a", "b", "c"])
    struct DiskFull: Error {}
    let ledger = RecordingLedger(stage.ledger) { event in
      if event == "begin create 2 1" { throw DiskFull() }
    }
    await #expect(throws: DiskFull.self) {
      try await stage.outcome(Stage.Options(ledger: ledger))
    }
    #expect(stage.sizes.isEmpty)
    stage.clock.advance(by: .seconds(200))
    #expect(try await stage.runThings().created == 3)
    #expect(stage.codes == ["t1", "t2", "t3"])
  }

  @Test func whoWaitsForAnotherWriteStaysBehindAlone() async throws {
    let stage = try stage("each", ["a", "b", "c"])
    try await stage.holdElsewhere(naturalKey: "t2")
    let report = try await stage.runThings()
    #expect(report.created == 2)
    #expect(report.deferred == 1)
    #expect(stage.sizes == [2])
    #expect(stage.codes == ["t1", "t3"])
  }

  @Test func whoIsToldLaterGoesAgainWithoutTheOthers() async throws {
    let stage = try stage("each", ["a", "b", "c"])
    spoil(
      stage, write: 1,
      .status(
        200,
        body: """
          {"results":[{"index":0,"status":429},{"index":1,"status":422,"message":"no"},
          {"index":2,"status":503}]}
          """))
    let report = try await stage.runThings()
    #expect(report.created == 1)
    #expect(report.rejected == 1)
    #expect(report.unknown == 1)
    #expect(stage.sizes == [3, 1])
    #expect(stage.codes == ["t1"])
  }

  @Test func aTakenValueOfOneIsLookedUp() async throws {
    let stage = try stage("each", ["a", "b"])
    spoil(
      stage, write: 1,
      .answered(
        200,
        body: """
          {"results":[{"index":0,"status":409,"message":"code is taken"},
          {"index":1,"status":201,"data":{"id":2}}]}
          """))
    let report = try await stage.runThings()
    #expect(report.adopted == 1)
    #expect(report.created == 1)
    #expect(stage.sizes == [2])
    #expect(stage.codes == ["t1", "t2"])
  }

  @Test func whatIsThereIsLinkedByACallOfItsOwn() async throws {
    let stage = try stage("each", ["a", "b", "c"])
    stage.target.put(["code": "t2", "name": "old", "active": 1], in: "things")
    let report = try await stage.runThings()
    #expect(report.created == 2)
    #expect(report.adopted == 1)
    #expect(stage.sizes == [2])
    #expect(stage.target.writes.count { $0.method == "PATCH" } == 1)
  }

  @Test func aPlanCountsABatchAsOneCall() async throws {
    let stage = try stage("each", (1...10).map { "n\($0)" })
    let plan = try await stage.runThings(Stage.Options(mode: .plan(details: 0)))
    #expect(plan.created == 10)
    #expect(plan.forecastCalls == plan.calls + 3)
    let run = try await stage.runThings()
    #expect(run.created == 10)
    #expect(stage.sizes.sorted() == [2, 4, 4])
    #expect(run.calls == plan.forecastCalls)
  }
}
