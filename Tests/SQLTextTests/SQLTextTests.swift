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

  @Test(arguments: [
    "select * from t", "select a.* from a", "select a + b from t",
    "select case when a then b end from t", "",
  ])
  func namesThatCannotBeTold(_ sql: String) {
    #expect(SelectList(of: sql) == nil)
  }
}
