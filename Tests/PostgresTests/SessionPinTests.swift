import Rows
import Testing

@testable import Postgres

/// What a database, a role or the environment say of a session moves no result.
@Suite struct SessionPinTests {
  private static let sql = """
    select timestamptz '2024-07-01 23:30:00-05' as moment,
      (timestamptz '2024-07-01 23:30:00-05')::date as day,
      (timestamptz '2024-07-01 23:30:00-05')::text as text,
      timestamp '2024-07-01 12:00'::timestamptz as meant, '03/04/2024'::date as given,
      interval '1 year 2 hours -3 minutes' as span, (0.1::float8 + 0.2::float8)::text as sum,
      '\\xdead'::bytea::text as bytes, (null = null) is null as nulls,
      tstzrange('2024-07-01 12:00+00', null) as range
    """
  private static let inUTC: [String?] = [
    "1719894600000000", "2024-07-02", "2024-07-02 04:30:00+00", "1719835200000000", "2024-03-04",
    "1 year 01:57:00", "0.30000000000000004", "\\xdead", "true",
    "[\"2024-07-01 12:00:00+00\",)",
  ]
  private static let elsewhere = [
    "timezone to 'Pacific/Auckland'", "datestyle to 'German'", "intervalstyle to 'iso_8601'",
    "extra_float_digits to -5", "bytea_output to 'escape'", "transform_null_equals to on",
    "standard_conforming_strings to off",
  ]

  @Test func neitherDatabaseNorRoleMoveAResult() async throws {
    let database = try await TestDatabase()
    #expect(try await database.all(Self.sql) == [Self.inUTC])
    for setting in Self.elsewhere {
      try await database.execute("alter database \(database.settings.database) set \(setting)")
    }
    #expect(try await database.all(Self.sql) == [Self.inUTC])

    let role = "r" + database.settings.database
    try await database.execute("create role \(role) login")
    for setting in Self.elsewhere {
      try await database.execute("alter role \(role) set \(setting)")
    }
    var settings = database.settings
    settings.user = role
    let rows = try await PostgresSource(settings).withConnection { connection in
      var all: [[String?]] = []
      for try await batch in try await connection.rows(Query(Self.sql)) { all += texts(batch) }
      return all
    }
    #expect(rows == [Self.inUTC])
  }

  @Test func theSourceSaysInWhichZoneItIsComputed() async throws {
    let database = try await TestDatabase()
    var settings = database.settings
    settings.timeZone = "america/chicago"
    let row = try await PostgresSource(settings).withConnection { connection in
      var all: [[String?]] = []
      for try await batch in try await connection.rows(Query(Self.sql)) { all += texts(batch) }
      return all[0]
    }
    #expect(row[0] == "1719894600000000")
    #expect(row[1] == "2024-07-01")
    #expect(row[3] == "1719853200000000")
    settings.timeZone = "Mars/Olympus"
    await #expect(throws: PostgresError.self) {
      try await PostgresSource(settings).withConnection { try await $0.describe("select 1 as one") }
    }
  }

  // MARK: What is too large

  @Test func aValueBeyondTheLimitIsUnreadableAndTheRestIsRead() async throws {
    let database = try await TestDatabase()
    let limits = ReadLimits(valueBytes: 5000, rowBytes: 9000)
    let rows = try await database.source.withConnection { connection in
      var all: [[String?]] = []
      let rows = try await connection.rows(
        Query(
          """
          select 1 as n, repeat('x', 5001) as a, 'b' as b
          union all select 2, repeat('x', 5000), 'b'
          union all select 3, repeat('é', 2501), 'b'
          """), orderedBy: ["n"], limits: limits)
      for try await batch in rows { all += texts(batch) }
      return all
    }
    #expect(rows.map { $0[0] } == ["1", "2", "3"])
    #expect(
      rows[0][1] == "!holds 5001 bytes; at most 5000 are read (`max_value` in the source's file)")
    #expect(rows[1][1]?.utf8.count == 5000)
    #expect(rows[2][1]?.hasPrefix("!holds 5002 bytes") == true)
    #expect(rows.allSatisfy { $0[2] == "b" })

    let wide = try await database.source.withConnection { connection in
      var all: [[String?]] = []
      let rows = try await connection.rows(
        Query(
          "select repeat('x', 4000) as a, repeat('y', 4000) as b, repeat('z', 4000) as c, 7 as key"),
        orderedBy: ["key"], limits: limits)
      for try await batch in rows { all += texts(batch) }
      return all
    }
    #expect(wide[0][1]?.utf8.count == 4000)
    #expect(wide[0][2]?.contains("`max_row` in the source's file") == true)
    #expect(wide[0][3] == "7", "a key is known whatever stands beside it")
  }

  @Test func aBatchOfManyColumnsIsBoundedByItsMemory() async throws {
    let database = try await TestDatabase()
    let columns = (1...400).map { "\($0) as c\($0)" }.joined(separator: ", ")
    try await database.source.withConnection { connection in
      let rows = try await connection.rows(
        Query("select \(columns) from generate_series(1, 2000)"))
      var count = 0
      for try await batch in rows {
        #expect(batch.memory <= (2 << 20) + 400 * 16)
        count += batch.count
      }
      #expect(count == 2000)
    }
  }
}
