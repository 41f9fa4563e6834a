import SQLText
import Testing

@Suite struct SQLTextTests {
  func parameters(_ sql: String) -> [String] {
    SQLScanner.tokens(of: sql).compactMap {
      if case .parameter(let name) = $0.kind { name } else { nil }
    }
  }

  @Test func parametersAreFoundOnlyWhereTheyAre() {
    #expect(
      parameters("select :a, b::int, x[1:2], ':no', \":no\", $$ :no $$, $q$ :no $q$") == ["a"])
    #expect(parameters("select 1 -- :no\n/* :no /* :no */ :no */ where x = :yes") == ["yes"])
    #expect(parameters("select e'it\\'s :no', :yes") == ["yes"])
  }

  @Test func namesOfASelectList() {
    let list = SelectList(
      of: """
        with t as (select a, b from c)
        select distinct on (e."X") e."PRCo" as company, trim(e."T") as title, e."Job", count(*), now(), x y
          from t
        """)
    #expect(list?.items.map(\.name) == ["company", "title", "Job", "count", "now", "y"])
  }

  @Test(
    "What no server takes, at its place",
    arguments: [
      ("select (a from t", "("), ("select a) from t", ")"), ("select a[1 from t", "["),
      ("select a from t; select b from u", "select b"), ("; select a from t;", ""),
      ("select a, from t", ", from"), ("select f(a, ) from t", ", )"), ("select [a] from t", "[a]"),
      ("select t.[a] from t", "[a]"), ("select a where b = ${X}", "${X}"),
      ("select {{ a }} from t", "{{ a }"), ("update t set a = 1", "update"),
      ("select array[a, b], a[1], '{x', \"y[\" from t -- ; (", ""),
      ("(select a from t) union (select b from u)", ""), ("with x as (select 1) table x", ""),
      ("values (1, 2)", ""), ("select $$ ; ( { $$", ""),
    ])
  func faults(sql: String, place: String) throws {
    let fault = SQLFault.first(in: try SQLScanner.scan(sql))
    let rest = fault.map {
      String(decoding: Array(sql.utf8)[$0.range.lowerBound...], as: UTF8.self)
    }
    #expect((rest ?? "").hasPrefix(place) && (rest == nil) == place.isEmpty, "\(rest ?? "nothing")")
  }

  @Test(
    "A limit counts outside of parentheses only",
    arguments: [
      ("select a from t limit 3", true), ("select a from t offset :n", true),
      ("select a from t fetch first row only", true),
      ("select a from (select a from t limit 3) t", false),
      ("select t.limit, t.a as offset from t", false), ("select a limit from t", false),
    ])
  func limits(sql: String, isLimited: Bool) {
    #expect((SQLToken.limit(in: SQLScanner.tokens(of: sql)) != nil) == isLimited)
  }

  @Test(arguments: [
    "select * from t", "select a.* from a", "select a + b from t",
    "select case when a then b end from t", "", "select cast(a as text), cast(b as text) from t",
    "select trim(a) from t",
  ])
  func namesThatCannotBeTold(_ sql: String) {
    #expect(SelectList(of: sql) == nil)
  }
}
