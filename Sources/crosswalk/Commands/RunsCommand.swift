import ArgumentParser
import JSON
import Operations

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "The latest runs, or one of them with its mappings and the reasons for what failed.",
    discussion: """
      Examples:
        crosswalk runs
        crosswalk runs --limit 5 --format json
        crosswalk runs 12
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The number of a run, to see all of it.")
  var number: Int64?
  @Option(help: "The latest so many.")
  var limit = 20
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() async throws {
    let (number, limit) = (number, limit)
    let runs = try await Door.open(project.project) { operations in
      if let number { return [try await operations.run(number: number)] }
      return try await operations.runs(limit: limit)
    }
    switch format {
    case .json where number != nil: Terminal.print(json: try RunsView.json(runs[0]))
    case .json:
      Terminal.print(
        json: JSON.object([
          JSON.Member(name: "runs", value: .array(try runs.map(RunsView.json)))
        ]))
    case .text:
      Terminal.print(number == nil ? try RunsView.text(runs) : try RunsView.detail(runs[0]))
    }
  }
}
