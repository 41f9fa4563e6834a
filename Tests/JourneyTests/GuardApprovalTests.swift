import Foundation
import JSON
import Sandbox
import Testing

/// A guard is approved with the plan that shows it, once.
@Suite(.timeLimit(.minutes(15))) struct GuardApprovalTests {
  /// A storehouse of which more tools are gone than may be; one has another name.
  private func open(_ body: @Sendable (inout Storehouse) async throws -> Void) async throws {
    try await Storehouse.open { store in
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Tool ' || n from generate_series(2001, 2020) n;
        """)
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set scrapped = true where number between 2001 and 2010;
        update inventory.tools set label = 'Mallet' where number = 1001;
        """)
      try await body(&store)
    }
  }

  @Test(
    "The plan shows it; applied without a word it holds, approved it goes, once, and who and why are kept"
  )
  func deactivations() async throws {
    try await open { store in
      let plan = try await store.crosswalk("plan", "--out", "a.plan")
      #expect(plan.status == 4, "\(plan.text)")
      #expect(plan.output.contains("--approve source_drop"), "\(plan.text)")
      #expect(plan.errors.contains("--approve deactivations --approve source_drop"), "\(plan.text)")
      // Both are named, and what can be approved of each; kept or not, the plan costs the same.
      let bare = try await store.crosswalk("plan")
      for one in [plan, bare] {
        #expect(one.output.contains("a drop of more than"), "\(one.text)")
        #expect(one.output.contains("linked objects would be deactivated"), "\(one.text)")
        #expect(
          one.output.contains("--approve source_drop --approve deactivations"), "\(one.text)")
        #expect(one.output.contains("11 calls to"), "\(one.text)")
      }
      let page = try await store.crosswalk("plan", "--format", "html")
      #expect(page.output.contains("a drop of more than"), "\(page.text)")
      #expect(page.output.contains("linked objects would be deactivated"), "\(page.text)")
      let writes = store.writes.count
      let held = try await ApplyTests.apply(store, exits: 4)
      #expect(held.status == "blocked")
      #expect(try held.mapping("tools")["guards"]?.arrayValue?.count == 2)
      _ = try await ApplyTests.apply(store, "--approve", "source_drop", exits: 4)
      #expect(store.writes.count == writes)
      let report = try await ApplyTests.apply(
        store, "--approve", "deactivations", "--approve", "source_drop", "--by", "Ann Archer",
        "--note", "the north bay is closed")
      #expect(try report.count("tools", "deactivated") == 10)
      #expect(try report.count("tools", "updated") == 1)
      #expect(store.writes.count == writes + 11)
      let run = try #require(report.json["run"]?.intValue)
      let kept = try await store.crosswalk("runs", String(run))
      for words in ["Ann Archer", "the north bay is closed", "deactivations", "approved"] {
        #expect(kept.output.contains(words), "\(words): \(kept.text)")
      }
      // Not in the column of commands.
      let listed = try await store.crosswalk("runs").output
      let line = try #require(listed.split(separator: "\n").first { $0.contains("Ann Archer") })
      #expect(line.hasPrefix("run \(run): "), "\(listed)")
      #expect(line.contains("the north bay is closed"), "\(listed)")
      let commands = try await store.crosswalk("runs", "--format", "json")
      #expect(!commands.output.contains("approved by"), "\(commands.text)")

      // They come back, and are gone once more: the approval is used up.
      try await store.sql("update inventory.tools set scrapped = false where number > 2000")
      _ = try await store.run()
      try await store.sql(
        "update inventory.tools set scrapped = true where number between 2001 and 2010")
      let again = try await store.crosswalk(
        "apply", "a.plan", "--approve", "deactivations", "--approve", "source_drop")
      #expect(again.status == 4, "\(again.text)")
      #expect(again.errors.contains("was approved once, by run \(run)"), "\(again.text)")
      #expect(try store.objects("tools")["2001"]?["status"] == "present")
    }
  }

  @Test("Applied for a part that the guards do not hold back, an approval is not used up")
  func partial() async throws {
    try await open { store in
      _ = try await store.crosswalk("plan", "--out", "a.plan")
      let approvals = ["--approve", "deactivations", "--approve", "source_drop"]
      for (key, status) in [("30", 2), ("1003", 2), ("1001", 0)] as [(String, Int32)] {
        let part = try await Crosswalk.run(
          ["apply", "a.plan"] + approvals + ["--only", key], in: store.folder,
          environment: store.environment)
        #expect(part.status == status, "\(part.text)")
      }
      let whole = try await Crosswalk.run(
        ["apply", "a.plan", "--format", "json"] + approvals, in: store.folder,
        environment: store.environment)
      #expect(whole.status == 0, "\(whole.text)")
      #expect(!whole.errors.contains("was approved once"), "\(whole.text)")
      #expect(try Report(whole).count("tools", "deactivated") == 10)
    }
  }

  @Test("More than the plan shows is not approved; what the plan does not show cannot be")
  func others() async throws {
    try await open { store in
      _ = try await store.crosswalk("plan", "--out", "a.plan")
      let unknown = try await store.crosswalk("apply", "a.plan", "--approve", "everything")
      #expect(unknown.status == 2 && unknown.errors.contains("deactivations"), "\(unknown.text)")
      let other = try await store.crosswalk("apply", "a.plan", "--approve", "errors")
      #expect(
        other.status == 3 && other.errors.contains("shows no guard `errors`"), "\(other.text)")
      try await store.sql("update inventory.tools set scrapped = true where number > 2000")
      let writes = store.writes.count
      let more = try await ApplyTests.apply(
        store, "--approve", "deactivations", "--approve", "source_drop", exits: 4)
      #expect(store.writes.count == writes)
      // Why what was just approved is not enough.
      let message = try #require(try more.mapping("tools")["message"]?.stringValue)
      #expect(
        message.contains("approval of `deactivations` is for 10, and there are 20 now"),
        "\(message)")
      let remedy = try #require(try more.mapping("tools")["remedy"]?.stringValue)
      #expect(remedy.contains("another plan"), "\(remedy)")
    }
  }
}
