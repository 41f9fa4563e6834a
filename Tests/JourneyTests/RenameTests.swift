import Foundation
import Testing

/// Mappings that get other names: what is known under the old one is used by the right rows, or by none.
@Suite struct RenameTests {
  /// Tools of another store, under the same numbers, in the same resource.
  private static func addOthers(to store: Storehouse) async throws {
    try await store.sql(
      """
      insert into inventory.tools
      select 2, n, 'Other ' || n, null, null, null, null from generate_series(1002, 1005) n
      """)
    let tools = try store.text("mappings/tools.yaml")
    try store.write(
      tools.replacing("mapping: tools", with: "mapping: others")
        .replacing("${STORE:-1}", with: "2")
        .replacing("code: string(row.number)", with: #"code: '"B" + string(row.number)'"#)
        .replacing("code: \"7\"", with: "code: B7"), to: "mappings/others.yaml")
    _ = try await store.run()
    #expect(try store.objects("tools").count == 10)
  }

  /// Expects that each command is refused, and that nothing was sent.
  private static func expectRefused(
    _ store: Storehouse, _ commands: [[String]], saying words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let writes = store.writes.count
    for arguments in commands {
      let result = try await Crosswalk.run(
        arguments, in: store.folder, environment: store.environment)
      #expect(result.status == 4, "\(arguments) \(result.text)", sourceLocation: sourceLocation)
      for word in words {
        #expect(
          result.text.contains(word), "\(arguments) \(result.text)", sourceLocation: sourceLocation)
      }
    }
    #expect(store.writes.count == writes, sourceLocation: sourceLocation)
  }

  private static let alone = [
    ["plan", "tools"], ["run", "tools"], ["adopt", "tools"], ["adopt", "tools", "--yes"],
    ["explain", "tools", "1001"], ["run", "tools", "--reconcile"],
  ]

  /// Boxes under another name, to which tools link; a link that leads nowhere would be written as null.
  private static func renameBoxes(_ store: Storehouse, previousName: String) throws {
    try store.edit("mappings/boxes.yaml", "mapping: boxes", "mapping: crates\(previousName)")
    try store.edit("mappings/boxes.yaml", #"link("boxes""#, #"link("crates""#)
    try store.edit(
      "mappings/tools.yaml", #"link("boxes", row.box)"#, #"link("crates", row.box).orValue(null)"#)
    try store.edit("mappings/tools.yaml", "mapping: boxes", "mapping: crates")
  }

  @Test("What others link to has another name: they wait for it")
  func linkedUnderAnotherName() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try Self.renameBoxes(store, previousName: "\nprevious_name: boxes")
      try await Self.expectRefused(
        store, Self.alone + [["run", "--except", "crates"], ["plan", "--except", "crates"]],
        saying: ["previous name `boxes`", "run `crates` first"])
      let writes = store.writes.count
      #expect(try await store.crosswalk("plan").status == 0)
      let report = try await store.run()
      #expect(try report.count("crates", "unchanged") == 4)
      #expect(try report.count("tools", "unchanged") == 5)
      #expect(try await store.run("tools").count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("What others link to has another name, and does not say so")
  func linkedUnderAnUnexplainedName() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try Self.renameBoxes(store, previousName: "")
      try await Self.expectRefused(
        store, Self.alone + [["run"]], saying: ["E419", "previous_name: boxes"])
    }
  }

