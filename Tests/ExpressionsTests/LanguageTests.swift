import Expressions
import Testing

@Suite("The language")
struct LanguageTests {
  @Test(
    "what implementations get wrong",
    arguments: [
      // Errors and logic.
      "(1/0 > 0) || true", "!((1/0 > 0) && false)", "true || (1/0 > 0)",
      "[1,2,3].all(e, 6/(2-e) == 6) == false", "false ? 1/0 > 0 : true",
      "true ? true : false ? false : false",
      // Numbers.
      "-9223372036854775808 < 0", "-7 / 2 == -3 && -3 % 5 == -3", "0xFFu == 255u",
      ".5 + 1e3 == 1000.5", "dyn(1) == 1.0 && dyn(1u) == 1", "1.0/0.0 > 1e308",
      "!(dyn(9223372036854775807) < 9223372036854775808.0)", "dyn(-1) < 0u", "0.0 == -0.0",
      "0.0/0.0 != 0.0/0.0", "![0.0/0.0].exists(x, x == x)", "int(-7.9) == -7",
      "string(1.0) == '1' && string(77u) == '77'", "string(-4.5e-3) == '-0.0045'",
      // Collections.
      "{1: 'a'}[dyn(1.0)] == 'a'", "{1u: 2}[dyn(1)] == 2", "!(dyn(3.1) in {3: 1})",
      "[7,8][dyn(0u)] == 7", "{'in': 1,}.size() == 1", "dyn([1, 'a']) != [1, 'b']",
      "{1: 1.0, 2u: 3u} == {1u: 1, 2: 3.0}", "has({'a': null}.a)", "!has({'a': 1}.b)",
      "type([1]) == type(['a'])", "type(type(1)) == type", "{'for': 1}.for == 1",
      // Text counts code points and compares them.
      "size('e\\u0301') == 2", "'e\\u0301' != '\\u00e9'", "size('\\r\\n') == 2",
      "!'e\\u0301x'.contains('\\u00e9')", "'a\\u0301'.startsWith('a')",
      "!('\\u00e9' in {'e\\u0301': 1})", "b'\\377' != bytes('\\377')", "size(b'ÿ') == 2",
      "'tacocat'.charAt(7) == ''", "'abc'.indexOf('') == 0 && 'abc'.lastIndexOf('') == 3",
      "'a b'.split(' ', 0) == [] && 'a b'.split(' ', -1) == ['a', 'b']",
      "'\\u0085\\u00a0\\u3000x\\u200b'.trim() == 'x\\u200b'", "'ÀB'.lowerAscii() == 'Àb'",
      "'%.0f %.0f %.2e'.format([2.5, 3.5, 12345.0]) == '2 4 1.23e+04'",
      "'%.3f'.format([1.0005]) == '1.000'", "'%s'.format([{2: 'b', 1: 'a'}]) == '{1: a, 2: b}'",
      "'%f'.format([1e22]) == '10000000000000000000000.000000'", "r'\\n' == '\\\\n'",
      // Time.
      "timestamp('2009-02-13T23:31:30Z').getMonth() == 1",
      "timestamp('2009-02-13T23:31:30Z').getDayOfMonth('US/Central') == 12",
      "timestamp('2009-02-13T23:31:30Z').getHours('-09:30') == 14",
      "duration('1h30m') == duration('5400s') && string(duration('1h')) == '3600s'",
      "duration('1.5s').getMilliseconds() == 500", "duration('-1.5h').getMinutes() == -90",
      "timestamp(0) + duration('1ns') > timestamp(0)", "int(timestamp(5)) == 5",
      // Macros and bindings.
      "[1,2,3].map(x, x > 1, x * x) == [4, 9]", "{'a': 1}.map(k, k) == ['a']",
      "[0, 2].exists_one(x, x == 2)", "[3,4].transformList(i, v, i + v) == [3, 5]",
      "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}", "cel.bind(x, 2, x + x) == 4",
      "[1].exists(x, [2].exists(x, x == 2) && x == 1)", "[3,1,2].sortBy(x, -x) == [3,2,1]",
      // Words and blanks.
      "// a comment\n42 == 42 // and another", "\t1 ==\u{0C}\r\n1 ", "{'a-b.c': 1}.`a-b.c` == 1",
      "cel.bind(x, 0, x == 0) && cel.bind(x, {'y': 0}, x.y == 0)",
      "'\\u180etext\\u200b\\ufeff'.trim() == '\\u180etext\\u200b\\ufeff'",
      // Optionals.
      "{'a': 1}.?a.orValue(0) == 1 && {}.?a.orValue(0) == 0", "[1][?5].hasValue() == false",
      "{?'a': optional.none()} == {}", "optional.of(1).optMap(x, x + 1).value() == 2",
    ])
  func pitfalls(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "what fails when evaluated",
    arguments: [
      ("9223372036854775807 + 1", EvaluationError.Kind.range), ("0u - 1u", .range),
      ("-(-9223372036854775808)", .range), ("-9223372036854775808 / -1", .range),
      ("-9223372036854775808 % -1", .range), ("1 / 0", .divisionByZero),
      ("int(-9223372036854775808.0)", .range), ("uint(-0.5)", .range), ("[1][1]", .range),
      ("{'a': 1}['b']", .noSuchKey), ("dyn('a') < 1", .noOverload),
      ("{1: 1, 1u: 2}", .invalidArgument),
      ("'x'.charAt(2)", .range), ("string(b'\\xff')", .invalidArgument),
      ("'x'.matches('(')", .invalidArgument), ("timestamp('2020-01-01')", .invalidArgument),
      ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", .range),
      ("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", .range),
      ("timestamp(0).getHours('Mars/Base')", .invalidArgument), ("bool('TrUe')", .invalidArgument),
      ("dyn(null) + 1", .noOverload), ("[1, 2].exists_one(x, 1 / (x - 1) == 1)", .divisionByZero),
    ])
  func failures(_ expression: String, kind: EvaluationError.Kind) throws {
    #expect(try Evaluating().error(expression)?.kind == kind)
  }

