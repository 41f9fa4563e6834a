import Diagnostics
import JSON
import Mappings
import Programs
import Synchronization
import Testing

@testable import Engine

@Suite struct AnswerReaderTests {
  private func read(
    _ status: Int, _ body: String = #"{"data":{"id":1}}"#, object: String = "data",
    wantsObject: Bool = true, answers: String = ""
  ) throws -> String {
    let target = Stage.target.replacing(
      "error_body:", with: "answers: [\(answers)]\nerror_body:")
    let stage = try Stage(target: target)
    let reader = AnswerReader(target: stage.definition, resource: stage.programs[1].resource)
    let verdict = reader.read(
      .answer(status: status, retryAfter: .seconds(7), body: Array(body.utf8)), object: object,
      wantsObject: wantsObject)
    return switch verdict {
    case .done(let object): "done \(object.map(\.description) ?? "-")"
    case .rejected(let status, let reasons): "rejected \(status) \(words(reasons))"
    case .taken(let status, let reasons): "taken \(status) \(words(reasons))"
    case .gone: "gone"
    case .retry(let after, let reason):
      "retry \(after.map { $0 / .seconds(1) } ?? 0) \(reason)"
    case .stop(let message, let mend): "stop \(message) (\(mend))"
    case .unknown(let reason): "unknown \(reason)"
    }
  }

  private func words(_ reasons: [Failure.Reason]) -> String {
    reasons.map { "\($0.field ?? "-"): \($0.message)" }.joined(separator: "; ")
  }

  @Test func aSuccessHoldsTheObject() throws {
    #expect(try read(200) == #"done {"id":1}"#)
    #expect(try read(201) == #"done {"id":1}"#)
    #expect(try read(204, "", wantsObject: false) == "done -")
    #expect(try read(200, #"{"id":1}"#, object: "") == #"done {"id":1}"#)
  }

