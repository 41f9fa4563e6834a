import ArgumentParser
import Operations

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
    let history = try await Door.open(project.project) { try await $0.history(mapping, key) }
    switch format {
    case .json: Terminal.print(json: try HistoryView.json(history))
    case .text: Terminal.print(try HistoryView.text(history))
    }
  }
}
