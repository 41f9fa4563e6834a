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
        #expect(
          refused.errors.contains(
            "another process is running this project for the target depot: "), "\(refused.text)")
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

extension TargetLeaseTests {
  @Test("Who needs the whole project is not passed by runs of single targets that come later")
  func inTurn() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let long = try await store.startLongRun()
      let whole = try RunningCrosswalk.start(
        ["ledger", "compact", "--wait"], in: store.folder, environment: store.environment)
      try await eventually("it says for whom it waits") {
        whole.errors.contains("(target depot)")
      }
      // It announces itself right after it has said so.
      let waiting = store.ledger.path + ".lock.waiting"
      try await eventually("it is announced") {
        FileManager.default.contents(atPath: waiting)?.isEmpty == false
      }
      let refused = try await store.crosswalk("run", "boxes")
      #expect(refused.status == 5, "\(refused.text)")
      #expect(refused.errors.contains("another process waits to run this project"))
      let patient = try RunningCrosswalk.start(
        ["run", "boxes", "--wait"], in: store.folder, environment: store.environment)
      try await eventually("it waits behind the other") {
        patient.errors.contains("which has waited longer")
      }
      #expect(kill(long.pid, 0) == 0 && kill(whole.pid, 0) == 0)
      store.depot.clearFaults()
      for one in [long, whole, patient] {
        let end = try await one.end()
        #expect(end.status == 0, "\(end.text)")
      }
    }
  }

  @Test("One that waited and was killed is in nobody's way")
  func waiterKilled() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let long = try await store.startLongRun()
      let whole = try RunningCrosswalk.start(
        ["run", "--wait"], in: store.folder, environment: store.environment)
      let waiting = store.ledger.path + ".lock.waiting"
      try await eventually("it is announced") {
        FileManager.default.contents(atPath: waiting)?.isEmpty == false
      }
      whole.send(SIGKILL)
      _ = try await whole.end()
      #expect(try await store.run("boxes").status == "succeeded")
      store.depot.clearFaults()
      #expect(try await long.end().status == 0)
    }
  }

  @Test("Decisions about one mapping need its target only")
  func decisions() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      try await store.sql(
        "insert into inventory.boxes (store, box, label) values (1, 'N9', 'New')")
      store.depot.inject(Fault("POST /v1/boxes", .status(422)))
      _ = try await store.run(exits: 3)
      let long = try await store.startLongRun(tools: 30)
      for arguments in [
        ["failures", "retry", "boxes", "N9"], ["failures", "dismiss", "boxes", "N9"],
        ["links", "unlink", "boxes", "C3", "--yes"], ["ledger", "forget", "boxes", "C3", "--yes"],
      ] {
        let done = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(done.status == 0, "\(arguments): \(done.text)")
      }
      for arguments in [
        ["links", "unlink", "tools", "1001", "--yes"], ["ledger", "compact"],
      ] {
        let refused = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(refused.status == 5, "\(arguments): \(refused.text)")
        #expect(refused.errors.contains("for the target depot: "), "\(refused.text)")
      }
      #expect(kill(long.pid, 0) == 0)
      store.depot.clearFaults()
      #expect(try await long.end().status == 0)
    }
  }

  @Test("A live run is told from a killed one, and its calls under way are no failures")
  func liveAndKilled() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let long = try await store.startLongRun()
      func status() async throws -> String? {
        let runs = try await store.crosswalk("runs", "--limit", "1", "--format", "json").json()
        return runs["runs"]?.arrayValue?.first?["status"]?.stringValue
      }
      #expect(try await status() == "running")
      let during = try await store.crosswalk("failures")
      #expect(!during.output.contains("unknown"), "\(during.text)")
      long.send(SIGKILL)
      _ = try await long.end()
      #expect(try await status() == "not finished")
      let after = try await store.crosswalk("failures")
      #expect(after.output.contains("unknown"), "\(after.text)")
    }
  }

  @Test("A refused run of one target changes no mark, so the newest ledger is good when it is back")
  func refusedRun() async throws {
    try await Storehouse.open { store in
      try store.splitTargets()
      _ = try await store.run()
      let (backup, newest) = (store.path("backup.sqlite"), store.path("newest.sqlite"))
      let files = FileManager.default
      try files.copyItem(at: store.ledger, to: backup)
      try await store.sql(
        "insert into inventory.boxes (store, box, label) values (1, 'N9', 'New')")
      _ = try await store.run("boxes")
      try files.copyItem(at: store.ledger, to: newest)
      try files.removeItem(at: store.ledger)
      try files.copyItem(at: backup, to: store.ledger)
      // Refused as often as it is tried: what is refused does not bring the ledger nearer to its mark.
      for _ in 0..<8 {
        for mapping in ["boxes", "tools"] {
          let refused = try await store.crosswalk("run", mapping)
          #expect(refused.status == 4 && refused.errors.contains("old backup"), "\(refused.text)")
        }
      }
      try files.removeItem(at: store.ledger)
      try files.copyItem(at: newest, to: store.ledger)
      #expect(try await store.run("boxes").status == "succeeded")
      #expect(try await store.run("tools").status == "succeeded")
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

  /// A run of the tools that goes on until the faults are cleared, at most three quarters of a minute with five new ones.
  fileprivate func startLongRun(tools count: Int = 5) async throws -> RunningCrosswalk {
    try await sql(
      """
      insert into inventory.tools (store, number, label)
        select 1, n, 'Clamp ' || n from generate_series(2001, \(2000 + count)) n
      """)
    depot.inject(Fault("POST /v1/tools", .none, calls: nil, delay: .seconds(15)))
    let before = writes.count
    let run = try RunningCrosswalk.start(["run", "tools"], in: folder, environment: environment)
    try await eventually("the run writes") { writes.count > before }
    return run
  }
}
