import Diagnostics
import Expressions
import JSON
import Programs
import Rows
import Testing

/// One small mapping for each mistake: the code stands in a comment on the line where it is to be found.
@Suite struct MistakeTests {
  private static let rest = """

      code: string(row.id)
      name: coalesce(row.name, "?") + string(row.age == null) + coalesce(row.born, "")
    """

  @Test func aMappingWithoutMistakes() throws {
    #expect(try Workshop().expectCommentedFindings().isEmpty)
    #expect(try Workshop(columns: nil).expectCommentedFindings().isEmpty)
  }

  @Test(arguments: [
    "age: row.age + # error E201", "age: 'age' # error E202", "age: row # error E202",
    "age: parameters.none # error E202", "age: row.aeg # error E203",
    "age: text.nonsense(row.age) # error E204", "age: size(row.age == 1) # error E205",
    "born: row.name.trim() # warning E206 warning E320",
    #"active: coalesce(row.name, "").split("").all(x, row.name == x + coalesce(row.name, "")) # warning E208"#,
    "age: 'row.age == null ? 1 / 0 : row.age' # error E209",
    "born: date.format(row.born, \"yyyy-qq\") # error E209",
    #"active: row.name == null || row.name.matches("(?!x)") # error E210"#,
    "age: row.name # error E301", "born: row.age # error E301", "active: row.age # error E301",
    "colour: row.name # error E302",
    "age: { value: 200 } # error E304", "born: { value: 2024-02-30 } # error E304",
    "age: { value: x } # error E304", "active: { value: 1 } # error E304",
    "age: { from: row.name, values: { A: 200 } } # error E304",
    "age: { from: row.name, values: { A: 20 }, otherwise: -1 } # error E304",
    "team_id: link(string(row.id), row.id) # error E305",
    "team_id: 'link(\"teams\", row.id)' # error E305",
    "team_id: 'link(\"users\", row.id, 1)' # error E305",
  ])
  func ofAField(line: String) throws {
    try Workshop(fields: "  \(line)" + Self.rest).expectCommentedFindings()
  }

  @Test func anExpressionWithoutBounds() throws {
    let deep = String(repeating: "(", count: 400) + "1" + String(repeating: ")", count: 400)
    try Workshop(fields: "  age: '\(deep)' # error E207" + Self.rest).expectCommentedFindings()
  }

  @Test func aRequiredFieldThatIsNotMapped() throws {
    try Workshop(
      fields: "  code: string(row.id)\n  age: row.age",
      query: "  sql: select id, age from users", resource: "users # error E303",
      columns: [Workshop.columns[0], Workshop.columns[2]]
    ).expectCommentedFindings()
    try Workshop(
      fields: "  address.zip: { value: x }" + Self.rest, resource: "users # error E303"
    ).expectCommentedFindings()
  }

  @Test func aRequiredFieldThatIsNull() throws {
    try Workshop(
      fields: """
          code: string(row.id)
          name: { value: null } # error E304
        """, query: "  sql: select id from users", columns: [Workshop.columns[0]]
    ).expectCommentedFindings()
  }

  @Test func anAbsenceThatDoesNotWork() throws {
    var workshop = Workshop()
    workshop.more = """
      when_absent:
        set:
          active: { value: false } # error E307
          age: row.age # error E307
          nonsense: { value: 1 } # error E302
        restore:
          nonsense: { value: 2 } # error E302
      """
    try workshop.expectCommentedFindings()
  }

  @Test func aResourceThatCannotBeCreated() throws {
    var workshop = Workshop(resource: "users # error E503")
    workshop.target = workshop.target.replacing("    create: { call: POST /users }\n", with: "")
    try workshop.expectCommentedFindings()
  }

  @Test func anAbsenceWithoutItsCall() throws {
    var workshop = Workshop()
    workshop.more = "when_absent:\n  after: 1\n  delete: true # error E503"
    try workshop.expectCommentedFindings()
  }

  @Test func aSensitiveFieldThatMustBeKnown() throws {
    var workshop = Workshop()
    workshop.more = "sensitive: [born, code] # error E308"
    try workshop.expectCommentedFindings()
    workshop.more = "sensitive: [name] # error E308"
    workshop.target = workshop.target.replacing("{id}\" }", with: "{id}\", always: [name] }")
    try workshop.expectCommentedFindings()
  }

