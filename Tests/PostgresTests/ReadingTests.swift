import Foundation
import Rows
import Testing

@testable import Postgres

@Suite struct ReadingTests {
  @Test func keyOrderIsByteOrderWhateverTheStatementEndsIn() async throws {
    let database = try await TestDatabase(
      """
      create collation english (provider = icu, locale = 'en');
      create table t (k text collate english, n int);
      insert into t values ('b', 1), ('A', 1), ('a', 2), ('é', 1), ('Z', 3), (null, 9), ('a', 1);
      """)
    let expected = [
      ["A", "1"], ["Z", "3"], ["a", "1"], ["a", "2"], ["b", "1"], ["é", "1"], [nil, "9"],
    ]
    for sql in [
      "select k, n from t", "select k, n from t;", "select k, n from t -- no more",
      "select k, n from t /* a */ ; -- b", "with x as (select * from t) select * from x order by n",
    ] {
      #expect(try await database.all(sql, orderedBy: ["k", "n"]) == expected, "\(sql)")
    }
    let reversed = try await database.all("select k, n, k as k from t", orderedBy: ["n"])
    #expect(reversed.count == 7)
    #expect(
      try await database.error("select k, n, k as k from t", orderedBy: ["k"])?.code == .statement)
    #expect(try await database.error("select n from t", orderedBy: ["k"])?.code == .statement)
  }

  @Test func strangeColumnNamesAndPaddedKeysAreFine() async throws {
    let database = try await TestDatabase()
    let rows = try await database.all(
      """
      select * from (values ('a'::char(3), 1), (E'a\\t', 2), ('b', 0)) as t ("x"") y", "select")
      """, orderedBy: ["x\") y"])
    #expect(rows == [["a", "1"], ["a\t", "2"], ["b", "0"]])
  }

  @Test func batchesKeepTheirBoundsAndTheEndIsTold() async throws {
    let database = try await TestDatabase()
    try await database.source.withConnection { connection in
      let rows = try await connection.rows(
        Query("select generate_series(1, 10)"), limits: ReadLimits(batchRows: 4))
      var iterator = rows.makeAsyncIterator()
      var counts: [Int] = []
      while let batch = try await iterator.next() { counts.append(batch.count) }
      #expect(counts == [4, 4, 2])
      let end = try await iterator.next()
      #expect(end == nil)

      let wide = try await connection.rows(
        Query("select repeat('x', 1000) from generate_series(1, 10)"),
        limits: ReadLimits(batchRows: 100, batchBytes: 2500))
      counts = []
      for try await batch in wide { counts.append(batch.count) }
      #expect(counts == [3, 3, 3, 1])

      let none = try await connection.rows(Query("select 1 as one where false"))
      for try await _ in none { Issue.record("a batch without rows") }
      #expect(none.columns.map(\.name) == ["one"])
    }
  }

  @Test func tooManyRowsAreAnError() async throws {
    let database = try await TestDatabase()
    let connection = try await database.source.connect()
    let rows = try await connection.rows(
      Query("select generate_series(1, 10)"), limits: ReadLimits(batchRows: 4, rows: 9))
    let error = await #expect(throws: PostgresError.self) { for try await _ in rows {} }
    #expect(error?.code == .limit)
    // The connection is still of use.
    for try await batch in try await connection.rows(Query("select 1")) {
      #expect(batch.int(0, 0) == 1)
    }
    await connection.close()
  }

  @Test func oneConnectionServesQueriesInTurnAndAHalfReadOneGivesWay() async throws {
    let database = try await TestDatabase()
    try await database.source.withConnection { connection in
      let first = try await connection.rows(
        Query("select generate_series(1, 1000000)"), limits: ReadLimits(batchRows: 10))
      var iterator = first.makeAsyncIterator()
      #expect(try await iterator.next()?.count == 10)
      let second = try await connection.rows(Query("select 'second'"))
      for try await batch in second { #expect(batch.text(0, 0) == "second") }
      var error: PostgresError?
      do {
        while try await iterator.next() != nil {}
      } catch let caught as PostgresError {
        error = caught
      }
      #expect(error?.code == .cancelled)
    }
  }

  @Test func aSnapshotDoesNotSeeLaterWrites() async throws {
    let database = try await TestDatabase(
      "create table t as select generate_series(1, 20000) as n")
    try await database.source.withConnection { connection in
      let rows = try await connection.rows(
        Query("select n, (select count(*) from t) from t"), limits: ReadLimits(batchRows: 100))
      var count = 0
      for try await batch in rows {
        if count == 0 { try await database.execute("delete from t where n > 10") }
        count += batch.count
        #expect(batch.int(0, 1) == 20000)
      }
      #expect(count == 20000)
    }
  }

  @Test(
    .disabled(
      if: ProcessInfo.processInfo.environment["CROSSWALK_SANITIZER"] != nil,
      "sanitizers keep what is freed"))
  func readingManyRowsTakesLittleMemory() async throws {
    let database = try await TestDatabase()
    try await database.source.withConnection { connection in
      let rows = try await connection.rows(
        Query("select n, repeat('x', 100000) as pad from generate_series(1, 15000) as n"),
        orderedBy: [], limits: ReadLimits(batchRows: 1000))
      var count = 0
      var sum: Int64 = 0
      var before = 0
      for try await batch in rows {
        count += batch.count
        for row in 0..<batch.count { sum += batch.int(row, 0) }
        if before == 0 { before = try residentKilobytes() }
      }
      #expect(count == 15000)
      #expect(sum == 15000 * 15001 / 2)
      // The rows are 1,500 MB in all; other tests of this process take their part of the difference.
      #expect(try residentKilobytes() - before < 1_000_000)
    }
  }

  @Test func textOfNoEncodingIsUnreadableAndTheRestGoesOn() async throws {
    let database = try await TestDatabase(
      """
      create table t (id int, name text);
      insert into t values (1, 'Ren' || chr(233)), (2, E'Ren\\303\\251');
      """, encoding: "SQL_ASCII")
    let rows = try await database.all("select id, name from t", orderedBy: ["id"])
    #expect(rows[0][1]?.hasPrefix("!holds text that is not UTF-8") == true)
    #expect(rows[1] == ["2", "René"])
    let sql = "select 'é', oops"
    #expect(try await database.error(sql)?.position == offset(of: "oops", in: sql))
  }

  @Test func textOfAnotherEncodingIsConverted() async throws {
    let database = try await TestDatabase(encoding: "WIN1252")
    #expect(try await database.all("select 'René €'") == [["René €"]])
    let error = try await database.error("select :v as v", ["v": .text("日本")])
    #expect(error?.code == .encoding)
  }

  @Test func injectionStringsAreOnlyValues() async throws {
    let database = try await TestDatabase("create table t (id int, name text)")
    let attacks = Self.attacks
    #expect(attacks.count >= 50)
    try await database.source.withConnection { connection in
      for attack in attacks {
        let query = Query(
          "select :v as v, count(*) filter (where name = :v) from t",
          parameters: ["v": .text(attack)])
        let rows = try await connection.rows(query)
        for try await batch in rows {
          #expect(batch.text(0, 0).utf8.elementsEqual(attack.utf8))
          #expect(batch.int(0, 1) == 0)
        }
        let list = Query("select (:v)[1] as v", parameters: ["v": .texts([attack])])
        for try await batch in try await connection.rows(list) {
          #expect(batch.text(0, 0).utf8.elementsEqual(attack.utf8))
        }
      }
    }
    let tables = try await database.all(
      "select relname from pg_class where relnamespace = 'public'::regnamespace")
    #expect(tables == [["t"]])
  }

  static let attacks: [String] = {
    let heads = ["'", "\"", "\\'", "$$", "1", "')", "*/", "\u{2019}", "%27", "E'\\''"]
    let tails = [
      "; drop table t; --", " or 1=1 --", " union select 1 /*", "::int; select pg_sleep(9)",
      "\n\\! ls", " :v $1",
    ]
    return heads.flatMap { head in tails.map { head + $0 } }
  }()

  private func residentKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(separator: " ").dropFirst().first ?? ""))
  }
}
