import Foundation
import JSON
import Sandbox
import Testing

/// A key that changes, a target that is another, a name that is new: the ledger's links are not taken for what they are
/// not.
@Suite struct KeyChangeTests {
  private static let deletes =
    "when_absent: { after: 1, delete: true }\n"
    + "guard: { deactivations: { percent: 100, count: 50, floor: 50 } }\ntests: []\n"

  /// Tools that are deleted when their rows are gone, without a guard that would stop it.
  private static func open(_ body: (inout Storehouse) async throws -> Void) async throws {
    try await Storehouse.open { store in
      let text = try store.text("mappings/tools.yaml")
      let rest = try #require(text.range(of: "when_absent:"))
      try store.write(text[..<rest.lowerBound] + deletes, to: "mappings/tools.yaml")
      try store.edit(
        "mappings/targets/depot.yaml", "    update:",
        "    delete: { call: \"DELETE /v1/tools/{id}\" }\n    update:")
      _ = try await store.run()
      try await body(&store)
    }
  }

  @Test(
    "Another type, another column, another order: refused everywhere before anything is sent",
    arguments: [
      ("t.number, t.label", "t.number::text as number, t.label", "[number]"),
      ("t.number, t.label", "t.store::int as store, t.number, t.label", "[store, number]"),
      ("t.number, t.label", "t.number, t.store as shop, t.label", "[shop]"),
    ])
  func anotherKey(old: String, new: String, key: String) async throws {
    try await Self.open { store in
      let writes = store.writes.count
      try store.edit("mappings/tools.yaml", old, new)
      try store.edit("mappings/tools.yaml", "key: [number]", "key: \(key)")
      if new.contains("::text") {
        try store.edit("mappings/tools.yaml", "code: string(row.number)", "code: row.number")
      }
      for arguments in [
        ["plan"], ["run"], ["adopt", "tools"], ["adopt", "tools", "--yes"], ["run", "tools"],
        ["run", "--reconcile"],
      ] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 4, "\(arguments) \(result.text)")
        #expect(result.text.contains("E417"), "\(arguments) \(result.text)")
        #expect(result.text.contains("number int"), "\(result.text)")
        #expect(result.text.contains("previous_key"), "\(result.text)")
      }
      let lint = try await store.crosswalk("lint", "--live")
      #expect(lint.status == 1, "\(lint.text)")
      #expect(lint.output.contains("E417"), "\(lint.text)")
      #expect(lint.output.contains("previous_key: number"), "\(lint.text)")
      #expect(store.writes.count == writes)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
    }
  }

  @Test("The former key's column: the links move, and the run goes on as if nothing had happened")
  func previousKey() async throws {
    try await Self.open { store in
      let writes = store.writes.count
      try store.edit(
        "mappings/tools.yaml", "t.number, t.label",
        "t.number::text as number, t.number as old_number, t.label")
      try store.edit("mappings/tools.yaml", "code: string(row.number)", "code: row.number")
      try store.edit(
        "mappings/tools.yaml", "key: [number]", "key: [number]\nprevious_key: [old_number]")
      let plan = try await store.crosswalk("plan", "tools")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(plan.output.contains("5 unchanged"), "\(plan.text)")
      let report = try await store.run()
      #expect(try report.count("tools", "moved") == 5)
      #expect(try report.count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
      // Moved once; the column may stay.
      #expect(try await store.run().count("tools", "unchanged") == 5)
      let history = try await store.crosswalk("history", "tools", #"["1001"]"#)
      #expect(history.output.contains("previous_key decided: move"), "\(history.text)")
      let both = try await store.crosswalk("history", "tools", "1001")
      #expect(both.status == 2, "\(both.text)")
      #expect(both.text.contains(#"[1001], ["1001"]"#), "\(both.text)")
    }
  }

  @Test("Without the former key the objects are found by their match, and the links move")
  func adoptMoves() async throws {
    try await Self.open { store in
      let writes = store.writes.count
      try store.edit(
        "mappings/tools.yaml", "t.number, t.label", "t.number::text as number, t.label")
      try store.edit("mappings/tools.yaml", "code: string(row.number)", "code: row.number")
      let shown = try await store.crosswalk("adopt", "tools", "--move")
      #expect(shown.status == 0, "\(shown.text)")
      #expect(shown.output.contains("5 links could move"), "\(shown.text)")
      #expect(try await store.crosswalk("run").status == 4)
      let moved = try await store.crosswalk("adopt", "tools", "--move", "--yes")
      #expect(moved.output.contains("5 links moved"), "\(moved.text)")
      #expect(try await store.run().count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("A column that is only called otherwise stays the key")
  func anotherNameOfTheSame() async throws {
    try await Self.open { store in
      try store.edit("mappings/tools.yaml", "t.number, t.label", "t.number as tool_no, t.label")
      try store.edit("mappings/tools.yaml", "key: [number]", "key: [tool_no]")
      try store.edit(
        "mappings/tools.yaml", "code: string(row.number)", "code: string(row.tool_no)")
      #expect(try await store.run().count("tools", "unchanged") == 5)
    }
  }

  @Test("Another resource under the same name, and the same mapping under another name")
  func anotherResourceAndAnotherName() async throws {
    try await Self.open { store in
      let writes = store.writes.count
      try store.edit("mappings/tools.yaml", "mapping: tools", "mapping: gear")
      for command in ["plan", "run"] {
        let result = try await store.crosswalk(command, "gear")
        #expect(result.status == 4, "\(result.text)")
        #expect(result.text.contains("E419"), "\(result.text)")
        #expect(result.text.contains("previous_name: tools"), "\(result.text)")
      }
      // An error with the line to write, also without the source: the ledger is at hand.
      for arguments in [["lint", "--live"], ["lint"]] {
        let lint = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(lint.status == 1, "\(lint.text)")
        #expect(lint.output.contains("error[E419]"), "\(lint.text)")
        #expect(lint.output.contains("previous_name: tools"), "\(lint.text)")
      }
      // Where it is no former name, the mapping says so.
      try store.edit("mappings/tools.yaml", "mapping: gear", "mapping: gear\nprevious_name: none")
      #expect(!(try await store.crosswalk("lint").text.contains("E419")))
      try store.edit("mappings/tools.yaml", "\nprevious_name: none", "")
      try store.edit("mappings/tools.yaml", "mapping: gear", "mapping: gear\nprevious_name: tools")
      #expect(
        try await store.crosswalk("plan", "gear").output.contains("5 unchanged"))
      #expect(try await store.run().count("gear", "unchanged") == 5)
      #expect(store.writes.count == writes)

      try store.edit("mappings/targets/depot.yaml", "  tools:", "  things:")
      try store.edit("mappings/tools.yaml", "resource: tools", "resource: things")
      let other = try await store.crosswalk("run")
      #expect(other.status == 4, "\(other.text)")
      #expect(other.text.contains("E418"), "\(other.text)")
      let renamed = try await store.crosswalk(
        "ledger", "rename-resource", "depot/tools", "depot/things")
      #expect(renamed.status == 0, "\(renamed.text)")
      #expect(try await store.run().count("gear", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test(
    "Another address, another tenant, another project: refused, and moved when a person says so")
  func anotherPlace() async throws {
    try await Self.open { store in
      let writes = store.writes.count
      let url = try #require(store.environment["DEPOT_URL"])
      for other in [
        url.replacing("127.0.0.1", with: "localhost"), url + "/v2", "https://depot.example.com",
        "http://127.0.0.1:1",
      ] {
        store.environment["DEPOT_URL"] = other
        for arguments in [["plan"], ["run"], ["run", "--reconcile"], ["adopt", "tools"]] {
          let result = try await Crosswalk.run(
            arguments, in: store.folder, environment: store.environment)
          #expect(result.status == 5, "\(result.text)")
          #expect(result.text.contains("ledger move-target depot"), "\(result.text)")
        }
      }
      // A slash at the end, or capitals in the host's name, are the same place.
      store.environment["DEPOT_URL"] = url + "/"
      #expect(try await store.crosswalk("plan").status == 0)
      try store.edit(
        "mappings/targets/depot.yaml", "base_url:",
        "headers: { X-Tenant: \"${TENANT:-a}\" }\nbase_url:")
      store.environment["DEPOT_URL"] = url
      #expect(try await store.crosswalk("run").status == 5)
      let moved = try await store.crosswalk(
        "ledger", "move-target", "depot", "--note", "new header")
      #expect(moved.status == 0, "\(moved.text)")
      #expect(try await store.run().status == "succeeded")
      store.environment["TENANT"] = "b"
      let tenant = try await store.crosswalk("plan")
      #expect(tenant.status == 5, "\(tenant.text)")
      #expect(tenant.text.contains("x-tenant: a"), "\(tenant.text)")
      store.environment["TENANT"] = nil

      try store.edit("mappings/crosswalk.yaml", "project: storehouse", "project: warehouse")
      let project = try await store.crosswalk("run")
      #expect(project.status == 5, "\(project.text)")
      #expect(project.text.contains("ledger move-project"), "\(project.text)")
      #expect(try await store.crosswalk("ledger", "move-project").status == 0)
      #expect(try await store.run().status == "succeeded")
      #expect(store.writes.count == writes)
    }
  }

  @Test("One tool under a new number: held back, and moved by the command that the report names")
  func oneByHand() async throws {
    try await Self.open { store in
      try store.edit(
        "mappings/tools.yaml", "code: string(row.number)", "code: required(text.clean(row.label))")
      _ = try await store.run()
      let id = try #require(try store.objects("tools")["Hammer"]?["id"]?.stringValue)
      try await store.sql("update inventory.tools set number = 2001 where number = 1001")
      for _ in 1...2 { #expect(try await store.run(exits: 3).count("tools", "rejected") == 1) }
      let listed = try await store.crosswalk("failures")
      #expect(
        listed.output.contains("crosswalk failures adopt tools 2001 \(id) --move"), "\(listed.text)"
      )
      // Not without the word, and not the object of a key that has its row.
      let plain = try await store.crosswalk("failures", "adopt", "tools", "2001", id)
      #expect(plain.status == 3, "\(plain.text)")
      #expect(plain.text.contains("--move"), "\(plain.text)")
      let other = try #require(try store.objects("tools")["Chisel"]?["id"]?.stringValue)
      let wrong = try await store.crosswalk("failures", "adopt", "tools", "2001", other, "--move")
      #expect(wrong.status == 3, "\(wrong.text)")
      #expect(wrong.text.contains("had a row"), "\(wrong.text)")
      let moved = try await store.crosswalk(
        "failures", "adopt", "tools", "2001", id, "--move", "--by", "Ada")
      #expect(moved.status == 0, "\(moved.text)")
      let report = try await store.run()
      #expect(report.status == "succeeded")
      #expect(try store.objects("tools").count == 5)
      #expect(try store.objects("tools")["Hammer"]?["id"]?.stringValue == id)
      #expect(!store.depot.calls.contains { $0.call.method == "DELETE" })
      let history = try await store.crosswalk("history", "tools", "2001")
      #expect(history.output.contains("Ada decided: move"), "\(history.text)")
    }
  }

  @Test("A new number that names the former one takes the object by itself")
  func oneByItsFormerNumber() async throws {
    try await Self.open { store in
      try store.edit(
        "mappings/tools.yaml", "t.number, t.label",
        "t.number, case when t.number > 2000 then t.number - 1000 end as former, t.label")
      try store.edit(
        "mappings/tools.yaml", "key: [number]", "key: [number]\nprevious_key: former")
      _ = try await store.run()
      try await store.sql("update inventory.tools set number = 2001 where number = 1001")
      let report = try await store.run()
      #expect(try report.count("tools", "moved") == 1)
      #expect(try report.count("tools", "updated") == 1)
      #expect(try store.objects("tools").count == 5)
      #expect(!store.depot.calls.contains { $0.call.method == "DELETE" })
    }
  }

  @Test(
    "One tool goes over to another mapping of the same resource: not deleted, and moved by hand")
  func oneToAnotherMapping() async throws {
    try await Self.open { store in
      try store.edit(
        "mappings/tools.yaml", "code: string(row.number)", "code: required(text.clean(row.label))")
      let other = try store.text("mappings/tools.yaml")
      try store.write(
        other.replacing("mapping: tools", with: "mapping: others")
          .replacing("${STORE:-1}", with: "2"), to: "mappings/others.yaml")
      _ = try await store.run()
      #expect(try store.objects("tools").count == 6)
      let id = try #require(try store.objects("tools")["Chisel"]?["id"]?.stringValue)
      try await store.sql(
        "update inventory.tools set store = 2, number = 3001 where number = 1002")
      for _ in 1...3 {
        let report = try await store.run(exits: 3)
        #expect(try report.count("others", "rejected") == 1)
        #expect(try report.count("tools", "deactivated") == 0)
      }
      #expect(!store.depot.calls.contains { $0.call.method == "DELETE" })
      let listed = try await store.crosswalk("failures")
      #expect(
        listed.output.contains("crosswalk failures adopt others 3001 \(id) --move"),
        "\(listed.text)")
      let moved = try await store.crosswalk(
        "failures", "adopt", "others", "3001", id, "--move", "--by", "Ada")
      #expect(moved.status == 0, "\(moved.text)")
      for _ in 1...2 { #expect(try await store.run().status == "succeeded") }
      #expect(try store.objects("tools")["Chisel"]?["id"]?.stringValue == id)
      #expect(!store.depot.calls.contains { $0.call.method == "DELETE" })
      for (mapping, key) in [("others", "3001"), ("tools", "1002")] {
        let history = try await store.crosswalk("history", mapping, key)
        #expect(history.output.contains("Ada decided: move"), "\(history.text)")
      }
    }
  }
}
