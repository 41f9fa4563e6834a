import Diagnostics
import Programs
import Rows
import Testing

/// Mistakes of newcomers, and helps that work when they are followed.
@Suite struct PlainMistakesTests {
  @Test(
    "SQL that is plainly none is one finding in the text, and nothing is said of the columns",
    arguments: [
      ("select id, coalesce(name, age, born from users", "never closed"),
      ("select id, name, age, born) from users", "opens this"),
      ("select id, name, age, born from users; delete from users", "second statement"),
      ("select id, name, age, born, from users", "comma"),
      ("select [u].[id], [u].[name] from users u", "double quotes"),
      ("select id, name, age, born from users where id = ${STORE}", ":name"),
      ("select id, name, age, born from users where id = {{ store }}", ":name"),
      ("delete from users", "begins no query"), ("select id, 'x from users", "never ends"),
    ])
  func sqlThatIsNone(sql: String, words: String) throws {
    for columns in [nil, Workshop.columns] {
      var workshop = Workshop(columns: columns)
      workshop.query = "  sql: |\n    \(sql)"
      let found = try workshop.compile().diagnostics
      #expect(found.count == 1, "\(render(found, as: .text))")
      let text = render(found, as: .text)
      #expect(text.contains(words), "\(text)")
      #expect(["E406", "E414"].contains(found.first?.code.id), "\(text)")
    }
  }

  @Test("A parameter as other databases write it")
  func foreignParameters() throws {
    for sign in ["@", "$"] {
      var workshop = Workshop()
      workshop.query = """
          sql: select id, name, age, born from users where id = \(sign)last # error E414
          parameters: { last: { type: int, value: 1 } }
        """
      try workshop.expectCommentedFindings()
    }
  }

  @Test(
    "Columns that cannot be told from the text are no mistake",
    arguments: [
      "select * from users", "select u.* from users u", "select id, name, age + 1, born from users",
      "select id, 'x', age, born from users",
    ])
  func listsThatTellNothing(sql: String) throws {
    let compiled = try Workshop(query: "  sql: \"\(sql)\"", columns: nil).compile()
    #expect(compiled.diagnostics.isEmpty, "\(render(compiled.diagnostics, as: .text))")
    #expect(compiled.program == nil)
  }

  @Test("A comment in a folded text takes in what follows")
  func swallowedLines() throws {
    var workshop = Workshop(columns: nil)
    workshop.query = """
        sql: >
          select id, -- the number # error E414
          name, age, born
          from users
      """
    try workshop.expectCommentedFindings()
  }

  @Test("Rows that stay away on purpose count as gone")
  func limitedQueries() throws {
    for (sql, code) in [
      ("select id, name, age, born from users limit 3 # warning E416", ""),
      ("select id, name, age, born from users offset 3 # warning E416", ""),
      ("select id, name, age, born from users fetch first 3 rows only # warning E416", ""),
      ("select id, name, age, born from (select * from users limit 3) u", ""),
    ] {
      var workshop = Workshop(query: "  sql: \(sql)")
      workshop.more =
        "when_absent: { set: { active: { value: false } }, restore: { active: { value: true } } }"
      try workshop.expectCommentedFindings()
      #expect(code.isEmpty)
    }
  }

  @Test("One name for two columns")
  func columnsOfOneName() throws {
    try Workshop(
      query: "  sql: select id, name, age, born, name from users # error E415", columns: nil
    )
    .expectCommentedFindings()
  }

  @Test("A key that may be null")
  func nullableKeys() throws {
    try Workshop(key: "[id, name] # warning E401").expectCommentedFindings()
  }

  @Test("A required field cannot be left out of a second try")
  func retryWithoutRequired() throws {
    var workshop = Workshop()
    workshop.more = "on_reject: { retry_without: [age, name] } # error E328"
    try workshop.expectCommentedFindings()
  }

