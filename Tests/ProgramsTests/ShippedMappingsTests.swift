import Diagnostics
import Foundation
import Mappings
import Programs
import Testing

@Suite struct ShippedMappingsTests {
  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  @Test func compileWithoutAFinding() throws {
    let (project, loading, _) = loadProject(at: Self.root + "/mappings")
    #expect(render(loading, as: .text) == "")
    let found = try #require(project)
    var compiler = ProgramCompiler(project: found, settings: nil) { path in
      Array(try Data(contentsOf: URL(filePath: path)))
    }
    let programs = found.mappings.compactMap { compiler.compile($0, columns: nil) }
    #expect(render(compiler.diagnostics, as: .text) == "")
    #expect(programs.count == found.mappings.count)
    let users = try #require(programs.first { $0.name == "safetyamp-users" })
    #expect(Set(users.dependencies) == ["safetyamp-sites", "safetyamp-titles"])
  }
}
