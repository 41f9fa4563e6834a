import Testing

/// What `lint` is asked to look at, and what its exit codes say.
@Suite struct LintPathsTests {
  private static let tools = "mappings/tools.yaml"

  @Test("A file is found however its path is written, and one that is not there is said")
  func paths() async throws {
    try await Storehouse.open { store in
      try store.edit(Self.tools, "row.label", "row.lable")
      let folder = store.folder.path
      let same = [
        Self.tools, "./" + Self.tools, "mappings//tools.yaml", "mappings/../mappings/tools.yaml",
        "./", ".", "mappings/", folder + "/" + Self.tools, folder,
      ]
      for path in same {
        let result = try await store.crosswalk("lint", path)
        #expect(result.status == 1 && result.text.contains("[E203]"), "\(path): \(result.text)")
      }
      for arguments in [["-C", "mappings/"], ["-C", "./mappings", Self.tools]] {
        let result = try await Crosswalk.run(
          ["lint"] + arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 1 && result.text.contains("[E203]"), "\(result.text)")
        #expect(!result.text.contains("[E101]"), "\(result.text)")
      }
      #expect(try await store.crosswalk("lint", "mappings/boxes.yaml").status == 0)
      for path in ["mappings/tolls.yaml", "/etc", "/etc/passwd", "tables.sql"] {
        let result = try await store.crosswalk("lint", path)
        #expect(result.status == 2, "\(path): \(result.text)")
        #expect(result.errors.contains("there is no such file in this project: `\(path)`"))
      }
    }
  }

  @Test("A slash behind the project's folder changes nothing")
  func slash() async throws {
    try await Storehouse.open { store in
      let plan = try await store.crosswalk("plan", "-C", "mappings/")
      #expect(plan.status == 0, "\(plan.text)")
    }
  }

  @Test("`--strict` takes warnings for errors")
  func strict() async throws {
    try await Storehouse.open { store in
      // The shipped case has a decimal that may not fit.
      #expect(try await store.crosswalk("lint").status == 0)
      let strict = try await store.crosswalk("lint", "--strict")
      #expect(strict.status == 1 && strict.text.contains("warning[E318]"), "\(strict.text)")
      #expect(try await store.crosswalk("lint", "--strict", "mappings/boxes.yaml").status == 0)
    }
  }

  @Test("The snapshot of a mapping whose file has a mistake is no orphan")
  func orphans() async throws {
    try await Storehouse.open { store in
      try store.edit(Self.tools, "fields:", "fields: [")
      let broken = try await store.crosswalk("lint")
      #expect(broken.status == 1 && !broken.text.contains("E413"), "\(broken.text)")
      // Nor is a mapping that others link to unknown.
      try store.edit("mappings/boxes.yaml", "key: [box]", "key: {")
      let both = try await store.crosswalk("lint")
      #expect(!both.text.contains("E305"), "\(both.text)")
    }
  }

  @Test("What PostgreSQL says of a query is not hidden by what lint does not know")
  func live() async throws {
    try await Storehouse.open { store in
      try store.edit(Self.tools, "select t.number,", "select t.*, t.number frmo,")
      let live = try await store.crosswalk("lint", "--live")
      #expect(!live.text.contains("E202"), "\(live.text)")
      try store.edit(Self.tools, "from inventory.tools t", "from inventory.tools t t")
      let refused = try await store.crosswalk("lint", "--live")
      #expect(refused.text.contains("error[E406]"), "\(refused.text)")
      #expect(!refused.text.contains("E202"), "\(refused.text)")
    }
  }
}
