import Diagnostics
import Documents
import Foundation
import Mappings
import Programs
import Rows
import SQLText
import Testing

/// One mapping with one mistake a file in `Tests/Cases/mistakes/cases`; the comment `# error E311` stands on the line
/// where exactly this is found, and nothing else is.
@Suite struct MistakeCasesTests {
  private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Cases/mistakes").path

  static let cases: [String] =
    (try? FileManager.default.contentsOfDirectory(atPath: folder + "/cases"))?.sorted() ?? []

  @Test func thereAreCases() { #expect(Self.cases.count >= 20) }

  @Test(arguments: cases) func isFoundWhereItStands(name: String) throws {
    let file = "\(Self.folder)/cases/\(name)"
    let (findings, text) = try findings(in: file)
    var expected: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where index > 0 {
      let words = line.split(separator: "#").dropFirst().flatMap { $0.split(separator: " ") }
      for (severity, code) in zip(words, words.dropFirst())
      where severity == "error" || severity == "warning" {
        expected.append("\(name):\(index + 1) \(severity) \(code)")
      }
    }
    #expect(expected.count == 1, "one mistake a case")
    let found = findings.map { finding in
      let place = finding.range.map { $0.file.position(at: $0.start).line } ?? 0
      let path = finding.range?.file.path.split(separator: "/").last.map(String.init) ?? ""
      return "\(path):\(place) \(finding.severity) \(finding.code.id)"
    }
    #expect(found == expected, "\(render(findings, as: .text))")
    for finding in findings { #expect(!finding.help.isEmpty, "\(finding.message)") }
  }

  @Test func withoutMistakesNothingIsFound() throws {
    let (findings, _) = try findings(in: nil)
    #expect(render(findings, as: .text) == "")
  }

  /// Reads the project with the case among its mappings, or with a mapping that is right.
  private func findings(in file: String?) throws -> ([Diagnostic], String) {
    let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? Self.right
    let folder = Self.folder + "/project"
    let path = file ?? folder + "/people.yaml"
    let reader = FileReader(
      bytes: { (asked, limit) throws(FileReader.Failure) in
        try asked == folder + "/people.yaml"
          ? Array(text.utf8) : FileReader.disk.bytes(asked, limit)
      },
      entries: { (asked) throws(FileReader.Failure) in
        let entries = try FileReader.disk.entries(asked)
        return asked == folder
          ? entries + [FileReader.Entry(name: "people.yaml", isFolder: false)] : entries
      })
    let (project, loading, _) = loadProject(at: folder, reading: reader)
    var findings = loading
    if let project {
      var compiler = ProgramCompiler(project: project, settings: nil) {
        Array(try Data(contentsOf: URL(filePath: $0)))
      }
      let columns = try columns()
      for mapping in project.mappings {
        let names = mapping.query.flatMap { SelectList(of: $0.sql.text) }?.items.map(\.name) ?? []
        _ = compiler.compile(
          mapping, columns: try names.map { try #require(columns[$0], "no column \($0)") })
      }
      findings += compiler.diagnostics
    }
    // The case stands in for the file in the project.
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return (
      findings.map { finding in
        guard let range = finding.range, range.file.path == folder + "/people.yaml" else {
          return finding
        }
        var copy = finding
        let file = SourceFile(path: name, bytes: range.file.bytes)
        copy.range = SourceRange(file: file, start: range.start, end: range.end)
        return copy
      }, text
    )
  }

  private func columns() throws -> [String: Column] {
    var diagnostics: [Diagnostic] = []
    let document = try #require(
      Document(path: Self.folder + "/columns.yaml", &diagnostics), "\(diagnostics)")
    var columns: [String: Column] = [:]
    for entry in document.root.entries ?? [] {
      let text = { (key: String) in entry.value[key]?.scalar?.text }
      let types: [String: ColumnType] = [
        "int": .int, "text": .text, "bool": .bool, "date": .date, "timestamp": .timestamp,
        "timestamptz": .timestamptz, "decimal": .decimal,
      ]
      columns[entry.name] = Column(
        name: entry.name, type: try #require(types[text("type") ?? ""]),
        declared: text("declared") ?? "", maxLength: text("length").flatMap { Int($0) },
        nullable: text("nullable") == "true", origin: text("origin"))
    }
    return columns
  }

  /// Everything that the cases do wrong, done right.
  private static let right = """
    mapping: people
    source: db
    target: crm
    resource: people
    query:
      sql: |
        select id, name, nickname, born, hired, seen, remark, sex, is_boss, badge, room
          from person
    key: id
    fields:
      code: string(row.id)
      name: text.limit(row.name + " " + coalesce(row.nickname, ""), 50)
      born: date.valid(row.hired)
      seen_at: row.seen
      email: email.clean(row.remark)
      gender: { from: row.sex, values: { M: 1, F: 0 }, otherwise: null }
      status: 'row.is_boss ? "active" : "away"'
      badge: "row.badge != null && row.badge < 2147483647 && row.badge > 0 ? dyn(row.badge) : null"
      level: { from: row.is_boss, values: { "true": 9, "false": 1 } }
      team_id: link("teams", row.room).orValue(null)
      tags: 'row.remark == null ? [] : row.remark.split(",")'
      tax_number: 'row.nickname != null && row.nickname.matches("^[0-9]{4}$") ? dyn(row.nickname) : null'
    on_create:
      login: coalesce(row.nickname, "none")
      joined: row.born
    sensitive: [tax_number]
    """
}
