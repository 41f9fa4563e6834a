import Foundation
import SandboxDatabase
import Testing

@testable import Postgres

@Suite struct ConnectingTests {
  private func failure(_ settings: PostgresSettings) async throws -> PostgresError? {
    await #expect(throws: PostgresError.self) {
      _ = try await PostgresSource(settings).connect()
    }
  }

  @Test func eachWayNotToConnectHasItsOwnCode() async throws {
    let good = try await TestDatabase().settings

    var down = good
    down.port = 1
    let refused = try await failure(down)
    #expect(refused?.code == .connection)
    #expect(refused?.message.contains("port 1") == true)

    var elsewhere = good
    elsewhere.database = "no_such_database"
    let unknown = try await failure(elsewhere)
    #expect(unknown?.code == .database)
    #expect(unknown?.message == "database \"no_such_database\" does not exist")
    #expect(unknown?.sqlstate == "3D000")

    var stranger = good
    stranger.user = "nobody_here"
    #expect(try await failure(stranger)?.code == .authentication)

    var secure = good
    secure.tls = TLSSettings(.verifyFull)
    #expect(try await failure(secure)?.code == .tls)

    var nowhere = good
    nowhere.host = "no-such-host.invalid"
    nowhere.tls = TLSSettings(.verifyFull)
    #expect(try await failure(nowhere)?.code == .connection)
  }

  @Test func aWrongPasswordIsAnAuthenticationFailureAndIsNotRepeated() async throws {
    let database = try await TestDatabase("create role rw login password 'right'")
    let file = try await database.all("select current_setting('hba_file')")[0][0]
    let path = try #require(file)
    let before = try String(contentsOfFile: path, encoding: .utf8)
    try "host \(database.settings.database) rw 127.0.0.1/32 scram-sha-256\n\(before)".write(
      toFile: path, atomically: false, encoding: .utf8)
    try await database.execute("select pg_reload_conf()")
    var settings = database.settings
    settings.user = "rw"
    settings.password = "wrong-secret"
    var error: PostgresError?
    for _ in 0..<250 {
      // The server reads its file some time after it is told to.
      do {
        try await PostgresSource(settings).connect().close()
        try await Task.sleep(for: .milliseconds(20))
      } catch let caught as PostgresError {
        error = caught
        break
      }
    }
    #expect(error?.code == .authentication)
    #expect(error?.sqlstate == "28P01")
    #expect(error.map { "\($0)".contains("wrong-secret") } == false)
    settings.password = nil
    #expect(try await failure(settings)?.code == .authentication)
    settings.password = "right"
    try await PostgresSource(settings).connect().close()
  }

  @Test func weakTLSIsForLoopbackOnly() async throws {
    var settings = PostgresSettings(host: "db.example.com", database: "d", user: "u")
    #expect(throws: Never.self) { try settings.keywords() }
    for mode in [TLSSettings.Mode.disable, .require, .verifyCA] {
      settings.tls = TLSSettings(mode)
      for host in ["db.example.com", "10.0.0.1", "127.0.0.1.example.com", "127.0.0.1,10.0.0.1", ""]
      {
        settings.host = host
        let error = #expect(throws: PostgresError.self) { try settings.keywords() }
        #expect(error?.code == .settings)
      }
      // The file is one that nobody has: a socket is never encrypted.
      settings.host = "/run/postgresql"
      settings.tls.authorities = .file("/nowhere/ca.pem")
      #expect(throws: Never.self) { try settings.keywords() }
      settings.tls.authorities = .system
      for host in ["127.0.0.1", "127.9.9.9", "::1", "localhost", "/run/postgresql"] {
        settings.host = host
        #expect(throws: Never.self) { try settings.keywords() }
      }
    }
  }

  @Test func settingsOutOfBoundsAreRefused() throws {
    var settings = PostgresSettings(host: "localhost", database: "d", user: "u")
    settings.port = 70_000
    #expect(throws: PostgresError.self) { try settings.keywords() }
    settings.port = 5432
    settings.user = "a\0b"
    #expect(throws: PostgresError.self) { try settings.keywords() }
    settings.statementTimeout = .seconds(-1)
    #expect(throws: PostgresError.self) { try settings.timeouts() }
    settings.statementTimeout = .microseconds(1)
    #expect(try settings.timeouts().first?.milliseconds == 1)
  }

  @Test func checkTellsWhatTheRoleCouldDo() async throws {
    let database = try await TestDatabase(
      """
      create schema s; create table s.a (n int); create table s.b (n int);
      revoke create on schema public from public;
      create role reader login; grant usage on schema s to reader;
      grant select on all tables in schema s to reader;
      create role writer login; grant usage on schema s to writer; grant reader to writer;
      grant insert, delete on s.a to writer; grant create on schema s to writer;
      alter role reader set default_transaction_read_only = on;
      """)
    func check(_ user: String) async throws -> ServerCheck {
      var settings = database.settings
      settings.user = user
      return try await PostgresSource(settings).withConnection { try await $0.check() }
    }
    let reader = try await check("reader")
    #expect(reader.powers.isEmpty)
    #expect(reader.remedy == nil)
    #expect(reader.isReadOnlyByDefault)
    #expect(reader.tls == nil)
    #expect(reader.encoding == "UTF8")
    #expect(reader.serverVersion.hasPrefix("1"))
    let writer = try await check("writer")
    #expect(writer.powers == ["INSERT, DELETE on s.a", "CREATE in schema s"])
    #expect(writer.remedy?.contains("INSERT, DELETE on s.a") == true)
    #expect(try await check(database.settings.user).powers == ["superuser"])
  }

  @Test("What a role can take by SET ROLE, skip or own is a power too")
  func checkTellsWhatIsHidden() async throws {
    let database = try await TestDatabase(
      """
      create schema s; create table s.a (n int); create table s.b (n int);
      revoke create on schema public from public;
      create role p_writers; grant insert on s.a to p_writers; create role p_mids; grant p_writers to p_mids;
      create role p_hidden_writer login noinherit; grant p_mids to p_hidden_writer;
      create role p_admins createrole createdb; create role p_climber login noinherit;
      grant p_admins to p_climber;
      create role p_looker login bypassrls; create role p_copier login replication;
      create role p_owner login; alter table s.b owner to p_owner;
      revoke all on s.b from p_owner;
      create role p_everywhere login; grant pg_write_all_data to p_everywhere;
      create role p_reader login; create role p_readers; grant select on s.a to p_readers;
      grant p_readers to p_reader; grant pg_read_all_data to p_reader;
      """)
    func powers(_ user: String) async throws -> [String] {
      var settings = database.settings
      settings.user = user
      return try await PostgresSource(settings).withConnection { try await $0.check() }.powers
    }
    #expect(try await powers("p_hidden_writer") == ["INSERT on s.a (by SET ROLE p_mids)"])
    #expect(
      try await powers("p_climber") == ["p_admins (by SET ROLE): creates databases, creates roles"])
    #expect(
      try await powers("p_looker") == ["BYPASSRLS, so that row security hides nothing from it"])
    #expect(try await powers("p_copier") == ["REPLICATION, which reads everything"])
    #expect(try await powers("p_owner") == ["ownership of s.b"])
    #expect(try await powers("p_everywhere").first == "membership in pg_write_all_data")
    #expect(try await powers("p_reader") == [])
  }
}
