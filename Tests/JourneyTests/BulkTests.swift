import JSON
import Sandbox
import Testing

/// A target that takes many objects in one call.
@Suite struct BulkTests {
  private static let answers = [
    "by position": "status: status, position: index",
    "by order": "status: status",
    "by key": "status: status, key: data.code",
  ]

  private func open(
    _ kind: GenericCollection.Bulk.Kind, answers: String = "status: status, position: index",
    size: Int = 4, required: [String] = ["name", "serial"],
    _ body: (inout Storehouse) async throws -> Void
  ) async throws {
    try await Storehouse.open(bulk: .init(kind, maximum: 4), toolsRequire: required) { store in
      try store.edit(
        "mappings/targets/depot.yaml", "create: { call: POST /v1/tools }",
        """
        create:
              call: POST /v1/tools/bulk
              object: data
              batch: { size: \(size), items: items, answers: results, \(answers) }
        """)
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 0, "\(lint.text)")
      try await body(&store)
    }
  }

  private func sizes(_ store: Storehouse) -> [Int] {
    store.depot.calls(matching: "POST /v1/tools/bulk").map {
      (try? JSON(parsing: $0.call.body))?["items"]?.arrayValue?.count ?? 0
    }
  }

  @Test("Answers for each record: the bad one is rejected, the others are there")
  func eachForItself() async throws {
    try await open(.perRecord) { store in
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "created") == 4)
      #expect(try report.count("tools", "rejected") == 1)
      #expect(try report.reasons("tools").contains { $0.contains("serial") })
      #expect(sizes(store).sorted() == [1, 4])
      #expect(Set(try store.objects("tools").keys) == ["1001", "1003", "1004", "1005"])
      try await store.sql("update inventory.tools set serial = 'CH-2' where number = 1002")
      #expect(try await store.run().count("tools", "created") == 1)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("A batch is one call in every forecast")
  func forecast() async throws {
    try await open(.perRecord, required: ["name"]) { store in
      #expect(try await store.run("boxes").status == "succeeded")
      // Two batches for five tools, and the listing that finds none of them.
      let plan = try await store.crosswalk("plan", "tools")
      #expect(plan.output.contains("+ 5 create"), "\(plan.text)")
      #expect(plan.output.contains("  3 calls to depot"), "\(plan.text)")
      let page = try await store.crosswalk("plan", "tools", "--format", "html")
      #expect(page.output.contains("<td class=\"number calls\">3</td>"), "\(page.output)")
      #expect(try await store.run("tools").count("tools", "calls") == 3)
    }
  }

  @Test("A refused batch is halved until the bad record stands alone")
  func halved() async throws {
    try await open(.wholeBatch) { store in
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "created") == 4)
      #expect(try report.count("tools", "rejected") == 1)
      #expect(Set(try store.objects("tools").keys) == ["1001", "1003", "1004", "1005"])
      #expect(sizes(store).sorted() == [1, 1, 1, 2, 2, 4])
    }
  }

  @Test("Answers are told apart by position, by order and by key", arguments: answers.keys.sorted())
  func apart(_ way: String) async throws {
    try await open(
      .perRecord, answers: Self.answers[way] ?? "", size: 3, required: ["name"]
    ) { store in
      let report = try await store.run()
      #expect(try report.count("tools", "created") == 5)
      // Each link leads to its own object: an update of one changes that one.
      try await store.sql("update inventory.tools set label = 'Plumb' where number = 1005")
      #expect(try await store.run().count("tools", "updated") == 1)
      #expect(try store.objects("tools")["1005"]?["name"] == "Plumb")
      #expect(try store.objects("tools")["1001"]?["name"] == "Hammer")
    }
  }

  @Test(
    "An answer that is lost leaves every record of the call unknown, and none is there twice",
    arguments: [Fault.Kind.dropAfter, .dropBefore, .status(504, applied: true)])
  func lost(_ fault: Fault.Kind) async throws {
    try await open(.perRecord, required: ["name"]) { store in
      store.depot.inject(Fault("POST /v1/tools/bulk", fault))
      let first = try await store.run(exits: 3)
      let unknown = try first.count("tools", "unknown")
      #expect([1, 4].contains(unknown))
      #expect(try first.count("tools", "created") == 5 - unknown)
      try await Task.sleep(for: .seconds(1.1))
      #expect(try await store.run().status == "succeeded")
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("A call that was refused as one too many is made again, with all of its records")
  func throttled() async throws {
    try await open(.wholeBatch, required: ["name"]) { store in
      store.depot.inject(Fault("POST /v1/tools/bulk", .status(429, retryAfter: .seconds("1"))))
      let report = try await store.run()
      #expect(try report.count("tools", "created") == 5)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(sizes(store).reduce(0, +) <= 9)
    }
  }
}
