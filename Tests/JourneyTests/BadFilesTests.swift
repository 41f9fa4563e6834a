import Foundation
import Testing

/// Wrong files: each with its code, its place, the way out, and nothing sent.
@Suite struct BadFilesTests {
  /// Runs lint and run on a project with a mistake, and checks what both say.
  private func expect(
    _ code: String, at place: String, _ words: String..., help: String, lintExit: Int32 = 1,
    runExit: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation,
    _ spoil: (Storehouse) throws -> String?
  ) async throws {
    try await Storehouse.open { store in
      let found = try spoil(store)
      // A run of the mapping alone: the other one would go on.
      for (command, exit) in [("lint", lintExit), ("run", runExit)] {
        let result =
          command == "run"
          ? try await store.crosswalk("run", "tools") : try await store.crosswalk(command)
        let text = result.text
        #expect(result.status == exit, "\(command): \(text)", sourceLocation: sourceLocation)
        #expect(text.contains("[\(code)]"), "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains("┌─ \(found ?? place)"), "\(text)", sourceLocation: sourceLocation)
        for word in words {
          #expect(text.contains(word), "\(text)", sourceLocation: sourceLocation)
        }
        #expect(text.contains("= help: \(help)"), "\(text)", sourceLocation: sourceLocation)
      }
      #expect(store.depot.calls.isEmpty, sourceLocation: sourceLocation)
      // No more is kept than that a run found it: the record of one in which no mapping could run.
      guard FileManager.default.fileExists(atPath: store.ledger.path) else { return }
      let info = try await store.crosswalk("ledger", "info", "--format", "json").json()
      #expect(info["links"] == 0, sourceLocation: sourceLocation)
      let runs = try await store.crosswalk("runs", "--format", "json").json()["runs"]?.arrayValue
      #expect(
        runs?.allSatisfy { $0["status"] == "invalid" } == true, sourceLocation: sourceLocation)
    }
  }

  private static let tools = "mappings/tools.yaml"

  @Test("A key that is not of the language, with the one that was meant")
  func unknownKey() async throws {
    try await expect("E101", at: "", "feilds", help: "did you mean `fields`?") { store in
      try store.edit(Self.tools, "\nfields:", "\nfeilds:")
      return try store.place("feilds", in: Self.tools)
    }
  }

  @Test("A key that stands twice")
  func duplicateKey() async throws {
    try await expect("E010", at: "", "resource", help: "keep one of the two") { store in
      try store.edit(Self.tools, "resource: tools\n", "resource: tools\nresource: boxes\n")
      return try store.place("resource: boxes", in: Self.tools)
    }
  }

  @Test("A column that the query does not return")
  func unknownColumn() async throws {
    try await expect(
      "E203", at: "", "row.lable", "the query returns number, label and 4 more",
      help: "did you mean `row.label`?"
    ) { store in
      try store.edit(Self.tools, "text.clean(row.label)", "text.clean(row.lable)")
      return try store.place("row.lable", in: Self.tools)
    }
  }

  @Test("A field that the target does not have")
  func unknownField() async throws {
    try await expect("E302", at: "", "serail", help: "did you mean `serial`?") { store in
      try store.edit(Self.tools, "  serial: text", "  serail: text")
      return try store.place("serail", in: Self.tools)
    }
  }

  @Test("A parameter that nobody declares")
  func missingParameter() async throws {
    try await expect("E402", at: "", ":shop", help: "did you mean `:store`?") { store in
      try store.edit(Self.tools, "t.store = :store", "t.store = :stor and 1 = :shop")
      return try store.place(":shop", in: Self.tools)
    }
  }

  @Test("A secret written out")
  func literalSecret() async throws {
    try await expect(
      "E109", at: "", help: "write `${secret:"
    ) { store in
      try store.edit(
        "mappings/targets/depot.yaml", "${secret:DEPOT_TOKEN}", "Zx81Qw7rT5yU3iOp")
      return try store.place("Zx81Qw7rT5yU3iOp", in: "mappings/targets/depot.yaml")
    }
  }

  @Test("A resource that the target does not have")
  func unknownResource() async throws {
    try await expect("E120", at: "", "toolz", help: "did you mean `tools`?") { store in
      try store.edit(Self.tools, "resource: tools", "resource: toolz")
      return try store.place("toolz", in: Self.tools)
    }
  }

  @Test("More than a mebibyte of YAML")
  func huge() async throws {
    try await expect("E003", at: "mappings/tools.yaml", "1 MiB", help: "move data out of it") {
      store in
      let text = try store.text(Self.tools)
      try store.write(
        text + String(repeating: "# a comment that never ends\n", count: 40_000), to: Self.tools)
      return nil
    }
  }

  @Test("A mapping that is no file: a pipe, a broken link")
  func noFile() async throws {
    try await expect("E002", at: "mappings/pipe.yaml", help: "check that it is a file") { store in
      #expect(mkfifo(store.path("mappings/pipe.yaml").path, 0o600) == 0)
      return nil
    }
    try await expect("E001", at: "mappings/away.yaml", help: "check the path") { store in
      try FileManager.default.createSymbolicLink(
        atPath: store.path("mappings/away.yaml").path, withDestinationPath: "nowhere.yaml")
      return nil
    }
  }

  @Test("A mapping that may not be read", .enabled(if: geteuid() != 0, "root may read everything"))
  func forbidden() async throws {
    try await expect("E002", at: Self.tools, "ermission", help: "check that it is a file") {
      store in
      try FileManager.default.setAttributes(
        [.posixPermissions: 0], ofItemAtPath: store.path(Self.tools).path)
      return nil
    }
  }

  @Test("A file in another encoding, with the byte's place")
  func latin1() async throws {
    try await expect("E005", at: "", help: "save the file again") { store in
      try store.edit(Self.tools, "Tools of a store", "Tools of a stoere")
      let place = try store.place("oere", in: Self.tools)
      var bytes = Array(try Data(contentsOf: store.path(Self.tools)))
      let index = try #require(bytes.firstRange(of: Array("oere".utf8))?.lowerBound)
      bytes.replaceSubrange(index..<index + 2, with: [0xF6])
      try Data(bytes).write(to: store.path(Self.tools))
      return place
    }
  }

  @Test("A schema that is not there")
  func missingSchema() async throws {
    try await expect("E501", at: "", help: "the path is relative to this file") { store in
      try store.edit("mappings/targets/depot.yaml", "tool.schema.json", "tols.schema.json")
      return try store.place("../../schemas/tols", in: "mappings/targets/depot.yaml")
    }
  }

  @Test(
    "What is wrong in one mapping, or in its target, is not said again of those that link to it",
    arguments: [
      ("mappings/boxes.yaml", "fields:", "feilds:"), ("mappings/boxes.yaml", "key:", "kye:"),
      ("mappings/targets/depot.yaml", "resources:", "recources:"),
    ])
  func followUps(file: String, right: String, wrong: String) async throws {
    try await Storehouse.open { store in
      #expect(try await store.crosswalk("lint").status == 0)
      try store.edit(file, right, wrong)
      let result = try await store.crosswalk("lint")
      #expect(result.status == 1, "\(result.text)")
      #expect(result.text.contains("`\(wrong.dropLast())`"), "\(result.text)")
      #expect(!result.text.contains("E601"), "\(result.text)")
      #expect(!result.text.contains("E120"), "\(result.text)")
    }
  }

  @Test("A folder without a project, and a project without its parts")
  func noProject() async throws {
    try await Storehouse.open { store in
      for command in ["lint", "run", "plan", "check", "test"] {
        let result = try await store.crosswalk(command, "--project", "elsewhere")
        #expect(result.status == 2, "\(command): \(result.text)")
        #expect(result.errors.contains("there is no project at `elsewhere`"))
        #expect(result.errors.contains("= help: "))
        #expect(result.errors.contains("--project"))
      }
      try FileManager.default.removeItem(at: store.path("mappings/targets"))
      let bare = try await store.crosswalk("lint")
      #expect(bare.status == 1, "\(bare.text)")
      #expect(bare.text.contains("[E129]"))
      #expect(bare.text.contains("mappings/targets"))
      #expect(bare.text.contains("= help: make it"))
      try FileManager.default.removeItem(at: store.path("mappings/crosswalk.yaml"))
      let none = try await store.crosswalk("run")
      #expect(none.status == 2, "\(none.text)")
      #expect(none.errors.contains("there is no project"))
    }
  }

  @Test("A mapping that is not there is asked for")
  func unknownMapping() async throws {
    try await Storehouse.open { store in
      let result = try await store.crosswalk("run", "tolls")
      #expect(result.status == 2)
      #expect(result.errors.contains("there is no mapping `tolls`"))
      #expect(result.errors.contains("did you mean `tools`?"))
      #expect(store.depot.calls.isEmpty)
    }
  }
}
