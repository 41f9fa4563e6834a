import JSON
import Testing

@testable import Sandbox

@Suite struct SafetyAmpShapesTests {
  @Test func aUserReadsBackWithWholeObjects() throws {
    var desk = Desk.safetyAmp()
    try desk.data(
      "POST /api/sites", ["name": "S", "cluster_id": 1, "ext_id": "4410."], status: 201)
    try desk.data("POST /api/user_titles", ["name": "Welder"], status: 201)
    let user = try desk.data(
      "POST /api/users",
      person(
        1, ["home_site_id": 1, "current_title_id": 1, "roles": [["id": 4]], "sites": []]),
      status: 201)
    #expect(user["home_site_id"] == 1)
    #expect(user.at("home_site.ext_id") == "4410.")
    #expect(user["current_title"] == ["id": 1, "name": "Welder"])
    #expect(user["current_title_id"] == nil)
    #expect(user.at("roles[].name") == ["Field"])
    #expect(user.at("roles[].guard_name") == ["api"])
    #expect(user["sites"] == [])
    #expect(user["type"] == 0)
    #expect(user["middle_name"] == .some(.null))
  }

  @Test func anAssetStandsAtTheSiteOfItsType() throws {
    var desk = Desk.safetyAmp()
    for code in ["1", "2"] {
      try desk.data(
        "POST /api/sites", ["name": "S", "cluster_id": 1, "ext_id": .string(code)], status: 201)
    }
    let types = try desk.data("GET /api/asset_types")
    #expect(types.names == ["Vehicle", "Equipment", "Vehicle", "Equipment"])
    #expect(types.at("[].site_id") == [1, 1, 2, 2])
    let wrong = try desk.call(
      "POST /api/assets", ["name": "Truck", "site_id": 2, "asset_type_id": 1])
    #expect(wrong.json?.at("errors.asset_type_id").arrayValue?.count == 1)
    let right = try desk.data(
      "POST /api/assets", ["name": "Truck", "site_id": 2, "asset_type_id": 3], status: 201)
    #expect(right["status"] == 1)
    #expect(right.at("asset_type.name") == "Vehicle")
    #expect(right.at("site.ext_id") == "2")
    #expect(try desk.data("PUT /api/assets/1", ["site_id": 2, "status": 0])["status"] == 0)
  }

  @Test func whatIsReadOnlyRefusesWrites() throws {
    var desk = Desk.safetyAmp()
    #expect(try desk.data("GET /api/roles").arrayValue?.count == 5)
    let stamp = try desk.data("GET /api/roles/4")["created_at"]?.stringValue
    #expect(stamp == "2026-01-31T08:05:00.000000Z")
    let answer = try desk.call("POST /api/roles", ["name": "X"])
    #expect(answer.status == 405)
    #expect(answer.header("Allow") == "GET, HEAD")
    #expect(try desk.call("GET /api/nothing").status == 404)
    #expect(try desk.call("PATCH /api/users/ZZZZZ", person(1)).status == 404)
  }

  @Test func aBodyThatIsNotCalledJSONIsNotRead() throws {
    var desk = Desk.safetyAmp()
    desk.headers["content-type"] = "text/plain"
    #expect(try desk.call("POST /api/users", person(1)).status == 422)
    desk.headers["content-type"] = "application/json; charset=utf-8"
    #expect(try desk.call("POST /api/users", person(1)).status == 201)
  }

  @Test func putMergesUnlessToldToReplace() throws {
    var desk = Desk.safetyAmp()
    let id = try desk.seed("users", person(1, ["nickname": "Countess"]))
    #expect(try desk.data("PUT /api/users/\(id)", person(1))["nickname"] == "Countess")
    #expect(try desk.set("put_replaces", true))
    #expect(try desk.data("PUT /api/users/\(id)", person(1))["nickname"] == .some(.null))
    #expect(try desk.data("PATCH /api/users/\(id)", person(1))["emp_id"] == "1")
  }

  @Test func aPersonChangesThingsWithoutBeingAsked() throws {
    var desk = Desk.safetyAmp()
    let id = try desk.seed("users", person(1, ["system_access": 1]))
    #expect(try desk.edit("users", id, ["first_name": .null]))
    #expect(try desk.data("GET /api/users/\(id)")["first_name"] == .some(.null))
    #expect(try desk.remove("users", id))
    #expect(try !desk.remove("users", id))
    #expect(try !desk.edit("users", "nobody", [:]))
    #expect(desk.state.vendor.objects("nothing") == nil)
  }
}
