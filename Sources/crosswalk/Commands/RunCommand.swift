import ArgumentParser
import Engine
import Operations

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract:
      "Plans and applies in one, in the order that links imply, within the targets' limits.",
    discussion: """
      Exits with 0 when all is done, 3 when some records were rejected, 1 when a mapping does not compile (it and those \
      that depend on it are left out), 4 when a guard held a mapping back, 5 when a source or target could not be used, or \
      the run was interrupted. What failed is tried again when its data change.

      Examples:
        crosswalk run
        crosswalk run MAPPING ANOTHER
        crosswalk run 'people/*' --except MAPPING
        crosswalk run MAPPING --key 1/1042      one record; of the others nothing is decided
        crosswalk run --limit 10                at most ten changes a mapping, for a careful first time
        crosswalk run --reconcile               compares everything at the targets with the ledger first
        crosswalk run --format json             for the scheduler's log
        crosswalk run --deadline 50m --wait 5m  for a schedule of every hour
        crosswalk run --profile                 where the time went
      """)

  @OptionGroup var project: ProjectOption
  @OptionGroup var selection: SelectionOptions
  @Option(help: "Send at most so many changes of each mapping.")
  var limit: Int?
  @Flag(
    help: "Read the targets whole first: what was edited, deleted or doubled there, or is unknown.")
  var reconcile = false
  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @Flag(help: "Say at the end, on standard error, where the time went.")
  var profile = false
  @OptionGroup var wait: WaitOption
  @Option(
    help: ArgumentHelp(
      "End in order after this time, e.g. 10m, as if interrupted: calls under way are waited for.",
      valueName: "time"))
  var deadline: TimeSpan?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() async throws {
    let started = ContinuousClock.now
    let request = RunRequest(
      selection.selection, limit: limit, reconciles: reconcile, wait: wait.waiting)
    let result = try await Door.open(
      project.project, ProgressView(isQuiet: format == .json), whenInterrupted: .endsInOrder,
      deadline: deadline?.duration
    ) { try await $0.run(request) }
    let report = result.report
    switch format {
    case .json: Terminal.print(json: report.json)
    case .text:
      let reconciled = ReconcileView.text(report.mappings, isDone: true)
      Terminal.print(reconciled.isEmpty ? "" : "\n" + reconciled + "\n")
      Terminal.print(
        RunView.summary(report, seconds: started.duration(to: .now) / .seconds(1)))
    }
    if profile {
      Terminal.complain(RunView.profile(result.times, of: started.duration(to: .now)))
    }
    MissingKeys.complain(report.missingKeys)
    try Exit.check(report)
  }
}
