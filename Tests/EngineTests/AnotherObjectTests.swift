import Engine
import JSON
import Rows
import Synchronization
import Testing

/// What the target shows of one object is not taken for another, however alike the two are.
@Suite struct AnotherObjectTests {
  private static let composed = "Jos\u{E9}"
  private static let decomposed = "Jose\u{301}"
  /// Things that are matched by their names.
  private static let byName = Stage.things.replacing(
    #"code: '"t" + string(row.id)'"#, with: "code: row.name")

  private func thing(_ id: Int64, _ name: String) -> [Cell] {
    [.int(id), .text(name), .null, .null, .null]
  }

  @Test func anObjectWithTheSameLettersInOtherBytesIsNotAdopted() async throws {
    let stage = try Stage(things: Self.byName)
    stage.target.put(["code": .string(Self.decomposed), "name": "somebody else"], in: "things")
    stage.source.set("things", [thing(1, Self.composed)])
    let report = try await stage.runThings()
    #expect(report.created == 1)
    #expect(report.adopted == 0)
    #expect(stage.target.objects("things").first?["name"] == "somebody else")
  }

  @Test func twoRowsWithTheSameLettersInOtherBytesAreTwoObjects() async throws {
    let stage = try Stage(things: Self.byName)
    stage.source.set("things", [thing(1, Self.composed), thing(2, Self.decomposed)])
    #expect(try await stage.runThings().created == 2)
    #expect(stage.target.objects("things").count == 2)
    #expect(try await stage.runThings().unchanged == 2)
  }

  // MARK: Answers about another object

  /// Somebody else's object, and a target that answers the first write of a kind about it.
  private func stage(
    answering body: String, to method: String, isApplied: Bool = true, target: String = Stage.target
  ) throws -> Stage {
    let stage = try Stage(target: target)
    stage.target.put(["code": "ZZ", "name": "somebody else"], in: "things")
    let isFirst = Mutex(true)
    stage.target.spoil { request in
      guard request.method == method,
        isFirst.withLock({ first in
          defer { first = false }
          return first
        })
      else { return .none }
      return isApplied ? .answered(200, body: body) : .status(200, body: body)
    }
    return stage
  }

  private func stranger(_ stage: Stage) -> JSON? { stage.target.objects("things").first }

  @Test(arguments: [
    #"{"data":{"id":1,"code":"ZZ","name":"somebody else"}}"#,
    #"{"data":{"id":1,"code":null}}"#, #"{"data":{"id":77,"code":["t1"]}}"#,
    #"{"data":{"id":77,"code":"T1"}}"#, #"{"data":{"id":77,"code":" t1"}}"#,
    #"{"success":false,"data":{"id":1},"error":"duplicate of 1"}"#,
  ])
  func aCreateAnsweredWithAnotherObjectIsLookedUpAndNeverLinked(body: String) async throws {
    let stage = try stage(answering: body, to: "POST")
    stage.source.set("things", [thing(1, "a")])
    let first = try await stage.runThings()
    #expect(first.unknown == 1)
    #expect(try await stage.ledger.link(of: "things", key: Key([.int(1)])) == nil)
    stage.clock.advance(by: .seconds(200))
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().status == .succeeded)
    #expect(try await stage.ledger.link(of: "things", key: Key([.int(1)]))?.targetID == "2")
    #expect(stage.target.objects("things").count == 2)
    #expect(stranger(stage)?["name"] == "somebody else")
  }

  @Test func whatCannotBeFoundAfterwardsIsNotMadeOnceMore() async throws {
    // The target writes codes in capitals, so that nobody finds what was sent.
    let stage = try stage(
      answering: #"{"data":{"id":9,"code":"T1"}}"#, to: "POST", isApplied: false)
    stage.source.set("things", [thing(1, "a")])
    let first = try await stage.runThings()
    #expect(
      first.reasons.first?.message
        == #"the answer is about another object: its `code` is "T1", and not "t1"; where the target changes case or blanks, write `compare: fold` under `match`"#
    )
    for _ in 1...3 {
      stage.clock.advance(by: .seconds(200))
      #expect(try await stage.runThings().unknown == 1)
    }
    let intent = try await stage.ledger.openIntents(of: "things").only()
    #expect(intent.state == .quarantined)
    #expect(intent.evidence?.contains("does not hold it") == true)
    #expect(intent.evidence?.contains("compare: fold") == true)
    #expect(stage.target.writes.count == 1)
  }