  @Test("an error names the function, the types and the place")
  func errorMessage() throws {
    let row = Evaluating([("row.name", .nullable(.string), .null)])
    let error = try #require(try row.error("'a' + row.name.trim()"))
    #expect(error.message == "`trim` does not take null")
    #expect(error.range == 6..<21)
  }

  @Test(
    "what is refused while parsing",
    arguments: [
      "", "1.", "1 +", "'abc", "\"\\q\"", "b'\\u0041'", "'\\ud800'", "9223372036854775808",
      "a b", "f(1,)", "[1,,2]", "has(x)", "[1].map(a.b, 1)", "if", "{1}", "a = 1", "# no",
      "'\\777'", "-!1",
    ])
  func syntax(_ expression: String) {
    let issues = Evaluating().issues(expression)
    #expect(issues.count == 1)
    #expect(issues.first?.kind == .syntax)
  }

  @Test("long and deep expressions are refused, ordinary ones are not")
  func limits() throws {
    let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
    #expect(Evaluating().issues(deep).first?.kind == .tooDeep)
    let lists = String(repeating: "[", count: 5000)
    #expect(Evaluating().issues(lists).first?.kind == .tooDeep)
    let chain = Array(repeating: "1", count: 5000).joined(separator: "+")
    #expect(Evaluating().issues(chain).first?.kind == .tooDeep)
    let long = "'" + String(repeating: "x", count: 100_000) + "'"
    #expect(Evaluating().issues(long).first?.kind == .tooDeep)
    let terms = Array(repeating: "true", count: 1000).joined(separator: " && ")
    #expect(try holds(terms))
    let nested = String(repeating: "(", count: 100) + "true" + String(repeating: ")", count: 100)
    #expect(try holds(nested))
    let sums = Array(repeating: "1", count: 150).joined(separator: " + ")
    #expect(try Evaluating()(sums) == .int(150))
    let deepest = String(repeating: "[", count: 155) + String(repeating: "]", count: 155)
    #expect(try holds("size(\(deepest)) == 1"))
  }

  @Test("a host that fails is not absorbed either")
  func hostFailure() throws {
    let functions = FunctionLibrary.standard.adding(
      Function(host: "ask", [.function(returns: .bool)]))
    let environment = Environment(variables: [], functions: functions)
    let program = try Compiler.compile("ask() || true", in: environment).get()
    #expect(throws: EvaluationError(.host, "no ask", range: 0..<5)) {
      try program.evaluate(Evaluating())
    }
  }

  @Test("names: dotted variables, containers, loop variables")
  func names() throws {
    let values = Evaluating([
      ("a.b.c", .string, .string("long")), ("a.b", .map(.string, .string), .null),
      ("y", .int, .int(7)),
    ])
    #expect(try values("a.b.c") == .string("long"))
    #expect(try values("[1].map(y, y)") == .list([.int(1)]))
    #expect(try values("[1].map(y, .y)") == .list([.int(7)]))
    let environment = Environment(
      variables: [Variable("x.y", .bool), Variable("y", .string)], container: "x")
    let program = try Compiler.compile("y", in: environment).get()
    #expect(program.type == .bool)
    #expect(program.slots == [0])
  }
}