  @Test func noWayToFindWhatExists() throws {
    try Workshop(resource: "plain # error E309 # warning E321").expectCommentedFindings()
    var workshop = Workshop(resource: "users # error E309")
    workshop.target = workshop.target.replacing(
      "match: { field: code }", with: "match: { field: score }")
    try workshop.expectCommentedFindings()
    workshop = Workshop(resource: "users # warning E309")
    workshop.target = workshop.target.replacing(
      "    list: { call: GET /users, items: data }\n", with: "")
    try workshop.expectCommentedFindings()
  }

  @Test(arguments: ["nmae # error E401", "[id, nmae] # error E401"])
  func aKeyThatIsNotInTheQuery(key: String) throws {
    try Workshop(key: key).expectCommentedFindings()
  }

  @Test(arguments: [
    ColumnType.double, .decimal, .timestamp, .timestamptz, .time, .json, .bytes, .array(.int),
  ])
  func aKeyOfATypeThatDoesNotIdentify(type: ColumnType) throws {
    var workshop = Workshop(key: "[id, key] # error E401")
    workshop.query = "  sql: select id, name, age, born, key from users"
    workshop.columns = Workshop.columns + [Column(name: "key", type: type, declared: "\(type)")]
    try workshop.expectCommentedFindings()
  }

  @Test func parameters() throws {
    var workshop = Workshop(settings: ["TEXT": "many"])
    workshop.query = """
        sql: select id, name, age, born from users where id > :last and age < :most # error E402
        parameters:
          last: { type: int, value: 1 }
      """
    try workshop.expectCommentedFindings()
    workshop.query = """
        sql: select id, name, age, born from users
        parameters:
          last: { type: int, value: 1 } # warning E403
      """
    try workshop.expectCommentedFindings()
    workshop.query = """
        sql: select id, name, age, born from users where id = any(:some) and age < :most
        parameters:
          some: { type: "int[]", values: [1, x] } # error E404
          most: { type: int, value: "${TEXT}" } # error E404
      """
    try workshop.expectCommentedFindings()
  }

  @Test func aColumnThatNobodyUses() throws {
    var workshop = Workshop()
    workshop.query = """
        sql: |
          select id, name, age, born,
            secret # warning E405
            from users
      """
    workshop.query = workshop.query.replacing(" # warning E405", with: " -- # warning E405")
    workshop.columns = nil
    try workshop.expectCommentedFindings()
  }

  @Test func schemas() throws {
    var workshop = Workshop()
    workshop.target = workshop.target.replacing(
      "    schema: { create: user.json }\n    id: { path: id, kind: int }\n    match",
      with:
        "    schema: { create: user.json } # error E501\n    id: { path: id, kind: int }\n    match"
    )
    workshop.schemas = [:]
    #expect(try workshop.codes() == ["E501"])
    let mistakes = [
      ("{", "E008"), ("[]", "E502"), (#"{ "type": "text" }"#, "E506"),
      (#"{ "pattern": "(" }"#, "E507"),
    ]
    for (text, code) in mistakes {
      workshop.schemas = ["user": text]
      #expect(Set(try workshop.compile().diagnostics.map(\.code.id)).contains(code), "\(text)")
    }
  }

  @Test func aPatternForAnswers() throws {
    var workshop = Workshop()
    workshop.target += "\nanswers:\n  - { status: 400, body: '(', means: taken } # error E504"
    let message = try workshop.compile().diagnostics.first?.message
    #expect(try workshop.codes() == ["E504"])
    #expect(
      message == "the pattern `(` cannot be used: `(` is not a regular expression: missing ): (")
  }

  @Test func everyCodeHasItsOwnNumberAndWords() {
    let ids = ProgramCodes.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids == ids.sorted())
  }
}

