import Foundation
import Sandbox
import Testing

/// One target's long run holds up nobody else's.
@Suite struct TargetLeaseTests {
  @Test(
    "Runs of different targets go on side by side; one of the same target, or of all, is refused")
  func sideBySide() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let long = try await store.startLongRun()
      try await store.sql(
        "insert into inventory.boxes (store, box, label) values (1, 'N9', 'New')")
      let other = try await store.run("boxes")
      #expect(other.status == "succeeded")
      #expect(try store.objects("boxes")["N9"] != nil)
      for arguments in [["run", "tools"], ["run"], ["adopt", "tools", "--yes"]] {
        let refused = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(refused.status == 5, "\(refused.text)")
        #expect(refused.errors.contains("another process is running this project"))
      }
      #expect(kill(long.pid, 0) == 0, "the other commands ended while this one was still sending")
      store.depot.clearFaults()
      #expect(try await long.end().status == 0)
      #expect(try store.objects("tools").count == Storehouse.tools.count + 5)
      #expect(try await store.run().status == "succeeded")
    }
  }

  @Test("Killed, it is nobody's hindrance; the next run completes what it left")
  func killed() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let long = try await store.startLongRun()
      long.send(SIGKILL)
      _ = try await long.end()
      store.depot.clearFaults()
      #expect(try await store.run("boxes").status == "succeeded")
      try await Task.sleep(for: .seconds(1.1))
      #expect(try await store.run().status == "succeeded")
      #expect(try store.objects("tools").count == Storehouse.tools.count + 5)
    }
  }

  @Test(
    "A backup of before a run of one target is recognised, and the project's next run settles it")
  func backup() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let backup = store.folder.appending(path: "backup.sqlite")
      try FileManager.default.copyItem(at: store.ledger, to: backup)
      try await store.sql(
        "insert into inventory.boxes (store, box, label) values (1, 'N9', 'New')")
      _ = try await store.run("boxes")
      try FileManager.default.removeItem(at: store.ledger)
      try FileManager.default.copyItem(at: backup, to: store.ledger)
      for mapping in ["boxes", "tools"] {
        let refused = try await store.crosswalk("run", mapping)
        #expect(refused.status == 4, "\(refused.text)")
        #expect(refused.errors.contains("old backup"), "\(refused.text)")
      }
      #expect(try await store.run().status == "succeeded")
      #expect(try await store.run("boxes").status == "succeeded")
      #expect(try store.objects("boxes").count == Storehouse.boxes.count + 1)
    }
  }
}

extension Storehouse {
  /// Boxes go to a target of their own.
  fileprivate func splitTargets() throws {
    let annex = try text("mappings/targets/depot.yaml")
      .replacing("target: depot", with: "target: annex")
    try write(annex, to: "mappings/targets/annex.yaml")
    try edit("mappings/boxes.yaml", "target: depot", "target: annex")
  }

  /// A run of the tools that goes on until the faults are cleared, at most three quarters of a minute.
  fileprivate func startLongRun() async throws -> RunningCrosswalk {
    try await sql(
      """
      insert into inventory.tools (store, number, label)
        select 1, n, 'Clamp ' || n from generate_series(2001, 2005) n
      """)
    depot.inject(Fault("POST /v1/tools", .none, calls: nil, delay: .seconds(15)))
    let before = writes.count
    let run = try RunningCrosswalk.start(["run", "tools"], in: folder, environment: environment)
    try await eventually("the run writes") { writes.count > before }
    return run
  }
}