  @Test("What others link to has another key: they wait for it")
  func linkedByAnotherKey() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", #"link("boxes", row.box)"#, #"link("boxes", row.box).orValue(null)"#)
      _ = try await store.run()
      try store.edit(
        "mappings/boxes.yaml", "b.box, b.label, b.inside",
        "b.box, 'K' || b.box as crate, 'K' || b.inside as within, b.label")
      try store.edit("mappings/boxes.yaml", "key: [box]", "key: [crate]\nprevious_key: box")
      try store.edit("mappings/boxes.yaml", "row.inside", "row.within")
      try store.edit("mappings/tools.yaml", "t.box", "'K' || t.box as box")
      try await Self.expectRefused(
        store, Self.alone, saying: ["another key, `box text`", "run `boxes` first"])
      let writes = store.writes.count
      let report = try await store.run()
      #expect(try report.count("boxes", "moved") == 4)
      #expect(try report.count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("The new name has objects of its own: whose the rows are, nobody can say")
  func bothNamesHaveObjects() async throws {
    try await Storehouse.open { store in
      try await Self.addOthers(to: store)
      try FileManager.default.removeItem(at: store.path("mappings/tools.yaml"))
      try store.edit(
        "mappings/others.yaml", "mapping: others", "mapping: tools\nprevious_name: others")
      let commands = [
        ["plan"], ["run"], ["run", "tools"], ["adopt", "tools"], ["adopt", "tools", "--move"],
      ]
      try await Self.expectRefused(store, commands, saying: ["E419", "`others`"])
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 1, "\(lint.text)")
      #expect(lint.output.contains("error[E419]"), "\(lint.text)")
      // Without a word of the former name the rows themselves tell.
      try store.edit("mappings/others.yaml", "\nprevious_name: others", "")
      try await Self.expectRefused(
        store, [["plan"], ["run"]], saying: ["5 of the 5 rows of `tools`", "`others`"])
    }
  }

  @Test("Two mappings exchange their names: held back")
  func exchangedNames() async throws {
    try await Storehouse.open { store in
      try await Self.addOthers(to: store)
      let (tools, others) = (
        try store.text("mappings/tools.yaml"), try store.text("mappings/others.yaml")
      )
      try store.write(
        tools.replacing("mapping: tools", with: "mapping: others"), to: "mappings/tools.yaml")
      try store.write(
        others.replacing("mapping: others", with: "mapping: tools"), to: "mappings/others.yaml")
      try await Self.expectRefused(
        store, [["plan"], ["run"], ["run", "others"], ["run", "tools", "--key", "1003"]],
        saying: ["exchanged_keys", "have mappings changed their names?"])
      try store.write(tools, to: "mappings/tools.yaml")
      try store.write(others, to: "mappings/others.yaml")
      let report = try await store.run()
      #expect(try report.count("tools", "unchanged") == 5)
      #expect(try report.count("others", "unchanged") == 5)
    }
  }

  @Test("A former name with objects of another resource: refused before any link moves")
  func formerNameOfAnotherResource() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let (boxes, tools) = (
        try store.text("mappings/boxes.yaml"), try store.text("mappings/tools.yaml")
      )
      try FileManager.default.removeItem(at: store.path("mappings/tools.yaml"))
      try store.write(
        boxes.replacing("mapping: boxes", with: "mapping: crates\nprevious_name: tools")
          .replacing(#"link("boxes""#, with: #"link("crates""#), to: "mappings/boxes.yaml")
      try await Self.expectRefused(
        store, [["plan"], ["run"], ["adopt", "crates"]],
        saying: ["E418", "leave `previous_name: tools` out"])
      let lint = try await store.crosswalk("lint")
      #expect(lint.output.contains("error[E418]"), "\(lint.text)")
      let writes = store.writes.count
      try store.write(boxes, to: "mappings/boxes.yaml")
      try store.write(tools, to: "mappings/tools.yaml")
      #expect(try await store.run().count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("A former name that cannot be taken yet, since the key has changed as well, stays")
  func formerNameWithAnotherKey() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let tools = try store.text("mappings/tools.yaml")
      try store.edit("mappings/tools.yaml", "mapping: tools", "mapping: gear")
      try store.edit(
        "mappings/tools.yaml", "t.number, t.label", "t.number, t.store as shop, t.label")
      try store.edit("mappings/tools.yaml", "key: [number]", "key: [shop]")
      for word in ["E419", "E417"] {
        let lint = try await store.crosswalk("lint")
        #expect(lint.status == 1, "\(lint.text)")
        #expect(lint.output.contains("error[\(word)]"), "\(lint.text)")
        try await Self.expectRefused(
          store, [["plan", "gear"], ["run", "gear"], ["adopt", "gear"]], saying: [word])
        if word == "E419" {
          try await Self.expectRefused(
            store, [["adopt", "gear", "--move"], ["adopt", "gear", "--move", "--yes"]],
            saying: [word, "previous_name: tools"])
          try store.edit(
            "mappings/tools.yaml", "mapping: gear", "mapping: gear\nprevious_name: tools")
        }
      }
      let writes = store.writes.count
      try store.write(tools, to: "mappings/tools.yaml")
      #expect(try await store.run().count("tools", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("A new name and a new key at once: the objects are found by their match")
  func newNameAndNewKey() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let writes = store.writes.count
      try store.edit("mappings/tools.yaml", "mapping: tools", "mapping: gear\nprevious_name: tools")
      try store.edit(
        "mappings/tools.yaml", "t.number, t.label", "t.number::text as number, t.label")
      try store.edit("mappings/tools.yaml", "code: string(row.number)", "code: row.number")
      let shown = try await store.crosswalk("adopt", "gear", "--move")
      #expect(shown.output.contains("5 links could move"), "\(shown.text)")
      let moved = try await store.crosswalk("adopt", "gear", "--move", "--yes")
      #expect(moved.output.contains("5 links moved"), "\(moved.text)")
      #expect(try await store.run().count("gear", "unchanged") == 5)
      #expect(store.writes.count == writes)
    }
  }

  @Test("A mapping that writes to another resource of the project is not told to rename it")
  func resourceThatIsKept() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let depot = try store.text("mappings/targets/depot.yaml")
      let start = try #require(depot.range(of: "  tools:\n"))
      try store.write(
        depot.trimmingCharacters(in: .newlines) + "\n\n  things:\n" + depot[start.upperBound...],
        to: "mappings/targets/depot.yaml")
      try store.edit("mappings/tools.yaml", "resource: tools", "resource: things")
      let result = try await store.crosswalk("run")
      #expect(result.status == 4, "\(result.text)")
      #expect(result.text.contains("E418"), "\(result.text)")
      #expect(!result.text.contains("rename-resource"), "\(result.text)")
    }
  }
}
