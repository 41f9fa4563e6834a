import ArgumentParser
import Engine
import Foundation
import Operations

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Sends exactly what a plan says that was kept with `plan --out`.",
    discussion: """
      Reads the sources again. A record is sent when its row, its mapping, its link and what was last sent for it are as \
      they were when the plan was made. Every other record of the plan is refused and named. Changes that are new since the \
      plan wait, and are counted. What an earlier `apply` of the same plan has sent is not sent again.

      A guard that holds a mapping back is approved with the plan that shows it, once. Who approved it, and the note, are \
      kept with the run.

      Exits as `run` does: 3 when records were refused, 4 when a guard holds a mapping back. A plan that has expired, that \
      was changed, or that was made with another ledger is refused with 3, and nothing is sent.

      Examples:
        crosswalk plan --out friday.plan
        crosswalk apply friday.plan
        crosswalk apply friday.plan 'people/*' --except contractors
        crosswalk apply friday.plan --only 1/1042 1/1043
        crosswalk apply friday.plan --approve deactivations --note "the Baton Rouge site has closed"
        crosswalk apply friday.plan --format json
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The plan's file.")
  var file: String
  @OptionGroup var selection: SelectionOptions
  @Option(
    help: ArgumentHelp(
      "Approve what this guard of the plan holds back: \(GuardTripped.names.joined(separator: ", ")); may be repeated.",
      valueName: "guard"))
  var approve: [String] = []
  @Option(help: "Why, in a few words, for the run's record.")
  var note: String?
  @Option(help: ArgumentHelp("Who approves, unless it is you at this machine.", valueName: "name"))
  var by: String?
  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @OptionGroup var wait: WaitOption
  @Option(
    help: ArgumentHelp(
      "End in order after this time, e.g. 10m, as if interrupted: calls under way are waited for.",
      valueName: "time"))
  var deadline: TimeSpan?

  func run() async throws {
    let started = ContinuousClock.now
    let request = ApplyRequest(
      file, selection.selection, approving: approve,
      who: by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)", note: note,
      wait: wait.waiting)
    let result = try await Door.open(
      project.project, ProgressView(isQuiet: format == .json), whenInterrupted: .endsInOrder,
      deadline: deadline?.duration
    ) { try await $0.apply(request) }
    let report = result.report
    switch format {
    case .json: Terminal.print(json: report.json)
    case .text:
      Terminal.print(
        RunView.summary(report, seconds: started.duration(to: .now) / .seconds(1)))
    }
    MissingKeys.complain(report.missingKeys)
    try Exit.check(report)
  }
}
