import Diagnostics
import Foundation
import Operations
import Testing

@testable import crosswalk

@Suite struct GeneratedPagesTests {
  @Test(arguments: ReferencePages.all.map(\.name))
  func pagesAreFresh(name: String) throws {
    let page = try #require(ReferencePages.all.first { $0.name == name })
    #expect(
      Repository.text(of: "docs/\(name)") == page.text,
      "run `crosswalk docs export` and commit docs/\(name)")
  }

  @Test func codesAreUniqueAndExplained() {
    let ids = Linter.codes.map(\.id)
    #expect(Set(ids).count == ids.count)
    for code in Linter.codes {
      #expect(code.id.wholeMatch(of: /E[0-6][0-9]{2}/) != nil, "\(code.id)")
      #expect(!code.title.isEmpty, "\(code.id)")
      #expect(code.explanation.count > 20 && code.explanation.hasSuffix("."), "\(code.id)")
    }
  }

  @Test func everyCodeHasItsPlaceOnThePage() throws {
    let page = try #require(Repository.text(of: "docs/diagnostics.md"))
    for code in Linter.codes {
      #expect(page.contains("### \(code.id) \(code.title)\n"))
    }
  }
}
