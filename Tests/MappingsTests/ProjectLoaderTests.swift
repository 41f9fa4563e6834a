import Diagnostics
import Documents
import Foundation
import JSON
import Mappings
import Testing

@Suite struct ProjectLoaderTests {
  @Test func smallProjectIsClean() throws {
    let (project, diagnostics, files) = SmallProject().load()
    #expect(diagnostics.isEmpty)
    let loaded = try #require(project)
    #expect(loaded.mappings.map(\.name.value) == ["users"])
    #expect(loaded.ledger.sqlite.parts == [.text(".crosswalk/ledger.sqlite")])
    let target = try #require(loaded.targets.first)
    #expect(target.settle == .seconds(120))
    #expect(target.resources[0].update?.send == .changed)
    #expect(target.resources[0].clear == .null)
    #expect(
      files.map(\.path) == ["crosswalk.yaml", "sources/db.yaml", "targets/crm.yaml", "users.yaml"])
  }

  @Test func duplicateNamesPointAtTheFirst() throws {
    var project = SmallProject()
    project.files["more/users.yaml"] = SmallProject.mapping()
    let (loaded, diagnostics, _) = project.load()
    let diagnostic = try #require(diagnostics.first)
    #expect(diagnostics.count == 1)
    #expect(diagnostic.code == Mappings.Codes.duplicateName)
    #expect(diagnostic.range?.description == "users.yaml:1:10")
    #expect(diagnostic.notes.first?.range?.description == "more/users.yaml:1:10")
    #expect(loaded?.mappings.count == 1)
  }

  @Test func aBrokenFileDoesNotHideTheOthers() {
    var project = SmallProject()
    project.files["broken.yaml"] = "mapping: broken\n  x: y\n"
    project.files["targets/second.yaml"] = "target: second\nbase_url: [\n"
    project.files["users.yaml"] = SmallProject.mapping(fields: "  age: 5")
    let (loaded, diagnostics, _) = project.load()
    #expect(diagnostics.map(\.code.id) == ["E008", "E008", "E107"])
    #expect(loaded?.mappings.count == 1)
  }

  @Test func referencesToBrokenFilesAreNotCalledUnknown() {
    var project = SmallProject()
    project.files["sources/db.yaml"] = "source: db\npostgres: {}\n"
    #expect(Set(project.load().diagnostics.map(\.code.id)) == ["E102"])
    project.files["sources/db.yaml"] = "source: [\n"
    #expect(project.load().diagnostics.map(\.code.id) == ["E008"])
  }

  @Test func missingPartsAreNamed() {
    var project = SmallProject()
    project.files["crosswalk.yaml"] = nil
    #expect(project.load().diagnostics.map(\.code.id) == ["E001"])
    project.files = ["crosswalk.yaml": "project: p\n"]
    #expect(project.load().diagnostics.map(\.code.id) == ["E129", "E129"])
    let (none, diagnostics, _) = loadProject(at: "/nonexistent/folder")
    #expect(none == nil && diagnostics.map(\.code.id) == ["E001"])
  }

  @Test func theFileItselfCanBeNamed() {
    let (project, diagnostics, _) = loadProject(
      at: "crosswalk.yaml", reading: SmallProject().reader)
    #expect(diagnostics.isEmpty && project?.directory == ".")
  }

  @Test("A path with a slash behind it, or a dot before it, is the same project")
  func pathsAreTidied() {
    for path in ["./", "./.", ".//"] {
      #expect(loadProject(at: path, reading: SmallProject().reader).diagnostics.isEmpty, "\(path)")
    }
    for (path, tidy) in [
      ("mappings/", "mappings"), ("./a//b/.", "a/b"), ("/", "/"), ("", "."), ("../a", "../a"),
    ] { #expect(path.tidiedPath == tidy) }
  }

  @Test("A file whose ending is written otherwise is passed over with a word")
  func endingsInCapitals() {
    var project = SmallProject()
    project.files["sites.YAML"] = SmallProject.mapping("sites")
    let (loaded, diagnostics, _) = project.load()
    #expect(diagnostics.map(\.code.id) == ["E134"] && diagnostics.first?.severity == .warning)
    #expect(diagnostics.first?.range?.file.path == "sites.YAML")
    #expect(loaded?.hasAllMappings == false)
  }

  @Test("A link to a folder around it is one finding")
  func circularFolders() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "loop-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (path, text) in SmallProject().files {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/loop", withDestinationPath: "../" + folder.lastPathComponent)
    let diagnostics = loadProject(at: folder.path).diagnostics
    #expect(diagnostics.map(\.code.id) == ["E135"], "\(render(diagnostics, as: .text))")
  }

  @Test("What could not be read is remembered, so that nobody calls it missing")
  func misread() throws {
    var project = SmallProject()
    project.files["users.yaml"] = SmallProject.mapping(fields: "  name: 12\n  age: row.age")
      .replacing(
        "select 1 as id", with: "select 1 as id, parameters: { c: { type: integer, value: 1 } }")
    project.files["targets/crm.yaml"] = project.files["targets/crm.yaml"]?
      .replacing("POST /users", with: "PSOT /users")
    let (loaded, _, _) = project.load()
    let mapping = try #require(loaded?.mappings.first)
    #expect(mapping.misreadFields == ["name"])
    #expect(mapping.extract.misreadParameters == ["c"])
    #expect(loaded?.targets.first?.resources.first?.misread == ["create"])
    project.files["other.yaml"] = "mapping: other\n"
    #expect(project.load().project?.hasAllMappings == false)
  }

  @Test func formsOfFields() throws {
    var project = SmallProject()
    project.files["users.yaml"] = SmallProject.mapping(
      fields: """
          a: |
            row.first +
              row.last
          b: { value: [1, 2.50, x, null] }
          c: { value: "${secret:S}-x" }
          d: { from: row.sex, values: { M: 1, 2: b }, otherwise: null }
          e.f: { value: "$${x}" }
        """)
    let (loaded, diagnostics, _) = project.load()
    #expect(diagnostics.isEmpty)
    let fields = try #require(loaded?.mappings.first?.fields)
    guard case .expression(let text) = fields[0].content else { throw Unexpected() }
    #expect(text.text == "row.first +\n  row.last\n")
    let last = try #require(text.text.range(of: "row.last"))
    let offset = text.text.utf8.distance(from: text.text.startIndex, to: last.lowerBound)
    #expect(text.range(of: offset..<offset + 8).text == "row.last")
    guard case .literal(.json(let list)) = fields[1].content else { throw Unexpected() }
    #expect(list == .array([1, JSON.number("2.50"), "x", nil]))
    guard case .literal(.setting(let setting)) = fields[2].content else { throw Unexpected() }
    #expect(setting.parts == [.secret(name: "S"), .text("-x")])
    guard case .table(let from, let values, let otherwise) = fields[3].content else {
      throw Unexpected()
    }
    #expect(from.text == "row.sex" && values.map(\.key.value) == ["M", "2"] && otherwise != nil)
    guard case .literal(.json("${x}")) = fields[4].content else { throw Unexpected() }
  }

  struct Unexpected: Error {}
}
