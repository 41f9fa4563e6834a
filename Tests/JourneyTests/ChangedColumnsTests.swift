import Foundation
import JSON
import Testing

/// The owner of a table changes a column while the mappings stay as they are.
@Suite(.timeLimit(.minutes(15)))
struct ChangedColumnsTests {
  @Test("A column that becomes NOT NULL, or wider, stops nothing")
  func sameMeaning() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "serial: text.clean(row.serial)",
        "serial: 'row.serial == null ? null : text.clean(row.serial)'")
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set serial = 'S' || number where serial is null;
        alter table inventory.tools alter serial set not null, alter serial type text,
          alter label type varchar(200);
        update inventory.tools set label = 'Mallet' where number = 1001;
        """)
      let linted = try await store.crosswalk("lint", "--live")
      #expect(linted.status == 0, "\(linted.text)")
      #expect(linted.output.contains("warning[E332]"), "\(linted.text)")
      try await store.sql("alter table inventory.tools alter number type bigint")
      let plan = try await store.crosswalk("plan")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(!plan.text.contains("E332"))
      let run = try await store.run()
      #expect(try run.count("tools", "updated") > 0)
      #expect(try store.objects("tools")["1001"]?["name"] == "Mallet")
    }
  }

  @Test("A mapping that does not compile any more stops itself, and is named at the end")
  func otherMeaning() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql(
        """
        alter table inventory.tools alter label type integer using number;
        update inventory.boxes set label = 'Cupboard' where store = 1 and box = 'A1';
        """)
      let plan = try await store.crosswalk("plan")
      #expect(plan.status == 1, "\(plan.text)")
      #expect(plan.output.contains("tools: 0 rows"))
      #expect(plan.output.contains("invalid: does not compile"), "\(plan.text)")
      #expect(plan.output.contains("Cupboard"), "\(plan.text)")
      let run = try await store.run(exits: 1)
      #expect(try run.count("boxes", "updated") == 1)
      #expect(try store.objects("boxes")["A1"]?["name"] == "Cupboard")
      let tools = try run.mapping("tools")
      #expect(tools["status"] == "invalid")
      let problem = try #require(tools["problems"]?.arrayValue?.first?.stringValue)
      #expect(
        problem.contains("mappings/tools.yaml:") && problem.contains("error[E205]"), "\(problem)")
      let text = try await store.crosswalk("run")
      #expect(text.status == 1)
      #expect(text.errors.contains("[E205]"), "\(text.text)")
      #expect(text.output.contains("Done, but for mappings that cannot run."), "\(text.text)")
      // What links to it is not begun either.
      try await store.sql(
        """
        alter table inventory.tools alter label type varchar(60) using 'x' || label;
        alter table inventory.boxes alter label type integer using 1;
        """)
      try store.edit("mappings/boxes.yaml", "name: row.label", "name: text.clean(row.label)")
      let stopped = try await store.crosswalk("run")
      #expect(stopped.status == 1, "\(stopped.text)")
      let calls = store.depot.calls.count
      try store.edit(
        "mappings/boxes.yaml", "name: text.clean(row.label)", "name: string(row.label)")
      #expect(try await store.run().status == "succeeded")
      #expect(store.depot.calls.count > calls)
    }
  }

  @Test(
    "What only single rows may do is an error of lint; a run goes on, and checks row by row",
    arguments: [
      ("name: required(text.clean(row.label))", "name: text.clean(row.serial)", "E311"),
      ("code: string(row.number)", "code: required(row.label)", "E312"),
      (
        "status: { value: present }\nwhen",
        "status: 'row.number == 1001 ? \"gone\" : \"present\"'\nwhen", "E313"
      ),
    ])
  func risks(old: String, new: String, code: String) async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", old, new)
      let text = try store.text("mappings/tools.yaml")
      let tests = try #require(text.range(of: "tests:"))
      try store.write(String(text[..<tests.lowerBound]), to: "mappings/tools.yaml")
      try await store.sql(
        """
        update inventory.tools set serial = 'S' || number where number > 1001;
        update inventory.tools set serial = null, label = 'A name of more than ten' where number = 1001;
        """)
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 1, "\(lint.text)")
      #expect(lint.text.contains("error[\(code)]"), "\(lint.text)")
      let run = try await store.run(exits: 3)
      #expect(try run.count("tools", "rejected") == 1)
      #expect(try run.count("tools", "created") == 4)
    }
  }

  @Test("A plan calls a deletion one")
  func deletion() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "  set:\n    status: { value: scrapped }", "  delete: true")
      let update = #"update: { call: "PATCH /v1/tools/{id}", send: changed }"#
      try store.edit(
        "mappings/targets/depot.yaml", update,
        update + "\n    delete: { call: \"DELETE /v1/tools/{id}\" }")
      _ = try await store.run()
      try await store.sql("delete from inventory.tools where number = 1005")
      let plan = try await store.crosswalk("plan")
      #expect(plan.output.contains("- 1 delete\n"), "\(plan.text)")
      let json = try await store.crosswalk("plan", "--format", "json")
      #expect(json.output.contains(#""change":"delete""#), "\(json.text)")
    }
  }
}
