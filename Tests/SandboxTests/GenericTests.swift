import JSON
import Testing

@testable import Sandbox

@Suite struct GenericTests {
  private static func parts(
    _ change: (inout GenericCollection) -> Void = { _ in }
  ) -> GenericCollection {
    var collection = GenericCollection(
      resources: [
        .init("parts", required: ["name"], unique: ["code"], filters: ["code", "name"])
      ], windows: [])
    change(&collection)
    return collection
  }

  private func whole(_ answer: Answer) -> JSON { answer.json ?? .null }

  @Test func objectsAreMadeReadChangedAndDeleted() throws {
    var desk = Desk.generic(Self.parts())
    let made = try desk.call("POST /v1/parts", ["name": "Bolt", "code": "A7"])
    #expect(made.status == 201)
    #expect(made.json == ["id": 1, "code": "A7", "name": "Bolt"])
    #expect(try desk.call("GET /v1/parts/1").json == made.json)
    #expect(try desk.call("PATCH /v1/parts/1", ["name": "Nut"]).json?["code"] == "A7")
    #expect(try desk.call("PUT /v1/parts/1", ["name": "Nut"]).status == 405)
    #expect(try desk.call("DELETE /v1/parts/1").status == 204)
    #expect(try desk.call("GET /v1/parts/1").status == 404)
    #expect(try desk.call("GET /v1/other").status == 404)
    #expect(try desk.call("GET /parts").status == 404)
    desk.headers = [:]
    #expect(try desk.call("GET /v1/parts").status == 401)
  }

  @Test func requiredIs422AndTakenIs409() throws {
    var desk = Desk.generic(Self.parts())
    _ = try desk.call("POST /v1/parts", ["name": "Bolt", "code": 7])
    let taken = try desk.call("POST /v1/parts", ["name": "Nut", "code": "7"])
    #expect(taken.status == 409)
    #expect(whole(taken).at("errors[].field") == ["code"])
    let both = try desk.call("POST /v1/parts", ["code": "7"])
    #expect(both.status == 422)
    #expect(whole(both).at("errors[].field") == ["name", "code"])
  }

  @Test func namesAndVerbsAreThoseDeclared() throws {
    var desk = Desk.generic(
      Self.parts {
        $0.basePath = "/rest/v2/"
        $0.updateVerb = "PUT"
        $0.offersDelete = false
        $0.envelope = .init(list: nil, item: "part", errors: "problems", idMember: "key")
        $0.resources[0].id = .uuid
        $0.paging = .none
      })
    let made = try desk.call("POST /rest/v2/parts", ["name": "Bolt", "code": "A7"])
    let id = whole(made).at("part.key").stringValue ?? ""
    #expect(
      id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    let put = try desk.call("PUT /rest/v2/parts/\(id)", ["name": "Nut"])
    #expect(put.json?["part"] == ["key": .string(id), "name": "Nut"])
    #expect(try desk.call("DELETE /rest/v2/parts/\(id)").status == 405)
    #expect(try desk.call("GET /rest/v2/parts").json?.arrayValue?.count == 1)
    #expect(try desk.call("POST /rest/v2/parts", [:]).json?["problems"]?.arrayValue?.count == 1)
  }

  @Test func pagesAndCursorsReachEverythingOnce() throws {
    var paged = Desk.generic(Self.parts())
    var cursored = Desk.generic(Self.parts { $0.paging = .cursor() })
    for number in 1...5 {
      let part: JSON = ["name": .string("P\(number)"), "code": .integer(Int64(number))]
      _ = try paged.call("POST /v1/parts", part)
      _ = try cursored.call("POST /v1/parts", part)
    }
    let pages = try (1...4).map { page in
      try whole(paged.call("GET /v1/parts?page=\(page)&per_page=2")).at("items[].name")
    }
    #expect(pages == [["P1", "P2"], ["P3", "P4"], ["P5"], []])
    #expect(try paged.call("GET /v1/parts?page=0").status == 400)
    #expect(try whole(paged.call("GET /v1/parts?code=3")).at("items[].name") == ["P3"])

    var names: [JSON] = []
    var cursor: String? = ""
    while let after = cursor {
      let page = try whole(cursored.call("GET /v1/parts?limit=2&cursor=\(after)"))
      names += page.at("items[].name").arrayValue ?? []
      cursor = page["next_cursor"]?.stringValue
    }
    #expect(names == ["P1", "P2", "P3", "P4", "P5"])
    #expect(try cursored.call("GET /v1/parts?cursor=x").status == 400)
  }

  @Test func aBatchReportsRecordByRecord() throws {
    var desk = Desk.generic(Self.parts { $0.bulk = .init(.perRecord, maximum: 3) })
    let answer = try desk.call(
      "POST /v1/parts/bulk",
      ["items": [["name": "A", "code": "1"], ["code": "2"], ["name": "C", "code": "1"]]])
    #expect(answer.status == 200)
    #expect(whole(answer).at("results[].status") == [201, 422, 409])
    #expect(whole(answer).at("results[].data.id") == [1])
    let update = try desk.call(
      "PATCH /v1/parts/bulk", ["items": [["id": 1, "name": "B"], ["id": 9, "name": "X"]]])
    #expect(whole(update).at("results[].status") == [200, 404])
    #expect(try desk.call("GET /v1/parts/1").json?["name"] == "B")
    #expect(try desk.call("POST /v1/parts/bulk", ["items": [1, 2, 3, 4]]).status == 413)
    #expect(try desk.call("POST /v1/parts/bulk", []).status == 400)
  }

  @Test func aWholeBatchIsRefusedForOneRecord() throws {
    var desk = Desk.generic(Self.parts { $0.bulk = .init(.wholeBatch, items: nil) })
    let refused = try desk.call("POST /v1/parts/bulk", [["name": "A"], ["code": "2"]])
    #expect(refused.status == 422)
    #expect(whole(refused).at("errors[].index") == [1])
    #expect(whole(try desk.call("GET /v1/parts"))["items"] == [])
    let stored = try desk.call("POST /v1/parts/bulk", [["name": "A"], ["name": "B"]])
    #expect(whole(stored).at("results[].data.name") == ["A", "B"])
  }
}
