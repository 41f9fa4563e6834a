import Foundation
import JSON
import Sandbox
import Testing

/// What failed, and what a person does about it.
@Suite struct FailuresTests {
  private static let badWord = Fault.Kind.reply(
    422, contentType: "application/json", body: #"{"message":"label is a bad word"}"#)

  @Test("A refused record is tried again after one run, then two, and remembers since when")
  func backOff() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: 1))
      _ = try await store.run(exits: 3)
      let first = try #require(try await store.failures().first)
      #expect(first["state"] == "rejected")
      #expect(first["attempts"] == 1)
      #expect(first["answered"] == 422)
      #expect(first["advice"]?.stringValue?.contains("in inventory") == true, "\(first)")
      let sent = store.writes.count
      _ = try await store.run(exits: 3)
      #expect(store.writes.count == sent)

      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: 1))
      _ = try await store.run(exits: 3)
      #expect(store.writes.count == sent + 1)
      let second = try #require(try await store.failures().first)
      #expect(second["attempts"] == 2)
      #expect(second["first_at"] == first["first_at"])
      for _ in 0..<2 { _ = try await store.run(exits: 3) }
      #expect(store.writes.count == sent + 1)
      #expect(try await store.run().status == "succeeded")
      #expect(try await store.failures().isEmpty)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
    }
  }

  @Test("Retry: the row goes through the mapping as it is now, and history tells who asked for it")
  func retry() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: 1))
      _ = try await store.run(exits: 3)
      let key = try #require(try await store.failures().first?["key"]?.stringValue)
      try await store.sql("update inventory.tools set label = 'Anew' where number = \(key)")
      let retry = try await store.crosswalk(
        "failures", "retry", "tools", key, "--by", "Ada", "--note", "the word was allowed")
      #expect(retry.status == 0, "\(retry.text)")
      #expect(try await store.failures().first?["standing"] == "released")
      #expect(try await store.run().count("tools", "created") == 1)
      #expect(try store.objects("tools")[key]?["name"] == "Anew")
      let history = try await store.crosswalk("history", "tools", key)
      #expect(history.status == 0, "\(history.text)")
      #expect(history.output.contains("Ada decided: retry: the word was allowed"))
      #expect(history.output.contains("create rejected"), "\(history.output)")
      #expect(history.output.contains("name  \"Anew\""), "\(history.output)")
    }
  }

  @Test("A target that refuses nearly everything: the mapping is stopped, the others go on")
  func errorsGuard() async throws {
    try await Storehouse.open { store in
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2001, 2060) n
        """)
      try store.edit(
        "mappings/tools.yaml", "when_absent:",
        "guard: { errors: { percent: 20, count: 10 } }\nwhen_absent:")
      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: nil))
      let report = try await store.run(exits: 4)
      #expect(try report.mapping("tools")["status"] == "blocked")
      #expect(
        try report.mapping("tools")["message"]?.stringValue?.contains("guard.errors") == true)
      #expect(try report.count("boxes", "created") == 4)
      // Two calls at a time may be under way when the tenth is refused.
      #expect((10...12).contains(store.depot.count(matching: "POST /v1/tools")))
      store.depot.clearFaults()
      _ = try await store.crosswalk("failures", "retry", "tools", "--all")
      #expect(try await store.run().status == "succeeded")
      #expect(try store.objects("tools").count == 65)

      // A column that went wrong is caught before anything is sent.
      let before = store.writes.count
      try await store.sql("update inventory.tools set label = ' ' where number > 2020")
      let blocked = try await store.run(exits: 4)
      #expect(
        try blocked.mapping("tools")["message"]?.stringValue?.contains("40 of 65 rows") == true)
      #expect(store.writes.count == before)
    }
  }

  @Test("Dismissed: no longer listed, no longer partial, and back when its data change")
  func dismiss() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: 1))
      _ = try await store.run(exits: 3)
      let key = try #require(try await store.failures().first?["key"]?.stringValue)
      #expect(try await store.crosswalk("failures", "dismiss", "tools", key).status == 0)
      let again = try await store.run()
      #expect(try again.count("tools", "dismissed") == 1)
      #expect(try await store.failures().isEmpty)
      #expect(try await store.crosswalk("failures", "--all").output.contains(key))
      for _ in 0..<3 { _ = try await store.run() }
      #expect(try store.objects("tools")[key] == nil)
      try await store.sql("update inventory.tools set label = 'Other' where number = \(key)")
      #expect(try await store.run().count("tools", "created") == 1)
    }
  }

  @Test("Quarantined: the person names the object, or confirms that there is none")
  func quarantine() async throws {
    try await Storehouse.open { store in
      // Nobody can search this target.
      let target = try store.text("mappings/targets/depot.yaml")
      let tools = try #require(target.range(of: "  tools:"))
      var own = String(target[tools.lowerBound...])
      let list = try #require(own.range(of: "    list:"))
      let get = try #require(own.range(of: "    get:"))
      own.removeSubrange(list.lowerBound..<get.lowerBound)
      try store.write(
        target[..<tools.lowerBound].replacing("settle: 1s", with: "settle: 0s") + own,
        to: "mappings/targets/depot.yaml")
      store.depot.inject(Fault("POST /v1/tools", .dropAfter, calls: 1))
      store.depot.inject(Fault("POST /v1/tools", .dropBefore, calls: 1, skip: 2))
      _ = try await store.run(exits: 3)
      #expect(try await store.run(exits: 3).count("tools", "unknown") == 2)
      let waiting = try await store.failures()
      #expect(waiting.map { $0["state"] } == ["quarantined", "quarantined"], "\(waiting)")
      let made = try store.objects("tools")
      #expect(made.count == 4)
      let keys = waiting.compactMap { $0["key"]?.stringValue }
      let there = try #require(keys.first { made[$0] != nil })
      let lost = try #require(keys.first { made[$0] == nil })
      let id = try #require(made[there]?["id"]?.stringValue)

      let wrong = try await store.crosswalk("failures", "adopt", "tools", there, "nothing")
      #expect(wrong.status == 3, "\(wrong.text)")
      #expect(wrong.errors.contains("depot has no tools nothing"))
      let adopted = try await store.crosswalk("failures", "adopt", "tools", there, id)
      #expect(adopted.status == 0, "\(adopted.text)")
      let taken = try await store.crosswalk("failures", "adopt", "tools", lost, id)
      #expect(taken.errors.contains("belongs to tools \(there) already"), "\(taken.text)")
      let absent = try await store.crosswalk("failures", "absent", "tools", lost)
      #expect(absent.status == 0, "\(absent.text)")

      let posts = store.depot.count(matching: "POST /v1/tools")
      #expect(try await store.run().status == "succeeded")
      #expect(store.depot.count(matching: "POST /v1/tools") == posts + 1)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("Gone at the target: a person confirms it, and it is made anew")
  func gone() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let id = try #require(try store.objects("tools")["1001"]?["id"]?.stringValue)
      try store.depot.delete("tools", id)
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      _ = try await store.run(exits: 3)
      // It rests for a second, and is looked up twice before a person is asked.
      var listed = try await store.crosswalk("failures")
      for _ in 0..<5 where !listed.output.contains("failures absent tools 1001") {
        try await Task.sleep(for: .milliseconds(1100))
        _ = try await store.run(exits: 3)
        listed = try await store.crosswalk("failures")
      }
      #expect(listed.output.contains("crosswalk failures absent tools 1001"), "\(listed.text)")
      #expect(try store.objects("tools")["1001"] == nil)
      #expect(try await store.crosswalk("failures", "absent", "tools", "1001").status == 0)
      #expect(try await store.run().count("tools", "created") == 1)
      #expect(try store.objects("tools")["1001"]?["name"] == "Mallet")
    }
  }

  @Test("Runs are listed, and one is shown with its reasons; what is not there is named")
  func runs() async throws {
    try await Storehouse.open { store in
      #expect(try await store.crosswalk("runs").output.contains("no run yet"))
      store.depot.inject(Fault("POST /v1/tools", Self.badWord, calls: 1))
      _ = try await store.run(exits: 3)
      _ = try await store.run(exits: 3)
      let runs = try await store.crosswalk("runs", "--format", "json").json()
      let listed = try #require(runs["runs"]?.arrayValue)
      #expect(listed.map { $0["run"] } == [2, 1])
      #expect(listed.allSatisfy { $0["status"] == "partial" })
      let one = try await store.crosswalk("runs", "1")
      #expect(one.output.contains("label is a bad word"), "\(one.text)")
      let none = try await store.crosswalk("runs", "77")
      #expect(none.status == 2)
      #expect(none.errors.contains("crosswalk runs"))
      let nobody = try await store.crosswalk("failures", "retry", "tools", "9")
      #expect(nobody.status == 2)
      #expect(nobody.errors.contains("tools 9 neither failed nor has an unknown end"))
      let unknown = try await store.crosswalk("history", "tool", "9")
      #expect(unknown.errors.contains("did you mean `tools`?"), "\(unknown.text)")
    }
  }
}

extension Storehouse {
  /// `failures --format json`.
  func failures(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [JSON] {
    let result = try await crosswalk("failures", "--format", "json")
    #expect(result.status == 0, "\(result.text)", sourceLocation: sourceLocation)
    return try result.json()["failures"]?.arrayValue ?? []
  }
}
