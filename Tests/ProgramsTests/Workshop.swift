import Diagnostics
import Documents
import Mappings
import Programs
import Rows
import Testing

/// A project of one target and one mapping, as text. Comments such as `# error E203` say what is found on their lines.
struct Workshop {
  var fields = """
      code: string(row.id)
      name: coalesce(row.name, "?")
      age: row.age
      born: row.born
    """
  var more = ""
  var query = "  sql: select id, name, age, born from users"
  var key = "id"
  var resource = "users"
  var target = Self.target
  var schemas = ["user": Self.schema]
  var columns: [Column]? = Self.columns
  var settings: [String: String]?

  static let columns = [
    Column(name: "id", type: .int, declared: "integer", nullable: false),
    Column(name: "name", type: .text, declared: "text", nullable: true, origin: "users.name"),
    Column(name: "age", type: .int, declared: ""),
    Column(name: "born", type: .date, declared: "date"),
  ]

  static let schema = """
    { "required": ["code", "name"], "additionalProperties": false, "properties": {
      "code": { "type": "string" }, "name": { "type": "string", "maxLength": 9 },
      "age": { "type": "integer", "minimum": 0, "maximum": 150 },
      "born": { "type": "string", "format": "date" }, "score": { "type": "number" },
      "active": { "type": "boolean" },
      "team_id": { "type": ["integer", "null"] },
      "address": { "type": "object", "required": ["city"], "additionalProperties": false,
        "properties": { "city": { "type": "string" }, "zip": { "type": "string" } } } } }
    """

  static let target = """
    target: crm
    base_url: https://api.example.com
    resources:
      users:
        schema: { create: user.json }
        id: { path: id, kind: int }
        match: { field: code }
        list: { call: GET /users, items: data }
        create: { call: POST /users }
        update: { call: "PATCH /users/{id}" }
      plain:
        schema: { create: user.json }
        id: { path: id, kind: int }
        list: { call: GET /plain, items: data }
        create: { call: POST /plain }
    """

  var files: [String: String] {
    var files = [
      "crosswalk.yaml": "project: small\n",
      "sources/db.yaml": "source: db\npostgres: { host: h, database: d, user: u }\n",
      "targets/crm.yaml": target,
      "users.yaml": """
      mapping: users
      source: db
      target: crm
      resource: \(resource)
      query:
      \(query)
      key: \(key)
      fields:
      \(fields)
      \(more)
      """,
    ]
    for (name, text) in schemas { files["targets/\(name).json"] = text }
    return files
  }

  struct Compiled {
    var program: MappingProgram?
    var diagnostics: [Diagnostic]
    var loading: [Diagnostic]
  }

  func compile(sourceLocation: SourceLocation = #_sourceLocation) throws -> Compiled {
    let files = files.mapValues { Array($0.utf8) }
    let reader = FileReader(
      bytes: { (path, _) throws(FileReader.Failure) in
        guard let bytes = files[path] else { throw .missing }
        return bytes
      },
      entries: { (folder) throws(FileReader.Failure) in
        let prefix = folder == "." ? "" : folder + "/"
        let inside = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        let names = inside.map { (String($0.prefix { $0 != "/" }), $0.contains("/")) }
        return Set(names.map { FileReader.Entry(name: $0.0, isFolder: $0.1) }).map { $0 }
      })
    let (project, loading, _) = loadProject(at: ".", reading: reader)
    let found = try #require(project, sourceLocation: sourceLocation)
    struct Missing: Error {}
    let resolver = settings.map { values in SettingResolver(environment: { values[$0] }) }
    var compiler = ProgramCompiler(project: found, settings: resolver) { path in
      guard let bytes = files[path] else { throw Missing() }
      return bytes
    }
    let program = found.mappings.first.flatMap { compiler.compile($0, columns: columns) }
    return Compiled(program: program, diagnostics: compiler.diagnostics, loading: loading)
  }

  /// Compiles, and compares what is found with the comments.
  @discardableResult
  func expectCommentedFindings(
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Diagnostic] {
    let compiled = try compile(sourceLocation: sourceLocation)
    #expect(render(compiled.loading, as: .text) == "", sourceLocation: sourceLocation)
    var expected: [String] = []
    for (path, text) in files where path.hasSuffix(".yaml") {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        let words = line.split(separator: "#").dropFirst().flatMap { $0.split(separator: " ") }
        for (severity, code) in zip(words, words.dropFirst())
        where severity == "error" || severity == "warning" {
          expected.append("\(path):\(index + 1) \(severity) \(code)")
        }
      }
    }
    let found = compiled.diagnostics.map { diagnostic in
      let line = diagnostic.range.map { $0.file.position(at: $0.start).line } ?? 0
      return
        "\(diagnostic.range?.file.path ?? ""):\(line) \(diagnostic.severity) \(diagnostic.code.id)"
    }
    #expect(
      found.sorted() == expected.sorted(), "\(render(compiled.diagnostics, as: .text))",
      sourceLocation: sourceLocation)
    let hasErrors = compiled.diagnostics.contains { $0.severity == .error }
    #expect((compiled.program == nil) == hasErrors, sourceLocation: sourceLocation)
    return compiled.diagnostics
  }
}
