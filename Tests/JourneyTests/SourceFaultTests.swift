import Foundation
import Sandbox
import SandboxDatabase
import Testing

/// Faults of the database in the middle of a run. Whatever it is: exit 5, a sentence that says what to do, nothing sent from
/// half a reading; and one later run that nothing disturbs completes.
@Suite(.timeLimit(.minutes(15)))
struct SourceFaultTests {
  private static let rows = """
    insert into inventory.tools (store, number, label)
      select 1, n, 'Clamp ' || n from generate_series(2001, 2100) n
    """

  /// Makes the query of the tools take two seconds.
  private func slow(_ store: Storehouse) async throws {
    try await store.sql(Self.rows)
    try store.edit(
      "mappings/tools.yaml", "where t.store = :store",
      "where t.store = :store and pg_sleep(0.02) is not null")
  }

  /// One run that the fault breaks, and one without it.
  private func expect(
    _ store: Storehouse, _ result: Crosswalk, says words: String, tools: Int, boxes: Int = 4,
    remedy: () async throws -> Void
  ) async throws {
    #expect(result.status == 5, "\(result.text)")
    #expect(result.text.contains(words), "\(result.text)")
    #expect(result.text.contains("help: "), "\(result.text)")
    #expect(try store.objects("tools").isEmpty)
    #expect(store.depot.count(matching: "POST /v1/tools") == 0)
    try await remedy()
    #expect(try await store.run().status == "succeeded")
    #expect(try store.objects("tools").count == tools)
    #expect(try store.objects("boxes").count == boxes)
    #expect(store.writes.count == tools + boxes)
  }

  @Test("The session is ended in mid-read")
  func terminated() async throws {
    try await Storehouse.open { store in
      try await slow(store)
      let run = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await until(store, "the tools are read") {
        """
        select count(pg_terminate_backend(pid)) > 0 from pg_stat_activity
          where datname = '\(store.database)' and usename = 'storehouse_reader'
            and state = 'active' and query like '%pg_sleep%'
        """
      }
      let store = store
      try await expect(store, try await run.end(), says: "terminat", tools: 105) {}
    }
  }

  @Test("A statement takes longer than it may")
  func statementTimeout() async throws {
    try await Storehouse.open { store in
      try await slow(store)
      try store.edit("mappings/sources/inventory.yaml", "statement: 30s", "statement: 500ms")
      let store = store
      try await expect(store, try await store.crosswalk("run"), says: "time", tools: 105) {
        try store.edit("mappings/sources/inventory.yaml", "statement: 500ms", "statement: 30s")
      }
    }
  }

  @Test("Somebody keeps the table locked")
  func locked() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/sources/inventory.yaml", "lock: 5s", "lock: 300ms")
      let store = store
      let holder = Task {
        _ = try? await store.sql(
          """
          begin; lock table inventory.tools in access exclusive mode;
          select pg_sleep(60); rollback;
          """)
      }
      try await until(store, "the table is locked") {
        """
        select count(*) > 0 from pg_locks join pg_database d on d.oid = pg_locks.database
          where d.datname = '\(store.database)' and mode = 'AccessExclusiveLock' and granted
        """
      }
      try await expect(store, try await store.crosswalk("run"), says: "lock", tools: 5) {
        try await store.sql(
          """
          select pg_terminate_backend(pid) from pg_stat_activity
            where datname = '\(store.database)' and query like '%pg_sleep(60)%'
              and pid <> pg_backend_pid()
          """)
        await holder.value
      }
    }
  }

  @Test("A column is renamed between the look at the query and its reading")
  func renamed() async throws {
    try await Storehouse.open { store in
      // All queries are looked at first; the tools are read when the boxes have been written.
      store.depot.inject(Fault("POST /v1/boxes", .none, delay: .milliseconds(500)))
      let run = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the boxes are written") { !store.writes.isEmpty }
      try await store.sql("alter table inventory.tools rename column label to title")
      let store = store
      try await expect(store, try await run.end(), says: "label", tools: 5) {
        try await store.sql("alter table inventory.tools rename column title to label")
      }
    }
  }

  @Test("The database takes no more connections")
  func connectionLimit() async throws {
    try await Storehouse.open { store in
      try await store.sql("alter database \(store.database) connection limit 0")
      let store = store
      try await expect(store, try await store.crosswalk("run"), says: "connections", tools: 5) {
        try await store.cluster.execute(
          "alter database \(store.database) connection limit -1", in: "postgres")
      }
    }
  }

  /// Asks the server until it answers true.
  private func until(
    _ store: Storehouse, _ what: Comment, _ question: () -> String
  ) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
      let answer = try await store.cluster.execute(question(), in: "postgres")
      if answer.contains("t") { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what)
  }
}
