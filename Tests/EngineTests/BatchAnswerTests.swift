import JSON
import Mappings
import Testing

@testable import Engine

@Suite struct BatchAnswerTests {
  private func parts(
    _ status: Int, _ body: String, keys: [String?] = ["a", "b"], position: String? = nil,
    key: String? = nil, own: BatchDefinition.Status? = BatchDefinition.Status(path: "status"),
    answers: String = ""
  ) throws -> [String] {
    let stage = try Stage(
      target: Stage.target.replacing("error_body:", with: "answers: [\(answers)]\nerror_body:"))
    let program = try #require(stage.programs.first { $0.name == "things" })
    let batch = BatchDefinition(
      size: 9, items: nil, answers: "results", status: own, position: position, key: key)
    let answer = BatchAnswer(
      batch: batch, reader: AnswerReader(target: stage.definition, resource: program.resource),
      identity: ObjectIdentity(program: program), object: "")
    let result = WireResult.answer(status: status, retryAfter: nil, body: Array(body.utf8))
    switch answer.parts(of: result, keys: keys) {
    case .refused: return ["refused"]
    case .each(let parts):
      return parts.map { part in
        if let meaning = part.meaning { return "\(meaning)" }
        return switch part.result {
        case .answer(let status, _, let body, _):
          "\(status) \(String(decoding: body, as: UTF8.self))"
        case .lost(let message, _): message.contains("bad name") ? "lost: bad name" : "lost"
        case .notSent: "not sent"
        }
      }
    }
  }

