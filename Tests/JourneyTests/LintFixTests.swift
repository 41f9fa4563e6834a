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

  @Test("A corrected file shows the next slip, which is corrected too, and shown beforehand")
  func oneBehindTheOther() async throws {
    try await Storehouse.open { store in
      let right = try store.text(Self.tools)
      try store.edit(Self.tools, "\nfields:", "\nfeilds:")
      let line = "description: Tools of a store, each in its box."
      try store.edit(Self.tools, line, "description: tools: the whole store")
      let wrong = try store.text(Self.tools)
      let shown = try await store.crosswalk("lint", "--fix", "--dry-run")
      #expect(shown.text.contains("+fields:"), "\(shown.text)")
      #expect(shown.text.contains("+description: \"tools: the whole store\""), "\(shown.text)")
      #expect(try store.text(Self.tools) == wrong)

      let result = try await store.crosswalk("lint", "--fix")
      #expect(result.status == 0, "\(result.text)")
      #expect(
        try store.text(Self.tools)
          == right.replacing(line, with: "description: \"tools: the whole store\""),
        "\(result.text)")
    }
  }

  @Test("What a row, a field or a mapping is called is never guessed")
  func names() async throws {
    try await Storehouse.open { store in
      try store.edit(Self.tools, "text.clean(row.label)", "text.clean(row.lable)")
      try store.edit(Self.tools, "  serial: text", "  serail: text")
      try store.edit(Self.tools, "link(\"boxes\"", "link(\"boxs\"")
      try store.edit(Self.tools, "= :store", "= :stroe")
      try store.edit(Self.tools, "key: [number]", "key: [numbre]")
      let wrong = try store.text(Self.tools)
      let result = try await store.crosswalk("lint", "--fix")
      #expect(result.status == 1 && result.text.contains("did you mean"), "\(result.text)")
      #expect(try store.text(Self.tools) == wrong)
    }
  }

  @Test("`--dry-run` means nothing alone")
  func dryRunAlone() async throws {
    try await Storehouse.open { store in
      let result = try await store.crosswalk("lint", "--dry-run")
      #expect(result.status == 64 && result.errors.contains("--fix"), "\(result.text)")
    }
  }
}