  @Test(arguments: [
    (204, "", "unknown the answer 204 is not JSON"),
    (200, "<!DOCTYPE html><p>", "unknown the answer 200 is not JSON but a web page"),
    (200, #"{"data":null}"#, "unknown the answer 200 holds no object at `data`"),
    (200, #"{"data":[{"id":1}]}"#, "unknown the answer 200 holds no object at `data`"),
    (202, #"{"data":{"id":1}}"#, "unknown answered 202"),
  ])
  func aSuccessWithoutAnObjectIsNotTrusted(status: Int, body: String, expected: String) throws {
    #expect(try read(status, body) == expected)
  }

  @Test(arguments: [301, 302, 304, 408, 425, 500, 502, 503, 504, 522])
  func whatLeavesTheOutcomeOpenIsUnknown(status: Int) throws {
    #expect(try read(status) == "unknown answered \(status)")
  }

  @Test(arguments: [400, 402, 413, 418, 422]) func aRefusalHasReasons(status: Int) throws {
    #expect(
      try read(status, #"{"errors":{"name":["is bad","is long"],"size":"is odd"}}"#)
        == "rejected \(status) name: is bad; is long; size: is odd")
    #expect(try read(status, #"{"message":"no"}"#) == "rejected \(status) -: no")
    #expect(
      try read(status, "") == "rejected \(status) -: answered \(status) without a reason")
    #expect(
      try read(status, "<html>no") == "rejected \(status) -: answered \(status) with a web page")
  }

  @Test func theOtherMeanings() throws {
    #expect(try read(404) == "gone")
    #expect(try read(410) == "gone")
    #expect(try read(409, #"{"message":"there"}"#) == "taken 409 -: there")
    #expect(try read(429) == "retry 7.0 answered 429")
    #expect(try read(401).hasPrefix("stop answered 401: no reason given (the token is wrong"))
    #expect(
      try read(403, #"{"message":"scope"}"#).hasPrefix("stop answered 403: scope (the token lacks"))
    for status in [405, 406, 415, 501] { #expect(try read(status).hasPrefix("stop")) }
  }

  @Test func rulesComeBeforeTheBuiltInMeaningsFirstMatchFirst() throws {
    let rules = """
      { status: 422, body: "(?i)already", means: taken }, { status: [422, 503], means: retry }
      """
    #expect(try read(422, "name ALREADY used", answers: rules).hasPrefix("taken"))
    #expect(try read(422, "else", answers: rules) == "retry 7.0 answered 422")
    #expect(try read(503, answers: rules) == "retry 7.0 answered 503")
    #expect(try read(400, "already", answers: rules).hasPrefix("rejected"))
  }

  @Test func aPatternThatCannotBeUsedMatchesNothing() throws {
    let target = Stage.target.replacing(
      "error_body:", with: "answers: [{ status: 422, body: \"(\", means: done }]\nerror_body:")
    let text = ProjectText(target: target, schemas: Stage.schemas, mappings: [:])
    let definition = try #require(try text.compiler().1.targets.first)
    let verdict = AnswerReader(target: definition, resource: nil).read(
      .answer(status: 422, retryAfter: nil, body: []), object: "", wantsObject: false)
    guard case .rejected = verdict else {
      Issue.record("\(verdict)")
      return
    }
  }

  @Test func anAttemptWithoutAnAnswer() throws {
    let stage = try Stage()
    let reader = AnswerReader(target: stage.definition, resource: nil)
    guard
      case .retry(nil, "refused (start it)") = reader.read(
        .notSent(message: "refused", mend: "start it"), object: "", wantsObject: true),
      case .unknown("reset") = reader.read(
        .lost(message: "reset", mend: ""), object: "", wantsObject: true)
    else {
      Issue.record("read otherwise")
      return
    }
  }
}

@Suite struct ListingTests {
  /// Answers each path with the next of its texts; the last one stays.
  private final class ScriptedWire: Wire {
    let script: Mutex<[String: [String]]>
    let asked = Mutex<[String]>([])

    init(_ script: [String: [String]]) { self.script = Mutex(script) }

    func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
      asked.withLock { $0.append(request.path) }
      let text = script.withLock { script -> String? in
        guard let texts = script[request.path] else { return nil }
        if texts.count > 1 { script[request.path]?.removeFirst() }
        return texts[0]
      }
      guard let text else { return .answer(status: 404, retryAfter: nil, body: []) }
      return .answer(status: 200, retryAfter: nil, body: Array(text.utf8))
    }
  }

  private func list(_ list: String, _ script: [String: [String]]) async throws
    -> (codes: [String: [String]], count: Int, asked: [String])
  {
    let target = """
      target: crm
      base_url: https://api.example.com
      retry: { attempts: 1, base: 1s, max: 1s }
      resources:
        groups:
          schema: { create: group.json }
          id: { path: id, kind: int }
          match: { field: code, compare: fold }
          list: \(list)
          create: { call: POST /groups }
      """
    let text = ProjectText(
      target: target, schemas: Stage.schemas, mappings: ["groups": Stage.groups])
    let program = try text.programs(["groups": Stage.groupColumns]).only()
    let definition = try #require(try text.compiler().1.targets.first)
    let wire = ScriptedWire(script)
    let clock = SteppingClock()
    let connection = TargetConnection(
      definition: definition, wire: wire,
      gate: TargetGate(limits: [], scale: 1, clock: clock), clock: clock, windowScale: 1)
    let listing = try await Listing.read(
      try #require(program.resource.list), of: program, wanted: ["a", "b", "c"], from: connection)
    return (
      listing.objects.mapValues { $0.map(\.id) }, listing.count, wire.asked.withLock { $0 }
    )
  }

  private static let cursor =
    "{ call: GET /g, items: data, page: { kind: cursor, parameter: after, cursor: next, more: more, size_parameter: n, size: 2 } }"
  private static func pages(until: String) -> String {
    "{ call: GET /g, items: data, page: { kind: number, parameter: p, first: 0, size: 2, until: \(until) } }"
  }

  @Test func pagesAreReadUntilOneIsEmpty() async throws {
    let listing = try await list(
      Self.pages(until: "empty"),
      [
        "/g?p=0": [#"{"data":[{"id":1,"code":" A "},{"id":2,"code":"x"}]}"#],
        "/g?p=1": [#"{"data":[{"id":3,"code":"b"}]}"#], "/g?p=2": [#"{"data":[]}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["3"]])
    #expect(listing.count == 3)
    #expect(listing.asked == ["/g?p=0", "/g?p=1", "/g?p=2"])
  }

  @Test func aShortPageMayBeTheEnd() async throws {
    let listing = try await list(
      Self.pages(until: "short"),
      [
        "/g?p=0": [#"{"data":[{"id":1,"code":"a"},{"id":2,"code":"b"}]}"#],
        "/g?p=1": [#"{"data":[{"id":3,"code":"c"}]}"#],
      ])
    #expect(listing.count == 3)
    #expect(listing.asked.count == 2)
  }

  @Test func aCursorIsFollowedThroughShortAndEmptyPages() async throws {
    let listing = try await list(
      Self.cursor,
      [
        "/g?n=2": [#"{"data":[{"id":1,"code":"a"}],"next":"k&1","more":true}"#],
        "/g?n=2&after=k%261": [#"{"data":[],"next":"k2","more":true}"#],
        "/g?n=2&after=k2": [#"{"data":[{"id":2,"code":"b"}],"next":"k3","more":false}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["2"]])
  }

  @Test(arguments: [#""next":"","more":true"#, #""next":"k","more":true"#])
  func aCursorThatDoesNotMoveIsNoEnd(rest: String) async throws {
    await #expect(throws: TargetStopped.self) {
      try await list(
        Self.cursor,
        [
          "/g?n=2": [#"{"data":[{"id":1}],"next":"k","more":true}"#],
          "/g?n=2&after=k": [#"{"data":[],\#(rest)}"#],
        ])
    }
  }

  @Test func aTreeIsReadToItsLeaves() async throws {
    let listing = try await list(
      "{ call: GET /g, items: data, children: below }",
      [
        "/g": [
          #"{"data":{"id":1,"code":"a","below":[{"id":2,"below":[{"id":3,"code":"b"}]},{"id":4}]}}"#
        ]
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["3"]])
    #expect(listing.count == 4)
  }

  @Test func severalCallsMakeOneListing() async throws {
    let listing = try await list(
      "{ calls: [GET /g?state=on, GET /g?state=off], items: data }",
      [
        "/g?state=on": [#"{"data":[{"id":1,"code":"a"}]}"#],
        "/g?state=off": [#"{"data":[{"id":2,"code":"a"}]}"#],
      ])
    #expect(listing.codes == ["a": ["1", "2"]])
  }

  @Test(arguments: [#"{"items":[]}"#, #"{"data":null}"#, #"{"data":[{"code":"a"}]}"#, "<html>"])
  func whatIsNoListStopsTheTarget(body: String) async throws {
    await #expect(throws: TargetStopped.self) {
      try await list("{ call: GET /g, items: data }", ["/g": [body]])
    }
  }

  @Test func anIDThatComesTwiceHasTheListingReadAgain() async throws {
    let shifted = #"{"data":[{"id":1,"code":"a"},{"id":2,"code":"b"}]}"#
    let listing = try await list(
      Self.pages(until: "empty"),
      [
        "/g?p=0": [shifted],
        "/g?p=1": [#"{"data":[{"id":2,"code":"b"}]}"#, #"{"data":[{"id":3,"code":"c"}]}"#],
        "/g?p=2": [#"{"data":[]}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["2"], "c": ["3"]])
    #expect(listing.asked == ["/g?p=0", "/g?p=1", "/g?p=0", "/g?p=1", "/g?p=2"])
  }

  @Test func aTargetThatNeverLeavesItsFirstPageIsStopped() async throws {
    let error = await #expect(throws: TargetStopped.self) {
      try await list(
        Self.pages(until: "empty"),
        [
          "/g?p=0": [#"{"data":[{"id":7}]}"#], "/g?p=1": [#"{"data":[{"id":7}]}"#],
        ])
    }
    #expect(error?.message.contains("names the object 7 twice, 3 times over") == true)
  }
}
