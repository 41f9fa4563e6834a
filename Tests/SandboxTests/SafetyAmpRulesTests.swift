import JSON
import Testing

@testable import Sandbox

/// The numbered rules of section 7 of the SafetyAmp reference.
@Suite struct SafetyAmpRulesTests {
  @Test("1: a missing or wrong bearer is 401, a missing or unknown Fqdn 403, no User-Agent 400")
  func rule1() throws {
    for (header, value, status) in [
      ("authorization", nil, 401), ("authorization", "Bearer wrong", 401),
      ("authorization", "Basic safetyamp-sandbox-token", 401), ("fqdn", nil, 403),
      ("fqdn", "other.safetyamp.com", 403), ("user-agent", nil, 400),
    ] as [(String, String?, Int)] {
      var desk = Desk.safetyAmp()
      desk.headers[header] = value
      let answer = try desk.call("GET /api/users")
      #expect(answer.status == status)
      #expect(answer.json?["message"]?.stringValue != nil)
    }
    var lenient = Desk.safetyAmp { $0.requiresUserAgent = false }
    lenient.headers["user-agent"] = nil
    #expect(try lenient.call("GET /api/users").status == 200)
  }

  @Test("2: call 61 of a minute is 429 with the documented body and whole seconds")
  func rule2() throws {
    var desk = Desk.safetyAmp { $0.windows = SafetyAmpSettings().windows }
    for number in 0..<60 {
      desk.now = .milliseconds(10 * number)
      let answer = try desk.call("GET /api/roles")
      #expect(answer.status == 200)
      #expect(answer.header("X-RateLimit-Limit") == "60")
      #expect(answer.header("X-RateLimit-Remaining") == String(59 - number))
    }
    desk.now = .milliseconds(30_500)
    let refused = try desk.call("GET /api/roles")
    #expect(refused.status == 429)
    #expect(refused.json == ["message": "Too Many Attempts."])
    #expect(refused.header("Retry-After") == "31")
    #expect(refused.header("X-RateLimit-Remaining") == "0")
    desk.now = .seconds(61)
    #expect(try desk.call("GET /api/roles").status == 200)
    #expect(try desk.call("GET /api/roles").status == 429)
  }

