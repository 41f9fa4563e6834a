import JSON
import Testing

@testable import Sandbox

@Suite struct SamsaraShapesTests {
  @Test func tagIdsReadBackAsTags() throws {
    var desk = Desk.samsara()
    let parent = try desk.data("POST /tags", ["name": "All"])["id"]?.stringValue ?? ""
    let tag = try desk.data("POST /tags", ["name": "Yard", "parentTagId": .string(parent)])
    #expect(tag["parentTag"] == ["id": .string(parent), "name": "All"])
    let id = tag["id"]?.stringValue ?? ""
    let made = try desk.data("POST /fleet/drivers", driver(1, ["tagIds": [.string(id)]]))
    #expect(made["tagIds"] == nil)
    #expect(
      made["tags"]
        == [["id": .string(id), "name": "Yard", "parentTagId": .string(parent)]])
    #expect(try desk.data("GET /fleet/drivers?tagIds=\(id)").ids.count == 1)
    #expect(try desk.data("GET /fleet/drivers?tagIds=\(parent)").ids == [])
    #expect(try desk.data("GET /fleet/drivers?parentTagIds=\(parent)").ids.count == 1)
    #expect(try desk.data("GET /tags/\(id)").at("drivers[].name") == ["Driver 1"])
    #expect(try desk.call("DELETE /tags/\(id)").status == 204)
    #expect(try desk.call("DELETE /tags/\(id)").status == 404)
    #expect(try desk.data("GET /fleet/drivers").at("[].tags") == [[]])
  }

  @Test func aTagsMemberArraysAreWholeSets() throws {
    var desk = Desk.samsara()
    let drivers = try (1...3).map { try desk.seed("drivers", driver($0)) }
    let vehicle = try desk.seed("vehicles", ["name": "T 1"])
    let tag = try desk.data(
      "POST /tags",
      [
        "name": "Yard", "drivers": [.string(drivers[0]), .string(drivers[1])],
        "vehicles": [.string(vehicle)],
      ])
    #expect(tag["drivers"]?.ids == [drivers[0], drivers[1]])
    #expect(tag["vehicles"]?.ids == [vehicle])
    #expect(tag["assets"] == [])
    let path = "/tags/\(tag["id"]?.stringValue ?? "")"
    let patched = try desk.data("PATCH \(path)", ["drivers": [.string(drivers[2])]])
    #expect(patched["drivers"]?.ids == [drivers[2]])
    #expect(patched["vehicles"]?.ids == [vehicle])
    let put = try desk.data("PUT \(path)", ["name": "Yard"])
    #expect(put["drivers"] == [])
    #expect(put["vehicles"] == [])
  }

  @Test func aTagIsNeverBelowItself() throws {
    var desk = Desk.samsara()
    let top = try desk.data("POST /tags", ["name": "A"])["id"] ?? .null
    let low = try desk.data("POST /tags", ["name": "B", "parentTagId": top])["id"] ?? .null
    let answer = try desk.call("PATCH /tags/\(top.stringValue ?? "")", ["parentTagId": low])
    #expect(answer.status == 400)
  }

  @Test func vehiclesAreAssetsReadInAnotherForm() throws {
    var desk = Desk.samsara()
    let id = try desk.seed("vehicles", ["name": "T 1", "vin": "1FTFW1E50AFA00001", "year": 2021])
    let vehicle = try desk.data("GET /fleet/vehicles").arrayValue?.first ?? .null
    #expect(vehicle["id"] == .string(id))
    #expect(vehicle["year"] == "2021")
    #expect(vehicle["externalIds"] == ["samsara.vin": "1FTFW1E50AFA00001"])
    #expect(id.count == 15)
    let asset = try desk.data("GET /assets?type=vehicle").arrayValue?.first ?? .null
    #expect(asset["year"] == 2021)
    let person = try desk.seed("drivers", driver(1))
    let assigned = try desk.data(
      "PATCH /fleet/vehicles/\(id)",
      ["staticAssignedDriverId": .string(person), "gatewaySerial": "GABC123"])
    #expect(assigned.at("staticAssignedDriver.name") == "Driver 1")
    #expect(assigned.at("gateway.serial") == "GABC123")
    let freed = try desk.data("PATCH /fleet/vehicles/\(id)", ["staticAssignedDriverId": "0"])
    #expect(freed["staticAssignedDriver"] == nil)
    #expect(try desk.call("POST /fleet/vehicles", [:]).status == 405)
    #expect(try desk.call("DELETE /fleet/vehicles/\(id)").status == 405)
    try desk.data("POST /assets", ["name": "Crane", "type": "equipment"])
    #expect(try desk.data("GET /fleet/vehicles").names == ["T 1"])
  }

  @Test func listedAssetsShowOnlyWhatIsAskedFor() throws {
    var desk = Desk.samsara()
    let made = try desk.data("POST /assets", ["name": "Crane", "externalIds": ["eq": "7"]])
    #expect(made["externalIds"] == ["eq": "7"])
    #expect(made["type"] == "uncategorized")
    #expect(try desk.data("GET /assets").at("[].externalIds") == [])
    #expect(try desk.data("GET /assets").at("[].tags") == [])
    let shown = try desk.data("GET /assets?includeExternalIds=true&includeTags=true&ids=eq:7")
    #expect(shown.at("[].externalIds") == [["eq": "7"]])
    #expect(shown.at("[].tags") == [[]])
    #expect(try desk.data("GET /assets?externalIds=eq:8,eq:7").names == ["Crane"])
    #expect(try desk.data("GET /assets?externalIds=eq:8") == [])
    let id = made["id"]?.stringValue ?? ""
    #expect(try desk.call("DELETE /assets?id=\(id)").status == 204)
    #expect(try desk.call("DELETE /assets?id=\(id)").status == 404)
  }

  @Test func addressesShowTheirContactsAndAPlace() throws {
    var desk = Desk.samsara()
    let contact = try desk.data("POST /contacts", ["firstName": "Ada"])
    #expect(contact["email"] == "")
    let made = try desk.data(
      "POST /addresses",
      [
        "name": "Yard", "formattedAddress": "1 Main St", "geofence": SamsaraRulesTests.circle,
        "contactIds": [contact["id"] ?? .null], "externalIds": ["job": "1-4410."],
      ])
    #expect(made.at("contacts[].firstName") == ["Ada"])
    #expect(made["latitude"]?.doubleValue != nil)
    #expect(try desk.data("GET /addresses/job:1-4410.")["id"] == made["id"])
    #expect(try desk.data("PATCH /addresses/job:1-4410.", ["notes": "n"])["name"] == "Yard")
    #expect(try desk.call("DELETE /addresses/job:1-4410.").status == 204)
    let polygon = JSON.array(
      (1...3).map { ["latitude": .integer($0), "longitude": .integer($0)] })
    try desk.data(
      "POST /addresses",
      [
        "name": "Y", "formattedAddress": "1 Main St",
        "geofence": ["polygon": ["vertices": polygon]],
      ])
  }

  @Test func unknownMembersAreIgnoredUntilTheyAreRefused() throws {
    var desk = Desk.samsara()
    try desk.data("POST /fleet/drivers", driver(1, ["nickname": "x"]))
    #expect(try desk.set("refuse_unknown_members", true))
    #expect(try desk.call("POST /fleet/drivers", driver(2, ["nickname": "x"])).status == 400)
    #expect(try !desk.set("pages", "sideways"))
  }
}
