import Foundation
import JSON
import Sandbox
import Testing

/// What stands at the target otherwise than the ledger knows.
@Suite struct ReconcileTests {
  @Test("Adopt: shown first, then linked by natural key; what is ambiguous is named")
  func adopt() async throws {
    try await Storehouse.open { store in
      try store.depot.seed(
        "tools", ["code": "1002", "name": "Chisel", "bought_on": "2025-01-02"])
      try store.depot.seed("tools", ["code": "1004", "name": "Old crane"])
      let first = try store.depot.seed("tools", ["code": "1005", "name": "One"])
      try store.depot.seed("tools", ["code": "1005", "name": "Two"])
      let stranger = try store.depot.seed("tools", ["code": "9999", "name": "Not ours"])
      let shown = try await store.crosswalk("adopt", "tools")
      #expect(shown.status == 0, "\(shown.text)")
      #expect(shown.output.contains("2 would be linked"), "\(shown.text)")
      #expect(shown.output.contains("2 objects fit: "), "\(shown.text)")
      #expect(shown.output.contains(first) && shown.output.contains(stranger), "\(shown.text)")
      #expect(!FileManager.default.fileExists(atPath: store.ledger.path))

      let done = try await store.crosswalk("adopt", "tools", "--yes", "--format", "json")
      #expect(done.status == 0, "\(done.text)")
      let keys = try done.json()["matches"]?.arrayValue?.compactMap { $0["key"]?.stringValue }
      #expect(keys == ["1002", "1004"])
      #expect(store.writes.isEmpty)
      let run = try await store.run(exits: 3)
      #expect(try run.count("tools", "created") == 2)
      #expect(try run.count("tools", "rejected") == 1)
      #expect(store.depot.count(matching: "PATCH /v1/tools/*") == 2)
      let history = try await store.crosswalk("history", "tools", "1004")
      #expect(history.output.contains("adopt in run 1"), "\(history.text)")
      let again = try await store.crosswalk("adopt", "tools", "--format", "json").json()
      #expect(again["linked_before"] == 4)
    }
  }

  @Test("Edited, deleted, doubled, unknown: each is named, and the mapping says who wins a field")
  func reconcile() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "when_absent:",
        "on_conflict: { target: [serial], if_empty: [weight] }\nwhen_absent:")
      _ = try await store.run()
      let tools = try store.objects("tools")
      let ids = tools.compactMapValues { $0["id"]?.stringValue }
      try store.depot.edit(
        "tools", try #require(ids["1001"]), ["name": "Hummer", "serial": "HM-X", "weight": 9])
      try store.depot.edit("tools", try #require(ids["1002"]), ["weight": .null])
      try store.depot.delete("tools", try #require(ids["1003"]))
      try store.depot.seed("tools", ["code": "1004", "name": "Twin"])
      let stranger = try store.depot.seed("tools", ["code": "9999", "name": "Not ours"])

      let writes = store.writes.count
      let plan = try await store.crosswalk("plan", "--reconcile")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(plan.output.contains("name \"Hammer\" → \"Hummer\" (would be written back)"))
      #expect(plan.output.contains("serial \"HM-1\" → \"HM-X\" (stays)"), "\(plan.text)")
      #expect(store.writes.count == writes)

      let run = try await store.run("--reconcile", exits: 3)
      let found = try run.mapping("tools")["reconciled"]
      #expect(found?["edited"]?.arrayValue?.count == 2, "\(run.json)")
      #expect(found?["deleted"]?.arrayValue?.map { $0["key"] } == ["1003"])
      #expect(found?["duplicated"]?.arrayValue?.map { $0["natural_key"] } == ["1004"])
      #expect(found?["unknown"]?.arrayValue?.contains(.string(stranger)) == true)
      let now = try store.depot.objects("tools")
      let hammer = try #require(now.first { $0["code"] == "1001" })
      #expect(hammer["name"] == "Hammer")
      #expect(hammer["serial"] == "HM-X")
      #expect(hammer["weight"] == 9)
      #expect(now.first { $0["code"] == "1002" }?["weight"]?.description == "0.300")
      #expect(!now.contains { $0["code"] == "1003" })
      let waiting = try await store.failures()
      #expect(waiting.map { $0["key"] } == ["1003"], "\(waiting)")
      #expect(try await store.crosswalk("failures", "absent", "tools", "1003").status == 0)
      #expect(try await store.run().count("tools", "created") == 1)
    }
  }

  @Test("What is not sent is not said to be written back")
  func pending() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let tools = try store.objects("tools")
      for code in ["1001", "1002"] {
        try store.depot.edit(
          "tools", try #require(tools[code]?["id"]?.stringValue), ["name": "Hummer"])
      }
      // A row that can be sent no more.
      try await store.sql("update inventory.tools set label = ' ' where number = 1001")
      let plan = try await store.crosswalk("plan", "tools", "--reconcile")
      #expect(
        plan.output.contains("→ \"Hummer\" (stays until its row can be sent)"), "\(plan.text)")
      #expect(plan.output.contains("→ \"Hummer\" (would be written back)"), "\(plan.text)")
      let run = try await store.run("tools", "--reconcile", exits: 3)
      let edited = try run.mapping("tools")["reconciled"]?["edited"]?.arrayValue ?? []
      let back = edited.map { ($0["key"], $0["fields"]?.arrayValue?.first?["written_back"]) }
      #expect(back.first { $0.0 == "1001" }?.1 == false, "\(run.json)")
      #expect(back.first { $0.0 == "1002" }?.1 == true, "\(run.json)")
    }
  }

  @Test("An old backup of the ledger is recognised, and compared before anything is sent")
  func oldBackup() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let backup = store.folder.appending(path: "backup.sqlite")
      try copyLedger(store.ledger, to: backup)
      try await store.sql(
        """
        insert into inventory.tools (store, number, label) values (1, 1006, 'Saw');
        update inventory.tools set label = 'Mallet' where number = 1001;
        """)
      _ = try await store.run()
      try copyLedger(backup, to: store.ledger)
      let writes = store.writes.count

      let partly = try await store.crosswalk("run", "tools")
      #expect(partly.status == 4, "\(partly.text)")
      #expect(partly.errors.contains("old backup"), "\(partly.text)")
      let whole = try await store.crosswalk("run")
      #expect(whole.status == 0, "\(whole.text)")
      #expect(whole.errors.contains("old backup"), "\(whole.text)")
      // The tool that the backup knows nothing of is found again; the label is written once more.
      #expect(store.depot.count(matching: "POST /v1/tools") == 6)
      #expect(store.writes.count <= writes + 1)
      #expect(try store.objects("tools").count == 6)
      #expect(try store.objects("tools")["1001"]?["name"] == "Mallet")
      let after = try await store.run()
      #expect(after.calls == 0)
      #expect(try after.mapping("tools")["reconciled"] == nil)
    }
  }

  /// A ledger with the log beside it, in place of whatever was there. Nobody has it open.
  private func copyLedger(_ ledger: URL, to place: URL) throws {
    let files = FileManager.default
    for suffix in ["", "-wal", "-shm"] {
      if files.fileExists(atPath: place.path + suffix) {
        try files.removeItem(atPath: place.path + suffix)
      }
    }
    for suffix in ["", "-wal"] where files.fileExists(atPath: ledger.path + suffix) {
      try files.copyItem(atPath: ledger.path + suffix, toPath: place.path + suffix)
    }
  }
}
