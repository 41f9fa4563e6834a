import Foundation
import JSON
import Sandbox
import Testing

/// No write happens twice, none is lost.
@Suite struct EffectsTests {
  @Test(
    "An answer that is lost after the write: unknown, and linked by a later run without a second write",
    arguments: [Fault.Kind.dropAfter, .cut(bytes: 10), .withoutID, .status(504, applied: true)])
  func lostAnswers(_ kind: Fault.Kind) async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 1h")
      store.depot.inject(Fault("POST /v1/tools", kind, skip: 2))
      let first = try await store.run(exits: 3)
      #expect(first.status == "partial")
      #expect(try first.count("tools", "unknown") == 1)
      #expect(try first.count("tools", "created") == 4)
      #expect(store.depot.count(matching: "POST /v1/tools") == 5)
      // Too early to look: the target may still be working on it.
      #expect(try await store.run(exits: 3).count("tools", "unknown") == 1)
      try store.edit("mappings/targets/depot.yaml", "settle: 1h", "settle: 0s")
      let third = try await store.run()
      #expect(try third.count("tools", "unknown") == 0)
      #expect(store.depot.count(matching: "POST /v1/tools") == 5)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("A write that never arrived is sent again once that is certain")
  func lostRequest() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/tools", .dropBefore))
      #expect(try await store.run(exits: 3).count("tools", "unknown") == 1)
      try await Task.sleep(for: .seconds(1.1))
      #expect(try await store.run().count("tools", "created") == 1)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
    }
  }

  @Test("An update whose answer is lost is compared with the object, and not sent for nothing")
  func lostUpdate() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      store.depot.inject(Fault("PATCH /v1/tools/*", .dropAfter))
      let first = try await store.run(exits: 3)
      #expect(try first.count("tools", "unknown") == 1)
      let patches = store.depot.count(matching: "PATCH /v1/tools/*")
      try await Task.sleep(for: .seconds(1.1))
      #expect(try await store.run().status == "succeeded")
      #expect(store.depot.count(matching: "PATCH /v1/tools/*") == patches)
      #expect(try store.objects("tools")["1001"]?["name"] == "Mallet")
    }
  }

  @Test("Too many calls: the run waits as it is told and completes")
  func throttled() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/**", .status(429, retryAfter: .seconds("1")), skip: 2))
      let report = try await store.run()
      #expect(report.status == "succeeded")
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
      #expect(Set(try store.objects("boxes").keys) == Set(Storehouse.boxes))
      #expect(store.writes.count == 10)
    }
  }

  @Test("Two at once: the second is told who runs, and sends nothing")
  func twoProcesses() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .seconds(4)))
      let first = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the first run writes") { !store.writes.isEmpty }
      let second = try await RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment
      ).end()
      #expect(second.status == 5, "\(second.text)")
      #expect(second.errors.contains("another process is running this project"))
      #expect(second.errors.contains(":\(first.pid)"))
      #expect(second.errors.contains("--wait"))
      let third = try await store.crosswalk("run", "--wait")
      #expect(third.status == 0, "\(third.text)")
      let end = try await first.end()
      #expect(end.status == 0, "\(end.text)")
      #expect(store.writes.count == 9)
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
    }
  }

  @Test("Interrupted: what is under way comes to its end, the next run goes on")
  func interrupted() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .milliseconds(400)))
      let first = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the run writes") { !store.writes.isEmpty }
      first.send(SIGINT)
      let end = try await first.end()
      #expect(end.status == 5, "\(end.text)")
      #expect(end.text.contains("interrupted"), "\(end.text)")
      let second = try await store.run()
      #expect(second.status == "succeeded")
      #expect(try second.count("boxes", "unknown") == 0)
      #expect(store.writes.count == 9)
    }
  }

  @Test("Interrupted twice: it ends at once, and the next run finds out what became of the call")
  func interruptedTwice() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 0s")
      try store.edit("mappings/targets/depot.yaml", "total: 20s", "total: 60s")
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .seconds(40)))
      let first = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the run writes") { !store.writes.isEmpty }
      first.send(SIGTERM)
      try await eventually("the run says that it waits") { first.errors.contains("interrupted") }
      first.send(SIGTERM)
      #expect(try await first.end(within: .seconds(20)).status == 5)
      #expect(try await store.run().status == "succeeded")
      #expect(store.writes.count == 9)
      #expect(Set(try store.objects("boxes").keys) == Set(Storehouse.boxes))
    }
  }

  @Test("Killed in mid-run, again and again: every object once")
  func killed() async throws {
    try await Storehouse.open { store in
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2001, 2150) n
        """)
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 0s")
      for target in [3, 25, 60, 100] {
        let run = try RunningCrosswalk.start(
          ["run"], in: store.folder, environment: store.environment)
        try await eventually("the run goes on after \(target)") { store.writes.count >= target }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...40)))
        run.send(SIGKILL)
        let end = try await run.end()
        #expect(end.status == -SIGKILL || end.status == 0)
      }
      #expect(try await store.run().status == "succeeded")
      #expect(try store.objects("tools").count == 155)
      #expect(try store.objects("boxes").count == 4)
      #expect(try await store.run().calls == 0)
    }
  }

  @Test("An object that a person deleted at the target is named, and not made again blindly")
  func deletedThere() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let id = try #require(try store.objects("tools")["1001"]?["id"]?.stringValue)
      try store.depot.delete("tools", id)
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      let report = try await store.run(exits: 3)
      #expect(try report.reasons("tools").contains { $0.contains("no longer at the target") })
      #expect(try store.objects("tools")["1001"] == nil)
    }
  }

  @Test("Two objects at the target fit one record: neither is taken, both are named")
  func ambiguous() async throws {
    try await Storehouse.open { store in
      let first = try store.depot.seed("tools", ["code": "1001", "name": "One"])
      let second = try store.depot.seed("tools", ["code": "1001", "name": "Two"])
      let report = try await store.run(exits: 3)
      #expect(try report.count("tools", "rejected") == 1)
      let reasons = try report.reasons("tools")
      #expect(reasons.contains { $0.contains(first) && $0.contains(second) }, "\(reasons)")
      #expect(store.depot.count(matching: "PATCH /v1/tools/*") == 0)
    }
  }

  @Test("Objects that move between pages while they are listed are not made twice")
  func shiftingPages() async throws {
    try await Storehouse.open { store in
      for code in Storehouse.tools {
        try store.depot.seed("tools", ["code": .string(code), "name": "There"])
      }
      // Somebody deletes and restores the first object while the second page is asked for.
      store.depot.inject(Fault("GET /v1/tools", .shift, skip: 1))
      _ = try await store.crosswalk("run")
      store.depot.clearFaults()
      _ = try await store.run("--wait")
      #expect(try store.objects("tools").count == 5)
    }
  }
}
