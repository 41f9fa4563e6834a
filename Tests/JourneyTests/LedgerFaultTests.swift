import Engine
import Foundation
import GRDB
import Ledger
import Sandbox
import Testing

/// Faults of the ledger's file. Whatever it is: exit 5, a sentence that says what to do; and one later run with a sound file
/// leaves every object at the target once.
@Suite(.timeLimit(.minutes(15)))
struct LedgerFaultTests {
  private static let more = 300

  private func expectRefusal(_ store: Storehouse, _ result: Crosswalk, says words: String) {
    #expect(result.status == 5, "\(result.text)")
    #expect(result.text.contains(words), "\(result.text)")
    #expect(result.text.contains("help: "), "\(result.text)")
  }

  private func expectEachOnce(_ store: Storehouse, tools: Int) async throws {
    _ = try await store.crosswalk("run", "--wait")
    try await Task.sleep(for: .seconds(1.1))
    #expect(try await store.run("--wait").status == "succeeded")
    #expect(try store.objects("tools").count == tools)
    #expect(try store.objects("boxes").count == 4)
    let writes = store.writes.count
    #expect(try await store.run().status == "succeeded")
    #expect(store.writes.count == writes)
  }

  private func addTools(_ store: Storehouse) async throws {
    try await store.sql(
      """
      insert into inventory.tools (store, number, label)
        select 1, n, 'Clamp ' || n from generate_series(2001, \(2000 + Self.more)) n
      """)
  }

  private func start(_ store: Storehouse, behind shell: String? = nil) throws -> RunningCrosswalk {
    try RunningCrosswalk.start(
      ["run"], in: store.folder, environment: store.environment, behind: shell)
  }

