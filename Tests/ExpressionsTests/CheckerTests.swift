import Expressions
import Testing

@Suite("The checker")
struct CheckerTests {
  private let row = Evaluating([
    ("row.first_name", .nullable(.string), .null), ("row.last_name", .string, .string("Brown")),
    ("row.employee", .int, .int(42)), ("row.salary", .nullable(.double), .double(1.5)),
    ("row.active", .nullable(.bool), .bool(true)),
  ])

  @Test(
    "deduced types",
    arguments: [
      ("[1, 2]", "list(int)"), ("[1, 'a']", "list(dyn)"), ("[]", "list(dyn)"),
      ("([] + [1] + [])[0]", "int"), ("[[1]].map(x, x).map(y, y[0])", "list(int)"),
      ("[optional.none(), optional.of(1)]", "list(optional(int))"),
      ("true ? optional.of(1) : optional.of(dyn(1))", "optional(dyn)"),
      ("{'a': [], 'b': [1]}", "map(string, list(int))"), ("null", "null"),
      ("{'k': row.first_name}['k']", "nullable string"), ("[1, null]", "list(dyn)"),
      ("[[], [[]]]", "list(list(list(dyn)))"), ("{'a': 1}", "map(string, int)"),
      ("row.employee + 1", "int"), ("row.first_name", "nullable string"),
      ("[row.first_name, row.last_name]", "list(nullable string)"),
      ("row.active == true ? row.first_name : 'x'", "nullable string"),
      ("row.first_name == null ? 'x' : row.first_name", "string"),
      ("row.first_name != null ? row.first_name : 'x'", "string"),
      ("coalesce(row.first_name, '')", "string"),
      ("coalesce(row.first_name, row.first_name)", "nullable string"),
      ("coalesce(row.first_name, row.first_name, 'x')", "string"),
      ("text.clean(row.last_name)", "nullable string"),
      ("text.ascii(row.last_name)", "string"), ("text.ascii(row.first_name)", "nullable string"),
      ("text.ascii(dyn(row.first_name))", "nullable string"),
      ("link('sites', 1)", "optional(dyn)"), ("link('sites', 1).orValue(null)", "dyn"),
      ("[row.first_name].filter(x, x != null)", "list(string)"), ("type(1)", "type(int)"),
      ("[1, 2].map(x, string(x))", "list(string)"), ("optional.of(1)", "optional(int)"),
      ("true ? row.first_name : null", "nullable string"),
      ("true ? row.last_name : null", "nullable string"),
      ("true ? null : [1]", "nullable list(int)"),
      ("optional.of(row.last_name).orValue(null)", "nullable string"),
      ("coalesce(row.last_name, null)", "nullable string"),
      ("timestamp(0) - timestamp(0)", "duration"),
      ("[timestamp(0), null][0]", "nullable timestamp"),
      ("[null, optional.of(1)][0]", "nullable optional(int)"),
    ])
  func types(_ expression: String, type: String) throws {
    #expect(try row.compiled(expression).type.description == type)
  }

  @Test("CEL itself takes null for a timestamp, a duration and an abstract type")
  func unmarked() throws {
    let types = try ["[timestamp(0), null]", "[null, [ip('::1')]]", "[row.first_name, null]"].map {
      try row.compiled($0).type.unmarked.description
    }
    #expect(types == ["list(timestamp)", "list(dyn)", "list(nullable string)"])
    let risks = try row.compiled("[?true ? optional.of(1) : null]").nullRisks
    #expect(risks.map(\.range) == [2..<30])
  }

  @Test(
    "a test for null of what is never null is legal, and says so",
    arguments: [
      ("row.last_name == null ? 'x' : row.last_name", "false"),
      ("null != row.last_name", "true"), ("[row.employee].exists(x, x == null)", "false"),
      ("{'a': row.last_name}['a'] == null", "false"), ("size(row.last_name) != null", "true"),
      ("row.last_name != null ? row.last_name.trim() : null", "true"),
    ])
  func vainTest(_ expression: String, outcome: String) throws {
    let compiled = try row.compiled(expression)
    #expect(compiled.nullRisks.isEmpty && compiled.warnings.isEmpty)
    #expect(compiled.remarks.map(\.kind) == [.neverNull])
    #expect(compiled.remarks.first?.message.hasSuffix("the test is always \(outcome)") == true)
    _ = try row(expression)
  }

  @Test("a second test for null of a nullable column says nothing")
  func testedTwice() throws {
    let twice = "row.first_name != null && (row.first_name == null || row.first_name.trim() != '')"
    #expect(try row.compiled(twice).remarks.isEmpty)
  }

  @Test("a misspelt column is named, with the one that was meant")
  func unknownName() throws {
    let issue = try #require(row.issues("row.first_nam.trim()").first)
    #expect(issue.kind == .unknownName("row.first_nam"))
    #expect(issue.message == "`row.first_nam` is not declared")
    #expect(issue.help == "did you mean `row.first_name`?")
    #expect(issue.range == 0..<13)
  }

