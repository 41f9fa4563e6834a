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
    wantsObject: Bool = true, isOfWrites: Bool = false, answers: String = "",
    errors: String? = nil, location: String? = nil
  ) throws -> String {
    var target = Stage.target
    if let errors {
      target = target.replacing(
        "error_body: { message: message, fields: errors }", with: "error_body: \(errors)")
    }
    target = target.replacing("error_body:", with: "answers: [\(answers)]\nerror_body:")
    let stage = try Stage(target: target)
    let program = try #require(stage.programs.first { $0.name == "things" })
    let reader = AnswerReader(
      target: stage.definition, resource: program.resource, fields: program.fields.map(\.path),
      isOfWrites: isOfWrites)
    let verdict = reader.read(
      .answer(
        status: status, retryAfter: .seconds(7), body: Array(body.utf8), location: location),
      object: object, wantsObject: wantsObject)
    return switch verdict {
    case .done(let object): "done \(object.map(\.description) ?? "-")"
    case .rejected(let status, let reasons): "rejected \(status) \(words(reasons))"
    case .taken(let status, let reasons): "taken \(status) \(words(reasons))"
    case .gone: "gone"
    case .retry(let after, let reason, _):
      "retry \(after.map { $0 / .seconds(1) } ?? 0) \(reason)"
    case .stop(let message, let remedy): "stop \(message) (\(remedy))"
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
    (200, #"{"data":null}"#, "unknown the answer 200 holds no object at `data`: `data` is null"),
    (
      200, #"{"data":[{"id":1}]}"#,
      "unknown the answer 200 holds no object at `data`: `data` is a list"
    ),
    (202, #"{"data":{"id":1}}"#, "unknown answered 202"),
  ])
  func aSuccessWithoutAnObjectIsNotTrusted(status: Int, body: String, expected: String) throws {
    #expect(try read(status, body) == expected)
  }

  @Test(arguments: [408, 425, 500, 502, 503, 504, 522])
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
    #expect(
      try read(401, "").hasPrefix("stop answered 401: no reason given (the token is wrong"))
    #expect(
      try read(401, #"{"code": 7}"#).hasPrefix(#"stop answered 401: {"code": 7} (the token"#))
    #expect(try read(403, "<html>").hasPrefix("stop answered 403: a web page (the token"))
    #expect(
      try read(403, #"{"message":"scope"}"#).hasPrefix("stop answered 403: scope (the token lacks"))
    for status in [405, 406, 415, 501] { #expect(try read(status).hasPrefix("stop")) }
  }

  /// RFC 9110, 15.4.4: the server has taken the request, and what came of it is elsewhere.
  @Test func aSeeOtherToAWriteTellsNothing() throws {
    #expect(
      try read(303, "", isOfWrites: true, location: "https://me@api.example.com/jobs/7?token=abc")
        == "unknown answered 303 and points to https://api.example.com/jobs/7: the write may have "
        + "been carried out")
    #expect(
      try read(303, "", isOfWrites: true)
        == "unknown answered 303, which is a redirect: the write may have been carried out")
    #expect(try read(303, "").hasPrefix("stop answered 303"))
    for status in [300, 301, 302, 304, 307, 308] {
      #expect(try read(status, "", isOfWrites: true).hasPrefix("stop answered \(status)"))
    }
    #expect(
      try read(303, "", isOfWrites: true, answers: "{ status: 303, means: stop }").hasPrefix(
        "stop answered 303"))
    #expect(
      try read(303, isOfWrites: true, answers: "{ status: 303, means: done }")
        == #"done {"id":1}"#)
  }

  @Test(arguments: [300, 301, 302, 303, 307, 308])
  func aRedirectStopsTheTargetAndSaysWhereItPoints(status: Int) throws {
    let words = try read(
      status, "<html>moved</html>",
      location: "https://me:secret@new.example.com/v2/things?token=abc#x")
    #expect(
      words.hasPrefix(
        "stop answered \(status) and points to https://new.example.com/v2/things: nothing was done")
    )
    #expect(words.contains("correct `base_url`"))
    #expect(!words.contains("secret") && !words.contains("abc"))
    #expect(try read(status, "").hasPrefix("stop answered \(status), which is a redirect"))
    #expect(
      try read(status, location: "/\u{1B}[31m" + String(repeating: "x", count: 1000)).count < 500)
    #expect(
      try read(status, answers: "{ status: 3xx, means: unknown }") == "unknown answered \(status)")
    #expect(try read(status, answers: "{ status: 3xx, means: done }") == #"done {"id":1}"#)
  }

  @Test(arguments: [
    (#"{"success":false,"data":{"id":900}}"#, "`success`: false"),
    (#"{"data":{"id":900,"success":"false"}}"#, "`success`: \"false\""),
    (#"{"ok":false,"data":{"id":900}}"#, "`ok`: false"),
    (#"{"error":"duplicate of 900","data":{}}"#, "`error`: \"duplicate of 900\""),
    (#"{"errors":[{"code":3}],"data":null}"#, "`errors`: [{\"code\":3}]"),
  ])
  func aSuccessThatSaysOtherwiseInItsBodyIsNotTrusted(body: String, doubt: String) throws {
    #expect(try read(200, body) == "unknown answered 200, and says \(doubt)")
    #expect(try read(200, body, wantsObject: false) == "unknown answered 200, and says \(doubt)")
    #expect(
      try read(200, body, wantsObject: false, answers: "{ status: 200, means: done }").hasPrefix(
        "done"))
  }

  @Test(arguments: [
    #"{"errors":[],"error":null,"success":true,"data":{"id":1}}"#,
    #"{"error":false,"errors":{},"ok":true,"data":{"id":1}}"#,
    #"{"error":"of the last login","data":{"id":1}}"#,
  ])
  func membersThatOnlySoundLikeItAreNoDoubt(body: String) throws {
    #expect(try read(200, body) == #"done {"id":1}"#)
  }

  // MARK: Reasons

  private static let jsonAPI =
    #"{"errors":[{"status":"422","title":"Invalid","detail":"is too short","source":{"pointer":"/data/attributes/name"}}]}"#
  private static let located =
    #"{"detail":[{"loc":["body","name"],"msg":"is too short","type":"t"},{"loc":["body","items",0,"size"],"msg":"is odd"}]}"#
  private static let rootList =
    #"[{"message":"is too short","errorCode":"SHORT","fields":["name"]},{"message":"clash","fields":["name","code"]}]"#

  @Test(arguments: [
    (jsonAPI, "{ message: 'errors[].detail' }", "-: is too short"),
    (
      jsonAPI, "{ fields: { path: errors, field: source.pointer, message: detail } }",
      "name: is too short"
    ),
    (
      located, "{ fields: { path: detail, field: loc, message: msg } }",
      "name: is too short; items.size: is odd"
    ),
    (located, "{ message: 'detail[].msg' }", "-: is too short; is odd"),
    (rootList, "{ message: '[].message' }", "-: is too short; clash"),
    (
      rootList, "{ fields: { field: fields, message: message } }",
      "name: is too short; name: clash; code: clash"
    ),
    (
      #"{"name":["is too short","is bad"],"non_field_errors":["x"],"code":3}"#, "{ fields: '' }",
      "name: is too short; is bad; non_field_errors: x"
    ),
    (#"{"name":["is too short"]}"#, "{ message: name }", "-: is too short"),
    (#"{"name":["is too short"]}"#, "{ message: 'name[]' }", "-: is too short"),
    (
      #"{"message":"no","errors":{"address":{"city":["is unknown"]},"sizes":[{},{"width":["is odd"]}]}}"#,
      "{ message: message, fields: errors }", "address.city: is unknown; sizes.width: is odd"
    ),
    (#""is too short""#, "{ message: '' }", "-: is too short"),
    (#"["is too short","is bad"]"#, "{ message: '' }", "-: is too short; is bad"),
    (#"{"message":17}"#, "{ message: message }", "-: 17"),
    (
      #"{"title":"Invalid","params":[{"name":"name"}]}"#, "{ message: title, fields: params }",
      #"-: Invalid: [{"name":"name"}]"#
    ),
    (#"{"detail":"second"}"#, "{ message: [message, detail] }", "-: second"),
    (
      #"{"errors":["is bad",{"field":"name","why":"is odd"}]}"#,
      "{ fields: { path: errors, field: field, message: why } }", "-: is bad; name: is odd"
    ),
    (
      #"{"errors":[{"field":"name","code":4}]}"#,
      "{ fields: { path: errors, field: field, message: why } }",
      #"name: {"field":"name","code":4}"#
    ),
    (
      ##"{"errors":[{"field":"#/items/3/a~1b","why":"is odd"}]}"##,
      "{ fields: { path: errors, field: field, message: why } }", "items.a/b: is odd"
    ),
  ])
  func reasonsAreFoundWhereTheFileSays(body: String, errors: String, expected: String) throws {
    #expect(try read(422, body, errors: errors) == "rejected 422 \(expected)")
  }

  @Test(arguments: [
    ("name is too short", "name is too short"),
    ("<error>name is too short</error>", "<error>name is too short</error>"),
    (#"{"error":{"code":3,"text":"no"}}"#, #"{"error":{"code":3,"text":"no"}}"#),
    (#"{"message":{"text":"no"}}"#, #"{"message":{"text":"no"}}"#),
    ("  two\n\n  lines\t", "two lines"), ("a\u{1B}[31mb\u{202E}", "a\\u{1B}[31mb\\u{202E}"),
    ("{}", "answered 422 without a reason"), ("[]", "answered 422 without a reason"),
    ("null", "answered 422 without a reason"), (" \n", "answered 422 without a reason"),
    (#"{ "message": "is to"#, #"{ "message": "is to"#),
  ])
  func whereNothingFitsTheBodyIsShown(body: String, expected: String) throws {
    #expect(try read(422, body) == "rejected 422 -: \(expected)")
  }

  @Test func aLongBodyIsCut() throws {
    let words = try read(422, String(repeating: "abc ", count: 1000))
    #expect(words.hasSuffix("…"))
    #expect(words.count < 250)
  }

  @Test func whatIsSensitiveIsHiddenBeforeAnythingIsCut() throws {
    let stage = try Stage()
    var reader = AnswerReader(target: stage.definition, resource: nil)
    reader.text.hide = { $0.replacing("123-45-6789", with: "(masked)") }
    let body = String(repeating: "x", count: ForeignText.excerpt - 3) + "123-45-6789"
    guard
      case .rejected(_, let reasons) = reader.read(
        .answer(status: 400, retryAfter: nil, body: Array(body.utf8)), object: "",
        wantsObject: false)
    else {
      Issue.record("read otherwise")
      return
    }
    #expect(reasons.first?.message.contains("123") == false)
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
      case .retry(nil, "refused (start it)", _) = reader.read(
        .notSent(message: "refused", remedy: "start it"), object: "", wantsObject: true),
      case .unknown("reset") = reader.read(
        .lost(message: "reset", remedy: ""), object: "", wantsObject: true)
    else {
      Issue.record("read otherwise")
      return
    }
  }
}