/// Mistakes that the reading of the files reports: they are not reported a second time.
@Suite struct EarlierMistakeTests {
  @Test(arguments: [
    "sensitive: [nonsense]",
    "on_reject: { retry_without: [nonsense] }", "on_create: { age: { value: 1 } }",
    "match: { field: nonsense }",
  ])
  func isReportedOnce(line: String) throws {
    var workshop = Workshop()
    workshop.more = line
    let compiled = try workshop.compile()
    #expect(compiled.loading.count == 1, "\(render(compiled.loading, as: .text))")
    #expect(compiled.diagnostics.isEmpty, "\(render(compiled.diagnostics, as: .text))")
  }
}

extension Workshop {
  func codes() throws -> [String] {
    try compile().diagnostics.map(\.code.id)
  }
}

@Suite struct ProgramTests {
  @Test func aProgramIsInCanonicalOrderAndKnowsItsKey() throws {
    let workshop = Workshop(
      key: "[born, id]", settings: ["A": "7"])
    let program = try #require(try workshop.compile().program)
    #expect(program.fields.map(\.path) == ["age", "born", "code", "name"])
    #expect(program.keyColumns == [3, 0])
    #expect(program.match?.field == 2)
    guard case .column(2) = program.fields[0].content, case .expression = program.fields[2].content
    else {
      Issue.record("\(program.fields)")
      return
    }
  }

  @Test func aPlainColumnIsRecognisedOnlyWhenItsTypeIsKnown() throws {
    let program = try #require(try Workshop(columns: nil).compile().program)
    #expect(!program.columnsAreTyped)
    guard case .expression = program.fields[0].content else {
      Issue.record("\(program.fields[0].content)")
      return
    }
  }

  @Test func settingsBecomeWhatTheFieldWants() throws {
    var workshop = Workshop(settings: ["AGE": "40", "NO": "true"])
    workshop.query = "  sql: select id, name from users"
    workshop.columns = Array(Workshop.columns.prefix(2))
    workshop.fields = """
        code: string(row.id)
        name: coalesce(row.name, "?")
        age: { value: "${AGE}" }
        active: { value: "${NO}" }
      """
    let program = try #require(try workshop.compile().program)
    let constants = program.fields.compactMap { field -> String? in
      guard case .constant(let bytes) = field.content else { return nil }
      return "\(field.path) \(String(decoding: bytes, as: UTF8.self))"
    }
    #expect(constants == ["active true", "age 40"])
    workshop.settings = ["AGE": "old", "NO": "true"]
    #expect(try workshop.compile().diagnostics.map(\.code.id) == ["E304"])
    // When linting no setting is known, and none is missed.
    workshop.settings = nil
    #expect(try workshop.compile().diagnostics.isEmpty)
  }

  @Test func parametersAreBoundAsTheirTypes() throws {
    var workshop = Workshop(settings: ["COMPANY": "1"])
    workshop.query = """
        sql: select id, name, age, born from users where a = :a and b = :b and c = :c and d = any(:d) and e = :e
        parameters:
          a: { type: int, value: "${COMPANY}" }
          b: { type: bool, value: true }
          c: { type: date, value: 2024-01-31 }
          d: { type: "text[]", values: [x, y] }
          e: { type: double, value: 1.5 }
      """
    let program = try #require(try workshop.compile().program)
    #expect(
      program.parameters.map(\.value) == [
        .int(1), .bool(true), .text("2024-01-31"), .textList(["x", "y"]), .double(1.5),
      ])
  }

  @Test func aMatchIsComparedAsDeclared() throws {
    for (compare, expected) in [("exact", " Ä 1 "), ("trim", "Ä 1"), ("fold", "ä 1")] {
      var workshop = Workshop()
      workshop.target = workshop.target.replacing(
        "match: { field: code }", with: "match: { field: code, compare: \(compare) }")
      let match = try #require(try workshop.compile().program?.match)
      #expect(match.normalised(" Ä 1 ")?.text == expected)
      #expect(match.normalised("") == nil)
      #expect(match.normalised(.null) == nil)
      #expect(match.normalised(4) == "4")
    }
  }

  @Test func dependenciesAreLinksAndWhatStandsUnderAfter() throws {
    var workshop = Workshop()
    workshop.fields += "\n  team_id: link(\"users\", row.age)"
    let program = try #require(try workshop.compile().program)
    #expect(program.linkedMappings == ["users"])
    #expect(program.dependencies == [])
  }
}
