import ArgumentParser
import Operations

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "How one record is produced: row, expressions, links, difference, call.",
    discussion: """
      Reads the source and the ledger by the same stages as a plan. Nothing is sent or written down; the target is not \
      asked. Sensitive values are masked, and so are the columns that they are made of.

      Examples:
        crosswalk explain MAPPING 1/1042
        crosswalk explain MAPPING 1/1042 --format json
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let explanation = try await Door.open(project.project) { try await $0.explain(mapping, key) }
    guard let explanation else {
      throw OperationFailure(
        .unreadable, "\(mapping) has no row and no link with the key \(key)",
        remedy: "write the key as the reports do, its columns joined by `/`, e.g. 1/1042")
    }
    switch format {
    case .json: Terminal.print(json: ExplainView.json(explanation))
    case .text: Terminal.print(ExplainView.text(explanation))
    }
  }
}
