import Foundation
import GRDB
import JSON
import Sandbox
import Testing

/// `crosswalk ledger` and `crosswalk links`: what a ledger holds, and how it comes to hold less.
@Suite struct LedgerCommandsTests {
  private func info(_ store: Storehouse) async throws -> JSON {
    let info = try await store.crosswalk("ledger", "info", "--format", "json")
    #expect(info.status == 0, "\(info.text)")
    return try info.json()
  }

  /// All that was written down becomes two years older.
  private func age(_ store: Storehouse) async throws {
    let years: Int64 = 2 * 365 * 86_400_000
    try await DatabaseQueue(path: store.ledger.path).write { database in
      for (table, column) in [
        ("change", "at"), ("intent", "sent_at"), ("run", "started_at"), ("run", "finished_at"),
      ] {
        try database.execute(
          sql: "UPDATE \(table) SET \(column) = \(column) - ?", arguments: [years])
      }
    }
  }

  private func keepAYear(_ store: Storehouse) throws {
    try store.edit(
      "mappings/crosswalk.yaml", "sqlite: .crosswalk/ledger.sqlite",
      "sqlite: .crosswalk/ledger.sqlite\n  keep: 400d")
  }

  @Test("Old history goes at the end of a run, and links with what they need stay")
  func keep() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql("update inventory.tools set label = 'Other' where number = 1001")
      _ = try await store.run()
      try await age(store)
      #expect(try await info(store)["changes"] == 10)
      // Without `keep` all of it stays.
      _ = try await store.run()
      #expect(try await info(store)["changes"] == 10)

