import ArgumentParser
import Operations

struct AdoptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Links rows to the objects that were at the target before the first run.",
    discussion: """
      Reads the source and the target once, whole, and pairs rows with objects by the mapping's `match`. Without --yes it \
      only shows what it would link. With it the links are written down; the target is not changed. The next run updates \
      what differs and makes what is missing.

      Examples:
        crosswalk adopt MAPPING
        crosswalk adopt MAPPING --format json
        crosswalk adopt MAPPING --yes
        crosswalk adopt MAPPING --move          after the key has changed: whose links would move
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The mapping.")
  var mapping: String
  @Flag(help: "Write the links down.")
  var yes = false
  @Flag(help: "Also move links from keys without a row to the keys that their rows have now.")
  var move = false
  @Option(help: "Show at most so many of each kind.")
  var limit = 20
  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @OptionGroup var wait: WaitOption

  func run() async throws {
    let request = AdoptRequest(mapping, moves: move, applies: yes, wait: wait.waiting)
    let report = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.adopt(request) }
    guard let report else {
      throw OperationFailure(
        .blocked, "nothing lists the objects of \(mapping), or tells whose they are",
        mend: "declare `list` and `match` for its resource in the target's file")
    }
    switch format {
    case .json:
      Terminal.print(json: AdoptView.json(report, mapping, isDone: yes, moves: move))
    case .text:
      Terminal.print(AdoptView.text(report, mapping, isDone: yes, moves: move, limit: limit))
    }
  }
}
