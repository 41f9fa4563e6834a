import Foundation
import Sandbox
import Testing

/// A command that is told to end ends when nothing is under way, whatever it waits for; the next run goes on from there.
///
/// The bounds are generous, and far below what is waited for: ten minutes and more.
@Suite(.timeLimit(.minutes(15))) struct StopTests {
  private static let patience = Fault.Kind.status(429, retryAfter: .seconds("600"))
  private static let soon = Duration.seconds(60)

  /// Starts a command, waits until it says that it waits, and ends it.
  private func stop(
    _ store: Storehouse, _ arguments: [String], saying words: String,
    with signal: Int32? = SIGTERM
  ) async throws -> Crosswalk {
    let running = try RunningCrosswalk.start(
      arguments, in: store.folder, environment: store.environment)
    try await eventually("it waits") { running.errors.contains(words) }
    if let signal { running.send(signal) }
    return try await running.end(within: Self.soon)
  }

  @Test(
    "While a target wants patience, which is said aloud",
    arguments: [
      (["run"], "POST /v1/boxes"), (["run"], "GET /v1/boxes"),
      (["run", "--format", "json"], "POST /v1/boxes"), (["run", "--reconcile"], "GET /v1/boxes"),
      (["plan"], "GET /v1/boxes"), (["adopt", "boxes"], "GET /v1/boxes"),
      (["adopt", "boxes", "--yes"], "GET /v1/boxes"),
    ])
  func patience(_ arguments: [String], _ call: String) async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault(CallPattern(call), Self.patience, calls: nil))
      let end = try await stop(store, arguments, saying: "waiting 10 min")
      #expect(end.status == 5, "\(end.text)")
      #expect(end.text.contains("interrupted"), "\(end.text)")
      #expect(end.errors.components(separatedBy: "waiting 10 min").count == 2, "\(end.errors)")
      store.depot.clearFaults()
      #expect(try await store.run().status == "succeeded")
      #expect(store.writes.count { ($0.status ?? 999) < 300 } == 9)
    }
  }

  @Test("While the source works: its statement is cancelled")
  func source() async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "where t.store = :store",
        "where t.store = :store and pg_sleep(20) is not null")
      let busy = """
        select count(*) from pg_stat_activity where datname = '\(store.database)'
          and state = 'active' and usename = 'storehouse_reader' and query like '%pg_sleep%'
        """
      let running = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      let cluster = store.cluster
      func count() async throws -> String {
        try await cluster.execute(busy, in: "postgres").filter(\.isNumber)
      }
      for _ in 0..<300 {
        if try await count() != "0" { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      running.send(SIGTERM)
      let end = try await running.end(within: Self.soon)
      #expect(end.status == 5, "\(end.text)")
      #expect(end.text.contains("interrupted"), "\(end.text)")
      for _ in 0..<300 {
        if try await count() == "0" { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try await count() == "0")
    }
  }

  /// Statements of the reader that are at work, in a database of its own.
  private func busy(_ store: Storehouse, _ words: String) async throws -> Bool {
    try await store.cluster.execute(
      """
      select count(*) from pg_stat_activity where datname = '\(store.database)'
        and state = 'active' and usename = 'storehouse_reader' and query like '%\(words)%'
      """, in: "postgres"
    ).filter(\.isNumber) != "0"
  }

  private func until(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<300 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("it did not come")
  }

  @Test(
    "Commands that only read end as well, and their statements are cancelled",
    arguments: [
      (["explain", "tools", "1001"], SIGTERM), (["check"], SIGINT), (["plan"], SIGTERM),
      (["adopt", "tools"], SIGINT),
    ])
  func reading(_ arguments: [String], _ signal: Int32) async throws {
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "where t.store = :store",
        "where t.store = :store and pg_sleep(20) is not null")
      let store = store
      let running = try RunningCrosswalk.start(
        arguments, in: store.folder, environment: store.environment)
      try await until { try await busy(store, "pg_sleep") }
      running.send(signal)
      let end = try await running.end(within: Self.soon)
      #expect(end.status == 5, "\(end.text)")
      #expect(end.text.contains("interrupted"), "\(end.text)")
      try await until { try await !busy(store, "pg_sleep") }
    }
  }

  /// To prepare a query takes a lock on its tables.
  @Test("While a source prepares a query behind a lock")
  func preparing() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/sources/inventory.yaml", "lock: 5s", "lock: 100s")
      let store = store
      let cluster = store.cluster
      let database = store.database
      let holder = Task {
        // The server may have no place for it at first.
        while !Task.isCancelled {
          do {
            try await cluster.execute(
              "begin; lock table inventory.tools; select pg_sleep(600)", in: database)
          } catch {
            try await Task.sleep(for: .milliseconds(100))
          }
        }
      }
      try await until { try await waits(store, "usename <> 'storehouse_reader'", for: "Timeout") }
      let before = try snapshot(store)
      for arguments in [
        ["explain", "tools", "1001"], ["check"], ["lint", "--live"], ["schema", "pull"],
        ["schema", "pull", "--check"], ["plan"], ["run"],
      ] {
        let running = try RunningCrosswalk.start(
          arguments, in: store.folder, environment: store.environment)
        try await until { try await waits(store, "usename = 'storehouse_reader'", for: "Lock") }
        running.send(SIGTERM)
        let end = try await running.end(within: Self.soon)
        #expect(end.status == 5, "\(arguments): \(end.text)")
        #expect(end.text.contains("interrupted"), "\(arguments): \(end.text)")
        try await until { try await !waits(store, "usename = 'storehouse_reader'", for: "Lock") }
      }
      #expect(try snapshot(store) == before)
      #expect(store.writes.isEmpty)
      holder.cancel()
      try await cluster.execute(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
          where datname = '\(database)' and query like '%pg_sleep(600)%'
        """, in: "postgres")
      _ = await holder.result
    }
  }

  /// Whether a session waits for something of a kind.
  private func waits(_ store: Storehouse, _ session: String, for kind: String) async throws -> Bool
  {
    try await store.cluster.execute(
      """
      select count(*) from pg_stat_activity where datname = '\(store.database)'
        and \(session) and wait_event_type = '\(kind)'
      """, in: "postgres"
    ).filter(\.isNumber) != "0"
  }

  private func snapshot(_ store: Storehouse) throws -> String {
    try store.text("schemas/inventory/queries/tools.yaml")
  }

  @Test("A deadline ends a run as a signal does")
  func deadline() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", Self.patience, calls: nil))
      let end = try await stop(
        store, ["run", "--deadline", "2s"], saying: "the deadline of 2 s", with: nil)
      #expect(end.status == 5, "\(end.text)")
      #expect(end.output.contains("the deadline of 2 s has passed"), "\(end.text)")
      store.depot.clearFaults()
      #expect(try await store.run("--deadline", "10m").status == "succeeded")
      #expect(try await store.crosswalk("run", "--deadline", "soon").status == 64)
      for arguments in [["run", "--wait=soon"], ["run", "--wait="], ["lint", "--wait=5m"]] {
        let odd = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(odd.status == 64, "\(odd.text)")
        #expect(odd.text.contains("--wait") && !odd.text.contains("--wait-at-most"), "\(odd.text)")
      }
    }
  }

  @Test("Waiting for another process ends by a signal, by its limit, or by the deadline")
  func waiting() async throws {
    try await Storehouse.open { store in
      store.depot.inject(Fault("POST /v1/boxes", Self.patience, calls: nil))
      let holder = try RunningCrosswalk.start(
        ["run"], in: store.folder, environment: store.environment)
      try await eventually("the first waits") { holder.errors.contains("waiting 10 min") }
      let signaled = try await stop(store, ["run", "--wait"], saying: "waiting for")
      #expect(signaled.status == 5 && signaled.text.contains("interrupted"), "\(signaled.text)")
      for arguments in [["run", "--wait", "1s"], ["run", "--wait=1s", "boxes"], ["run"]] {
        let limited = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment, timeout: Self.soon)
        #expect(limited.status == 5, "\(limited.text)")
        #expect(limited.text.contains("another process is running"), "\(limited.text)")
      }
      let late = try await Crosswalk.run(
        ["run", "--wait", "--deadline", "1s"], in: store.folder, environment: store.environment,
        timeout: Self.soon)
      #expect(late.status == 5 && late.text.contains("the deadline of 1 s"), "\(late.text)")
      store.depot.clearFaults()
      holder.send(SIGTERM)
      #expect(try await holder.end(within: Self.soon).status == 5)
      // A name behind the flag is a mapping, as it always was.
      #expect(try await store.run("--wait", "boxes").status == "succeeded")
    }
  }
}