      try keepAYear(store)
      let writes = store.writes.count
      let report = try await store.run()
      #expect(report.status == "succeeded")
      #expect(try report.count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
      let after = try await info(store)
      #expect(after["changes"] == 0)
      #expect(after["ended_writes"] == 0)
      #expect(after["links"] == 9)
      #expect(after["runs"] == 2, "the two that are not old")
      #expect(after["keep_days"] == 400)
      #expect(try await store.crosswalk("ledger", "verify").status == 0)
      // What was sent is still known.
      try await store.sql("update inventory.tools set label = 'Third' where number = 1001")
      #expect(try await store.run().count("tools", "updated") == 1)
      #expect(try store.objects("tools")["1001"]?["name"] == "Third")
    }
  }

  @Test func compactTakesOutAllThatIsOldAndSaysHowMuch() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await age(store)
      try keepAYear(store)
      let compact = try await store.crosswalk("ledger", "compact")
      #expect(compact.status == 0, "\(compact.text)")
      // Nine changes, nine writes and the run.
      #expect(compact.output.contains("19 entries taken out"), "\(compact.output)")
      #expect(try await info(store)["free_bytes"] == 0)
      #expect(try await store.run().count("tools", "unchanged") == 5)
    }
  }

  @Test("Erasure: shown first, then done; the row is compared again as long as it is there")
  func forget() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.tools set label = 'Canary 7f3a' where number = 1001")
      _ = try await store.run()
      func holdsCanary() throws -> Bool {
        try FileManager.default.contentsOfDirectory(
          at: store.ledger.deletingLastPathComponent(), includingPropertiesForKeys: nil
        ).contains { try Data(contentsOf: $0).range(of: Data("Canary 7f3a".utf8)) != nil }
      }
      let shown = try await store.crosswalk("ledger", "forget", "tools", "1001")
      #expect(shown.status == 0, "\(shown.text)")
      #expect(shown.output.contains("would be forgotten"), "\(shown.output)")
      #expect(shown.output.contains("stays at the target"), "\(shown.output)")
      #expect(shown.output.contains("backups"), "\(shown.output)")
      #expect(try holdsCanary())

      let done = try await store.crosswalk(
        "ledger", "forget", "tools", "1001", "--yes", "--by", "Ada", "--note", "request of 3 May")
      #expect(done.status == 0, "\(done.text)")
      #expect(try !holdsCanary())
      let history = try await store.crosswalk("history", "tools", "1001")
      #expect(!history.text.contains("Canary"))
      #expect(history.output.contains("Ada decided: forget: request of 3 May"), "\(history.output)")
      #expect(try await store.crosswalk("ledger", "verify").status == 0)
      // Another request leaves the first one's reason.
      _ = try await store.crosswalk(
        "ledger", "forget", "tools", "1001", "--yes", "--by", "Bob", "--note", "request of 4 May")
      let both = try await store.crosswalk("history", "tools", "1001")
      for words in ["request of 3 May", "request of 4 May"] {
        #expect(both.output.contains(words), "\(both.output)")
      }

      let writes = store.writes.count
      #expect(try await store.run().count("tools", "updated") == 1)
      #expect(store.writes.count == writes + 1)
      #expect(try store.objects("tools").count == 5)
      #expect(try await store.run().count("tools", "unchanged") == 5)
    }
  }

  @Test func aKeyWithAnOpenWriteIsNotForgotten() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 1h")
      store.depot.inject(Fault("POST /v1/tools", .status(500), calls: 1))
      _ = try await store.run(exits: 3)
      let failures = try await store.crosswalk("failures", "list", "--format", "json")
      let key = try #require(
        try failures.json()["failures"]?.arrayValue?.first?["key"]?.stringValue)
      for command in [["ledger", "forget"], ["links", "unlink"]] {
        let result = try await Crosswalk.run(
          command + ["tools", key, "--yes"], in: store.folder, environment: store.environment)
        #expect(result.status != 0)
        #expect(result.errors.contains("no known end"), "\(result.text)")
      }
    }
  }

  @Test("Unlink: the object stays, history says so, and the next run does what was said")
  func unlink() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let links = try await store.crosswalk("links", "show", "tools", "--format", "json")
      let all = try #require(try links.json()["links"]?.arrayValue)
      #expect(all.count == 5)
      #expect(all.allSatisfy { $0["state"] == "active" && $0["resource"] == "depot/tools" })
      let one = try await store.crosswalk("links", "show", "tools", "1001")
      #expect(one.output.contains("1 link to depot/tools"), "\(one.output)")
      let id = try #require(
        all.first { $0["key"]?.stringValue == "1001" }?["target_id"]?.stringValue)

      let shown = try await store.crosswalk("links", "unlink", "tools", "1001")
      #expect(shown.output.contains("would no longer be linked to \(id)"), "\(shown.output)")
      #expect(shown.output.contains("by `match`"), "\(shown.output)")
      #expect(try await info(store)["links"] == 9)
      let done = try await store.crosswalk(
        "links", "unlink", "tools", "1001", "--yes", "--by", "Ada", "--note", "a namesake")
      #expect(done.status == 0, "\(done.text)")
      #expect(try await info(store)["links"] == 8)
      let history = try await store.crosswalk("history", "tools", "1001")
      #expect(history.output.contains("Ada decided: unlink"), "\(history.output)")
      let again = try await store.crosswalk("links", "unlink", "tools", "1001", "--yes")
      #expect(again.errors.contains("has no link"), "\(again.text)")

      let report = try await store.run()
      #expect(try report.count("tools", "adopted") == 1)
      #expect(try store.objects("tools").count == 5)
      #expect(try await info(store)["links"] == 9)
    }
  }

  @Test("Export: one JSON object a line, values masked unless they are asked for")
  func export() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      func lines(_ arguments: String...) async throws -> [JSON] {
        let result = try await Crosswalk.run(
          ["ledger", "export"] + arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 0, "\(result.text)")
        return try result.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
      }
      let masked = try await lines()
      #expect(masked.first?["kind"] == "ledger")
      #expect(masked.first?["format_version"] == 1)
      let links = masked.filter { $0["kind"] == "link" }
      #expect(links.count == 9)
      #expect(
        links.allSatisfy { link in
          link["sent"]?.members?.isEmpty == false
            && link["sent"]?.members?.allSatisfy { $0.value == "(masked)" } == true
        })
      #expect(masked.count == 10)
      let clear = try await lines("tools", "--history", "--values")
      #expect(clear.filter { $0["kind"] == "link" }.count == 5)
      let changes = clear.filter { $0["kind"] == "change" }
      #expect(changes.count == 5)
      #expect(changes.allSatisfy { $0["operation"] == "create" && $0["mapping"] == "tools" })
      #expect(changes.allSatisfy { $0["after"]?["name"]?.stringValue?.isEmpty == false })
    }
  }

  @Test func theViewsThatAreListedAnswer() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let page = try await store.crosswalk("ledger", "views", "--format", "json")
      let views = try #require(try page.json()["views"]?.arrayValue)
      #expect(views.count >= 6)
      let queue = try DatabaseQueue(path: store.ledger.path)
      for view in views {
        let name = try #require(view["name"]?.stringValue)
        let columns = try #require(view["columns"]?.arrayValue).compactMap {
          $0["name"]?.stringValue
        }
        _ = try queue.read {
          try Row.fetchAll($0, sql: "SELECT \(columns.joined(separator: ", ")) FROM \(name)")
        }
      }
      let keys = try await queue.read {
        try String.fetchAll(
          $0, sql: "SELECT key FROM v1_links WHERE mapping = 'tools' ORDER BY key")
      }
      #expect(keys == Storehouse.tools)
    }
  }
}
