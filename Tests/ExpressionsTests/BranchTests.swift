import Testing

@testable import Expressions

@Suite struct BranchTests {
  private static let variables: [(String, CELType)] = [
    ("a", .nullable(.string)), ("b", .nullable(.string)), ("n", .int),
  ]

  private func traced(_ text: String) throws -> TracedExpression {
    try Compiler.compile(
      text,
      in: Environment(variables: Self.variables.map { Variable($0.0, $0.1) })
    ).get().traced()
  }

  private func words(_ points: [BranchPoint], of text: String) -> [String] {
    let bytes = Array(text.utf8)
    return points.map { String(decoding: bytes[$0.range], as: UTF8.self) + ": " + $0.way }
  }

  @Test(
    "Each place where an expression parts has its ways",
    arguments: [
      ("a", []),
      ("text.clean(a)", []),
      ("n == 1 ? 'x' : 'y'", ["'x': the condition holds", "'y': the condition does not hold"]),
      (
        "coalesce(a, b, 'none')",
        ["a: this has a value", "a: this is null", "b: this has a value", "b: this is null"]
      ),
      ("required(a)", ["a: this has a value", "a: this is null"]),
      (
        "try(phone.e164(a, 'US')).orValue(null)",
        [
          "phone.e164(a, 'US'): this is accepted", "phone.e164(a, 'US'): this is refused",
        ]
      ),
      ("true ? a : required(b)", []),
    ] as [(String, [String])])
  func points(_ text: String, _ expected: [String]) throws {
    #expect(words(try traced(text).points, of: text) == expected)
  }

  @Test("An evaluation reaches the ways that it goes, also where it fails")
  func reached() throws {
    let text = "n == 1 ? required(a) : coalesce(b, 'none')"
    let expression = try traced(text)
    #expect(expression.missed.count == 6)
    #expect(try expression.evaluate(SlotValues([.string("x"), .null, .int(1)])) == .string("x"))
    #expect(try expression.evaluate(SlotValues([.null, .null, .int(2)])) == .string("none"))
    #expect(
      words(expression.missed, of: text) == ["a: this is null", "b: this has a value"])
    #expect(throws: EvaluationError.self) {
      try expression.evaluate(SlotValues([.null, .null, .int(1)]))
    }
    #expect(words(expression.missed, of: text) == ["b: this has a value"])
  }
}
