import ArgumentParser
import Foundation
import Mappings

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "The JSON Schemas of the project's own files.",
    subcommands: [Export.self])

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes the JSON Schemas of project, source, target and mapping files.",
      discussion: """
        Editors complete and check with them: the first line of each file names its schema.

        Examples:
          crosswalk schema export                     writes schemas/crosswalk/*.schema.json
          crosswalk schema export --out my/folder
          crosswalk schema export --check             only says whether they are fresh
        """)

    @Option(help: ArgumentHelp("Where to.", valueName: "folder"))
    var out = "schemas/crosswalk"
    @Flag(help: "Write nothing; exit with 1 when a file is stale.")
    var check = false

    func run() throws {
      var stale: [String] = []
      for kind in FileKind.allCases {
        let path = "\(out)/\(kind.rawValue).schema.json"
        let text = Data(jsonSchema(for: kind).utf8)
        if check {
          if FileManager.default.contents(atPath: path) != text { stale.append(path) }
          continue
        }
        do {
          try FileManager.default.createDirectory(
            atPath: out, withIntermediateDirectories: true)
          try text.write(to: URL(fileURLWithPath: path))
        } catch {
          throw CommandFailure(
            exit: .unreadable, "\(path) cannot be written: \(error.localizedDescription)")
        }
        Terminal.print(path)
      }
      guard stale.isEmpty else {
        throw CommandFailure(
          exit: .findings, "stale: \(stale.joined(separator: ", "))",
          mend: "run `crosswalk schema export`")
      }
    }
  }
}
