import Foundation
import JSON
import Sandbox
import Testing

/// A new entity, a new target even, is YAML alone.
@Suite struct NewEntityTests {
  @Test("The declared sandbox, as a process, and a project for it: lint, test, check, plan, run")
  func declaredSandbox() async throws {
    try await Storehouse.open { store in
      let pretender = try RunningCrosswalk.start(
        ["targets", "--generic", "sandbox.yaml", "--format", "json", "--window-scale", "100"],
        in: store.folder, program: .sandbox)
      do {
        try await eventually("the sandbox says where it is") {
          pretender.output.contains("\n")
        }
        let line = try #require(pretender.output.split(separator: "\n").first)
        let generic = try #require(try JSON(parsing: Array(line.utf8))["generic"])
        #expect(generic["token"]?.stringValue == "depot-sandbox-token")
        #expect(generic["base_path"]?.stringValue == "/v1")
        #expect(generic["resources"] == ["boxes", "tools"])
        store.environment["DEPOT_URL"] = generic["url"]?.stringValue

        for command in ["lint", "test", "check"] {
          let result = try await store.crosswalk(command)
          #expect(result.status == 0, "\(command): \(result.text)")
        }
        let plan = try await store.crosswalk("plan")
        #expect(plan.status == 0, "\(plan.text)")
        #expect(plan.text.contains("nothing sent"))
        let first = try await store.run()
        #expect(first.status == "succeeded")
        #expect(try first.count("boxes", "created") == 4)
        #expect(try first.count("tools", "created") == 5)
        #expect(try await store.run().calls == 0)
      } catch {
        Issue.record(error)
      }
      pretender.send(SIGTERM)
      let end = try await pretender.end()
      #expect(end.status == 0, "\(end.text)")
    }
  }

  @Test(
    "Ids and pages of every kind",
    arguments: [
      (GenericCollection.IDKind.int, "number"), (.text, "cursor"), (.uuid, "none"),
    ])
  func kinds(of id: GenericCollection.IDKind, pages: String) async throws {
    let paging: GenericCollection.Paging =
      switch pages {
      case "cursor": .cursor(defaultSize: 2)
      case "none": .none
      default: .page(defaultSize: 2)
      }
    try await Storehouse.open(boxID: id, paging: paging) { store in
      let target = "mappings/targets/depot.yaml"
      let numbered =
        "page: { kind: number, parameter: page, first: 1, size_parameter: per_page, size: 2, until: short }"
      let cursor =
        "page: { kind: cursor, parameter: cursor, cursor: next_cursor, size_parameter: limit, size: 2 }"
      if pages == "cursor" { try store.edit(target, numbered, cursor) }
      if pages == "none" { try store.edit(target, numbered, "page: { kind: none }") }
      if id != .int {
        try store.edit(target, "kind: int", "kind: string")
        for schema in ["box", "tool"] {
          try store.edit(
            "schemas/\(schema).schema.json", "_id\": { \"type\": \"integer\" }",
            "_id\": { \"type\": \"string\" }")
        }
        try store.edit("mappings/tools.yaml", "key: [A1], id: 12", "key: [A1], id: x12")
        try store.edit("mappings/tools.yaml", "box_id: 12", "box_id: x12")
      }
      let lint = try await store.crosswalk("lint", "--live")
      #expect(lint.status == 0, "\(lint.text)")

      // Three objects are there already, on two pages: found, linked, corrected.
      for (code, name) in [("1004", "Crane"), ("1005", "Wrong"), ("1001", "Hammer")] {
        try store.depot.seed("tools", ["code": .string(code), "name": .string(name)])
      }
      let report = try await store.run()
      #expect(try report.count("tools", "adopted") == 3)
      #expect(try report.count("tools", "created") == 2)
      let tools = try store.objects("tools")
      let boxes = try store.objects("boxes")
      #expect(Set(tools.keys) == Set(Storehouse.tools))
      #expect(tools["1005"]?["name"] == "Level")
      #expect(tools["1003"]?["name"] == "Große Säge")
      #expect(tools["1003"]?["serial"] == "SW 7")
      #expect(tools["1004"]?["weight"]?.doubleValue == 48000.5)
      #expect(tools["1001"]?["bought_on"] == "2024-02-29")
      #expect(tools["1001"]?["box_id"] == boxes["A1"]?["id"])
      #expect(tools["1005"]?["box_id"] == boxes["D4"]?["id"])
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("A row that refers to a later row of its own mapping is resolved in the same run")
  func selfLinks() async throws {
    try await Storehouse.open { store in
      let report = try await store.run("boxes")
      #expect(try report.count("boxes", "created") == 4)
      #expect(try report.count("boxes", "deferred") == 0)
      let boxes = try store.objects("boxes")
      #expect(boxes["A1"]?["parent_id"] == boxes["C3"]?["id"])
      #expect(boxes["B2"]?["parent_id"] == boxes["C3"]?["id"])
      #expect(boxes["C3"]?["parent_id"] == boxes["D4"]?["id"])
      #expect(boxes["D4"]?["parent_id"] ?? .null == .null)
      #expect(store.writes.count == 4)
      #expect(try await store.run("boxes").calls == 0)
    }
  }

  @Test(
    "A reference that leads nowhere waits, is named, and is no error; it is taken up when it can be"
  )
  func waitsForOthers() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.tools set box = 'E5' where number = 1002")
      let first = try await store.run()
      #expect(first.status == "succeeded")
      #expect(try first.count("tools", "deferred") == 1)
      #expect(try first.reasons("tools").contains { $0.contains("boxes") && $0.contains("E5") })
      try await store.sql("insert into inventory.boxes values (1, 'E5', 'Crate', null)")
      let second = try await store.run()
      #expect(try second.count("tools", "created") == 1)
      let box = try #require(try store.objects("boxes")["E5"]?["id"])
      #expect(try store.objects("tools")["1002"]?["box_id"] == box)
    }
  }
}
