import Diagnostics
import Documents
import Foundation
import Mappings
import Testing

@Suite struct PagesTests {
  @Test func thereArePages() {
    #expect(Repository.pages.count > 5)
  }

  @Test(arguments: Repository.pages)
  func linksLeadSomewhere(page: Page) throws {
    for line in page.prose {
      for match in line.text.matches(of: /\]\(([^)\s]+)\)/) {
        let link = String(match.output.1)
        if link.hasPrefix("https://") { continue }
        let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let path = parts[0].isEmpty ? page.path : "\(page.folder)/\(parts[0])"
        let place = Comment(rawValue: "\(page.path):\(line.number): \(link)")
        #expect(Repository.holds(path), place)
        guard parts.count > 1, path.hasSuffix(".md"),
          let text = Repository.text(of: Self.plain(path))
        else { continue }
        #expect(Page(path: path, text: text).anchors.contains(parts[1]), place)
      }
    }
  }

  /// `Sources/…` in backticks is a path, from the root of the repository.
  @Test(arguments: Repository.pages)
  func namedFilesExist(page: Page) {
    for line in page.prose {
      for match in line.text.matches(
        of: /`((?:Sources|Tests|mappings|schemas|docs|k8s|script)\/[A-Za-z0-9_.\/+-]+)`/)
      {
        let path = String(match.output.1)
        #expect(Repository.holds(path), "\(page.path):\(line.number): \(path)")
      }
    }
  }

  /// A block that begins as a file of a project does is one, and would be read without an error.
  @Test(arguments: Repository.pages)
  func yamlFilesAreRead(page: Page) throws {
    for block in page.blocks where block.language == "yaml" {
      let place = "\(page.path):\(block.line)"
      let file = SourceFile(path: place, bytes: Array(block.text.utf8))
      var diagnostics: [Diagnostic] = []
      let first = block.text.split(separator: "\n").first { !$0.hasPrefix("#") } ?? ""
      guard let document = Document(file, &diagnostics) else {
        Issue.record("\(render(diagnostics, as: .text))")
        continue
      }
      switch first.split(separator: ":").first {
      case "mapping": _ = MappingDefinition(document, &diagnostics)
      case "target": _ = TargetDefinition(document, &diagnostics)
      case "source": _ = SourceDefinition(document, &diagnostics)
      default: break
      }
      #expect(!diagnostics.hasErrors, Comment(rawValue: render(diagnostics, as: .text)))
    }
  }

  /// `docs/../README.md` as `README.md`.
  private static func plain(_ path: String) -> String {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
      if step == "..", !steps.isEmpty { steps.removeLast() } else { steps.append(step) }
    }
    return steps.joined(separator: "/")
  }
}
