import Diagnostics
import Documents
import Foundation
import Mappings
import Testing

/// The files that are shipped as examples.
enum Examples {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static let paths: [String] = {
    let folder = URL(filePath: root + "/mappings").resolvingSymlinksInPath().path
    let all = FileManager.default.enumerator(atPath: folder)?.allObjects ?? []
    return all.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") }.sorted()
      .map { "\(folder)/\($0)" }
  }()
}

@Suite struct ExampleProjectTests {
  @Test func readsWithoutADiagnostic() throws {
    let (project, diagnostics, files) = loadProject(at: Examples.root + "/mappings")
    #expect(render(diagnostics, as: .text) == "")
    #expect(files.count == Examples.paths.count)
    let loaded = try #require(project)
    #expect(loaded.name.value == "contractor")
    #expect(
      loaded.mappings.count == Examples.paths.count - 1 - loaded.sources.count
        - loaded.targets.count)
  }
}
