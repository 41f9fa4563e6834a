import Foundation
import Testing

@Suite("What the source says of the queries is kept in files") struct SnapshotTests {
  @Test("The shipped snapshot is what the invented Viewpoint says")
  func shippedIsFresh() async throws {
    try await Contractor.open { contractor in
      let check = try await contractor.crosswalk("schema", "pull", "--check")
      #expect(check.status == 0, "\(check.text)")
      #expect(check.text.contains("Nothing has moved."))
    }
  }

  @Test("Without a database, lint knows the types from the snapshot, and says when it does not")
  func types() async throws {
    try await Storehouse.open { store in
      store.environment = [:]
      let known = try await store.crosswalk("lint")
      #expect(known.status == 0)
      #expect(!known.text.contains("E407"), "\(known.text)")
      // What the column's declared type lets through and the target refuses.
      #expect(known.text.contains("warning[E318]: `weight` may be up to 999999999.999"))
      #expect(known.text.contains(try store.place("row.weight", in: "mappings/tools.yaml")))

      try store.edit("mappings/tools.yaml", "row.number", "row.number.trim()")
      let wrong = try await store.crosswalk("lint")
      #expect(wrong.status == 1)
      #expect(wrong.text.contains("[E205]"), "\(wrong.text)")
      try store.edit("mappings/tools.yaml", "row.number.trim()", "row.number")

      // Another layout is no other query.
      try store.edit("mappings/tools.yaml", "from inventory.tools", "from   inventory.tools")
      #expect(!(try await store.crosswalk("lint")).text.contains("E407"))

      try store.edit("mappings/tools.yaml", "from   inventory.tools", "from only inventory.tools")
      let stale = try await store.crosswalk("lint")
      #expect(stale.status == 0)
      #expect(stale.text.contains("warning[E407]"), "\(stale.text)")
      #expect(stale.text.contains(try store.place("tools\n", in: "mappings/tools.yaml")))
      #expect(stale.text.contains("crosswalk schema pull"))

      try FileManager.default.removeItem(at: store.path("schemas/inventory"))
      let none = try await store.crosswalk("lint")
      #expect(none.status == 0)
      #expect(none.text.contains("warning[E407]"), "\(none.text)")
      #expect(
        none.text.contains(try store.place("inventory", in: "mappings/sources/inventory.yaml")))
    }
  }

  @Test(
    "`schema pull` writes what mappings use, removes what is gone, and leaves other files alone")
  func pull() async throws {
    try await Storehouse.open { store in
      #expect(try await store.crosswalk("schema", "pull", "--check").status == 0)
      try store.write("# mine\n", to: "schemas/inventory/tables/notes.yaml")
      try store.write(
        try store.text("schemas/inventory/queries/tools.yaml")
          .replacing("query: tools", with: "query: gone"),
        to: "schemas/inventory/queries/gone.yaml")
      #expect(try await store.crosswalk("lint").text.contains("warning[E413]"))
      try FileManager.default.removeItem(
        at: store.path("schemas/inventory/queries/tools.yaml"))
      try await store.sql("alter table inventory.boxes alter label type varchar(80)")

      let check = try await store.crosswalk("schema", "pull", "--check")
      #expect(check.status == 1)
      for words in [
        "removed schemas/inventory/queries/gone.yaml",
        "new schemas/inventory/queries/tools.yaml",
        "changed schemas/inventory/tables/inventory.boxes.yaml",
        "+ - { name: label, type: text, declared: character varying(80), nullable: false }",
        "crosswalk schema pull",
      ] { #expect(check.text.contains(words), "\(words) in \(check.text)") }
      #expect(try store.text("schemas/inventory/tables/inventory.boxes.yaml").contains("(60)"))

      #expect(try await store.crosswalk("schema", "pull").status == 0)
      #expect(try store.text("schemas/inventory/tables/inventory.boxes.yaml").contains("(80)"))
      #expect(
        !FileManager.default.fileExists(
          atPath: store.path("schemas/inventory/queries/gone.yaml").path))
      #expect(try store.text("schemas/inventory/tables/notes.yaml") == "# mine\n")
      #expect(try await store.crosswalk("schema", "pull", "--check").status == 0)
      // Nothing of the table that no query uses.
      #expect(
        !(try store.text("schemas/inventory/tables/inventory.tools.yaml")).contains("scrapped_at"))
    }
  }

  @Test("`lint --live` and `check` say what has moved, on both sides")
  func drift() async throws {
    try await Storehouse.open { store in
      let calm = try await store.crosswalk("check")
      #expect(calm.text.contains("mapping tools: 3 rows read, columns as in the snapshot"))
      try await store.sql(
        """
        alter table inventory.tools alter label type varchar(90), alter label drop not null;
        alter table inventory.tools alter serial type text;
        """)
      let live = try await store.crosswalk("lint", "--live")
      let table = "schemas/inventory/tables/inventory.tools.yaml"
      for words in [
        "warning[E410]: `inventory.tools.label` is character varying(90) now, not character varying(60)",
        "warning[E411]: `inventory.tools.label` may be null now",
        "`inventory.tools.serial` is text now, not character varying(40)",
        try store.place("{ name: label", in: table), try store.place("{ name: serial", in: table),
      ] { #expect(live.text.contains(words), "\(words) in \(live.text)") }
      let check = try await store.crosswalk("check")
      #expect(
        check.text.contains("! ") && check.text.contains("columns have moved since the snapshot"),
        "\(check.text)")

      try await store.sql("alter table inventory.tools rename serial to serial_number")
      let gone = try await store.crosswalk("lint", "--live")
      #expect(gone.status == 1)
      #expect(
        gone.text.contains("error[E408]: `inventory.tools.serial` is gone"), "\(gone.text)")
    }
  }
}
