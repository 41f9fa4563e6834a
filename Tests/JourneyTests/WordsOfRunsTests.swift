import Foundation
import JSON
import Sandbox
import Testing

/// What a run says it did is what it did, in its words, its exit code and its record.
@Suite(.timeLimit(.minutes(15))) struct WordsOfRunsTests {
  private func lastRun(_ store: Storehouse) async throws -> JSON {
    let runs = try await store.crosswalk("runs", "--limit", "1", "--format", "json")
    return try #require(try runs.json()["runs"]?.arrayValue?.first)
  }

  @Test(
    "A key that nothing has: each command says so, exits with 2, and its record is not `succeeded`")
  func missingKeys() async throws {
    try await ApplyTests.open { store in
      try await ApplyTests.plan(store)
      let writes = store.writes.count
      for arguments in [
        ["apply", "a.plan", "--only", "nope"], ["run", "--key", "nope"],
        ["adopt", "tools", "--only", "nope", "--yes"],
      ] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 2, "\(arguments): \(result.text)")
        #expect(!result.output.contains("carried out"), "\(result.text)")
        #expect(!result.output.contains("as it should be"), "\(result.text)")
        #expect(result.output.contains("Nothing"), "\(result.text)")
        #expect(result.errors.contains("no row has the key `nope`"), "\(result.text)")
        #expect(try await lastRun(store)["status"] == "partial", "\(arguments)")
        let id = try #require(try await lastRun(store)["run"]?.intValue)
        let kept = try await store.crosswalk("runs", String(id))
        #expect(kept.output.contains("nothing was found of the key `nope`"), "\(kept.text)")
      }
      let plan = try await store.crosswalk("plan", "--only", "nope", "--format", "json")
      #expect(plan.status == 2, "\(plan.text)")
      #expect(try plan.json()["status"] == "partial", "\(plan.text)")
      #expect(try plan.json()["missing_keys"] == ["nope"], "\(plan.text)")
      #expect(store.writes.count == writes)

      // One of two: that one is sent.
      let half = try await store.crosswalk("apply", "a.plan", "--only", "1001", "nope")
      #expect(half.status == 2, "\(half.text)")
      #expect(
        half.output.contains("Done, but for the key `nope`, which nothing has."), "\(half.text)")
      #expect(store.writes.count == writes + 1)
    }
  }

  @Test("Keys that no row has, and keys of which the plan says nothing, are told apart")
  func keysOfBothKinds() async throws {
    try await ApplyTests.open { store in
      try await ApplyTests.plan(store)
      let none = try await store.crosswalk("apply", "a.plan", "--only", "1003", "nope")
      #expect(none.status == 2, "\(none.text)")
      #expect(
        none.output.contains(
          "Nothing was done: no row has the key `nope`, and the plan says nothing of `1003`."),
        "\(none.text)")
      let some = try await store.crosswalk("apply", "a.plan", "--only", "1003", "1001", "nope")
      #expect(
        some.output.contains(
          "Done, but for the key `nope`, which nothing has, and for the key `1003`, of which the "
            + "plan says nothing."), "\(some.text)")
    }
  }

  @Test("A key of which the plan says nothing is named, and nothing is sent")
  func keysOutsideThePlan() async throws {
    try await ApplyTests.open { store in
      try await ApplyTests.plan(store)
      let writes = store.writes.count
      let result = try await store.crosswalk("apply", "a.plan", "--only", "1003")
      #expect(result.status == 2, "\(result.text)")
      #expect(result.errors.contains("the plan says nothing of the key `1003`"), "\(result.text)")
      #expect(result.output.contains("Nothing was sent"), "\(result.text)")
      #expect(store.writes.count == writes)
      // The run before sent nothing, and is not among those that applied the plan.
      let json = try await ApplyTests.apply(store, "--only", "1001")
      #expect(json.status == "succeeded")
      #expect(json.json["plan"]?["earlier_runs"]?.arrayValue?.count == 0)
    }
  }

  @Test("Mappings that are named behind `--only` are not taken for keys without a word")
  func mappingsAmongKeys() async throws {
    try await Storehouse.open { store in
      for command in ["plan", "run"] {
        let result = try await store.crosswalk(command, "boxes", "--only", "A1", "tools")
        #expect(result.status == 2, "\(result.text)")
        #expect(result.errors.contains("`tools` is a mapping"), "\(result.text)")
        #expect(result.errors.contains("name mappings before it"), "\(result.text)")
      }
    }
  }

  @Test("A plan that a mapping did not compile in: apply exits as the plan did, and names it")
  func invalidInPlan() async throws {
    try await Storehouse.open { store in
      try await store.sql("alter table inventory.tools alter label type integer using number")
      try await ApplyTests.plan(store, exits: 1)
      let report = try await ApplyTests.apply(store, exits: 1)
      #expect(try report.count("boxes", "created") == 4)
      #expect(try report.mapping("tools")["status"] == "invalid")
      let text = try await store.crosswalk("apply", "a.plan")
      #expect(text.status == 1, "\(text.text)")
      #expect(text.output.contains("tools: invalid: "), "\(text.text)")
      #expect(!text.output.contains("carried out"), "\(text.text)")

      // Alone it makes a plan of which nothing can be applied.
      try await ApplyTests.plan(store, "tools", exits: 1)
      let none = try await store.crosswalk("apply", "a.plan")
      #expect(none.status == 1, "\(none.text)")
    }
  }

  @Test("A run in which no mapping compiles has a record like any other")
  func allInvalid() async throws {
    try await Storehouse.open { store in
      try await store.sql("alter table inventory.tools alter label type integer using number")
      let run = try await store.crosswalk("run", "tools")
      #expect(run.status == 1, "\(run.text)")
      #expect(run.errors.contains("[E205]"), "\(run.text)")
      #expect(run.output.contains("Nothing was done: no mapping can run."), "\(run.text)")
      let record = try await lastRun(store)
      #expect(record["status"] == "invalid")
      #expect(record["mappings"]?.arrayValue?.first?["mapping"] == "tools")
      #expect(try await store.crosswalk("plan", "tools").status == 1)
    }
  }

  @Test("Refused by the target, and applied again: not said to have changed, nor to have been sent")
  func refusedBefore() async throws {
    try await ApplyTests.open { store in
      try await ApplyTests.plan(store)
      store.depot.inject(Fault("POST /v1/tools", .status(422), calls: 1))
      let first = try await ApplyTests.apply(store, exits: 3)
      #expect(try first.count("tools", "rejected") == 1)
      let writes = store.writes.count
      let again = try await store.crosswalk("apply", "a.plan")
      #expect(again.status == 3, "\(again.text)")
      #expect(!again.output.contains("has changed since"), "\(again.text)")
      #expect(again.output.contains("it was refused before"), "\(again.text)")
      #expect(again.output.contains("applied before, by run"), "\(again.text)")
      #expect(store.writes.count == writes)
    }
  }

  @Test("One record of a plan is sent as one")
  func grammar() async throws {
    try await ApplyTests.open { store in
      let one = try await store.crosswalk("plan", "--only", "1001", "--out", "one.plan")
      #expect(one.errors.contains("1 record to change is in one.plan"), "\(one.text)")
      #expect(one.errors.contains("sends it until"), "\(one.text)")
      let all = try await store.crosswalk("plan", "--out", "all.plan")
      #expect(all.errors.contains("3 records to change are in all.plan"), "\(all.text)")
      #expect(all.errors.contains("sends them until"), "\(all.text)")
    }
  }

  @Test("A plan knows the calls that find an object which is to be linked again")
  func callsForLinks() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      _ = try await store.crosswalk("links", "unlink", "tools", "1001", "--yes")
      let plan = try await store.crosswalk("plan", "tools")
      #expect(
        plan.output.contains("1 object at the target already would be linked"), "\(plan.text)")
      let run = try await store.run("tools")
      let calls = try run.count("tools", "calls")
      #expect(calls > 0)
      #expect(plan.output.contains("\(calls) call"), "\(calls): \(plan.text)")
    }
  }
}
