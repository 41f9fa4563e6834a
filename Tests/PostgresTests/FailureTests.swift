import Foundation
import Rows
import Testing

@testable import Postgres

@Suite struct FailureTests {
  @Test(arguments: [
    "select nope from t", "select 'é日🚧', nope from t", "/* é */ select :p, 'ü', nope from t;",
    "select a,\n  b\nfrom t where nope = :p -- end",
  ])
  func positionsAreOffsetsInTheCallersText(sql: String) async throws {
    let database = try await Self.database.get()
    let expected = offset(of: "nope", in: sql)
    let error = try await database.error(sql, ["p": .int(1)])
    #expect(error?.code == .sql)
    #expect(error?.sqlstate == "42703")
    #expect(error?.position == expected)
    let described = await #expect(throws: PostgresError.self) {
      try await database.source.withConnection { connection in
        _ = try await connection.describe(sql, parameters: ["p": .int])
      }
    }
    #expect(described?.position == expected)
  }

  static let database = Task { try await TestDatabase("create table t (a int, b text)") }

  @Test(arguments: ["select 1 as a from elsewhere", "select 1 as a from nowhere.t"])
  func aTableThatIsNotThereMayBeAnotherDatabase(sql: String) async throws {
    let error = try await Self.database.get().error(sql, [:])
    #expect(error?.remedy.contains("right database") == true)
  }

  @Test func positionsInTheWrappedTextMapBackToo() throws {
    let prepared = try PreparedText("/* é */ select :long_name, 'ü', oops")
    let column = CataloguedColumn(
      column: Column(name: "x", type: .int, declared: "integer"), wire: .int4, cast: .none)
    let text = try OrderedQuery(prepared, columns: [column], key: ["x"]).text
    let scalars = text.text.unicodeScalars
    let place = try #require(text.text.range(of: "oops")).lowerBound
    let position = scalars.distance(from: scalars.startIndex, to: place) + 1
    let expected = offset(of: "oops", in: "/* é */ select :long_name, 'ü', oops")
    #expect(text.originalOffset(ofPosition: position, inBytes: false) == expected)
    #expect(text.originalOffset(ofPosition: 1, inBytes: false) == nil)
    #expect(text.originalOffset(ofPosition: text.text.utf8.count + 9, inBytes: true) == nil)
  }

  @Test func failuresOfTheServerKeepTheirDetail() async throws {
    let database = try await Self.database.get()
    let error = try await database.error("select 1 / a from (values (0)) as v (a)")
    #expect(error?.sqlstate == "22012")
    #expect(error?.message == "division by zero")
    let late = try await database.error(
      "select 100 / (5000 - n) from generate_series(1, 10000) as n")
    #expect(late?.sqlstate == "22012")
    let hinted = try await database.error("select lower(1, 2)")
    #expect(hinted?.hint != nil)
  }

  @Test(arguments: [
    "insert into t values (1)", "delete from t returning *", "create table u ()",
    "with x as (insert into t values (1) returning *) select * from x",
    "copy t to stdout", "begin",
  ])
  func nothingIsWritten(sql: String) async throws {
    let database = try await Self.database.get()
    #expect(try await database.error(sql) != nil)
    #expect(try await database.all("select * from t") == [])
  }

  @Test func writingInsideAFunctionIsRefusedByTheTransaction() async throws {
    let database = try await TestDatabase(
      """
      create table t (a int);
      create function f() returns int language sql as 'insert into t values (1) returning a';
      """)
    let error = try await database.error("select f()")
    #expect(error?.sqlstate == "25006")
    #expect(try await database.all("select * from t") == [])
  }

  @Test func twoStatementsAreRefused() async throws {
    let database = try await Self.database.get()
    let error = try await database.error("select 1; drop table t")
    #expect(error?.code == .statement)
    #expect(error?.position == 10)
    let closing = try await database.error("select 1) as q (c0); drop table t; --")
    #expect(closing != nil)
    let balanced = try await database.error("select 1) as q (c0), (select 2")
    #expect(balanced?.sqlstate == "42601")
  }

  @Test func aLongStatementIsATimeoutAndTheConnectionGoesOn() async throws {
    var settings = try await Self.database.get().settings
    settings.statementTimeout = .milliseconds(200)
    let connection = try await PostgresSource(settings).connect()
    let error = await #expect(throws: PostgresError.self) {
      for try await _ in try await connection.rows(Query("select pg_sleep(30)")) {}
    }
    #expect(error?.code == .timeout)
    #expect(error?.remedy.contains("statement timeout") == true)
    #expect(try await connection.describe("select 1").count == 1)
    await connection.close()
  }

  @Test func aLockedTableIsATimeout() async throws {
    let database = try await TestDatabase("create table t (a int)")
    let holder = try await database.source.connect()
    _ = try await holder.execute(Query("begin"))
    _ = try await holder.execute(Query("lock table t in access exclusive mode"))
    var settings = database.settings
    settings.lockTimeout = .milliseconds(200)
    let error = await #expect(throws: PostgresError.self) {
      try await PostgresSource(settings).withConnection { connection in
        for try await _ in try await connection.rows(Query("select * from t")) {}
      }
    }
    #expect(error?.code == .timeout)
    #expect(error?.sqlstate == "55P03")
    await holder.close()
  }

  @Test func cancellingInMidStreamStopsTheServer() async throws {
    try await cancel(
      after: 1,
      of: "select n, pg_sleep(0.01)::text, repeat('x', 9000) from generate_series(1, 1000000) as n")
  }

  @Test func cancellingWhileTheNextRowsAreReadAheadReturns() async throws {
    try await cancel(
      after: 2,
      of: """
        select n, repeat('x', 9000), case when n > 20 then pg_sleep(600)::text end
        from generate_series(1, 40) as n
        """, pausing: .milliseconds(300))
  }

  /// Reads so many batches of five rows, and cancels the reading after a pause.
  private func cancel(
    after count: Int, of sql: String, pausing pause: Duration = .zero
  ) async throws {
    let database = try await TestDatabase()
    let (batches, read) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await database.source.withConnection { connection in
        let rows = try await connection.rows(Query(sql), limits: ReadLimits(batchRows: 5))
        for try await _ in rows { read.yield() }
      }
    }
    var seen = 0
    for await _ in batches {
      seen += 1
      if seen == count { break }
    }
    try await Task.sleep(for: pause)
    task.cancel()
    let error = await #expect(throws: PostgresError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    try await expectNoOtherSessions(database)
  }

  @Test func cancellingWhileTheServerIsSilentReturns() async throws {
    let database = try await TestDatabase()
    let connection = try await database.source.connect()
    let task = Task {
      for try await _ in try await connection.rows(Query("select pg_sleep(600)")) {}
    }
    try await waitForSession(database, running: "pg_sleep(600)")
    task.cancel()
    let error = await #expect(throws: PostgresError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    try await expectNoOtherSessions(database)
    let after = await #expect(throws: PostgresError.self) {
      try await connection.describe("select 1")
    }
    #expect(after?.code == .lost || after?.code == .cancelled)
  }

  @Test func leavingAConnectionWithAHalfReadQueryStopsTheServer() async throws {
    let database = try await TestDatabase()
    try await database.source.withConnection { connection in
      let rows = try await connection.rows(
        Query(
          "select n, pg_sleep(0.01)::text, repeat('x', 9000) from generate_series(1, 1000000) as n"),
        limits: ReadLimits(batchRows: 1))
      for try await _ in rows { break }
    }
    try await expectNoOtherSessions(database)
  }

  @Test func aSessionThatIsEndedInMidStreamThrows() async throws {
    let database = try await TestDatabase()
    let connection = try await database.source.connect()
    let rows = try await connection.rows(
      Query("select n, repeat('x', 1000) from generate_series(1, 1000000) as n"),
      limits: ReadLimits(batchRows: 10))
    var count = 0
    var error: PostgresError?
    do {
      for try await batch in rows {
        if count == 0 {
          try await database.execute(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            """)
        }
        count += batch.count
      }
    } catch let caught as PostgresError {
      error = caught
    }
    #expect(error?.code == .lost)
    #expect(count < 1_000_000)
    await connection.close()
  }

  @Test func aServerThatHangsInAStatementIsGivenUp() async throws {
    var settings = try await Self.database.get().settings
    settings.statementTimeout = .milliseconds(200)
    settings.silenceAllowance = .milliseconds(300)
    let connection = try await PostgresSource(settings).connect()
    let answer = try await connection.execute(Query("select pg_backend_pid()"))
    let process = try #require(pid_t(exactly: answer.int(0, 0)))
    try #require(kill(process, SIGSTOP) == 0)
    defer { kill(process, SIGCONT) }
    let error = await #expect(throws: PostgresError.self) {
      try await connection.describe("select 1")
    }
    #expect(error?.code == .lost)
    #expect(error?.message.contains("silent") == true)
  }

  @Test func aSilentServerIsGivenUp() async throws {
    var settings = try await Self.database.get().settings
    settings.connectTimeout = .milliseconds(300)
    let silent = try SilentListener()
    settings.port = silent.port
    let error = await #expect(throws: PostgresError.self) {
      _ = try await PostgresSource(settings).connect()
    }
    #expect(error?.code == .connection)
    #expect(error?.message.contains("did not answer") == true)
  }

  /// Waits until the database has no session but the one that asks.
  private func expectNoOtherSessions(_ database: TestDatabase) async throws {
    try await waitUntil {
      try await database.all(
        """
        select pid from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """
      ).isEmpty
    }
  }

  private func waitForSession(_ database: TestDatabase, running text: String) async throws {
    try await waitUntil {
      try await !database.all(
        """
        select pid from pg_stat_activity where datname = current_database()
          and pid <> pg_backend_pid() and state = 'active' and position(:t in query) > 0
        """, ["t": .text(text)]
      ).isEmpty
    }
  }

  private func waitUntil(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("what was waited for did not happen")
  }
}

/// A loopback port that takes connections and says nothing.
final class SilentListener {
  let port: Int
  private let socket: Int32

  init() throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = socket
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, size) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, generic, &size) == 0
      }
    }
    try #require(bound)
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(socket) }
}
