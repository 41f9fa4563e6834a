import Diagnostics
import Programs
import Rows
import Testing

/// What the source says of its columns may change at any time. Where a mapping means the same as before, it goes on.
@Suite struct LiveTypesTests {
  private static func columns(nameIsNull: Bool, ageIsNull: Bool = true) -> [Column] {
    var columns = Workshop.columns
    columns[1].nullable = nameIsNull
    columns[2].nullable = ageIsNull
    return columns
  }

  @Test(
    "A column that becomes NOT NULL stops nothing",
    arguments: [
      #"'row.name == null ? "?" : row.name'"#, #"'row.name != null ? row.name : "?"'"#,
      #"'null == row.name ? "?" : row.name'"#, #"'!(row.name == null) ? row.name : "?"'"#,
      #"'row.name == null || row.age == null ? "?" : row.name'"#,
      #"'[row.name].filter(v, v != null).size() > 0 ? required(row.name) : "?"'"#,
      #"'{"a": row.name}["a"] == null ? "?" : required(row.name)'"#,
      #"'row.name in [null, "A"] ? "x" : "y"'"#, #"coalesce(row.name, null, "?")"#,
      #"'coalesce(row.age == 1 ? row.name : null, "?")'"#, "required(row.name)",
      #"'text.clean(row.name) == null ? "?" : text.truncate(row.name, 9)'"#,
      #"'optional.of(row.name).orValue(null) == null ? "?" : "!"'"#,
    ])
  func notNull(_ name: String) throws {
    let fields = "  code: string(row.id)\n  name: \(name)\n  age: row.age\n  born: row.born"
    for (isNull, age) in [(true, true), (false, true), (false, false)] {
      var workshop = Workshop(
        fields: fields, columns: Self.columns(nameIsNull: isNull, ageIsNull: age))
      let linted = try workshop.compile()
      #expect(linted.program != nil, "\(render(linted.diagnostics, as: .text))")
      #expect(linted.diagnostics.allSatisfy { $0.severity == .warning })
      workshop.settings = [:]
      let run = try workshop.compile()
      #expect(run.program != nil)
      #expect(!run.diagnostics.contains { ["E332", "E205"].contains($0.code.id) })
    }
  }

  @Test("A column that becomes wider stops nothing")
  func wider() throws {
    let test = #"row.name == null || row.name.split("").all(x, row.name.contains(x))"#
    let fields = """
        code: string(row.id)
        name: '\(test) ? "x" : "y"'
        age: row.age
        born: row.born
      """
    var workshop = Workshop(fields: fields)
    for length in [Int?.some(50), nil] {
      workshop.columns?[1].maxLength = length
      workshop.settings = nil
      let codes = try workshop.compile().diagnostics.map { "\($0.severity) \($0.code.id)" }
      #expect(codes == (length == nil ? ["warning E208"] : []))
      workshop.settings = [:]
      let run = try workshop.compile()
      #expect(run.program != nil)
      #expect(run.diagnostics.isEmpty)
    }
  }

  @Test("What costs too much whatever the row holds is an error")
  func always() throws {
    let list = "[\((1...60).map(String.init).joined(separator: ","))]"
    let nested = "\(list).map(a, \(list).map(b, \(list).map(c, \(list).map(d, a + b + c + d))))"
    let workshop = Workshop(
      fields: """
          code: string(row.id)
          name: coalesce(row.name, "?")
          born: row.born
          age: '\(nested).size() + row.age'
        """)
    let compiled = try workshop.compile()
    #expect(compiled.diagnostics.contains { $0.code.id == "E208" && $0.severity == .error })
    #expect(compiled.program == nil)
  }

  @Test("Two columns of one name are told apart by nobody, also where only the source names them")
  func twins() throws {
    var workshop = Workshop(query: "  sql: select * from users join teams using (team)")
    workshop.columns = Workshop.columns + [Workshop.columns[1]]
    for settings in [nil, [:]] as [[String: String]?] {
      workshop.settings = settings
      let compiled = try workshop.compile()
      #expect(compiled.program == nil)
      #expect(compiled.diagnostics.map(\.code.id) == ["E415"])
    }
    // Which nobody reads do no harm.
    let team = Column(name: "team", type: .text, declared: "text")
    workshop.columns = Workshop.columns + [team, team]
    let compiled = try workshop.compile()
    #expect(compiled.program != nil)
    #expect(compiled.diagnostics.allSatisfy { $0.severity == .warning })
    #expect(compiled.diagnostics.contains { $0.code.id == "E415" })
    // In the text, between columns whose names cannot be told.
    workshop = Workshop(
      query: "  sql: select id, name, age, 1 + 1, born, upper(name) as name from users")
    workshop.columns = nil
    let read = try workshop.compile()
    #expect(read.diagnostics.map(\.code.id) == ["E415"])
  }
}

