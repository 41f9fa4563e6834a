import Testing

/// `lint --fix`: what needs no thought is corrected, and not a byte more.
@Suite struct LintFixTests {
  private static let tools = "mappings/tools.yaml"

  @Test(
    "Slips are corrected, said, and nothing else is touched; a second time there is nothing to do")
  func slips() async throws {
    try await Storehouse.open { store in
      let right = try store.text(Self.tools)
      try store.edit(Self.tools, "\nfields:", "\nfeilds:")
      let wrong = try store.text(Self.tools)

      let shown = try await store.crosswalk("lint", "--fix", "--dry-run")
      #expect(shown.text.contains("-feilds:\n+fields:"), "\(shown.text)")
      #expect(try store.text(Self.tools) == wrong)

      let first = try await store.crosswalk("lint", "--fix")
      #expect(first.status == 0, "\(first.text)")
      #expect(first.text.contains("`feilds` → `fields`"), "\(first.text)")
      #expect(try store.text(Self.tools) == right)

      let second = try await store.crosswalk("lint", "--fix")
      #expect(!second.text.contains("fixed"), "\(second.text)")
      #expect(try store.text(Self.tools) == right)
    }
  }

  @Test("A mended file shows the next slip, which is corrected too")
  func oneBehindTheOther() async throws {
    try await Storehouse.open { store in
      let right = try store.text(Self.tools)
      try store.edit(Self.tools, "text.clean(row.label)", "text.clean(row.lable)")
      let line = "description: Tools of a store, each in its box."
      try store.edit(Self.tools, line, "description: tools: the whole store")
      let result = try await store.crosswalk("lint", "--fix")
      #expect(result.status == 0, "\(result.text)")
      #expect(
        try store.text(Self.tools)
          == right.replacing(line, with: "description: \"tools: the whole store\""),
        "\(result.text)")
    }
  }
}
