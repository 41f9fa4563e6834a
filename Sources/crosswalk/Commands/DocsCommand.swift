import ArgumentParser
import Foundation
import Operations

struct DocsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docs",
    abstract: "The pages of docs/ that are made from the code.",
    shouldDisplay: false,
    subcommands: [Export.self])

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes language.md, functions.md and diagnostics.md.",
      discussion: """
        Examples:
          crosswalk docs export
          crosswalk docs export --check             only says whether they are fresh
        """)

    @Option(help: ArgumentHelp("Where to.", valueName: "folder"))
    var out = "docs"
    @Flag(help: "Write nothing; exit with 1 when a page is stale.")
    var check = false

    func run() throws {
      var stale: [String] = []
      for page in ReferencePages.all {
        let path = "\(out)/\(page.name)"
        let text = Data(page.text.utf8)
        if check {
          if FileManager.default.contents(atPath: path) != text { stale.append(path) }
          continue
        }
        do {
          try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
          try text.write(to: URL(fileURLWithPath: path))
        } catch {
          throw OperationFailure(
            .unavailable, "\(path) cannot be written: \(error.localizedDescription)")
        }
        Terminal.print(path)
      }
      guard stale.isEmpty else {
        throw OperationFailure(
          .findings, "stale: \(stale.joined(separator: ", "))",
          remedy: "run `crosswalk docs export`")
      }
    }
  }
}
