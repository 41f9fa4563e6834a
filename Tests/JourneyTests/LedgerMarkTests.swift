import Foundation
import GRDB
import JSON
import Sandbox
import Testing

/// A ledger that is not the one which was used last, and a clock that was set.
@Suite struct LedgerMarkTests {
  private static let more = 60

  private func addTools(_ store: Storehouse) async throws {
    try await store.sql(
      """
      insert into inventory.tools (store, number, label)
        select 1, n, 'Clamp ' || n from generate_series(2001, \(2000 + Self.more)) n
      """)
  }

  /// Kills a run when it has written so much.
  private func runAndKill(_ store: Storehouse, after writes: Int) async throws {
    store.depot.inject(Fault("POST /v1/tools", .none, delay: .milliseconds(20)))
    let before = store.writes.count
    let run = try RunningCrosswalk.start(
      ["run"], in: store.folder, environment: store.environment)
    try await eventually("the run writes") { store.writes.count > before + writes }
    run.send(SIGKILL)
    _ = try await run.end()
    store.depot.clearFaults()
  }

  private func replaceLedger(_ store: Storehouse, with file: URL?) throws {
    let files = FileManager.default
    for suffix in ["-wal", "-shm"] where files.fileExists(atPath: store.ledger.path + suffix) {
      try files.removeItem(atPath: store.ledger.path + suffix)
    }
    guard let file else { return }
    try files.removeItem(at: store.ledger)
    try files.copyItem(at: file, to: store.ledger)
  }

  private func expectComparedAndOnce(_ store: Storehouse, tools: Int) async throws {
    let named = try await store.crosswalk("run", "tools")
    #expect(named.status == 4, "\(named.text)")
    let undo = try await store.crosswalk("undo", "1", "--yes")
    #expect(undo.status == 4, "\(undo.text)")
    let whole = try await store.crosswalk("run")
    #expect(whole.errors.contains("old backup"), "\(whole.text)")
    try await Task.sleep(for: .seconds(1.1))
    #expect(try await store.run().status == "succeeded")
    #expect(try store.objects("tools").count == tools)
    let writes = store.writes.count
    #expect(try await store.run().status == "succeeded")
    #expect(store.writes.count == writes)
  }

  @Test("A backup of before a run that was killed is recognised")
  func backupAfterACrash() async throws {
    try await Storehouse.open(refusesTwins: false) { store in
      _ = try await store.run()
      let backup = store.folder.appending(path: "backup.sqlite")
      let made = try await store.crosswalk("ledger", "backup", backup.path)
      #expect(made.status == 0, "\(made.text)")
      #expect(FileManager.default.fileExists(atPath: backup.path + ".key"))
      let again = try await store.crosswalk("ledger", "backup", backup.path)
      #expect(again.status == 5)
      #expect(again.errors.contains("exists already"), "\(again.text)")
      #expect(try await store.crosswalk("ledger", "verify").status == 0)
      try await addTools(store)
      try await runAndKill(store, after: 20)
      try replaceLedger(store, with: backup)
      let info = try await store.crosswalk("ledger", "info", "--format", "json").json()
      #expect(info["doubt"]?.stringValue?.contains("old backup") == true, "\(info)")
      try await expectComparedAndOnce(store, tools: 5 + Self.more)
    }
  }

  @Test("A log that is lost with a crash is missed")
  func lostLog() async throws {
    try await Storehouse.open(refusesTwins: false) { store in
      _ = try await store.run()
      try await addTools(store)
      try await runAndKill(store, after: 20)
      try replaceLedger(store, with: nil)
      try await expectComparedAndOnce(store, tools: 5 + Self.more)
    }
  }

  @Test("Undo moves the mark too")
  func undo() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      _ = try await store.run()
      let backup = store.folder.appending(path: "backup.sqlite")
      #expect(try await store.crosswalk("ledger", "backup", backup.path).status == 0)
      let undone = try await store.crosswalk("undo", "2", "--yes")
      #expect(undone.status == 0, "\(undone.text)")
      let runs = try await store.crosswalk("runs", "--format", "json").json()
      let last = runs["runs"]?.arrayValue?.first
      #expect(last?["command"]?.stringValue == "undo 2")
      #expect(last?["mappings"]?.arrayValue?.first?["updated"]?.intValue == 1, "\(runs)")
      try replaceLedger(store, with: backup)
      #expect(try await store.crosswalk("run", "tools").status == 4)
    }
  }

  @Test("A damaged ledger is noticed before anything is sent")
  func damaged() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let queue = try DatabaseQueue(path: store.ledger.path)
      try await queue.write { database in
        try database.execute(sql: "DROP INDEX link_target")
        try database.execute(sql: "UPDATE link SET target_id = (SELECT max(target_id) FROM link)")
      }
      try queue.close()
      let writes = store.writes.count
      try await addTools(store)
      let run = try await store.crosswalk("run")
      #expect(run.status == 5, "\(run.text)")
      #expect(run.errors.contains("two keys are linked to the object"), "\(run.text)")
      #expect(store.writes.count == writes)
    }
  }

  @Test(
    "A clock that was set does not shorten a rest, nor make it last a year", arguments: [1, -365])
  func clock(days: Int64) async throws {
    try await Storehouse.open(refusesTwins: false) { store in
      let settle = days > 0 ? "settle: 1h" : "settle: 1s"
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", settle)
      _ = try await store.run()
      try await addTools(store)
      store.depot.inject(Fault("POST /v1/tools", .dropBefore))
      #expect(try await store.run(exits: 3).count("tools", "unknown") == 1)
      // As if the clock had been wrong by so much when the run was made, and put right since.
      let wrong = days * 86_400_000
      let queue = try DatabaseQueue(path: store.ledger.path)
      try await queue.write { database in
        try database.execute(
          sql: "UPDATE clock SET started = started - \(wrong), latest = latest - \(wrong)")
        try database.execute(sql: "UPDATE intent SET sent_at = sent_at - \(wrong)")
      }
      try queue.close()
      if days < 0 { try await Task.sleep(for: .seconds(1.1)) }
      let posts = store.depot.count(matching: "POST /v1/tools")
      let next = try await store.crosswalk("run", "--format", "json")
      #expect(
        next.errors.contains("the clock jumped \(days > 0 ? "forward" : "back")"), "\(next.text)")
      let report = try Report(next)
      #expect(try report.count("tools", "unknown") == (days > 0 ? 1 : 0), "\(next.text)")
      #expect(store.depot.count(matching: "POST /v1/tools") == posts + (days > 0 ? 0 : 1))
    }
  }
}
