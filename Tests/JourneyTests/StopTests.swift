import Foundation
import Sandbox
import Testing

/// A command that is told to end ends when nothing is under way, whatever it waits for; the next run goes on from there.
///
/// The bounds are generous, and far below what is waited for: ten minutes and more.
@Suite(.timeLimit(.minutes(5))) struct StopTests {
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
