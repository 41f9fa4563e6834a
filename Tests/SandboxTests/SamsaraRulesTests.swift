import JSON
import Testing

@testable import Sandbox

/// The numbered rules of section 7 of the Samsara reference.
@Suite struct SamsaraRulesTests {
  static let circle: JSON = ["circle": ["radiusMeters": 50]]

  @Test(
    "1: no or a wrong bearer is 401, a call beyond the token's scope 403, each with a requestId")
  func rule1() throws {
    var desk = Desk.samsara { $0.forbidden = ["PATCH /fleet/vehicles/*"] }
    #expect(try desk.call("GET /me").json?.at("data.id") == "20001")
    let forbidden = try desk.call("PATCH /fleet/vehicles/1", [:])
    #expect(forbidden.status == 403)
    desk.headers["authorization"] = "Bearer wrong"
    let refused = try desk.call("GET /me")
    #expect(refused.status == 401)
    #expect(refused.json?["requestId"]?.stringValue?.wholeMatch(of: /[0-9a-f]{8}/) != nil)
    desk.headers["authorization"] = nil
    #expect(try desk.call("GET /nowhere").status == 401)
  }

  @Test("2: limits per call class and over all calls, with a decimal Retry-After, before parsing")
  func rule2() throws {
    var desk = Desk.samsara { $0.windows = SamsaraSettings.publishedWindows }
    for number in 1...5 {
      desk.now = .milliseconds(100 * number)
      #expect(try desk.call("GET /fleet/drivers").status == 200)
    }
    desk.now = .milliseconds(698)
    let refused = try desk.call("GET /fleet/drivers?limit=nonsense")
    #expect(refused.status == 429)
    #expect(refused.header("Retry-After") == "0.40200")
    #expect(refused.json?["message"]?.stringValue != nil)
    #expect(refused.json?["requestId"]?.stringValue != nil)
    // Another class is free, and the writes of drivers share one window.
    #expect(try desk.call("GET /tags").status == 200)
    for number in 1...100 {
      desk.now = .seconds(2) + .milliseconds(10 * number)
      _ = try desk.call(number % 2 == 0 ? "POST /fleet/drivers" : "PATCH /fleet/drivers/1", [:])
    }
    #expect(try desk.call("PATCH /fleet/drivers/1", [:]).status == 429)
    desk.now = .seconds(62) + .milliseconds(9)
    #expect(try desk.call("PATCH /fleet/drivers/1", [:]).status == 429)
    desk.now = .seconds(62) + .milliseconds(10)
    #expect(try desk.call("PATCH /fleet/drivers/1", [:]).status == 404)
    // 150 a second for the token, whatever the class.
    desk.now = .seconds(200)
    let statuses = try (0..<151).map { _ in try desk.call("GET /unknown").status }
    #expect(statuses.dropLast().allSatisfy { $0 == 404 })
    #expect(statuses.last == 429)
  }

