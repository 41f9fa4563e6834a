import Expressions
import Testing

@Suite("Costs and budgets")
struct CostTests {
  private static let columns = [
    Variable("row.name", .string, maximumSize: 60), Variable("row.note", .nullable(.string)),
    Variable("row.codes", .list(.string), maximumSize: 10), Variable("row.id", .int),
  ]

  private func compiled(
    _ text: String, limit: Double = Cost.standardLimit
  ) -> Result<CompiledExpression, Issues> {
    Compiler.compile(text, in: Environment(variables: Self.columns, costLimit: limit))
  }

  @Test(
    "an estimate has a lower and an upper bound",
    arguments: [
      ("1 + 2", 1.0, 1.0), ("row.id", 1.0, 1.0), ("row.id + 1", 2.0, 2.0),
      // Comparing 60 bytes, or none of them.
      ("row.name == row.name", 3.0, 9.0), ("row.name == 'ab'", 2.0, 2.2),
      // Either branch; the second operand perhaps.
      ("row.id > 0 ? row.id : row.id + row.id", 3.0, 5.0), ("row.id > 0 || row.id < 9", 2.0, 4.0),
      ("[row.id, row.id]", 12.0, 12.0), ("{'a': row.id}", 31.0, 31.0),
      // Ten rounds of 1 + (1 + 1), or none; quantifiers may stop after the first of three.
      ("row.codes.map(x, size(x) + 0)", 11.0, 4147.0), ("[1, 2, 3].all(x, x > 0)", 13.0, 19.0),
      ("[1, 2, 3].map(x, x)", 26.0, 26.0), ("row.name.matches('^a+$')", 2.2, 14.2),
      ("row.name.contains('ab')", 2.0, 9.2), ("cel.bind(x, row.id, x + x)", 4.0, 4.0),
      ("optional.of(row.id).optMap(x, x + 1)", 2.0, 4.0),
    ])
  func estimates(_ text: String, least: Double, most: Double) throws {
    let cost = try compiled(text).get().cost
    #expect((cost.least * 100).rounded() / 100 == least, "\(text)")
    #expect((cost.most * 100).rounded() / 100 == most, "\(text)")
  }

  @Test(
    "what may cost too much is refused, and the part that does is named",
    arguments: [
      // Every byte of an undeclared text, looked for in the whole text.
      (
        "row.id == 1 && row.note != null && row.note.split('').all(x, row.note.contains(x))",
        35..<82
      ),
      ("row.note.split('').map(x, row.note.split('').map(y, x + y))", 26..<58),
      ("lists.range(row.id).map(x, lists.range(row.id).map(y, x * y)).size()", 0..<61),
    ])
  func tooCostly(_ text: String, range: Range<Int>) throws {
    guard case .failure(let issues) = compiled(text) else {
      Issue.record("it compiles")
      return
    }
    #expect(issues.all.map(\.kind) == [.tooCostly])
    #expect(issues.all.first?.range == range)
  }

  @Test("a declared length makes the same expression cheap")
  func declared() throws {
    _ = try compiled("row.name.split('').all(x, row.name.contains(x))").get()
    let program = try compiled("row.codes.map(x, row.codes.map(y, x == y))").get()
    #expect(program.cost.most < 100_000)
    guard case .failure = compiled("row.codes.map(x, row.codes.map(y, x == y))", limit: 1000) else {
      Issue.record("a limit of 1,000 is no limit")
      return
    }
  }

  @Test(
    "a budget that is used up is absorbed by no operator",
    arguments: [
      "LOOP || true", "true && LOOP", "!LOOP && false", "LOOP ? true : true", "false ? 1 : LOOP2",
      "[true, false].exists(x, LOOP || x)", "[false].all(x, LOOP && x)", "[1].exists_one(x, LOOP)",
      "optional.of(1).optMap(x, LOOP).orValue(true)", "[LOOP].size() == 1 || true",
      "optional.of(1).optFlatMap(x, optional.of(LOOP)).or(optional.of(true))",
      "{'a': LOOP}.?a.orValue(true)", "cel.bind(x, LOOP, true) || true",
      "[1].filter(x, LOOP).size() == 0 || true",
    ])
  func budget(_ text: String) throws {
    let list = "[1,2,3,4,5,6,7,8,9,10]"
    let loop = "\(list).all(a, \(list).all(b, \(list).all(c, a + b + c > 0)))"
    let expression = text.replacing("LOOP2", with: "size(\(list).filter(a, \(loop)))")
      .replacing("LOOP", with: loop)
    let tight = Budget(steps: 1000, size: 1000)
    #expect(try Evaluating().error(expression, budget: tight)?.kind == .budget)
    #expect(try Evaluating().error(expression) == nil)
  }

  @Test("a pattern that comes from a row is paid for, with the text in which it is looked for")
  func patternsFromRows() throws {
    func error(_ pattern: String, in text: String) throws -> EvaluationError? {
      try Evaluating(
        [("text", .string, .string(text)), ("pattern", .string, .string(pattern))],
        costLimit: .infinity
      ).error("text.matches(pattern)")
    }
    let long = String(repeating: "a", count: 4 << 20)
    #expect(try error("^[a-z]+ [0-9]{1,4}$", in: "main street 12") == nil)
    #expect(try error("(a|aa)+b", in: String(repeating: "a", count: 10_000)) == nil)
    #expect(try error("(a|b)*a(a|b){200}c", in: long)?.kind == .budget)
    #expect(try error("((x+x+)+y){80}z", in: long)?.kind == .budget)
    #expect(try error(String(repeating: "a", count: 1001), in: "a")?.kind == .budget)
    // Too large a program is no valid pattern here, however short its text is.
    #expect(try error("(\\pL{30}){30}", in: "a") != nil)
  }

  @Test("what grows by doubling stops at the size that is allowed")
  func growth() throws {
    let doubling = (0..<40).reduce("x") { text, _ in "cel.bind(x, x + x, \(text))" }
    let short = Evaluating([("y", .string, .string("abc"))], costLimit: .infinity)
    #expect(try short.error("cel.bind(x, y, \(doubling)) == '' || true")?.kind == .budget)
    let sharing = (0..<40).reduce("x") { text, _ in "cel.bind(x, [x, x], \(text))" }
    #expect(try short.error("cel.bind(x, dyn([y]), \(sharing))")?.kind == .budget)
    let replacing = "y.replace('', y).replace('', y).replace('', y)"
    let long = Evaluating(
      [("y", .string, .string(String(repeating: "x", count: 10_000)))], costLimit: .infinity)
    #expect(try long.error(replacing)?.kind == .budget)
    #expect(Evaluating([("y", .string, .null)]).issues(replacing).map(\.kind) == [.tooCostly])
  }
}
