import JSON
import Mappings
import Testing

@testable import Engine

@Suite struct BatchAnswerTests {
  private func parts(
    _ status: Int, _ body: String, keys: [String?] = ["a", "b"], position: String? = nil,
    key: String? = nil
  ) throws -> [String] {
    let stage = try Stage()
    let program = try #require(stage.programs.first { $0.name == "things" })
    let batch = BatchDefinition(
      size: 9, items: nil, answers: "results", status: "status", position: position, key: key)
    let answer = BatchAnswer(
      batch: batch, reader: AnswerReader(target: stage.definition, resource: program.resource),
      match: program.match)
    let result = WireResult.answer(status: status, retryAfter: nil, body: Array(body.utf8))
    switch answer.parts(of: result, keys: keys) {
    case .refused: return ["refused"]
    case .each(let results):
      return results.map { result in
        switch result {
        case .answer(let status, _, let body): "\(status) \(String(decoding: body, as: UTF8.self))"
        case .lost: "lost"
        case .notSent: "not sent"
        }
      }
    }
  }

  @Test func answersComeInTheOrderOfTheObjects() throws {
    #expect(
      try parts(200, #"{"results":[{"status":201,"id":1},{"id":2}]}"#)
        == [#"201 {"status":201,"id":1}"#, #"200 {"id":2}"#])
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
      try parts(200, body, key: "code") == [#"200 {"code":"a"}"#, #"200 {"code":"b"}"#])
  }

  @Test(arguments: [
    #"{"results":[{"id":1}]}"#, #"{"results":[]}"#, #"{"results":[{},{},{}]}"#, #"{"id":1}"#, "ok",
  ])
  func whatCannotBeToldApartIsLostForEach(body: String) throws {
    #expect(try parts(200, body) == ["lost", "lost"])
  }

  @Test func aPlaceOutsideOrNamedTwiceTellsNothing() throws {
    #expect(
      try parts(200, #"{"results":[{"at":0},{"at":7},{"at":-1}]}"#, position: "at")
        == [#"200 {"at":0}"#, "lost"])
    #expect(
      try parts(200, #"{"results":[{"at":0},{"at":0},{"at":1}]}"#, position: "at")
        == ["lost", #"200 {"at":1}"#])
  }

  @Test func aRefusalOfTheCallIsNoAnswerToEach() throws {
    #expect(try parts(422, #"{"errors":[{"index":1}]}"#) == ["refused"])
    #expect(try parts(413, "") == ["refused"])
    #expect(try parts(422, #"{"results":[]}"#) == ["refused"])
    #expect(try parts(422, #"{"results":[{"status":200},{"status":422}]}"#).count == 2)
  }

  @Test func anObjectWithoutAStatusInACallThatFailedIsLost() throws {
    #expect(
      try parts(422, #"{"results":[{"status":201},{"id":2}]}"#)
        == [#"201 {"status":201}"#, "lost"])
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
