import ArgumentParser
import Engine
import Ledger

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "What became of one record: every change before and after, calls, decisions.",
    discussion: """
      Sensitive fields are masked as the mapping declares them. The source is not asked.

      Examples:
        crosswalk history MAPPING 1/1042
        crosswalk history MAPPING 1/1042 --format json
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let open = try OpenLedger.reading(project.project)
    try await Execution.ledgerErrors {
      let history = try await RecordHistory.read(
        mapping, try await open.key(key, of: mapping), from: open.ledger)
      switch format {
      case .json: Terminal.print(json: try HistoryView.json(history))
      case .text: Terminal.print(try HistoryView.text(history))
      }
    }
  }
}

/// All that the ledger remembers of one key.
struct RecordHistory {
  let mapping: String
  let key: Key
  let link: Link?
  let failure: Failure?
  let changes: [ChangeEntry]
  let intents: [Intent]
  let decisions: [Decision]

  static func read(
    _ mapping: String, _ key: Key, from ledger: SQLiteLedger
  ) async throws -> RecordHistory {
    RecordHistory(
      mapping: mapping, key: key, link: try await ledger.link(of: mapping, key: key),
      failure: try await ledger.failures(of: mapping).first { $0.key == key },
      changes: try await ledger.history(mapping: mapping, key: key),
      intents: try await ledger.intents(mapping: mapping, key: key),
      decisions: try await ledger.decisions(mapping: mapping, key: key))
  }
}
