import ArgumentParser
import Engine
import JSON
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
        crosswalk adopt 'people/*' --except MAPPING
        crosswalk adopt MAPPING --only 1/1042 1/1043
        crosswalk adopt MAPPING --yes
        crosswalk adopt MAPPING --move          after the key has changed: whose links would move
      """)

  @OptionGroup var project: ProjectOption
  @OptionGroup var selection: SelectionOptions
  @Flag(help: "Write the links down.")
  var yes = false
  @Flag(help: "Also move links from keys without a row to the keys that their rows have now.")
  var move = false
  @Option(help: "Show at most so many of each kind.")
  var limit = 20
  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @OptionGroup var wait: WaitOption

  func validate() throws {
    // To link everything at once is never what somebody wants who has named nothing.
    if selection.mappings.isEmpty { throw ValidationError("name a mapping, or `'*'` for all") }
  }

  func run() async throws {
    let request = AdoptRequest(
      selection.selection, moves: move, applies: yes, wait: wait.waiting)
    let adopted = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.adopt(request) }
    let reports = adopted.compactMap { one in one.report.map { (one.mapping, $0) } }
    switch format {
    case .json:
      let all = reports.map { AdoptView.json($1, $0, isDone: yes, moves: move) }
      if adopted.count == 1, let only = all.first {
        Terminal.print(json: only)
      } else if adopted.count > 1 {
        Terminal.print(json: JSON.object([JSON.Member(name: "mappings", value: .array(all))]))
      }
    case .text:
      let texts = reports.map {
        AdoptView.text($1, $0, isDone: yes, moves: move, limit: limit)
      }
      if !texts.isEmpty { Terminal.print(texts.joined(separator: "\n\n")) }
    }
    if let blind = adopted.first(where: { $0.report == nil }) {
      throw OperationFailure(
        .blocked, "nothing lists the objects of \(blind.mapping), or tells whose they are",
        remedy: "declare `list` and `match` for its resource in the target's file")
    }
    let missing = RunReport.missing(in: reports.map { $1.missingKeys })
    MissingKeys.complain(missing)
    if !missing.isEmpty { throw Exit.unreadable.code }
  }
}
