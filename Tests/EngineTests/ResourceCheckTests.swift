import Engine
import JSON
import Programs
import Testing

/// What `crosswalk check` says of a resource's reading calls.
@Suite struct ResourceCheckTests {
  private static let target = Stage.target.replacing(
    "    get: {",
    with: "    find: { call: \"GET /things/by/{match.value}\", object: data }\n    get: {")

  private func check(
    _ target: String = Self.target, objects: Int,
    _ fault: @escaping @Sendable (OutboundRequest) -> SimulatedTarget.Fault = { _ in .none }
  ) async throws -> [String] {
    let stage = try Stage(target: target)
    for number in 0..<objects {
      stage.target.put(["code": .string("t\(number)"), "name": "n"], in: "things")
    }
    stage.target.spoil(fault)
    let definition = stage.definition
    let resource = try #require(definition.resources.first { $0.name.value == "things" })
    let gate = TargetGate(limits: [], scale: 1, clock: stage.clock)
    let match = try #require(stage.programs.first { $0.name == "things" }?.match)
    let lines = try await ResourceCheck(
      resource, matches: [match],
      target: TargetConnection(
        definition: definition, wire: stage.target, gate: gate, clock: stage.clock, windowScale: 1)
    ).run()
    #expect(stage.target.writes.isEmpty)
    return lines.map { "\($0.standing) \($0.subject): \($0.words)" }
  }

  @Test func eachReadingCallIsTried() async throws {
    #expect(
      try await check(objects: 6) == [
        "good things list: GET /things: 4 objects on the first page, 2 on the second",
        "good things get: GET /things/{id}: the object 4",
        "good things find: GET /things/by/{match.value}: the object 4 by its `code`",
      ])
    #expect(
      try await check(objects: 2).first
        == "good things list: GET /things: 2 objects, the whole list")
  }

  @Test func anEmptyListLeavesTheOthersUntried() async throws {
    #expect(
      try await check(objects: 0) == [
        "good things list: GET /things: no objects",
        "good things get and find: not tried, as the list has no objects",
      ])
  }

  @Test func aWrongPathIsNamedWithWhatCame() async throws {
    let lines = try await check(
      Self.target.replacing("items: data", with: "items: rows"), objects: 2)
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("bad things list: GET /things has no list at `rows`"), "\(lines)")
    #expect(lines[1] == "doubtful things get and find: not tried, as the list cannot be read")
  }

  @Test func aSecondPageThatCannotBeReadIsSeen() async throws {
    let lines = try await check(objects: 6) { request in
      request.path.contains("page=2&") ? .status(200, body: #"{"rows":[]}"#) : .none
    }
    #expect(lines[0].contains("bad things list: GET /things has no list at `data`"), "\(lines)")
  }

  @Test(arguments: [
    (#"{"data":{"id":9,"code":"t1"}}"#, "answers with 9"),
    (#"{"data":{"code":"t1"}}"#, "without `id`"),
    ("{}", "holds no object"),
  ])
  func aCallThatAnswersOtherwiseIsBad(body: String, words: String) async throws {
    let lines = try await check(objects: 2) { request in
      request.path == "/things/2" ? .status(200, body: body) : .none
    }
    #expect(lines[1].hasPrefix("bad things get") && lines[1].contains(words), "\(lines)")
    #expect(lines[2].hasPrefix("good things find"))
  }

  @Test func aFindThatFindsNothingOrAnotherIsBad() async throws {
    let nothing = try await check(objects: 2) { request in
      request.path.hasPrefix("/things/by/") ? .status(404) : .none
    }
    #expect(nothing[2].contains("does not find the object 2 by its `code`"), "\(nothing)")
    let other = try await check(objects: 2) { request in
      request.path.hasPrefix("/things/by/") ? .status(200, body: #"{"data":{"id":1}}"#) : .none
    }
    #expect(other[2].contains("finds 1 by the `code` of 2"), "\(other)")
  }

  @Test func withoutAListAFindIsAskedForAKeyThatNobodyHas() async throws {
    let lines = try await check(FindingTests.target, objects: 2)
    #expect(lines.count == 1)
    #expect(
      lines[0].hasPrefix("good things find") && lines[0].contains("finds nothing"), "\(lines)")
    let always = try await check(FindingTests.target, objects: 2) { _ in
      .status(200, body: #"{"data":{"id":1}}"#)
    }
    #expect(always[0].hasPrefix("bad things find"))
  }
}
