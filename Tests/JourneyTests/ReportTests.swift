import Foundation
import JSON
import Sandbox
import Testing

/// What `run --format json` says, and with which exit code.
@Suite struct ReportTests {
  private static let figures = [
    "rows", "unchanged", "created", "updated", "deactivated", "rejected", "deferred", "unknown",
    "calls", "seconds",
  ]

  private func expectWhole(_ report: Report) throws {
    #expect(report.json["run"]?.intValue != nil)
    #expect(!report.mappings.isEmpty)
    for mapping in report.mappings {
      let name = try #require(mapping["mapping"]?.stringValue)
      for figure in Self.figures {
        #expect(mapping[figure]?.doubleValue != nil, "\(name) has no \(figure)")
      }
      let parts = ["unchanged", "created", "updated", "rejected", "deferred", "unknown"]
      let sum = try parts.reduce(0) { try $0 + report.count(name, $1) }
      #expect(try report.count(name, "rows") == sum, "\(mapping)")
    }
  }

  @Test("All figures, in every kind of run; calls are those that the target counted")
  func figures() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.tools set box = 'Z9' where number = 1005")
      try await store.sql("update inventory.tools set weight = 999999 where number = 1004")
      store.depot.inject(Fault("POST /v1/tools", .dropBefore, skip: 1))
      let first = try await store.run(exits: 3)
      try expectWhole(first)
      #expect(first.status == "partial")
      #expect(try first.count("tools", "rows") == 5)
      #expect(try first.count("tools", "created") == 2)
      #expect(try first.count("tools", "rejected") == 1)
      #expect(try first.count("tools", "deferred") == 1)
      #expect(try first.count("tools", "unknown") == 1)
      #expect(first.calls == store.depot.calls.count)

      let before = store.depot.calls.count
      // Requests are sent side by side: which of the three creates met the fault differs from run to run.
      let made = try #require(try store.objects("tools").keys.min())
      try await store.sql(
        """
        update inventory.tools set label = 'Sledge' where number = \(made);
        update inventory.tools set weight = 1, box = null where number in (1004, 1005);
        """)
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 0s")
      let second = try await store.run()
      try expectWhole(second)
      #expect(second.status == "succeeded")
      #expect(try second.count("tools", "updated") == 1)
      #expect(try second.count("tools", "created") == 3)
      #expect(second.calls == store.depot.calls.count - before)
      #expect(
        try #require(second.json["run"]?.intValue) > (first.json["run"]?.intValue ?? .max))

      try await store.sql("update inventory.tools set scrapped = true where number = \(made)")
      let third = try await store.run()
      try expectWhole(third)
      #expect(try third.count("tools", "deactivated") == 1)
      #expect(try store.objects("tools")[made]?["status"] == "scrapped")
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("A person reads the same: what happened, why, and where to correct it")
  func words() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.tools set weight = 999999 where number = 1004")
      let result = try await store.crosswalk("run")
      #expect(result.status == 3)
      #expect(result.output.contains("weight"), "\(result.text)")
      #expect(result.output.contains("1004"))
      #expect(result.output.contains("needs a correction"))
      #expect(result.output.contains("Done, but for the records above."))
    }
  }

  @Test("A guard: rows gone from the source send nothing at all, exit 4, and say what to look at")
  func guarded() async throws {
    try await Storehouse.open { store in
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2001, 2030) n
        """)
      #expect(try await store.run().status == "succeeded")
      let before = store.writes.count
      try await store.sql("delete from inventory.tools where number > 2005")
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      let report = try await store.run(exits: 4)
      #expect(report.status == "blocked")
      #expect(try report.mapping("tools")["status"] == "blocked")
      #expect(try report.count("tools", "deactivated") == 0)
      #expect(store.writes.count == before)
      let text = try await store.crosswalk("run", "tools")
      #expect(text.status == 4)
      #expect(text.output.contains("35"))
      #expect(text.output.contains("source_drop"))
      #expect(text.output.contains("= help:"))
      #expect(store.writes.count == before)
      let plan = try await store.crosswalk("plan")
      #expect(plan.status == 4, "\(plan.text)")

      // The copy job was caught half-way: the rows come back, and the change is sent.
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2006, 2030) n
        """)
      let after = try await store.run()
      #expect(try after.count("tools", "updated") == 1)
      #expect(try after.count("tools", "deactivated") == 0)
    }
  }

  @Test("--limit sends so many of each mapping and leaves the rest for later runs")
  func limited() async throws {
    try await Storehouse.open { store in
      let first = try await store.run("boxes", "--limit", "1")
      try expectWhole(first)
      #expect(try first.count("boxes", "created") == 1)
      #expect(try first.count("boxes", "deferred") == 3)
      #expect(store.writes.count == 1)
      let refused = try await store.crosswalk("run", "--limit", "0")
      #expect(refused.status == 64)
      #expect(refused.errors.contains("--limit must be at least 1"))
      _ = try await store.run()
      #expect(Set(try store.objects("boxes").keys) == Set(Storehouse.boxes))
    }
  }
}
