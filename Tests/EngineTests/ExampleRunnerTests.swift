import Diagnostics
import Engine
import Programs
import Rows
import Testing

@Suite struct ExampleRunnerTests {
  private func findings(_ tests: String, typed: Bool = true) throws -> [String] {
    let mapping = Stage.things + "\ntests:\n" + tests
    let program = try ProjectText(
      target: Stage.target, schemas: Stage.schemas,
      mappings: ["groups": Stage.groups, "things": mapping]
    ).programs(typed ? ["things": Stage.thingColumns] : [:])[1]
    return ExampleRunner.run(program, integerIDs: ["groups"]).map(\.message)
  }

  @Test(arguments: [true, false]) func anExampleComesOut(typed: Bool) throws {
    let test = """
        - name: all of it
          row: { id: 4, name: a, size: 3, group: 7 }
          links: [{ mapping: groups, key: [7], id: 70 }]
          expect: { code: t4, name: a, note: null, size: 3, group_id: 70, active: 1 }
      """
    #expect(try findings(test, typed: typed) == [])
  }

  @Test func whatDoesNotComeOutIsSaidFieldByField() throws {
    let test = """
        - name: wrong
          row: { id: 4, name: a, size: 3 }
          expect: { code: t5, size: "3", nonsense: 1 }
      """
    #expect(
      try findings(test) == [
        "the example “wrong” does not come out: `code` is \"t4\", and \"t5\" was expected",
        "the example “wrong” does not come out: `size` is 3, and \"3\" was expected",
        "the example “wrong” does not come out: `nonsense` is not a field of this mapping",
      ])
  }

  @Test(arguments: [
    ("row: { id: 4 }\n      rejected: name is required", ""),
    (
      "row: { id: 4 }\n      rejected: something", "is refused for another reason: name is required"
    ),
    ("row: { id: 4 }\n      expect: { code: t4 }", "the record is refused: name is required"),
    ("row: { id: 4, name: a }\n      rejected: name", "the record is accepted"),
    ("row: { id: 4, name: a, group: 1 }\n      expect: { code: t4 }", "would wait for groups 1"),
    ("row: { id: 4, nam: a }\n      expect: { code: t4 }", "`nam` is not a column"),
    ("row: { id: 4, name: a, size: big }\n      expect: { size: 1 }", "is \"big\" in the example"),
  ])
  func anExampleMayExpectARefusal(test: String, words: String) throws {
    let found = try findings("  - name: n\n    " + test.replacing("\n  ", with: "\n"))
    if words.isEmpty {
      #expect(found == [])
    } else {
      #expect(try found.only().contains(words), "\(found)")
    }
  }
}
