import ArgumentParser
import Foundation
import JSON
import Operations

struct FailuresCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "failures",
    abstract: "Records that were refused or whose outcome is not known, and what you can do.",
    discussion: """
      Nearly always the remedy is to correct a field in the source: the record is then sent by itself. The commands below \
      are for the rest. Each decision is kept with who made it, when and why, and stands in `crosswalk history`.

      Examples:
        crosswalk failures
        crosswalk failures list --mapping MAPPING --format json
        crosswalk failures retry MAPPING 1/1042
        crosswalk failures retry MAPPING --all --note "the site was missing at the target"
        crosswalk failures adopt MAPPING 1/1042 88123
        crosswalk failures adopt MAPPING 1/1042 88123 --move
        crosswalk failures absent MAPPING 1/1042
        crosswalk failures dismiss MAPPING 1/1042 --note "a test employee"
      """,
    subcommands: [
      ListFailures.self, RetryFailures.self, AdoptFailure.self, ConfirmAbsence.self,
      DismissFailures.self,
    ], defaultSubcommand: ListFailures.self)
}

struct ListFailures: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What failed, since when, why, and what to do.",
    discussion: """
      Examples:
        crosswalk failures list
        crosswalk failures list --mapping MAPPING
        crosswalk failures list --all --format json
      """)

  @OptionGroup var project: ProjectOption
  @Option(help: "Only those of this mapping.")
  var mapping: String?
  @Flag(help: "Those that were dismissed too.")
  var all = false
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let mapping = mapping
    let waiting = try await Door.open(project.project) {
      try await $0.waitingRecords(of: mapping)
    }
    let shown = waiting.filter { all || !$0.isDismissed }
    switch format {
    case .json: Terminal.print(json: FailuresView.json(shown))
    case .text:
      Terminal.print(FailuresView.text(shown, dismissed: waiting.count - shown.count))
    }
  }
}

/// Who decides, and why.
struct DecisionOptions: ParsableArguments {
  @OptionGroup var project: ProjectOption
  @Option(help: "Why, in a few words, for the history.")
  var note: String?
  @Option(help: ArgumentHelp("Who decides, unless it is you at this machine.", valueName: "name"))
  var by: String?
  @OptionGroup var wait: WaitOption
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  var who: String { by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

  /// Decides, and says what was decided and what follows.
  func decide(_ verb: DecisionRequest.Verb, _ mapping: String) async throws {
    let request = DecisionRequest(verb, mapping, who: who, note: note, wait: wait.waiting)
    let decided = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.decide(request) }
    switch format {
    case .json:
      Terminal.print(json: JSON.array(decided.map { HistoryView.json($0.decision) }))
    case .text:
      for one in decided {
        Terminal.print("\(one.decision.mapping) \(one.decision.key): \(one.consequence)")
      }
    }
  }
}

/// Which records a decision is about.
struct RecordArguments: ParsableArguments {
  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "Keys as the reports write them, e.g. 1/1042.")
  var keys: [String] = []
  @Flag(help: "All of the mapping that wait.")
  var all = false

  func validate() throws {
    if keys.isEmpty != all { throw ValidationError("name keys, or give --all") }
  }

  var named: DecisionRequest.Keys { all ? .all : .named(keys) }
}

struct RetryFailures: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try records again in the next run: their rows, through the mapping as it is now.",
    discussion: """
      A write that is quarantined, or whose outcome is unknown, is not sent again: it is looked up at the target, as soon \
      as it has rested for the target's `settle`.

      Examples:
        crosswalk failures retry MAPPING 1/1042 1/1043
        crosswalk failures retry MAPPING --all --note "the site was missing at the target"
      """)

  @OptionGroup var records: RecordArguments
  @OptionGroup var options: DecisionOptions

  func run() async throws {
    try await options.decide(.retry(records.named), records.mapping)
  }
}

struct DismissFailures: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dismiss",
    abstract: "Leave records alone until their data change, and list them no more.",
    discussion: """
      A write whose end is not known stays open, so that nothing is made twice; only the reports pass over it. \
      `crosswalk failures retry` takes a dismissal back.

      Examples:
        crosswalk failures dismiss MAPPING 1/1042 --note "a test employee"
      """)

  @OptionGroup var records: RecordArguments
  @OptionGroup var options: DecisionOptions

  func run() async throws {
    try await options.decide(.dismiss(records.named), records.mapping)
  }
}

struct ConfirmAbsence: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "absent",
    abstract: "I have looked: the target does not hold the object. The next run makes it.",
    discussion: """
      Look with care. If the object is there after all, and the mapping cannot find it by its `match`, it is made twice.

      Examples:
        crosswalk failures absent MAPPING 1/1042 --note "asked the safety office"
      """)

  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @OptionGroup var options: DecisionOptions

  func run() async throws {
    try await options.decide(.absent(key), mapping)
  }
}

struct AdoptFailure: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "The object of this record is the one with this id at the target.",
    discussion: """
      The object is read first; then it is linked. The next run compares it with its row and updates what differs. With \
      --move an object that another key of the mapping has goes over to this one, when that key has no row any more.

      Examples:
        crosswalk failures adopt MAPPING 1/1042 88123
        crosswalk failures adopt MAPPING 1/1042 88123 --move --note "the same person, re-hired"
      """)

  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @Argument(help: "The target's id of the object.")
  var targetID: String
  @Flag(help: "The object's link moves here from a key that has no row any more.")
  var move = false
  @OptionGroup var options: DecisionOptions

  func run() async throws {
    try await options.decide(.adopt(key, targetID: targetID, moves: move), mapping)
  }
}
