import Foundation
import JSON
import Testing

@testable import Operations

/// The same choice of mappings and records for every command.
@Suite(.timeLimit(.minutes(15))) struct SelectionTests {
  @Test(arguments: [
    ("tools", "tools", true), ("tools", "tool", false), ("tools", "toolsx", false),
    ("to*", "tools", true), ("*s", "tools", true), ("*", "tools", true), ("*", "a/tools", false),
    ("**", "a/b/tools", true), ("a/*", "a/tools", true), ("a/*", "a/b/tools", false),
    ("a/**", "a/b/tools", true), ("t??ls", "tools", true), ("t??ls", "tls", false),
    ("?", "ö", true), ("?", "o\u{308}", false), ("caf\u{e9}", "cafe\u{301}", false),
    ("*a*b*c", "xxaxxbxxabc", true), ("*a*b*c", "xxaxxbxxabd", false), ("", "", true),
  ])
  func patterns(pattern: String, name: String, isMatch: Bool) {
    #expect(NamePattern(pattern).matches(name) == isMatch)
  }

  /// A storehouse whose tools are in a folder of the project.
  private func open(_ body: @Sendable (inout Storehouse) async throws -> Void) async throws {
    try await Storehouse.open { store in
      try FileManager.default.createDirectory(
        at: store.path("mappings/stock"), withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        at: store.path("mappings/tools.yaml"), to: store.path("mappings/stock/tools.yaml"))
      try await body(&store)
    }
  }

  private func names(_ result: Crosswalk) throws -> [String] {
    try Report(result).mappings.compactMap { $0["mapping"]?.stringValue }.sorted()
  }

  @Test("Names, files, patterns and exceptions choose the same for each command")
  func mappings() async throws {
    try await open { store in
      for (arguments, chosen) in [
        (["tools"], ["tools"]), (["stock/tools"], ["tools"]), (["stock/*"], ["tools"]),
        (["*"], ["boxes", "tools"]), (["t*", "b*"], ["boxes", "tools"]),
        (["--except", "boxes"], ["tools"]), (["--except", "stock/*"], ["boxes"]),
        (["tools", "tools"], ["tools"]),
      ] as [([String], [String])] {
        let plan = try await Crosswalk.run(
          ["plan", "--format", "json"] + arguments, in: store.folder,
          environment: store.environment)
        #expect(plan.status == 0, "\(arguments): \(plan.text)")
        #expect(try names(plan) == chosen, "\(arguments)")
      }
      #expect(try names(try await store.crosswalk("run", "b*", "--format", "json")) == ["boxes"])
      let test = try await store.crosswalk("test", "stock/*")
      #expect(test.status == 0 && test.output.contains("1 example"), "\(test.text)")
      let other = try await store.crosswalk("test", "--except", "stock/*")
      #expect(other.output.contains("0 examples"), "\(other.text)")
      let adopted = try await store.crosswalk("adopt", "*", "--format", "json")
      #expect(adopted.status == 0, "\(adopted.text)")
      #expect(try names(adopted) == ["boxes", "tools"])
      #expect(try await store.crosswalk("adopt", "stock/*").output.hasPrefix("tools: "))
      #expect(try await store.crosswalk("adopt").status == 64)
    }
  }

  @Test(
    "What matches nothing is named, with what was perhaps meant",
    arguments: ["plan", "run", "test", "adopt"])
  func nothing(command: String) async throws {
    try await open { store in
      for (arguments, words) in [
        (["tolls"], ["there is no mapping `tolls`", "did you mean `tools`?"]),
        (["stok/*"], ["no mapping matches `stok/*`", "did you mean `stock/*`?"]),
        (["x-*"], ["no mapping matches `x-*`", "the mappings are boxes, tools"]),
        (["*", "--except", "boxs"], ["there is no mapping `boxs`", "did you mean `boxes`?"]),
        (["tools", "--except", "t*"], ["no mapping is left", "`t*`"]),
        (["tools", "too\u{300}ls"], ["there is no mapping `too\u{300}ls`"]),
      ] {
        let result = try await Crosswalk.run(
          [command] + arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 2, "\(arguments): \(result.text)")
        for words in words { #expect(result.errors.contains(words), "\(result.text)") }
      }
      #expect(store.writes.isEmpty)
    }
  }

  @Test(
    "Of the other keys nothing is decided: no absence, no guard, no count of rows, no failure that is over"
  )
  func keys() async throws {
    try await open { store in
      _ = try await store.run()
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Tool ' || n from generate_series(2001, 2040) n;
        """)
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set scrapped = true where number > 2010;
        update inventory.tools set label = 'Mallet', box = 'D4' where number = 1001;
        update inventory.tools set label = 'Bit' where number = 1002;
        """)
      #expect(try await store.crosswalk("plan").status == 4)
      let writes = store.writes.count
      let plan = try await store.crosswalk("plan", "tools", "--key", "1001", "--format", "json")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(try Report(plan).count("tools", "rows") == 1)
      #expect(try Report(plan).count("tools", "deactivated") == 0)
      #expect(try Report(plan).count("tools", "absent") == 0)
      let run = try await store.run("tools", "--only", "1001", "2020", exits: 2)
      #expect(try run.count("tools", "updated") == 1)
      #expect(try run.count("tools", "absent") == 0)
      #expect(try run.mapping("tools")["missing_keys"] == ["2020"])
      #expect(store.writes.count == writes + 1)
      let tools = try store.objects("tools")
      #expect(tools["1001"]?["name"] == "Mallet")
      #expect(tools["1001"]?["box_id"] == (try store.objects("boxes")["D4"]?["id"]))
      #expect(tools["1002"]?["name"] == "Chisel")
      #expect(tools["2020"]?["status"] == "present")
      // The next whole read is compared with the last whole one.
      let guarded = try await store.run(exits: 4)
      #expect(guarded.status == "blocked")
    }
  }

  @Test("A key that no row has is named, also when its object is linked")
  func missingKeys() async throws {
    try await open { store in
      _ = try await store.run()
      try await store.sql("update inventory.tools set scrapped = true where number = 1002")
      for (command, key, help) in [
        ("plan", "4711", "joined by `/`"), ("run", "4711", "joined by `/`"),
        ("run", "01001", "joined by `/`"), ("run", "1002", "its object is linked"),
        ("adopt", "4711", "joined by `/`"),
      ] {
        let result = try await store.crosswalk(command, "tools", "--key", key)
        #expect(result.status == 2, "\(command) \(key): \(result.text)")
        #expect(result.errors.contains("no row has the key `\(key)`"), "\(result.text)")
        #expect(result.errors.contains(help), "\(result.text)")
      }
      // One mapping has it, and that is enough.
      let both = try await store.crosswalk("run", "--only", "1001", "A1")
      #expect(both.status == 0, "\(both.text)")
      let test = try await store.crosswalk("test", "tools", "--key", "7")
      #expect(test.status == 0 && test.output.contains("1 example"), "\(test.text)")
      let none = try await store.crosswalk("test", "tools", "--key", "8")
      #expect(
        none.status == 2 && none.errors.contains("no example has the key `8`"), "\(none.text)")
      let whole = try await store.crosswalk("run", "tools", "--key", "1001", "--reconcile")
      #expect(whole.status == 2, "\(whole.text)")
    }
  }
}
