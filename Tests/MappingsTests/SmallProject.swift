import Diagnostics
import Documents
import Mappings
import Testing

/// A small project held in memory, of which a test replaces or adds files.
struct SmallProject {
  var files: [String: String] = [
    "crosswalk.yaml": "project: small\n",
    "sources/db.yaml": """
    source: db
    postgres: { host: "${H}", database: d, user: u }
    """,
    "targets/crm.yaml": """
    target: crm
    base_url: https://api.example.com
    resources:
      users:
        schema: { create: u.json }
        id: { path: id, kind: int }
        create: { call: POST /users }
        update: { call: "PATCH /users/{id}" }
    """,
    "users.yaml": Self.mapping(),
  ]

  static func mapping(
    _ name: String = "users", fields: String = "  name: row.name", and more: String = ""
  )
    -> String
  {
    """
    mapping: \(name)
    source: db
    target: crm
    resource: users
    query: { sql: select 1 as id }
    key: id
    fields:
    \(fields)
    \(more)
    """
  }

  var reader: FileReader {
    let files = files.mapValues { Array($0.utf8) }
    return FileReader(
      bytes: { (path, limit) throws(FileReader.Failure) in
        guard let bytes = files[path] else { throw .missing }
        if bytes.count > limit { throw .tooLarge }
        return bytes
      },
      entries: { (folder) throws(FileReader.Failure) in
        let prefix = folder == "." ? "" : folder + "/"
        let inside = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        if inside.isEmpty { throw .missing }
        let names = inside.map { (String($0.prefix { $0 != "/" }), $0.contains("/")) }
        return Set(names.map { FileReader.Entry(name: $0.0, isFolder: $0.1) }).map { $0 }
      })
  }

  func load() -> (project: Project?, diagnostics: [Diagnostic], files: [SourceFile]) {
    loadProject(at: ".", reading: reader)
  }

  /// Checks that exactly those diagnostics come whose codes stand in comments (`# error E104`) on their lines.
  func expectCommentedDiagnostics(sourceLocation: SourceLocation = #_sourceLocation) {
    var expected: [String] = []
    for (path, text) in files {
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        guard let comment = line.range(of: "# ") else { continue }
        let words = line[comment.upperBound...].split(separator: " ")
        for (severity, code) in zip(words, words.dropFirst())
        where severity == "error" || severity == "warning" {
          expected.append("\(path):\(index + 1) \(severity) \(code)")
        }
      }
    }
    let (_, diagnostics, _) = load()
    let found = diagnostics.map { diagnostic in
      let line = diagnostic.range.map { $0.file.position(at: $0.start).line } ?? 0
      return
        "\(diagnostic.range?.file.path ?? ""):\(line) \(diagnostic.severity) \(diagnostic.code.id)"
    }
    #expect(
      found.sorted() == expected.sorted(), "\(render(diagnostics, as: .text))",
      sourceLocation: sourceLocation)
  }
}
