import Foundation
import JSON
import Sandbox
import Testing

/// The dry run sends and writes nothing, and says everything.
@Suite struct PlanTests {
  /// Every file below a folder with its bytes.
  private func contents(of folder: URL) throws -> [String: Data] {
    // The calls that a plan makes count in the target's windows, and the next command has to know them.
    let paths = (FileManager.default.subpaths(atPath: folder.path) ?? []).filter {
      !$0.contains(".calls-")
    }
    return Dictionary(
      uniqueKeysWithValues: paths.compactMap { path in
        FileManager.default.contents(atPath: folder.appending(path: path).path).map { (path, $0) }
      })
  }

  @Test("Before the first run: no ledger appears, only GETs are sent")
  func first() async throws {
    try await Storehouse.open { store in
      let before = try contents(of: store.folder)
      let plan = try await store.crosswalk("plan", "--detailed-exitcode")
      #expect(plan.status == 2, "\(plan.text)")
      #expect(plan.output.contains("boxes: 4 rows"))
      #expect(plan.output.contains("+ 5 create"))
      #expect(plan.output.contains("nothing sent"))
      #expect(try contents(of: store.folder) == before)
      #expect(store.writes.isEmpty)
      #expect(!store.depot.calls.isEmpty)
    }
  }

  @Test("On a ledger: its bytes stay, field by field, old and new values, and the exit codes")
  func later() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let quiet = try await store.crosswalk("plan", "--detailed-exitcode")
      #expect(quiet.status == 0, "\(quiet.text)")
      #expect(quiet.output.contains("0 calls to depot"))
      try await store.sql(
        """
        update inventory.tools set label = 'Mallet', weight = 2 where number = 1001;
        update inventory.tools set scrapped = true where number = 1002;
        insert into inventory.tools (store, number, label) values (1, 1006, 'Clamp');
        """)
      let before = try contents(of: store.folder)
      let writes = store.writes.count
      let plan = try await store.crosswalk("plan", "--detailed-exitcode")
      #expect(plan.status == 2)
      #expect(plan.output.contains("~ 1001"), "\(plan.text)")
      #expect(plan.output.contains("\"Hammer\" → \"Mallet\""), "\(plan.text)")
      #expect(plan.output.contains("+ 1006"))
      #expect(plan.output.contains("- 1002"))
      #expect(plan.output.contains("+ 1 create   ~ 1 update   - 1 deactivate"))

      let report = try Report(try await store.crosswalk("plan", "--format", "json"))
      let changes = try #require(report.json["changes"]?.arrayValue)
      #expect(
        Set(changes.map { "\($0["change"]?.stringValue ?? "") \($0["key"]?.stringValue ?? "")" })
          == ["update 1001", "create 1006", "deactivate 1002"])
      let update = try #require(changes.first { $0["change"] == "update" })
      let fields = update["fields"]?.arrayValue ?? []
      #expect(Set(fields.compactMap { $0["field"]?.stringValue }) == ["name", "weight"])
      #expect(fields.contains { $0["before"] == "Hammer" && $0["after"] == "Mallet" })

      let one = try await store.crosswalk("plan", "tools", "--key", "1006")
      #expect(one.status == 0)
      #expect(one.output.contains("+ 1006"))
      #expect(!one.output.contains("~ 1001"))
      let none = try await store.crosswalk("plan", "tools", "--key", "4711")
      #expect(none.status == 2)
      #expect(none.errors.contains("no row has the key `4711`"), "\(none.text)")
      let same = try await store.crosswalk("plan", "tools", "--key", "1003")
      #expect(same.output.contains("no change for key 1003"), "\(same.text)")
      #expect(try contents(of: store.folder) == before)
      #expect(store.writes.count == writes)

      let out = try await store.crosswalk("plan", "--out", "plan.json")
      #expect(out.status == 0)
      let file = try JSON(parsing: Array(Data(contentsOf: store.path("plan.json"))))
      let kept = file["mappings"]?.arrayValue?.flatMap { $0["changes"]?.arrayValue ?? [] }
      #expect(kept?.count == 3)
      let nowhere = try await store.crosswalk("plan", "--out", "no/such/folder/plan.json")
      #expect(nowhere.status == 5)
      #expect(nowhere.errors.contains("no/such/folder/plan.json"))
    }
  }

  @Test("As a page: the same changes, and a name from the database stays text")
  func page() async throws {
    try await Storehouse.open { store in
      try await store.sql(
        "update inventory.tools set label = '<script>alert(1)</script>' where number = 1001")
      let plan = try await store.crosswalk("plan", "--format", "html")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(plan.output.hasPrefix("<!doctype html>"))
      #expect(plan.output.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
      #expect(!plan.output.contains("<script>"))
      #expect(plan.output.contains("<td class=\"create\">create</td><td>1001</td>"))
      #expect(plan.output.contains("<h1>Plan for "))
      #expect(plan.output.contains("A run would leave "))
      #expect(store.writes.isEmpty)
    }
  }

  @Test("The page names the records that would be refused, as the mapping's `title` does")
  func refusedNames() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", "fields:", "title: [name, serial]\nfields:")
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set label = ' ' where number = 1001;
        insert into inventory.tools (store, number, label, serial) values (1, 1006, ' ', '<b>N-6');
        """)
      let plan = try await store.crosswalk("plan", "tools", "--format", "html")
      #expect(plan.output.contains("1001 HM-1, 1006 &lt;b&gt;N-6"), "\(plan.text)")
      let text = try await store.crosswalk("plan", "tools")
      #expect(text.output.contains("(1001, 1006)"), "\(text.text)")
    }
  }

  @Test("While another process runs, a plan can be had")
  func besideARun() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .seconds(3)))
      let run = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the run writes") { !store.writes.isEmpty }
      let plan = try await store.crosswalk("plan", "tools")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(try await run.end().status == 0)
    }
  }
}