/// What is right, and was once taken for a mistake.
@Suite struct FalseAlarmTests {
  private func expectSilence(
    _ field: String, columns: [Column] = [], requires: String = "code",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var workshop = Workshop(fields: "  code: string(row.id)\n  \(field)")
    workshop.schemas["user"] = Workshop.schema.replacing(
      #""required": ["code", "name"]"#, with: #""required": ["code", "\#(requires)"]"#)
    let used = (Workshop.columns.dropFirst() + columns).filter { field.contains("row." + $0.name) }
    workshop.columns = [Workshop.columns[0]] + used
    let names = (workshop.columns ?? []).map(\.name).joined(separator: ", ")
    workshop.query = "  sql: select \(names) from users"
    let compiled = try workshop.compile()
    // A link to a mapping of its own that every record needs is another matter.
    #expect(
      compiled.diagnostics.allSatisfy { $0.code.id == "E333" },
      "\(field)\n\(render(compiled.diagnostics, as: .text))",
      sourceLocation: sourceLocation)
  }

  @Test(
    "A link whose last resort is always there (E311)",
    arguments: [
      #"link("users", row.age).or(link("users", required(row.age)))"#,
      #"link("users", row.age).or(link("users", row.id))"#,
      #"link("users", row.age).or(link("users", row.age)).or(link("users", row.id))"#,
      #"link("users", row.age).orValue(7)"#,
      #"'row.age == null ? link("users", row.id) : link("users", row.age)'"#,
      #"'row.age != null ? link("users", row.age) : link("users", row.id)'"#,
      #"link("users", coalesce(row.age, 0))"#, "optional.of(row.id)",
    ])
  func lastResort(_ link: String) throws {
    try expectSilence("team_id: \(link)\n  name: { value: x }", requires: "team_id")
  }

  @Test(
    "Lists of texts are short, and so are the texts in them (E208)",
    arguments: [
      #"text.join(row.tags, ",")"#,
      #"'row.tags.map(t, t == null ? "" : t.lowerAscii()).join(",")'"#,
      #"'row.tags.exists(t, t != null && t.startsWith("x")) ? "x" : "y"'"#,
      #"'string(row.tags.distinct().size())'"#, #"'"x" in row.tags ? "x" : "y"'"#,
      #"'sets.intersects(row.tags, ["a", "b"]) ? "x" : "y"'"#,
      #"'row.tags.exists(t, row.others.exists(u, t == u)) ? "x" : "y"'"#,
    ])
  func lists(_ text: String) throws {
    let columns = ["tags", "others"].map {
      Column(name: $0, type: .array(.text), declared: "text[]", nullable: false)
    }
    try expectSilence(
      "address: { value: { city: x } }\n  name: 'text.truncate(\(bare(text)), 9)'",
      columns: columns, requires: "address")
  }

  private func bare(_ text: String) -> String {
    text.hasPrefix("'") ? String(text.dropFirst().dropLast()) : text
  }

  @Test(
    "Behind a test for null a value is none (E206)",
    arguments: [
      #"row.age == null ? "" : string(row.age)"#, #"row.age != null ? string(row.age) : """#,
      #"!(row.age == null) ? string(row.age) : """#,
      #"row.age == null || row.born == null ? "" : string(row.age) + row.born"#,
      #"row.age != null && row.born != null ? string(row.age) + row.born : """#,
      #"row.age != null && string(row.age) != "0" ? "x" : "y""#,
      #"row.age == null || string(row.age) == "0" ? "x" : "y""#,
      #"row.tags[0] == null ? "" : string(row.tags[0])"#,
      #"text.clean(row.born) == null ? "" : string(text.clean(row.born))"#,
      #"text.clean(row.born) != null ? row.born.trim() : """#,
      #"cel.bind(x, row.age, x == null ? "" : string(x))"#,
      #"row.tags.map(t, t == null ? "" : t.trim())[0]"#,
      #"has(row.data.x) && row.data.x != null ? string(row.data.x) : """#,
    ])
  func behindTests(_ text: String) throws {
    let columns = [
      Column(name: "tags", type: .array(.text), declared: "text[]", nullable: false),
      Column(name: "data", type: .json, declared: "jsonb", nullable: false),
    ]
    let quoted = text.replacing("'", with: "''")
    try expectSilence(
      "address: { value: { city: x } }\n  name: 'text.truncate(\(quoted), 9)'",
      columns: columns, requires: "address")
  }
}