  @Test("every mistake is reported, not the first one only")
  func severalIssues() {
    let issues = row.issues("row.x + row.last_name.trimm() + (1 + 'a')")
    #expect(
      issues.map(\.kind) == [
        .unknownName("row.x"), .unknownFunction("trimm"),
        .noOverload(function: "+", arguments: [.int, .string]),
      ])
    #expect(issues[1].help == "did you mean `trim`?")
    #expect(issues[2].range == 32..<41)
  }

  @Test(
    "refused, with the way out",
    arguments: [
      ("row.last_name + null", "test for null first: `… == null ? … : …`"),
      ("row.employee == 'a'", "convert one of them, or write `dyn(…)`"),
      ("1 + 1.0", "convert one of them: `int(…)`, `double(…)`"),
      ("row.employee + 'a'", "write `string(…)` around the other operand"),
      ("true ? 'a' : 1", "make them alike, or wrap them: `dyn(…)`"),
      ("trim(row.last_name)", "it is a method: `x.trim(…)`"),
      ("row.last_name.trim", "`trim` is a function: `.trim(…)`"),
      ("has(row.last_name)", "test its value: `row.last_name != null`"),
      ("txt.clean(row.last_name)", "did you mean `text.clean`?"),
      ("text.cleen(row.last_name)", "did you mean `text.clean`?"),
      ("phone.e164(row.last_name)", "it is `phone.e164(nullable string, string)`"),
    ])
  func help(_ expression: String, help: String) {
    let issues = row.issues(expression)
    #expect(issues.map(\.help).contains(help), "\(issues)")
  }

  @Test(
    "nullable operands that nothing tested",
    arguments: [
      "row.first_name.trim()", "row.first_name + 'x'", "row.salary > 1.0", "size(row.first_name)",
      "{'M': 1}[row.first_name]", "row.active ? 1 : 2", "!row.active", "row.active && true",
      "{row.first_name: 1}", "row.first_name == null ? row.first_name.trim() : ''",
      "row.first_name != 'x' && row.first_name.trim() == ''",
      "text.clean(row.last_name).trim()", "[row.first_name].map(x, x.trim())",
    ])
  func nullRisks(_ expression: String) throws {
    let risks = try row.compiled(expression).nullRisks
    #expect(risks.count == 1, "\(risks)")
    #expect(risks.first?.kind == .nullable)
  }

  @Test(
    "nullable operands that are tested, or that do no harm",
    arguments: [
      "row.first_name != null ? row.first_name.trim() : ''",
      "row.first_name == null ? '' : row.first_name.trim()",
      "row.first_name != null && row.first_name.trim() != ''",
      "row.first_name == null || row.first_name.trim() != ''",
      "!(row.first_name == null) ? row.first_name.trim() : ''",
      "row.first_name == 'x' ? row.first_name.trim() : ''", "row.first_name == 'x'",
      "row.first_name in {'M': 1} ? {'M': 1}[row.first_name] : 0",
      "[row.first_name].filter(x, x != null).map(x, x.trim())", "text.clean(row.first_name)",
      "coalesce(row.first_name, '').trim()", "[row.first_name]", "{'a': row.first_name}",
      "link('sites', row.first_name).hasValue()", "row.first_name in ['a']",
      // What is tested need not be a column.
      "text.clean(row.first_name) == null ? '' : string(text.clean(row.first_name)).trim()",
      "text.clean(row.first_name) != null && text.clean(row.first_name).trim() != ''",
      "text.clean(row.first_name) == null || row.first_name.trim() != ''",
      "{'a': row.first_name}.a == null ? '' : row.last_name",
      "[row.first_name].all(x, text.clean(x) == null || x.trim() != '')",
      "row.salary == null ? '' : string(row.salary)", "row.salary != null && row.salary > 1.0",
      "!(row.salary == null || row.salary < 1.0)",
      "(row.first_name != null && row.salary != null) ? row.first_name + string(row.salary) : ''",
      "(row.first_name == null || row.salary == null) ? '' : row.first_name + string(row.salary)",
      "row.active != null && row.active ? row.last_name : null",
      // Nothing is known of the type, and no signature gives null.
      "string(dyn(row.employee)) + 'x'", "int(dyn(row.employee)) + 1",
      "dyn(row.salary) == null ? '' : string(dyn(row.salary)) + 'x'",
    ])
  func noNullRisks(_ expression: String) throws {
    let risks = try row.compiled(expression).nullRisks
    #expect(risks.isEmpty, "\(risks)")
  }

  @Test("a risk names the column and the way out")
  func riskMessage() throws {
    let risk = try #require(try row.compiled("row.first_name.trim()").nullRisks.first)
    #expect(risk.range == 0..<14)
    #expect(risk.message == "`row.first_name` may be null, and `trim` fails on null")
    #expect(
      risk.help
        == "`text.clean(row.first_name)` trims too and passes null on; or test it: `row.first_name == null ? … : …`"
    )
  }

  @Test("what a compiled expression tells its caller")
  func compiled() throws {
    let plain = try row.compiled("row.last_name")
    guard case .variable(slot: 1) = plain.form else {
      Testing.Issue.record("\(plain.form)")
      return
    }
    #expect(!plain.mayBeNull)
    guard case .constant(let value) = try row.compiled("1 + 2 * 3").form else {
      Testing.Issue.record("not folded")
      return
    }
    #expect(value == .int(7))
    let call = try row.compiled(
      "link(\"sites\", row.employee, row.last_name).orValue(row.employee)")
    #expect(call.slots == [1, 2])
    #expect(call.hostCalls.map(\.function) == ["link"])
    #expect(call.hostCalls.first?.literal == "sites")
    #expect(call.hostCalls.first?.range == 0..<42)
    #expect(try call.evaluate(row) == .int(3))
  }

  @Test("patterns that RE2 refuses are warned of")
  func badPattern() throws {
    let program = try row.compiled("row.last_name.matches('(?=x)')")
    #expect(program.warnings.map(\.kind) == [.badPattern])
  }

  @Test(
    "constants that never work are warned of",
    arguments: [
      "1 / 0", "date.format(row.first_name, 'MMM')", "phone.e164(row.first_name, 'DE')",
      "{'a': 1, 'a': 2}", "{1.5: 1}", "'x'.charAt(5)",
    ])
  func alwaysFails(_ expression: String) throws {
    #expect(try row.compiled(expression).warnings.map(\.kind) == [.alwaysFails])
  }
}