  @Test(
    "The file may not grow: the run stops before it sends what it cannot write down",
    .disabled(
      if: ProcessInfo.processInfo.environment["CROSSWALK_SANITIZER"] != nil,
      "a sanitizer's own files may not grow either"))
  func full() async throws {
    try await Storehouse.open { store in
      #expect(try await store.run().status == "succeeded")
      try await addTools(store)
      let size = try #require(
        try FileManager.default.attributesOfItem(atPath: store.ledger.path)[.size] as? Int)
      // In blocks of 512 bytes. Who ignores the signal is told by the write.
      let run = try start(store, behind: "trap '' XFSZ; ulimit -f \((size + 40_000) / 512)")
      expectRefusal(store, try await run.end(), says: "the ledger")
      #expect(try store.objects("tools").count < 5 + Self.more)
      try await expectEachOnce(store, tools: 5 + Self.more)
    }
  }

  @Test(
    "A full disk is named, and a ledger that is lost with it is made again from the target",
    .enabled(if: geteuid() == 0, "only root may mount a small file system"))
  func fullDisk() async throws {
    try await Storehouse.open { store in
      try await addTools(store)
      try FileManager.default.createDirectory(
        at: store.ledger.deletingLastPathComponent(), withIntermediateDirectories: true)
      let run = try start(
        store,
        behind: """
          exec unshare -m sh -c '
            mount -t tmpfs -o size=400k none .crosswalk && exec "$0" "$@"' "$0" "$@"
          """)
      let result = try await run.end()
      expectRefusal(store, result, says: "disk is full")
      #expect(try store.objects("tools").count < 5 + Self.more)
      try await expectEachOnce(store, tools: 5 + Self.more)
    }
  }

  @Test("Another program keeps the file locked: nothing is sent")
  func locked() async throws {
    try await Storehouse.open { store in
      #expect(try await store.run("boxes").status == "succeeded")
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: store.ledger.path, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      expectRefusal(store, try await store.crosswalk("run"), says: "locked")
      #expect(store.depot.count(matching: "POST /v1/tools") == 0)
      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      try other.close()
      try await expectEachOnce(store, tools: 5)
    }
  }

  @Test("A damaged file is not written to; without it the objects are found again")
  func damaged() async throws {
    try await Storehouse.open { store in
      #expect(try await store.run().status == "succeeded")
      let file = try FileHandle(forUpdating: store.ledger)
      let size = try file.seekToEnd()
      try file.seek(toOffset: 4096)
      try file.write(contentsOf: Data(repeating: 0xA5, count: Int(size) - 4096))
      try file.close()
      let writes = store.writes.count
      expectRefusal(store, try await store.crosswalk("run"), says: "damaged")
      #expect(store.writes.count == writes)
      try FileManager.default.removeItem(at: store.ledger)
      try await expectEachOnce(store, tools: 5)
    }
  }

  @Test("A file that cannot be written: nothing is sent")
  func readOnly() async throws {
    try await Storehouse.open { store in
      #expect(try await store.run("boxes").status == "succeeded")
      var shell: String?
      if geteuid() == 0 {
        shell = """
          exec unshare -m sh -c '
            mount --bind .crosswalk .crosswalk && mount -o remount,ro,bind .crosswalk &&
            exec "$0" "$@"' "$0" "$@"
          """
      } else {
        chmod(store.ledger.path, 0o444)
        chmod(store.ledger.deletingLastPathComponent().path, 0o555)
      }
      let result = try await start(store, behind: shell).end()
      chmod(store.ledger.deletingLastPathComponent().path, 0o755)
      chmod(store.ledger.path, 0o600)
      expectRefusal(store, result, says: "ledger")
      #expect(store.depot.count(matching: "POST /v1/tools") == 0)
      try await expectEachOnce(store, tools: 5)
    }
  }

  @Test("The file is deleted in mid-run: the next run finds the objects again")
  func gone() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .milliseconds(300)))
      let run = try start(store)
      try await eventually("the run writes") { !store.writes.isEmpty }
      for ending in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: store.ledger.path + ending)
      }
      let result = try await run.end()
      #expect([0, 5].contains(result.status), "\(result.text)")
      try await expectEachOnce(store, tools: 5)
    }
  }

  @Test("A file of a newer release is left as it is")
  func newer() async throws {
    try await Storehouse.open { store in
      #expect(try await store.run("boxes").status == "succeeded")
      let version = try await changeVersion(store, to: 99)
      expectRefusal(store, try await store.crosswalk("run"), says: "newer release")
      #expect(store.depot.count(matching: "POST /v1/tools") == 0)
      _ = try await changeVersion(store, to: version)
      try await expectEachOnce(store, tools: 5)
    }
  }

  private func changeVersion(_ store: Storehouse, to version: Int) async throws -> Int {
    let queue = try DatabaseQueue(path: store.ledger.path)
    let old = try await queue.write { database in
      let old = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
      try database.execute(sql: "PRAGMA user_version = \(version)")
      return old
    }
    try queue.close()
    return old
  }

  @Test("Frozen past its lease: it writes nothing more, and the next run completes")
  func frozen() async throws {
    try await Storehouse.open { store in
      try await addTools(store)
      store.depot.inject(Fault("POST /v1/tools", .none, delay: .milliseconds(20)))
      let run = try start(store)
      try await eventually("the run writes") { store.writes.count > 20 }
      try await takeLease(of: run, in: store)
      run.send(SIGCONT)
      let result = try await run.end()
      expectRefusal(store, result, says: "the ledger refused a write")
      #expect(try store.objects("tools").count < 5 + Self.more)
      store.depot.clearFaults()
      try await expectEachOnce(store, tools: 5 + Self.more)
    }
  }

  /// Freezes a run, and takes its lease as another writer would half a minute later. Frozen in the middle of a commit it keeps
  /// the file locked, and nobody could take anything: then it goes on for a moment.
  private func takeLease(of run: RunningCrosswalk, in store: Storehouse) async throws {
    let later = Instant(
      milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 31_000)
    for _ in 0..<50 {
      run.send(SIGSTOP)
      do {
        let ledger = try SQLiteLedger(path: store.ledger.path, lockTimeout: .milliseconds(200))
        let taken = try await ledger.acquireLease(holder: "other", for: .seconds(30), now: later)
        guard case .acquired(let lease) = taken else { break }
        return try await ledger.releaseLease(lease)
      } catch let error as LedgerError where error.code == .locked {
        run.send(SIGCONT)
        try await Task.sleep(for: .milliseconds(7))
      }
    }
    run.send(SIGCONT)
    Issue.record("the lease could not be taken")
  }
}