  @Test("3: pages count from 0, page needs limit, past the end is empty")
  func rule3() throws {
    var desk = Desk.safetyAmp()
    for number in 1...30 { try desk.data("POST /api/users", person(number), status: 201) }
    let refused = try desk.call("GET /api/users?page=0")
    #expect(refused.status == 400)
    #expect(
      refused.json == ["message": "Bad Request: A limit is required when using page."])
    #expect(try desk.data("GET /api/users").arrayValue?.count == 25)
    let first = try desk.data("GET /api/users?page=0&limit=20")
    let second = try desk.data("GET /api/users?page=1&limit=20")
    #expect(first.ids.count == 20)
    #expect(second.ids.count == 10)
    #expect(Set(first.ids).isDisjoint(with: second.ids))
    #expect(try desk.call("GET /api/users?page=2&limit=20").json == ["data": []])
    #expect(try desk.call("GET /api/users?page=9223372036854775807&limit=9").json == ["data": []])
    #expect(try desk.call("GET /api/users?page=x&limit=20").status == 400)
  }

  @Test("4: one 422 names every failing field, the first message on top with the count of the rest")
  func rule4() throws {
    var desk = Desk.safetyAmp()
    try desk.data("POST /api/users", person(1, ["mobile_phone": "+12255550101"]), status: 201)
    let answer = try desk.call(
      "POST /api/users",
      [
        "first_name": "", "last_name": "Example", "email": "ADA1@example.com", "gender": 2,
        "date_of_birth": "1/2/1980", "current_hire_date": "2025-02-29",
        "mobile_phone": "+12255550101", "work_phone": "225-555-0102", "home_site_id": 77,
        "roles": [["id": 4], ["id": 99]], "state": "Louisiana", "emp_id": 1,
        "system_access": "maybe",
      ])
    #expect(answer.status == 422)
    let errors = answer.json?["errors"] ?? .null
    #expect(errors["first_name"] == ["The first name field is required."])
    #expect(errors["email"] == ["The email has already been taken."])
    #expect(errors["mobile_phone"] == ["The mobile phone has already been taken."])
    #expect(errors["work_phone"] == ["validation.phone"])
    #expect(errors["gender"] == ["The selected gender is invalid."])
    #expect(errors["date_of_birth"] == ["The date of birth does not match the format Y-m-d."])
    #expect(
      errors["current_hire_date"] == ["The current hire date does not match the format Y-m-d."])
    #expect(errors["home_site_id"] == ["The selected home site id is invalid."])
    #expect(errors["roles.1.id"] == ["The selected roles.1.id is invalid."])
    #expect(errors["state"] == ["The state must not be greater than 2 characters."])
    #expect(errors["emp_id"] == ["The emp id must be a string."])
    #expect(errors["system_access"] == ["The system access field must be true or false."])
    #expect(errors.members?.count == 12)
    #expect(
      answer.json?["message"] == "The first name field is required. (and 11 more errors)")
    let single = try desk.call("POST /api/user_titles", ["name": .null])
    #expect(single.json?["message"] == "The name field is required.")
    let two = try desk.call("POST /api/site_clusters", [:])
    #expect(two.json?["message"] == "The name field is required. (and 1 more error)")
  }

  @Test("5: e-mail (case-blind), mobile phone, site code and cluster code are unique")
  func rule5() throws {
    var desk = Desk.safetyAmp()
    let site: JSON = ["name": "Site", "cluster_id": 1, "ext_id": "4410."]
    try desk.data("POST /api/sites", site, status: 201)
    let again = try desk.call("POST /api/sites", site)
    #expect(again.json?.at("errors.ext_id") == ["The site code is already in use."])
    let cluster: JSON = ["name": "R", "parent_cluster_id": 1, "external_code": "R1"]
    try desk.data("POST /api/site_clusters", cluster, status: 201)
    let twice = try desk.call("POST /api/site_clusters", cluster)
    #expect(twice.json?.at("errors.external_code") == ["The cluster code is already in use."])

    let id = try desk.data(
      "POST /api/users", person(1, ["mobile_phone": "+12255550101"]), status: 201)["id"]?
      .stringValue
    // One's own value is no conflict, and a value given up is free again.
    try desk.data("PATCH /api/users/\(id ?? "")", person(1, ["mobile_phone": "+12255550102"]))
    try desk.data("POST /api/users", person(2, ["mobile_phone": "+12255550101"]), status: 201)
    let taken = try desk.call("POST /api/users", person(3, ["mobile_phone": "+12255550102"]))
    #expect(taken.json?["errors"]?.members?.map(\.name) == ["mobile_phone"])
    // Accounts made by hand may have no number at all.
    _ = try desk.seed("users", ["email": "Someone@Example.com"])
    let hand = try desk.call(
      "POST /api/users",
      ["first_name": "A", "last_name": "B", "email": "someone@example.com", "emp_id": "9"])
    #expect(hand.json?.at("errors.email") == ["The email has already been taken."])
  }

  @Test("6: users have ids of five letters or digits, all else integers")
  func rule6() throws {
    var desk = Desk.safetyAmp()
    var ids: Set<String> = []
    for number in 1...200 {
      let data = try desk.data("POST /api/users", person(number), status: 201)
      let id = try #require(data["id"]?.stringValue)
      #expect(id.wholeMatch(of: /[A-Za-z0-9]{5}/) != nil)
      ids.insert(id)
      #expect(try desk.data("GET /api/users/\(id)")["emp_id"] == .string(String(number)))
    }
    #expect(ids.count == 200)
    let site = try desk.data(
      "POST /api/sites", ["name": "S", "cluster_id": 1], status: 201)
    #expect(site["id"]?.intValue != nil)
    #expect(try desk.data("POST /api/user_titles", ["name": "T"], status: 201)["id"] == 1)
  }

  @Test("7: PUT demands the required members, PATCH on users the three core ones")
  func rule7() throws {
    var desk = Desk.safetyAmp()
    let user = try desk.data(
      "POST /api/users", person(1, ["nickname": "Countess"]), status: 201)
    let path = "/api/users/\(user["id"]?.stringValue ?? "")"
    for verb in ["PUT", "PATCH"] {
      let answer = try desk.call("\(verb) \(path)", ["system_access": 0])
      #expect(answer.json?["errors"]?.members?.map(\.name) == ["first_name", "last_name", "email"])
    }
    let off = try desk.data("PATCH \(path)", person(1, ["system_access": 0]))
    #expect(off["system_access"] == false)
    #expect(off["nickname"] == "Countess")
    try desk.data(
      "POST /api/site_clusters", ["name": "R", "parent_cluster_id": 1], status: 201)
    let move = try desk.call("PUT /api/site_clusters/2", ["parent_cluster_id": 1])
    #expect(move.json?["errors"]?.members?.map(\.name) == ["name", "osha_establishment"])
    try desk.data("POST /api/sites", ["name": "S", "cluster_id": 2], status: 201)
    #expect(try desk.call("PUT /api/sites/1", ["city": "Geneva"]).status == 422)
    try desk.data(
      "POST /api/assets", ["name": "A", "site_id": 1, "asset_type_id": 1], status: 201)
    let asset = try desk.call("PUT /api/assets/1", ["name": "B"])
    #expect(asset.json?["errors"]?.members?.map(\.name) == ["site_id"])
  }

  @Test("8: 1 and 0 become true and false, coordinates become text")
  func rule8() throws {
    var desk = Desk.safetyAmp()
    for (written, read) in [(1, true), (0, false), (true, true), (false, false)]
      as [(JSON, JSON)]
    {
      let number = desk.state.vendor.objects("users")?.count ?? 0
      let user = try desk.data(
        "POST /api/users", person(number, ["system_access": written]), status: 201)
      #expect(user["system_access"] == read)
      #expect(user["text_opt_out"] == 0)
    }
    let site = try desk.data(
      "POST /api/sites",
      [
        "name": "S", "cluster_id": 1, "latitude": .number("30.450"), "longitude": "-91.1",
      ], status: 201)
    #expect(site["latitude"] == "30.450")
    #expect(site["longitude"] == "-91.1")
  }

  @Test("9: unknown members are ignored, or refused where the switch says so")
  func rule9() throws {
    var desk = Desk.safetyAmp()
    let site: JSON = ["name": "S", "cluster_id": 1, "external_code": "4410."]
    let made = try desk.data("POST /api/sites", site, status: 201)
    #expect(made["external_code"] == nil)
    #expect(made["ext_id"] == .some(.null))
    #expect(try desk.set("refuse_unknown_members", true))
    let refused = try desk.call("POST /api/sites", site)
    #expect(
      refused.json?.at("errors.external_code") == ["The external code field is prohibited."])
  }

  @Test("10: clusters are one tree below one root, and no second root can be made")
  func rule10() throws {
    var desk = Desk.safetyAmp()
    let rootless = try desk.call("POST /api/site_clusters", ["name": "X"])
    #expect(
      rootless.json?.at("errors.parent_cluster_id")
        == ["The parent cluster id field is required."])
    try desk.data("POST /api/site_clusters", ["name": "R", "parent_cluster_id": 1], status: 201)
    let leaf = try desk.data(
      "POST /api/site_clusters",
      ["name": "D", "parent_cluster_id": 2, "osha_establishment": 1], status: 201)
    #expect(leaf["depth"] == 2)
    #expect(leaf["path"] == "/1/2/")
    let tree = try desk.data("GET /api/site_clusters")
    #expect(tree.arrayValue?.count == 1)
    #expect(tree.at("[].children[].children[].name") == ["D"])
    let below = try desk.call(
      "PUT /api/site_clusters/2", ["name": "R", "parent_cluster_id": 3, "osha_establishment": 0])
    #expect(below.json?.at("errors.parent_cluster_id").arrayValue?.count == 1)
    try desk.data(
      "PUT /api/site_clusters/3", ["name": "D", "parent_cluster_id": 1, "osha_establishment": 1])
    #expect(try desk.data("GET /api/site_clusters").at("[].children[].name") == ["R", "D"])
    #expect(try desk.call("DELETE /api/site_clusters/1").status == 403)
  }

  @Test("11: DELETE is soft: stamped, hidden from lists, its values free again")
  func rule11() throws {
    var desk = Desk.safetyAmp()
    let user = try desk.data("POST /api/users", person(1), status: 201)
    let path = "/api/users/\(user["id"]?.stringValue ?? "")"
    #expect(try desk.call("DELETE \(path)").status == 204)
    #expect(try desk.data("GET /api/users") == [])
    #expect(try desk.call("GET \(path)").status == 404)
    #expect(try desk.call("DELETE \(path)").status == 404)
    #expect(desk.state.vendor.objects("users")?[0]["deleted_at"] == "2026-01-31 08:05:00")
    try desk.data("POST /api/users", person(1), status: 201)

    var keeping = Desk.safetyAmp { $0.deletedKeepUniqueValues = true }
    let id = try keeping.seed("users", person(1))
    _ = try keeping.call("DELETE /api/users/\(id)")
    #expect(try keeping.call("POST /api/users", person(1)).status == 422)
  }

  @Test(
    "12: faults strike: 429 bursts, 500, an HTML page, a dropped answer after a POST that worked")
  func rule12() throws {
    var desk = Desk.safetyAmp()
    desk.state.faults.add(
      Fault("POST /api/users", .status(429, retryAfter: .seconds("2")), calls: 2))
    desk.state.faults.add(Fault("POST /api/users", .status(500)))
    desk.state.faults.add(
      Fault("POST /api/users", .reply(502, contentType: "text/html", body: "<html></html>")))
    desk.state.faults.add(Fault("POST /api/users", .dropAfter, delay: .seconds(30)))
    let burst = try desk.call("POST /api/users", person(1))
    #expect(burst.status == 429)
    #expect(burst.header("Retry-After") == "2")
    #expect(burst.json == ["message": "Too Many Attempts."])
    #expect(try desk.call("POST /api/users", person(1)).status == 429)
    #expect(try desk.call("POST /api/users", person(1)).status == 500)
    let page = try desk.call("POST /api/users", person(1))
    #expect(page.status == 502)
    #expect(page.body == .bytes(Array("<html></html>".utf8), contentType: "text/html"))
    #expect(try desk.data("GET /api/users") == [])
    let dropped = try desk.react("POST /api/users", person(1))
    #expect(dropped.answer == nil)
    #expect(dropped.delay == .seconds(30))
    #expect(try desk.data("GET /api/users").arrayValue?.count == 1)
    let again = try desk.call("POST /api/users", person(1))
    #expect(again.json?.at("errors.email") == ["The email has already been taken."])
  }
}