  @Test("A branch of another type is found, wherever it comes from")
  func mixedTypes() throws {
    for (field, isFound) in [
      (#"link("users", row.id).orValue("none")"#, true),
      (#"link("users", row.id).orValue(0)"#, false),
      (#"link("users", row.id).orValue(null)"#, false),
      ("row.age == 1 ? dyn(row.age) : dyn(row.name)", true),
    ] {
      var workshop = Workshop()
      workshop.fields += "\n  team_id: '\(field)'"
      let codes = try workshop.codes()
      #expect(codes == (isFound ? ["E301"] : []), "\(field)")
    }
  }

  @Test("A column as it is, into a field with a pattern")
  func patterns() throws {
    var workshop = Workshop()
    workshop.schemas["user"] = Workshop.schema.replacing(
      #""score": { "type": "number" }"#,
      with: #""score": { "type": "string", "pattern": "^[A-Z]{2}$" }"#)
    workshop.fields += "\n  score: row.name # warning E320"
    try workshop.expectCommentedFindings()
    workshop.fields = workshop.fields.replacing(
      "row.name # warning E320",
      with: #"'row.name != null && row.name.matches(r"^[A-Z]{2}$") ? dyn(row.name) : null'"#)
    try workshop.expectCommentedFindings()
  }

  @Test(
    "What stands there with a mistake of its own is not called missing",
    arguments: [
      "name: {row.label}", "name: 12", "name: ${x}", "name:", "name: [row.name]",
    ])
  func misreadFields(line: String) throws {
    let fields = "  code: string(row.id)\n  \(line)\n  age: row.age\n  born: row.born"
    let compiled = try Workshop(fields: fields).compile()
    #expect(compiled.loading.count == 1, "\(render(compiled.loading, as: .text))")
    #expect(compiled.diagnostics.isEmpty, "\(render(compiled.diagnostics, as: .text))")
    // Nobody may run it, or compare it with its examples.
    #expect(compiled.program == nil)
  }

  @Test("A parameter, a call and a status with a mistake of their own")
  func misreadOthers() throws {
    var workshop = Workshop()
    workshop.query = """
        sql: select id, name, age, born from users where id = :c
        parameters: { c: { type: integer, value: 1 } }
      """
    #expect(try workshop.compile().diagnostics.isEmpty)
    workshop = Workshop()
    workshop.target = workshop.target.replacing("POST /users }", with: "PSOT /users }")
    #expect(try workshop.compile().diagnostics.isEmpty)
    workshop = Workshop()
    workshop.fields += "\n  active: yes please # error"
    workshop.more = "when_absent: { set: { active: { value: false } } }"
    #expect(!(try workshop.codes()).contains("E307"))
  }

  @Test(
    "Helps that work when they are followed",
    arguments: [
      ("name: yes", #"`{ value: "yes" }`"#),
      (#"team_id: link(users, row.id)"#, #"link("users", …)"#),
      (#"team_id: link("users", row.id, 1)"#, #"link("users", row.id)"#),
      ("name: row.name.orValue('x')", "coalesce"),
      ("name: text.trim(row.name)", "there is no function `text.trim`"),
      ("name: upper(row.name)", "upperAscii"),
      ("name: '\"a\" + ${row.name}'", "text.join"), ("name: row.name.strip()", "text.clean"),
      ("name: concat(row.name, 'a')", "text.join"), ("born: now()", "no clock"),
      ("name: 'row.name <> \"a\" ? \"a\" : \"b\"'", "`!=`"),
      ("name: 'row.name ?? \"x\"'", "coalesce"),
      ("name: 'row.name?.trim()'", "null"),
      ("name: row.name + \" #\" + row.name", "where a comment begins"),
      ("score: row.share * 2.0", "double("),
      ("name: 'row.name + \"x\"'", #"coalesce(row.name, "")"#),
      ("score: double(row.share)", "row.share == null ? null : dyn(double(row.share))"),
      ("name: row.n\u{200B}ame", "U+200B"), ("name: row.n\u{430}me", "only looks like `a`"),
    ])
  func helps(line: String, words: String) throws {
    var workshop = Workshop()
    workshop.columns =
      Workshop.columns + [
        Column(name: "share", type: .decimal, declared: "numeric(5,2)", nullable: true)
      ]
    workshop.fields = "  code: string(row.id)\n  \(line)"
    let found = try workshop.compile().diagnostics
    #expect(render(found, as: .text).contains(words), "\(render(found, as: .text))")
    #expect(found.allSatisfy { $0.fix == nil })
  }
}