  @Test(
    "3: bad JSON, missing members, long text, bad enumerations, usernames and unknown ids are 400")
  func rule3() throws {
    var desk = Desk.samsara()
    let broken = try #require(
      Call(
        method: "POST", target: "/fleet/drivers", headers: desk.headers, body: Array("{".utf8)))
    let answer = desk.state.react(to: broken, at: .zero).answer
    #expect(answer?.status == 400)
    for body in [
      [:], ["name": "A", "username": "a"],
      driver(1, ["phone": .string(String(repeating: "5", count: 256))]),
      driver(1, ["locale": "xx"]), driver(1, ["eldDayStartHour": 5]),
      driver(1, ["tagIds": ["404"]]), driver(1, ["staticAssignedVehicleId": "404"]),
      driver(1, ["externalIds": ["a b": "1"]]), driver(1, ["externalIds": ["erp": "1/2"]]),
      driver(1, ["externalIds": ["samsara.vin": "1"]]),
      driver(1, ["usDriverRulesetOverride": ["cycle": "x"]]), driver(1, ["eldExempt": "yes"]),
      driver(1, ["dateOfBirth": "soon"]),
      ["name": "", "username": "a", "password": "b"],
      ["name": "A", "username": "a b", "password": "b"],
      ["name": "A", "username": "a@example.com", "password": "b"],
    ] as [JSON] {
      let answer = try desk.call("POST /fleet/drivers", body)
      #expect(answer.status == 400, "\(body)")
    }
    for body in [
      ["name": "Y", "formattedAddress": "1 Main St"],
      ["name": "Y", "formattedAddress": "1 Main St", "geofence": [:]],
      ["name": "Y", "formattedAddress": "1 Main St", "geofence": ["circle": [:]]],
      [
        "name": "Y", "formattedAddress": "1 Main St", "geofence": Self.circle,
        "notes": .string(String(repeating: "x", count: 281)),
      ],
      [
        "name": "Y", "formattedAddress": "1 Main St", "geofence": Self.circle,
        "addressTypes": ["castle"],
      ],
      ["name": "Y", "formattedAddress": "12345", "geofence": Self.circle],
    ] as [JSON] {
      #expect(try desk.call("POST /addresses", body).status == 400, "\(body)")
    }
    #expect(try desk.call("GET /fleet/drivers?limit=513").status == 400)
    #expect(try desk.call("GET /fleet/drivers?after=nonsense").status == 400)
    #expect(try desk.call("PATCH /assets", ["name": "A"]).status == 400)
    #expect(desk.state.vendor.objects("drivers") == [])
  }

  @Test("4: username (case-blind), external id pair over all classes, license and VIN are unique")
  func rule4() throws {
    var desk = Desk.samsara()
    try desk.data(
      "POST /fleet/drivers",
      driver(
        1, ["externalIds": ["erp": "1042"], "licenseNumber": "7", "licenseState": "LA"]))
    let other: JSON = ["name": "B", "username": "DRIVER1", "password": "x"]
    #expect(try desk.call("POST /fleet/drivers", other).status == 400)
    #expect(
      try desk.call(
        "POST /fleet/drivers", driver(2, ["licenseNumber": "7", "licenseState": "LA"])
      ).status == 400)
    try desk.data("POST /fleet/drivers", driver(2, ["licenseNumber": "7", "licenseState": "TX"]))
    #expect(try desk.call("POST /assets", ["externalIds": ["erp": "1042"]]).status == 400)
    #expect(
      try desk.call("POST /tags", ["name": "T", "externalIds": ["erp": "1042"]]).status == 400)
    try desk.data(
      "POST /assets", ["externalIds": ["equipment": "1042"], "vin": "1FTFW1E50AFA00001"])
    #expect(try desk.call("POST /assets", ["vin": "1FTFW1E50AFA00001"]).status == 400)
    #expect(try desk.call("POST /assets", ["externalIds": ["equipment": "1042"]]).status == 400)
  }

  @Test("5: a path element with a colon is an external id, after percent-decoding")
  func rule5() throws {
    var desk = Desk.samsara()
    let id = try desk.data(
      "POST /fleet/drivers", driver(1, ["externalIds": ["erp": "1-44%+@10."]]))["id"]
    #expect(try desk.data("GET /fleet/drivers/erp:1-44%25%2B%4010.")["id"] == id)
    #expect(try desk.data("GET /fleet/drivers/erp%3A1-44%25+@10.")["id"] == id)
    #expect(try desk.call("GET /fleet/drivers/erp:1-44").status == 404)
    #expect(try desk.call("GET /fleet/drivers/other:1").status == 404)
    #expect(try desk.data("PATCH /fleet/drivers/erp:1-44%25%2B%4010.", ["notes": "n"])["id"] == id)
    let vehicle = try desk.seed(
      "vehicles", ["name": "T 1", "vin": "1FTFW1E50AFA00001", "gatewaySerial": "GABC123"])
    for name in ["samsara.vin:1FTFW1E50AFA00001", "samsara.serial:GABC123", vehicle] {
      #expect(try desk.data("GET /fleet/vehicles/\(name)")["id"] == .string(vehicle))
    }
    let tag = try desk.data("POST /tags", ["name": "Yard"])["id"]
    #expect(try desk.data("GET /tags/samsara.name:Yard")["id"] == tag)
    try desk.data("POST /assets", ["name": "A", "externalIds": ["eq": "7"]])
    #expect(try desk.data("PATCH /assets?id=eq:7", ["name": "B"])["name"] == "B")
    #expect(try desk.call("PATCH /assets?id=eq:8", ["name": "B"]).status == 404)
    #expect(try desk.call("GET /contacts/erp:1").status == 404)
  }

  @Test("6: PATCH merges, external ids by key, an empty text takes a key away")
  func rule6() throws {
    var desk = Desk.samsara()
    try desk.data(
      "POST /fleet/drivers",
      driver(1, ["notes": "old", "phone": "225-555-0101", "externalIds": ["a": "1", "b": 2]]))
    let changed = try desk.data(
      "PATCH /fleet/drivers/a:1", ["notes": "new", "externalIds": ["a": "", "c": "3"]])
    #expect(changed["notes"] == "new")
    #expect(changed["phone"] == "225-555-0101")
    #expect(changed["externalIds"] == ["b": "2", "c": "3"])
    #expect(try desk.call("GET /fleet/drivers/a:1").status == 404)
    // The pair that was given up is free again.
    try desk.data("POST /fleet/drivers", driver(2, ["externalIds": ["a": "1"]]))
  }

  @Test("7: lists go by id behind an opaque cursor; pages may be short or empty while more follows")
  func rule7() throws {
    for (pages, sizes) in [
      (SamsaraSettings.Pages.full, [4, 4, 2]), (.short, [2, 2, 2, 2, 2]),
      (.empty, [0, 4, 0, 4, 0, 2]),
    ] {
      var desk = Desk.samsara { $0.pages = pages }
      let made = try (1...10).map { try desk.seed("drivers", driver($0)) }
      var seen: [String] = []
      var counts: [Int] = []
      var cursor = ""
      while true {
        let page = try desk.call("GET /fleet/drivers?limit=4&after=\(cursor)").json ?? .null
        counts.append(page["data"]?.arrayValue?.count ?? -1)
        seen += page["data"]?.ids ?? []
        guard page.at("pagination.hasNextPage") == true else { break }
        cursor = page.at("pagination.endCursor").stringValue ?? ""
        #expect(!cursor.isEmpty)
        // Whoever is deleted meanwhile must not confuse the list.
        if counts.count == 1, pages == .full {
          _ = try desk.remove("drivers", made[3])
        }
      }
      #expect(counts == sizes)
      #expect(seen == made)
    }
    var desk = Desk.samsara { $0.assetPage = 2 }
    for _ in 1...3 { try desk.data("POST /assets", ["name": "A"]) }
    #expect(try desk.data("GET /assets").arrayValue?.count == 2)
    #expect(SamsaraSettings().assetPage == 300)
  }

  @Test("8: the list of drivers hides deactivated ones unless they are asked for")
  func rule8() throws {
    var desk = Desk.samsara()
    let id = try desk.seed("drivers", driver(1))
    let other = try desk.seed("drivers", driver(2))
    let off = try desk.data(
      "PATCH /fleet/drivers/\(id)",
      ["driverActivationStatus": "deactivated", "deactivatedAtTime": "2026-01-30T00:00:00Z"])
    #expect(off["isDeactivated"] == true)
    #expect(try desk.data("GET /fleet/drivers").ids == [other])
    #expect(try desk.data("GET /fleet/drivers?driverActivationStatus=deactivated").ids == [id])
    #expect(try desk.call("GET /fleet/drivers?driverActivationStatus=all").status == 400)
    #expect(try desk.data("GET /fleet/drivers/\(id)")["driverActivationStatus"] == "deactivated")
    let both: JSON = [
      "driverActivationStatus": "active", "deactivatedAtTime": "2026-01-30T00:00:00Z",
    ]
    #expect(try desk.call("PATCH /fleet/drivers/\(id)", both).status == 400)
    try desk.data("PATCH /fleet/drivers/\(id)", ["driverActivationStatus": "active"])
    #expect(try desk.data("GET /fleet/drivers").ids == [id, other])
    #expect(try desk.call("DELETE /fleet/drivers/\(id)").status == 405)
  }

  @Test("9: updatedAtTime moves on each write, and no answer holds the password")
  func rule9() throws {
    var desk = Desk.samsara()
    let made = try desk.data("POST /fleet/drivers", driver(1))
    #expect(made["password"] == nil)
    #expect(made["createdAtTime"] == "2026-01-31T08:05:00.000Z")
    let id = made["id"]?.stringValue ?? ""
    desk.now = .milliseconds(1250)
    let changed = try desk.data("PATCH /fleet/drivers/\(id)", ["password": "other"])
    #expect(changed["updatedAtTime"] == "2026-01-31T08:05:01.250Z")
    #expect(changed["createdAtTime"] == "2026-01-31T08:05:00.000Z")
    #expect(changed["password"] == nil)
    #expect(try desk.data("GET /fleet/drivers").at("[].password") == [])
    for (bound, found) in [("08:05:01Z", [id]), ("08:05:01.250Z", []), ("10:05:01%2B02:00", [id])] {
      let list = try desk.data("GET /fleet/drivers?updatedAfterTime=2026-01-31T\(bound)")
      #expect(list.ids == found)
    }
  }

  @Test(
    "10: faults strike: 5xx, delays, a dropped answer after a POST that worked, odd Retry-After")
  func rule10() throws {
    var desk = Desk.samsara()
    for status in [500, 502, 503] {
      desk.state.faults.add(Fault("POST /fleet/drivers", .status(status)))
    }
    desk.state.faults.add(
      Fault("POST /fleet/drivers", .status(429, retryAfter: .seconds("0.40235"))))
    desk.state.faults.add(Fault("POST /fleet/drivers", .status(429, retryAfter: .date(seconds: 5))))
    desk.state.faults.add(Fault("POST /fleet/drivers", .dropAfter))
    desk.state.faults.add(Fault("GET /fleet/drivers/*", .none, delay: .seconds(2)))
    let body = driver(1, ["externalIds": ["erp": "1"]])
    for status in [500, 502, 503] {
      let answer = try desk.call("POST /fleet/drivers", body)
      #expect(answer.status == status)
      #expect(answer.json?["requestId"]?.stringValue != nil)
    }
    #expect(try desk.call("POST /fleet/drivers", body).header("Retry-After") == "0.40235")
    #expect(
      try desk.call("POST /fleet/drivers", body).header("Retry-After")
        == "Sat, 31 Jan 2026 08:05:05 GMT")
    #expect(try desk.react("POST /fleet/drivers", body).answer == nil)
    let found = try desk.react("GET /fleet/drivers/erp:1")
    #expect(found.answer?.status == 200)
    #expect(found.delay == .seconds(2))
    #expect(try desk.call("POST /fleet/drivers", body).status == 400)
  }
}
