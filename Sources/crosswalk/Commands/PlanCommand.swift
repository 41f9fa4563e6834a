import ArgumentParser
import Engine
import Foundation
import Operations

enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  /// One page that needs nothing else.
  case html
}

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "The dry run: what would change, field by field. Nothing is sent or written down.",
    discussion: """
      Reads the source and the ledger. When objects would be created, the target is read too, so that those which are \
      there already are recognised.

      With --out the plan is also kept in a file, and `crosswalk apply FILE` sends exactly what it says. The file holds \
      masked values and keyed hashes, and nothing in the clear that a row has.

      Examples:
        crosswalk plan
        crosswalk plan MAPPING --limit 50
        crosswalk plan 'people/*' --except MAPPING
        crosswalk plan MAPPING --key 1/1042
        crosswalk plan --out friday.plan        to be approved, and sent by `crosswalk apply friday.plan`
        crosswalk plan --out friday.plan --good-for 72h --format html > friday.html
        crosswalk plan --format json
        crosswalk plan --reconcile              compares everything at the targets with the ledger too
        crosswalk plan --detailed-exitcode      exits with 2 when there are changes
      """)

  @OptionGroup var project: ProjectOption
  @OptionGroup var selection: SelectionOptions
  @Option(
    help: "Show at most so many changes of each mapping (default: 20; all of them in a page).")
  var limit: Int?
  @Option(
    help: ArgumentHelp("Keep the plan in this file, for `crosswalk apply`.", valueName: "file"))
  var out: String?
  @Option(
    help: ArgumentHelp(
      "With --out: for how long the plan can be applied, e.g. 72h (default: 24h).",
      valueName: "time"))
  var goodFor: TimeSpan?
  @Flag(help: "Read the targets whole: what was edited, deleted or doubled there, or is unknown.")
  var reconcile = false
  @Option(help: "text, json or html.")
  var format: PlanFormat = .text
  @Flag(help: "Exit with 2 when there are changes.")
  var detailedExitcode = false

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
    if goodFor != nil, out == nil { throw ValidationError("--good-for needs --out") }
  }

  func run() async throws {
    let shown = limit ?? (format == .html || format == .json ? Int.max : 20)
    let selection = selection.selection
    let request = PlanRequest(
      selection, details: selection.keys.isEmpty ? shown : .max, reconciles: reconcile, out: out,
      goodFor: goodFor?.duration ?? .seconds(24 * 60 * 60))
    let dryRun = try await Door.open(
      project.project, ProgressView(isQuiet: format != .text, sends: false),
      whenInterrupted: .endsInOrder
    ) { try await $0.plan(request) }
    let outcome = dryRun.outcome
    switch format {
    case .json: Terminal.print(json: PlanView.json(outcome))
    case .html:
      let date = Date.now.formatted(
        .iso8601.year().month().day().time(includingFractionalSeconds: false).dateTimeSeparator(
          .space))
      Terminal.print(
        PlanPage(project: dryRun.project, date: "\(date) UTC", outcome: outcome).html)
    case .text:
      Terminal.print(PlanView.text(outcome, targets: dryRun.targets))
      let reconciled = ReconcileView.text(outcome.report.mappings, isDone: false)
      if !reconciled.isEmpty { Terminal.print("\n" + reconciled) }
      let missing = Set(outcome.report.missingKeys.map(\.key))
      let keys = selection.keys.filter { !missing.contains($0) }
      if !keys.isEmpty, outcome.items.isEmpty {
        Terminal.print("\nno change for key \(keys.joined(separator: ", "))")
      }
    }
    if let file = dryRun.file { Terminal.complain("note: " + PlanView.words(file)) }
    MissingKeys.complain(outcome.report.missingKeys)
    switch outcome.report.status {
    case .failed: throw Exit.unavailable.code
    case .blocked: throw Exit.blocked.code
    case .invalid: throw Exit.findings.code
    case .succeeded, .partial: break
    }
    if !outcome.report.missingKeys.isEmpty { throw Exit.unreadable.code }
    let changes = outcome.report.mappings.reduce(0) {
      $0 + $1.created + $1.updated + $1.deactivated
    }
    if detailedExitcode, changes > 0 { throw Exit.changes.code }
  }
}
