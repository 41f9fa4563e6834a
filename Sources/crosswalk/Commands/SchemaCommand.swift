import ArgumentParser
import Foundation
import Mappings
import Operations

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract:
      "What the sources say of the queries, and the JSON Schemas of the project's own files.",
    subcommands: [Pull.self, Export.self])

  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "pull",
      abstract:
        "Writes what the sources say of the mappings' queries, so that lint needs no database.",
      discussion: """
        Prepares each mapping's query on its source, runs none, and keeps the types and nullability of the columns that \
        queries return, and of the table columns that they use, under `schemas/SOURCE`: one small file a query and a \
        table. Files of mappings that are gone are removed. Nothing is written while the source refuses a query. \
        Exits with 1 then, and with `--check` when a file would change.

        Examples:
          crosswalk schema pull
          crosswalk schema pull --check           only says what has moved, for a nightly job
        """)

    @OptionGroup var project: ProjectOption
    @Flag(help: "Write nothing; exit with 1 when a file would change.")
    var check = false

    func run() async throws {
      let snapshots = try await Door.open(project.project) { try await $0.snapshotChanges() }
      let changes = snapshots.flatMap(\.changes)
      for change in changes { Terminal.print(change.words) }
      guard !changes.isEmpty else { return Terminal.print("Nothing has moved.") }
      if check {
        throw OperationFailure(
          .findings, "the snapshot is stale: \(changes.count.counted("file")) would change",
          remedy: "run `crosswalk schema pull`, then `crosswalk lint`")
      }
      for snapshot in snapshots { try snapshot.write() }
    }
  }

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
          throw OperationFailure(
            .unavailable, "\(path) cannot be written: \(error.localizedDescription)")
        }
        Terminal.print(path)
      }
      guard stale.isEmpty else {
        throw OperationFailure(
          .findings, "stale: \(stale.joined(separator: ", "))",
          remedy: "run `crosswalk schema export`")
      }
    }
  }
}