  @Test func answersComeInTheOrderOfTheObjects() throws {
    #expect(
      try parts(200, #"{"results":[{"status":201,"id":1},{"id":2}]}"#)
        == [#"201 {"status":201,"id":1}"#, "lost"])
    #expect(
      try parts(200, #"{"results":[{"id":1},{"id":2}]}"#, own: nil)
        == [#"200 {"id":1}"#, #"200 {"id":2}"#])
  }

  @Test func orByThePlaceThatTheyName() throws {
    let body = #"{"results":[{"status":201,"at":1},{"status":422,"at":0}]}"#
    #expect(
      try parts(200, body, position: "at")
        == [#"422 {"status":422,"at":0}"#, #"201 {"status":201,"at":1}"#])
  }

  @Test func orByTheKeyThatTheyRepeat() throws {
    let body = #"{"results":[{"code":"b"},{"code":"a"}]}"#
    #expect(
      try parts(200, body, key: "code", own: nil)
        == [#"200 {"code":"a"}"#, #"200 {"code":"b"}"#])
    // The same letters in other bytes are another key.
    #expect(
      try parts(
        200, "{\"results\":[{\"code\":\"e\u{301}\"}]}", keys: ["\u{E9}"], key: "code", own: nil)
        == ["lost"])
  }

  @Test(arguments: [
    #"{"results":[{"id":1}]}"#, #"{"results":[]}"#, #"{"results":[{},{},{}]}"#, #"{"id":1}"#, "ok",
  ])
  func whatCannotBeToldApartIsLostForEach(body: String) throws {
    #expect(try parts(200, body) == ["lost", "lost"])
  }

  @Test func aPlaceOutsideOrNamedTwiceTellsNothing() throws {
    #expect(
      try parts(200, #"{"results":[{"at":0},{"at":7},{"at":-1}]}"#, position: "at", own: nil)
        == [#"200 {"at":0}"#, "lost"])
    #expect(
      try parts(200, #"{"results":[{"at":0},{"at":0},{"at":1}]}"#, position: "at", own: nil)
        == ["lost", #"200 {"at":1}"#])
  }

  @Test func oneObjectIsNotTwo() throws {
    #expect(
      try parts(
        200,
        #"{"results":[{"status":201,"id":1,"code":"a"},{"status":201,"id":1},{"status":201,"id":2}]}"#,
        keys: ["a", "b", "c"]) == ["lost", "lost", #"201 {"status":201,"id":2}"#])
    #expect(try parts(200, #"{"results":[{"id":1},{"id":1}]}"#, own: nil) == ["lost", "lost"])
    // What is refused may name the object that is in the way.
    #expect(
      try parts(200, #"{"results":[{"status":201,"id":1},{"status":409,"id":1}]}"#)
        == [#"201 {"status":201,"id":1}"#, #"409 {"status":409,"id":1}"#])
  }

  @Test func aRefusalOfTheCallIsNoAnswerToEach() throws {
    #expect(try parts(422, #"{"errors":[{"index":1}]}"#) == ["refused"])
    #expect(try parts(413, "") == ["refused"])
    #expect(try parts(422, #"{"results":[]}"#) == ["refused"])
  }

  @Test func aListOfErrorsIsNoAnswerToEach() throws {
    // As many entries as objects, and nothing says which is about which.
    #expect(try parts(422, #"{"results":[{"status":422},{"status":422}]}"#) == ["refused"])
    // No status of their own: half of them are empty because nothing is wrong with their objects.
    #expect(try parts(400, #"{"results":[{},{"name":["bad"]}]}"#, own: nil) == ["refused"])
    #expect(
      try parts(400, #"{"results":[{"at":0},{"at":1}]}"#, position: "at", own: nil) == ["refused"])
    // One object without an answer.
    #expect(
      try parts(422, #"{"results":[{"at":1,"status":422}]}"#, position: "at") == ["refused"])
    #expect(
      try parts(422, #"{"results":[{"at":1,"status":422},{"at":0}]}"#, position: "at")
        == ["refused"])
  }

  @Test func aRefusedCallIsTakenApartWhereEachObjectIsNamedWithItsStatus() throws {
    #expect(
      try parts(
        422, #"{"results":[{"at":1,"status":422},{"at":0,"status":424}]}"#, position: "at")
        == [#"424 {"at":0,"status":424}"#, #"422 {"at":1,"status":422}"#])
  }

  @Test func aRefusedCallThatStoredSomethingIsNeverMadeAgain() throws {
    #expect(
      try parts(422, #"{"results":[{"status":201},{"id":2}]}"#)
        == [#"201 {"status":201}"#, "lost"])
    #expect(
      try parts(422, #"{"results":[{"status":200},{"status":422}]}"#)
        == [#"200 {"status":200}"#, #"422 {"status":422}"#])
    #expect(try parts(422, #"{"results":[{"at":0,"status":201}]}"#, position: "at").last == "lost")
    #expect(
      try parts(400, #"{"results":[{"id":7,"code":"a"},{"message":"bad"}]}"#, own: nil)
        == ["lost", "lost"])
  }

  @Test(arguments: [
    (#""201""#, true), ("201", true), (#""201 Created""#, false), (#""created""#, false),
    ("true", false), ("false", false), ("null", false), (#""""#, false), ("0", false),
    (#""+201""#, false), ("20100", false), ("{}", false), ("[201]", false),
  ])
  func onlyDigitsAreAStatus(status: String, counts: Bool) throws {
    let item = #"{"status":\#(status)}"#
    #expect(
      try parts(200, #"{"results":[\#(item)]}"#, keys: ["a"]) == [counts ? "201 \(item)" : "lost"])
  }

  @Test func wordsMeanWhatTheFileSays() throws {
    let own = BatchDefinition.Status(
      path: "state",
      words: [
        .init("created", means: .done), .init("true", means: .done), .init("0", means: .done),
        .init("failed", means: .rejected), .init("busy", means: .retry),
      ])
    let states = [
      #""created""#, "true", "0", #""failed""#, #""busy""#, #""Created""#, "200", "null",
    ]
    let items = states.map { #"{"state":\#($0)}"# }.joined(separator: ",")
    #expect(
      try parts(
        200, #"{"results":[\#(items)]}"#, keys: states.indices.map { "k\($0)" }, own: own)
        == ["done", "done", "done", "rejected", "retry", "lost", "lost", "lost"])
  }

  @Test func whatAnObjectsAnswerSaysIsKept() throws {
    #expect(
      try parts(200, #"{"results":[{"status":"failed","error":"bad name"}]}"#, keys: ["a"])
        == ["lost: bad name"])
  }

  @Test func aRuleForTheBodyOfACallThatWasCarriedOutIsForEachObject() throws {
    let body = #"{"results":[{"status":"created","id":1,"code":"a"},{"status":"failed"}]}"#
    #expect(
      try parts(
        207, body, own: nil, answers: #"{ status: 207, body: '"failed"', means: rejected }"#)
        == [#"207 {"status":"created","id":1,"code":"a"}"#, #"207 {"status":"failed"}"#])
  }

  @Test func a207WithoutStatusesOfItsObjectsTellsNothing() throws {
    let body = #"{"results":[{"id":1},{"status":"failed","id":0}]}"#
    #expect(try parts(207, body, own: nil) == ["lost", "lost"])
    // A rule that tells a refusal by its body says that the others are done.
    #expect(
      try parts(
        207, body, own: nil, answers: #"{ status: 207, body: '"failed"', means: rejected }"#)
        == [#"207 {"id":1}"#, #"207 {"status":"failed","id":0}"#])
  }

  @Test func aStatusOfAnObjectsOwnCountsWhateverTheCallsIs() throws {
    #expect(
      try parts(429, #"{"results":[{"status":201},{"status":429}]}"#)
        == [#"201 {"status":201}"#, #"429 {"status":429}"#])
    #expect(try parts(429, #"{"results":[]}"#) == [#"429 {"results":[]}"#, #"429 {"results":[]}"#])
  }

  @Test func whateverElseIsTheSameForAll() throws {
    #expect(try parts(500, "{}") == ["500 {}", "500 {}"])
    #expect(try parts(429, "{}") == ["429 {}", "429 {}"])
  }

  @Test(arguments: [true, false]) func theObjectsLieInAListOrInAMemberOfTheBody(
    isNamed: Bool
  ) throws {
    let text = Stage.bulk("each", size: 4)
    let stage = try Stage(target: isNamed ? text : text.replacing("items: items,", with: ""))
    let program = try #require(stage.programs.first { $0.name == "things" })
    let alone = [#"{"a":1}"#, #"{"a":2}"#].map {
      OutboundRequest(method: "POST", path: "/things/each", body: Array($0.utf8))
    }
    let call = try #require(RequestBuilder(program: program).together(alone))
    #expect(call.route == "POST /things/each")
    let list = #"[{"a":1},{"a":2}]"#
    #expect(
      call.body.map { String(decoding: $0, as: UTF8.self) }
        == (isNamed ? #"{"items":\#(list)}"# : list))
  }
}
