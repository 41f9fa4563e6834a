import JSON
import Testing

@testable import Sandbox

@Suite struct FaultTests {
  @Test func aFaultSkipsThenStrikesThenIsSpent() throws {
    var desk = Desk.safetyAmp()
    desk.state.faults.add(Fault("GET /api/users", .status(503), calls: 2, skip: 1))
    let statuses = try (0..<5).map { _ in try desk.call("GET /api/users?page=0&limit=5").status }
    #expect(statuses == [200, 503, 503, 200, 200])
    #expect(try desk.call("GET /api/sites").status == 200)
    #expect(desk.state.faults.faults.isEmpty)
    #expect(desk.state.log.all.map { $0.fault != nil } == [false, true, true, false, false, false])
  }

  @Test func aProbableFaultIsDrawnFromItsSeed() throws {
    func struck() throws -> [Bool] {
      var desk = Desk.safetyAmp()
      desk.state.faults.add(Fault("/**", .status(500), calls: nil, probability: 0.25))
      return try (0..<400).map { _ in try desk.call("GET /api/roles").status == 500 }
    }
    let first = try struck()
    #expect((60...140).contains(first.count { $0 }))
    #expect(try struck() == first)
  }

  @Test func aStatusMayComeAfterTheEffect() throws {
    var desk = Desk.safetyAmp()
    desk.state.faults.add(Fault("POST /api/users", .status(500, applied: true)))
    #expect(try desk.call("POST /api/users", person(1)).status == 500)
    #expect(try desk.data("GET /api/users").arrayValue?.count == 1)
    desk.state.faults.add(Fault("POST /api/users", .status(202)))
    #expect(try desk.call("POST /api/users", person(2)).status == 202)
    #expect(try desk.data("GET /api/users").arrayValue?.count == 1)
  }

  @Test func answersOfSuccessThatAreNone() throws {
    var desk = Desk.samsara()
    desk.state.faults.add(Fault("POST /fleet/drivers", .withoutID))
    let nameless = try desk.call("POST /fleet/drivers", driver(1))
    #expect(nameless.status == 200)
    #expect(nameless.json?.at("data.id") == .null)
    #expect(nameless.json?.at("data.username") == "driver1")
    desk.state.faults.add(Fault("POST /fleet/drivers", .errorBody))
    let error = try desk.call("POST /fleet/drivers", driver(2))
    #expect(error.status == 200)
    #expect(error.json?["requestId"] != nil)
    desk.state.faults.add(Fault("GET /fleet/drivers", .emptyList))
    let empty = try desk.call("GET /fleet/drivers")
    #expect(empty.json?["data"] == [])
    #expect(empty.json?.at("pagination.hasNextPage") == false)
    #expect(try desk.data("GET /fleet/drivers").names == ["Driver 1"])
    desk.state.faults.add(Fault("GET /fleet/drivers", .redirect(to: "/login")))
    let redirect = try desk.call("GET /fleet/drivers")
    #expect(redirect.status == 302)
    #expect(redirect.header("location") == "/login")
  }

  @Test func whatIsIndexedLateIsHiddenFromListsAndKeysButTaken() throws {
    var desk = Desk.samsara()
    desk.state.faults.add(
      Fault("POST /fleet/drivers", .dropAfter, indexLag: .seconds(30)))
    #expect(
      try desk.react("POST /fleet/drivers", driver(1, ["externalIds": ["erp": "1"]])).answer == nil)
    desk.now = .seconds(29)
    #expect(try desk.call("GET /fleet/drivers/erp:1").status == 404)
    #expect(try desk.data("GET /fleet/drivers") == [])
    #expect(try desk.call("POST /fleet/drivers", driver(1)).status == 400)
    desk.now = .seconds(30)
    #expect(try desk.call("GET /fleet/drivers/erp:1").status == 200)
    #expect(try desk.data("GET /fleet/drivers").arrayValue?.count == 1)
  }

  @Test func aLateCallTakesEffectWhenItLands() throws {
    var desk = Desk.safetyAmp()
    desk.state.faults.add(Fault("POST /api/users", .late(.seconds(5)), delay: .seconds(1)))
    let reaction = try desk.react("POST /api/users", person(1))
    #expect(reaction.answer == nil)
    #expect(reaction.landing == .seconds(5))
    #expect(try desk.data("GET /api/users") == [])
    let call = try #require(desk.state.log.all.first?.call)
    desk.now = .seconds(5)
    desk.state.land(call, at: desk.now)
    #expect(try desk.data("GET /api/users").arrayValue?.count == 1)
  }

  @Test func rowsShiftBetweenPages() throws {
    var desk = Desk.safetyAmp()
    for number in 1...4 { _ = try desk.seed("users", person(number)) }
    desk.state.faults.add(Fault("GET /api/users", .shift, skip: 1))
    let first = try desk.data("GET /api/users?page=0&limit=2")
    let second = try desk.data("GET /api/users?page=1&limit=2")
    #expect(first.at("[].emp_id") == ["1", "2"])
    #expect(second.at("[].emp_id") == ["4", "1"])
  }

  @Test func everyKindSurvivesItsJSON() throws {
    for kind in [
      .none, .status(429, retryAfter: .seconds("0.40235")),
      .status(429, retryAfter: .date(seconds: 3)), .status(500, applied: true),
      .reply(200, contentType: "text/plain", body: "x"), .redirect(to: "/x"), .dropBefore,
      .dropAfter, .cut(bytes: 5), .withoutID, .errorBody, .emptyList, .shift,
      .late(.seconds(2)), .hangUp,
    ] as [Fault.Kind] {
      let fault = Fault(
        "POST /x", kind, calls: nil, skip: 2, probability: 0.5, delay: .seconds(1.5),
        indexLag: .seconds(4), resets: true)
      #expect(try Fault(json: fault.json) == fault)
    }
    for wrong in [
      ["kind": "none"], ["match": "/x", "kind": "nonsense"], ["match": "/x", "kind": "status"],
      ["match": "/x", "kind": "status", "status": 99], ["match": "/x", "kind": "late"],
      ["match": "/x", "kind": "cut"], ["match": "/x", "kind": "none", "calls": 0],
      ["match": "/x", "kind": "none", "delay": -1],
    ] as [JSON] {
      #expect(throws: SandboxError.self) { try Fault(json: wrong) }
    }
  }
}
