import Foundation
import Testing

@testable import Postgres

@Suite struct PreparedTextTests {
  @Test(arguments: [
    ("select :a", "select $1", ["a"]),
    ("select :a, :b, :a", "select $1, $2, $1", ["a", "b"]),
    ("select x::text, :a::int", "select x::text, $1::int", ["a"]),
    ("select ':a', \":b\", 'it''s :c'", "select ':a', \":b\", 'it''s :c'", []),
    (#"select E'\':a', :b"#, #"select E'\':a', $1"#, ["b"]),
    (#"select '\', :b"#, #"select '\', $1"#, ["b"]),
    ("select $$ :a $$, $t$ :b $$ $t$, :c", "select $$ :a $$, $t$ :b $$ $t$, $1", ["c"]),
    ("select a$b, :c from t$1$", "select a$b, $1 from t$1$", ["c"]),
    ("select 1 -- :a\n, :b", "select 1 -- :a\n, $1", ["b"]),
    ("select 1 /* :a /* :b */ :c */, :d", "select 1 /* :a /* :b */ :c */, $1", ["d"]),
    ("select x[1:n], x[:n], x[a:b]", "select x[1:n], x[:n], x[a:b]", []),
    ("select x[(:n)], array[:a, x[1:b]]", "select x[($1)], array[$2, x[1:b]]", ["n", "a"]),
    ("select ARRAY [[:a],[:b]]", "select ARRAY [[$1],[$2]]", ["a", "b"]),
    ("select f(x := :a)", "select f(x := $1)", ["a"]),
    ("select :année", "select $1", ["année"]),
    ("  ;", "", []),
    ("\n select 1 ; -- end\n ; /* x */", "select 1 ", []),
  ])
  func parametersAreFound(sql: String, expected: String, names: [String]) throws {
    guard !expected.isEmpty else {
      #expect(throws: PostgresError.self) { try PreparedText(sql) }
      return
    }
    let prepared = try PreparedText(sql)
    #expect(prepared.sql == expected)
    #expect(prepared.names == names)
  }

  @Test(arguments: [
    ("select 1; select 2", 10), ("select 1;;drop table x", 10), ("select 'abc", 7),
    ("select 1 /* /* */", 9), ("select \"x", 7), ("select $a$ x $b$", 7), ("select $1", 7),
    ("-- nothing", 0), ("select 'é' \0", 12),
  ])
  func textThatIsNotOneStatementIsRefused(sql: String, position: Int) {
    let error = #expect(throws: PostgresError.self) { try PreparedText(sql) }
    #expect(error?.code == .statement)
    #expect(error?.position == position)
  }

  @Test func offsetsMapBack() throws {
    let original = "/* é */ select :first, 'ü', :x, :first, oops"
    let prepared = try PreparedText(original)
    func check(_ needle: String, in rewritten: String) throws {
      let at = try #require(offset(of: rewritten, in: prepared.sql))
      let back = try #require(offset(of: needle, in: original))
      #expect(prepared.originalOffset(of: at) == back)
    }
    try check("select", in: "select")
    try check(":first", in: "$1")
    try check(":x", in: "$2")
    try check("'ü'", in: "'ü'")
    try check("oops", in: "oops")
  }
}

/// The UTF-8 offset of the first `needle`.
func offset(of needle: String, in text: String) -> Int? {
  text.range(of: needle).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
}
