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

      Examples:
        crosswalk plan
        crosswalk plan MAPPING --limit 50
        crosswalk plan MAPPING --key 1/1042
        crosswalk plan --format json --out plan.json
        crosswalk plan --format html > plan.html
        crosswalk plan --reconcile              compares everything at the targets with the ledger too
        crosswalk plan --detailed-exitcode      exits with 2 when there are changes
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "Only these mappings.")
  var mappings: [String] = []
  @Option(help: "Show only the change of this key, written as in the plan, e.g. 1/1042.")
  var key: String?
  @Option(
    help: "Show at most so many changes of each mapping (default: 20; all of them in a page).")
  var limit: Int?
  @Option(help: ArgumentHelp("Write the plan as JSON to this file.", valueName: "file"))
  var out: String?
  @Flag(help: "Read the targets whole: what was edited, deleted or doubled there, or is unknown.")
  var reconcile = false
  @Option(help: "text, json or html.")
  var format: PlanFormat = .text
  @Flag(help: "Exit with 2 when there are changes.")
  var detailedExitcode = false

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
  }

  func run() async throws {
    let shown = limit ?? (format == .html ? Int.max : 20)
    let details = key != nil || out != nil ? Int.max : shown
    let request = PlanRequest(mappings, details: details, reconciles: reconcile)
    let dryRun = try await Door.open(
      project.project, ProgressView(isQuiet: format != .text, isPlan: true),
      whenInterrupted: .endsInOrder
    ) { try await $0.plan(request) }
    var outcome = dryRun.outcome
    if let out {
      do {
        try Data((PlanView.json(outcome).description + "\n").utf8).write(
          to: URL(fileURLWithPath: out))
      } catch {
        throw OperationFailure(
          .unavailable, "the plan cannot be written to \(out): \(error.localizedDescription)",
          mend: "make room, or name another file")
      }
    }
    if let key {
      outcome.items = try Dictionary(grouping: outcome.items, by: \.mapping).values.flatMap {
        try Self.items($0, written: key)
      }
    }
    switch format {
    case .json: Terminal.print(json: PlanView.json(outcome))
    case .html:
      let date = Date.now.formatted(
        .iso8601.year().month().day().time(includingFractionalSeconds: false).dateTimeSeparator(
          .space))
      Terminal.print(
        PlanPage(project: dryRun.project, date: "\(date) UTC", outcome: outcome).html)
    case .text:
      if key == nil {
        outcome.items = Dictionary(grouping: outcome.items, by: \.mapping).values
          .flatMap { $0.prefix(shown) }
      }
      Terminal.print(PlanView.text(outcome, targets: dryRun.targets))
      let reconciled = ReconcileView.text(outcome.report.mappings, isPlan: true)
      if !reconciled.isEmpty { Terminal.print("\n" + reconciled) }
      if let key, outcome.items.isEmpty { Terminal.print("\nno change for key \(key)") }
    }
    switch outcome.report.status {
    case .failed: throw Exit.unavailable.code
    case .blocked: throw Exit.blocked.code
    case .invalid: throw Exit.findings.code
    case .succeeded, .partial: break
    }
    let changes = outcome.report.mappings.reduce(0) {
      $0 + $1.created + $1.updated + $1.deactivated
    }
    if detailedExitcode, changes > 0 { throw Exit.changes.code }
  }

  /// Those changes of one mapping that are of the key which a text means.
  private static func items(_ items: [PlanItem], written: String) throws -> [PlanItem] {
    var search = KeySearch(written)
    for item in items { search.look(at: item.key) }
    let key = try OperationFailure.key(search, of: items[0].mapping)
    return items.filter { $0.key == key }
  }
}
