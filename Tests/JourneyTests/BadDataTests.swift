import Foundation
import JSON
import Sandbox
import Testing

/// Rows that cannot become objects: they are refused one by one, with their keys; the others go on.
@Suite struct BadDataTests {
  @Test("Two rows with one key: neither is sent, since nobody knows which is right")
  func duplicateKeys() async throws {
    try await Storehouse.open { store in
      // A join that doubles one row, as joins do.
      try store.edit(
        "mappings/tools.yaml", "      from inventory.tools t\n",
        "      from inventory.tools t\n      join (values (1), (2)) twice (n) on n = 1 or t.number = 1003\n"
      )
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "rows") == 6)
      #expect(try report.count("tools", "rejected") == 2)
      #expect(try report.count("tools", "created") == 4)
      let reasons = try report.reasons("tools")
      #expect(reasons.contains { $0.contains("several rows with this key") && $0.contains("1003") })
      #expect(try store.objects("tools")["1003"] == nil)

      // Three of a kind, behind a link: the object is left as it is, and is not called absent.
      try store.edit("mappings/tools.yaml", "on n = 1 or t.number = 1003", "on n = 1")
      #expect(try await store.run().status == "succeeded")
      try store.edit("mappings/tools.yaml", "(values (1), (2))", "(values (1), (2), (3))")
      try store.edit("mappings/tools.yaml", "on n = 1", "on n = 1 or t.number = 1005")
      let again = try await store.run(exits: 3)
      #expect(try again.count("tools", "rejected") == 3)
      #expect(try again.count("tools", "deactivated") == 0)
      #expect(try again.count("tools", "unchanged") == 4)
    }
  }

  @Test("Two keys that make one object: the second is refused, and says so")
  func oneObject() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "  code: string(row.number)",
        "  code: 'string(row.number == 1002 ? 1001 : row.number)'")
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "rejected") == 1)
      #expect(try report.count("tools", "created") == 4)
      #expect(try report.reasons("tools").contains { $0.contains("code") && $0.contains("1002") })
    }
  }

  @Test("NULL in a key")
  func nullKeys() async throws {
    try await Storehouse.open { store in
      try await store.sql(
        """
        alter table inventory.tools drop constraint tools_pkey;
        alter table inventory.tools alter number drop not null;
        insert into inventory.tools (store, number, label) values (1, null, 'Nameless');
        """)
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "rejected") == 1)
      #expect(try report.count("tools", "created") == 5)
      #expect(try report.count("tools", "rows") == 6)
      #expect(
        try report.reasons("tools").contains {
          $0.contains("the key's column `number` is NULL")
        })
    }
  }

  @Test("Text that is not UTF-8, in a field and in a key")
  func otherEncodings() async throws {
    try await Storehouse.open(encoding: "SQL_ASCII") { store in
      try await store.sql(
        #"""
        set client_encoding = 'SQL_ASCII';
        update inventory.tools set label = E'S\xE4ge' where number = 1002;
        insert into inventory.boxes values (1, E'F\xF6', 'Odd', null);
        """#)
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "rejected") == 1)
      #expect(try report.count("tools", "created") == 4)
      #expect(try report.count("boxes", "rejected") == 1)
      #expect(try report.count("boxes", "created") == 4)
      let reasons = try report.reasons("tools") + report.reasons("boxes")
      #expect(reasons.contains { $0.contains("label") && $0.contains("1002") }, "\(reasons)")
      #expect(reasons.contains { $0.contains("the key's column `box`") }, "\(reasons)")
      #expect(reasons.allSatisfy { $0.contains("UTF-8") }, "\(reasons)")
      #expect(try store.objects("tools")["1003"]?["name"] == "Große Säge")
    }
  }

  @Test("Values that do not fit their fields: too large, too long, not of the list, missing")
  func misfits() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "status: { value: present }",
        "status: { from: row.label, values: { Chisel: sharp }, otherwise: present }")
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 1)
      #expect(lint.text.contains("[E304]"), "\(lint.text)")
      #expect(lint.text.contains("sharp"), "\(lint.text)")
      try store.edit("mappings/tools.yaml", "{ Chisel: sharp }", "{ Chisel: present }")
      try await store.sql(
        """
        update inventory.tools set weight = 100000.5 where number = 1001;
        update inventory.tools set label = '  ' where number = 1002;
        update inventory.tools set bought = 'infinity' where number = 1003;
        update inventory.tools set weight = 'NaN' where number = 1005;
        """)
      let report = try await store.run(exits: 3)
      let reasons = try report.reasons("tools")
      #expect(reasons.contains { $0.hasPrefix("weight: ") && $0.contains("(1001") }, "\(reasons)")
      #expect(reasons.contains { $0.hasPrefix("name: ") && $0.contains("(1002") }, "\(reasons)")
      #expect(reasons.contains { $0.hasPrefix("weight: ") && $0.contains("1005") }, "\(reasons)")
      #expect(try store.objects("tools")["1004"] != nil)
      #expect(
        store.depot.count(matching: "POST /v1/tools") == Int(try report.count("tools", "created")))
    }
  }

  @Test("A refusal by the target is kept, and costs no second call until the row changes")
  func refused() async throws {
    try await Storehouse.open { store in
      store.depot.inject(
        Fault(
          "POST /v1/tools",
          .reply(422, contentType: "application/json", body: #"{"message":"label is a bad word"}"#))
      )
      let first = try await store.run(exits: 3)
      #expect(try first.count("tools", "rejected") == 1)
      #expect(try first.count("tools", "created") == 4)
      #expect(try first.reasons("tools").contains { $0.contains("label is a bad word") })
      let before = store.writes.count
      let second = try await store.run(exits: 3)
      #expect(try second.count("tools", "rejected") == 1)
      #expect(store.writes.count == before)
      let missing = try #require(
        Storehouse.tools.first { code in
          !((try? store.objects("tools").keys.contains(code)) ?? true)
        })
      try await store.sql("update inventory.tools set label = 'Good' where number = \(missing)")
      #expect(try await store.run().status == "succeeded")
      #expect(try store.objects("tools")[missing]?["name"] == "Good")
    }
  }

  @Test(
    "A web page instead of a list stops the mapping; instead of an object the outcome is unknown")
  func webPages() async throws {
    let page = Fault.Kind.reply(
      200, contentType: "text/html", body: "<!DOCTYPE html><html><body>Log in</body></html>",
      applied: true)
    try await Storehouse.open { store in
      store.depot.inject(Fault("GET /v1/tools", page, calls: nil))
      let listing = try await store.run(exits: 5)
      #expect(try listing.mapping("tools")["message"]?.stringValue?.contains("web page") == true)
      #expect(store.depot.count(matching: "POST /v1/tools") == 0)
      store.depot.clearFaults()

      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 1h")
      store.depot.inject(Fault("POST /v1/tools", page))
      let unknown = try await store.run(exits: 3)
      #expect(try unknown.count("tools", "unknown") == 1)
      #expect(try unknown.count("tools", "created") == 4)
      // Too early to look: the target may still be working on it.
      let posts = store.depot.count(matching: "POST /v1/tools")
      #expect(try await store.run(exits: 3).count("tools", "unknown") == 1)
      try store.edit("mappings/targets/depot.yaml", "settle: 1h", "settle: 0s")
      #expect(try await store.run().status == "succeeded")
      #expect(store.depot.count(matching: "POST /v1/tools") == posts)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("An empty table on the first run is named, and not called well")
  func emptyTable() async throws {
    try await Storehouse.open { store in
      try await store.sql("delete from inventory.tools")
      let end = try await store.crosswalk("run", "tools")
      #expect(end.status == 0, "\(end.text)")
      #expect(end.output.contains("tools: the source returned no rows"), "\(end.text)")
      #expect(!end.output.contains("Everything is as it should be"))
      #expect(store.writes.isEmpty)
    }
  }
}
