import Foundation

/// The repository in which this test stands.
enum Repository {
  static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Pages for people, by their paths.
  static let pages: [Page] = {
    let docs = root.appendingPathComponent("docs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: docs.path)) ?? []
    let paths = ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    return paths.compactMap { path in
      guard let text = text(of: path) else { return nil }
      return Page(path: path, text: text)
    }
  }()

  static func text(of path: String) -> String? {
    FileManager.default.contents(atPath: root.appendingPathComponent(path).path)
      .flatMap { String(data: $0, encoding: .utf8) }
  }

  static func holds(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).standardized.path)
  }
}

/// A Markdown page.
struct Page: CustomStringConvertible {
  let path: String
  let text: String

  var description: String { path }

  var folder: String { path.contains("/") ? "docs" : "." }

  struct Block {
    let language: String
    let text: String
    let line: Int
  }

  /// What stands between three backticks.
  var blocks: [Block] {
    var blocks: [Block] = []
    var open: (language: String, line: Int, lines: [Substring])?
    for (index, line) in lines.enumerated() {
      if let block = open {
        if line == "```" {
          let text = block.lines.map { $0 + "\n" }.joined()
          blocks.append(Block(language: block.language, text: text, line: block.line))
          open = nil
        } else {
          open?.lines.append(line)
        }
      } else if line.hasPrefix("```") {
        open = (String(line.dropFirst(3)), index + 1, [])
      }
    }
    return blocks
  }

  /// The lines outside of blocks, with their numbers.
  var prose: [(number: Int, text: Substring)] {
    var isOpen = false
    return lines.enumerated().compactMap { index, line in
      if line.hasPrefix("```") {
        isOpen.toggle()
        return nil
      }
      return isOpen ? nil : (index + 1, line)
    }
  }

  /// The places that links can lead to, as GitHub names them.
  var anchors: Set<String> {
    Set(
      prose.filter { $0.text.hasPrefix("#") }.map { line in
        let heading = line.text.drop { $0 == "#" || $0 == " " }.lowercased()
        let kept = heading.unicodeScalars.filter {
          $0.properties.isAlphabetic || ("0"..."9").contains($0)
            || " -_".unicodeScalars.contains($0)
        }
        return String(String.UnicodeScalarView(kept)).replacingOccurrences(of: " ", with: "-")
      })
  }

  private var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}