  @Test func aComparisonThatAllowsItTakesTheObjectForOurs() async throws {
    let target = Stage.target.replacing(
      "match: { field: code }", with: "match: { field: code, compare: fold }")
    let stage = try stage(
      answering: #"{"data":{"id":2,"code":" T1"}}"#, to: "POST", target: target)
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
  }

  @Test(arguments: [
    #"{"data":{"id":1,"code":"ZZ","name":"somebody else"}}"#, #"{"data":{"id":1}}"#,
    #"{"data":{"code":"ZZ"}}"#, #"{"data":{"id":2,"code":"ZZ"}}"#, #"{"data":{"id":null}}"#,
  ])
  func anUpdateAnsweredWithAnotherObjectIsReadBack(body: String) async throws {
    let stage = try stage(answering: body, to: "PATCH")
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1, "b")])
    let second = try await stage.runThings()
    #expect(second.unknown == 1)
    #expect(second.reasons.first?.message.contains("about another object") == true)
    stage.clock.advance(by: .seconds(200))
    let third = try await stage.runThings()
    #expect(third.status == .succeeded)
    #expect(third.unchanged == 1)
    #expect(stage.target.writes.count == 2)
    #expect(stranger(stage)?["name"] == "somebody else")
  }

  @Test(arguments: [
    #"{"data":{"id":2,"code":"t1"}}"#, #"{"data":{"id":"2"}}"#, #"{"data":{"id":2.0}}"#, "{}",
    #"{"data":{"id":2,"code":" T1 "}}"#,
  ])
  func anUpdateAnsweredAboutItsOwnObjectIsDone(body: String) async throws {
    let stage = try stage(answering: body, to: "PATCH")
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().updated == 1)
  }

  @Test func aNewKeyIsNoOtherObject() async throws {
    let things = Stage.things.replacing(
      #"code: '"t" + string(row.id)'"#, with: "code: row.note")
    for shown in ["old", "new"] {
      let stage = try Stage(things: things)
      stage.source.set("things", [[.int(1), .text("a"), .text("old"), .null, .null]])
      #expect(try await stage.runThings().created == 1)
      stage.target.spoil {
        $0.method == "PATCH"
          ? .answered(200, body: #"{"data":{"code":"\#(shown)"}}"#) : .none
      }
      stage.source.set("things", [[.int(1), .text("a"), .text("new"), .null, .null]])
      #expect(try await stage.runThings().updated == 1)
    }
  }

  /// A write of unknown outcome, after which `get` shows this.
  private func readBack(_ shown: String) async throws -> (Stage, MappingReport) {
    let stage = try stage(answering: #"{"data":{"id":1}}"#, to: "PATCH", isApplied: false)
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
    stage.source.set("things", [thing(1, "b")])
    #expect(try await stage.runThings().unknown == 1)
    stage.target.spoil {
      $0.method == "GET" && $0.path == "/things/2" ? .status(200, body: shown) : .none
    }
    stage.clock.advance(by: .seconds(200))
    return (stage, try await stage.runThings())
  }

  @Test func aReadThatAnswersAboutAnotherIDTellsNothing() async throws {
    let (stage, report) = try await readBack(#"{"data":{"id":1,"code":"ZZ","name":"x"}}"#)
    #expect(report.unknown == 1)
    let intent = try await stage.ledger.openIntents(of: "things").only()
    #expect(intent.state == .unknown)
    #expect(intent.evidence?.contains("compare `get`") == true)
    #expect(stage.target.writes.count == 2)
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(200))
    #expect(try await stage.runThings().updated == 1)
  }

  @Test func anIDThatNowBelongsToAnotherKeyIsLeftToAPerson() async throws {
    let (stage, report) = try await readBack(#"{"data":{"id":2,"code":"ZZ","name":"x"}}"#)
    #expect(report.unknown == 1)
    let intent = try await stage.ledger.openIntents(of: "things").only()
    #expect(intent.state == .quarantined)
    #expect(intent.evidence?.contains(#"`code` is "ZZ", and not "t1""#) == true)
    #expect(stage.target.writes.count == 2)
  }

  // MARK: Batches

  @Test func answersThatAreSwappedAreNoticed() async throws {
    let stage = try Stage(target: Stage.bulk("each", size: 4))
    stage.source.set("things", (1...3).map { thing($0, "a") })
    stage.target.spoil { request in
      guard request.method == "POST" else { return .none }
      return .answered(
        200,
        body: """
          {"results":[{"index":1,"status":201,"data":{"id":1,"code":"t1"}},
          {"index":0,"status":201,"data":{"id":2,"code":"t2"}},
          {"index":2,"status":201,"data":{"id":3,"code":"t3"}}]}
          """)
    }
    let first = try await stage.runThings()
    #expect(first.created == 1)
    #expect(first.unknown == 2)
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(200))
    #expect(try await stage.runThings().status == .succeeded)
    for id in 1...3 {
      let link = try await stage.ledger.link(of: "things", key: Key([.int(Int64(id))]))
      #expect(link?.targetID == "\(id)")
    }
    #expect(stage.target.objects("things").count == 3)
  }

  // MARK: Redirects

  @Test func aRedirectedWriteStoredNothingAndNeedsNobody() async throws {
    let stage = try Stage()
    stage.source.set("things", (1...9).map { thing($0, "a") })
    stage.target.spoil { request in
      request.method == "POST" ? .status(308, body: "<html>moved</html>") : .none
    }
    let report = try await stage.runThings()
    #expect(report.status == .failed)
    #expect(report.unknown == 0)
    #expect(report.deferred == 9)
    #expect(report.remedy?.contains("base_url") == true)
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty)
    #expect(try await stage.ledger.failures(of: "things").isEmpty)
    stage.target.spoil { _ in .none }
    #expect(try await stage.runThings().created == 9)
  }

  @Test(arguments: [true, false])
  func aWriteThatIsAnsweredWithSeeOtherIsLookedUp(isApplied: Bool) async throws {
    let stage = try Stage()
    stage.source.set("things", (1...3).map { thing($0, "a") })
    stage.target.spoil { request in
      guard request.method == "POST" else { return .none }
      return isApplied ? .answered(303, body: "") : .status(303, body: "")
    }
    let report = try await stage.runThings()
    #expect(report.unknown == 3)
    #expect(report.created == 0)
    stage.target.spoil { _ in .none }
    stage.clock.advance(by: .seconds(121))
    let next = try await stage.runThings()
    #expect(next.created == (isApplied ? 0 : 3))
    #expect(stage.target.objects("things").count == 3)
    #expect(try await stage.runThings().unchanged == 3)
  }

  // MARK: Ids that are not new

  /// An answer may hold nothing but an id. What was listed before the create is not what the create has made.
  @Test(arguments: [true, false])
  func anIDThatWasListedBeforeIsNotThatOfANewObject(isApplied: Bool) async throws {
    let stage = try stage(answering: #"{"data":{"id":1}}"#, to: "POST", isApplied: isApplied)
    stage.source.set("things", [thing(1, "a")])
    let report = try await stage.runThings()
    #expect(report.unknown == 1)
    #expect(
      report.reasons.first?.message == "the answer names object 1, which was at the target before")
    #expect(try await stage.ledger.link(of: "things", key: Key([.int(1)])) == nil)
    stage.clock.advance(by: .seconds(121))
    _ = try await stage.runThings()
    let link = try await stage.ledger.link(of: "things", key: Key([.int(1)]))
    #expect(link?.targetID == (isApplied ? "2" : nil))
    #expect(stranger(stage)?["name"] == "somebody else")
    let open = try await stage.ledger.openIntents(of: "things").map(\.state)
    #expect(open == (isApplied ? [] : [.quarantined]))
  }

  @Test func anIDThatNoListingHasShownIsTakenForNew() async throws {
    let stage = try stage(answering: #"{"data":{"id":2}}"#, to: "POST")
    stage.source.set("things", [thing(1, "a")])
    #expect(try await stage.runThings().created == 1)
  }

  @Test func aPathThatDoesNotFitIsNotBlamedOnTheNetwork() async throws {
    let stage = try Stage()
    stage.source.set("things", [thing(1, "a")])
    stage.target.spoil { $0.method == "GET" ? .status(200, body: "<html>home</html>") : .none }
    let report = try await stage.runThings()
    #expect(report.message?.contains("GET /things failed: the answer 200 is not JSON") == true)
    #expect(report.remedy?.contains("answers, but not as its file says") == true)
    stage.target.spoil { $0.method == "GET" ? .status(503) : .none }
    #expect(try await stage.runThings().remedy?.contains("failed internally") == true)
    stage.target.spoil { $0.method == "GET" ? .lostBefore : .none }
    #expect(try await stage.runThings().remedy?.contains("is up") == true)
  }
}
