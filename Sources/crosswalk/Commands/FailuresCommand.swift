import ArgumentParser
import Engine
import Foundation
import JSON
import Ledger
import Programs

struct FailuresCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "failures",
    abstract: "Records that were refused or whose end is not known, and what a person can do.",
    discussion: """
      Nearly always the mend is to correct a field in the source: the record is then sent by itself. The commands below \
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
    let open = try OpenLedger.reading(project.project)
    let waiting = try await Execution.ledgerErrors {
      try await WaitingRecord.all(in: open, of: mapping)
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

  func decision(
    _ verb: Decision.Verb, _ mapping: String, _ key: Key, targetID: String? = nil, at now: Int64
  ) -> Decision {
    Decision(
      verb: verb, mapping: mapping, key: key, targetID: targetID, who: who, note: note, at: now)
  }

  var who: String { by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

  /// Says what was decided, and what follows.
  func report(_ decisions: [Decision], _ consequence: String) {
    report(decisions.map { ($0, consequence) })
  }

  /// The same, where something else follows from each.
  func report(_ decisions: [(Decision, consequence: String)]) {
    switch format {
    case .json:
      Terminal.print(json: JSON.array(decisions.map { HistoryView.json($0.0) }))
    case .text:
      for (decision, consequence) in decisions {
        Terminal.print("\(decision.mapping) \(decision.key): \(consequence)")
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

  /// What waits under these keys.
  func waiting(in open: OpenLedger) async throws -> [WaitingRecord] {
    let waiting = try await WaitingRecord.all(in: open, of: mapping)
    if all { return waiting.filter { !$0.isDismissed } }
    return try keys.map { try WaitingRecord.one(of: waiting, mapping, $0) }
  }
}

extension CommandFailure {
  static func nothingWaits(_ mapping: String, _ key: String) -> CommandFailure {
    CommandFailure(
      exit: .unreadable, "\(mapping) \(key) neither failed nor has an unknown end",
      mend: "`crosswalk failures` lists what waits for a decision")
  }
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
    try await OpenLedger.writing(options.project.project, wait: options.wait.waiting) {
      open, lease in
      var decisions: [(Decision, consequence: String)] = []
      for record in try await records.waiting(in: open) {
        let decision = options.decision(
          .retry, record.mapping, record.key, at: open.clock.wall)
        try await open.ledger.decide(decision, epoch: lease.epoch)
        decisions.append((decision, consequence(of: record, in: open)))
      }
      options.report(decisions)
    }
  }

  private func consequence(of record: WaitingRecord, in open: OpenLedger) -> String {
    guard case .open(let intent) = record.state else { return "tried again in the next run" }
    let words = "looked up at the target by the next run"
    guard intent.state != .planned else { return "sent again by the next run" }
    guard let settle = open.settle(of: record.mapping), let sentAt = intent.sentAt,
      sentAt.later(by: settle) > open.clock.wall
    else { return words }
    return "\(words) after \(sentAt.later(by: settle).moment)"
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
    try await OpenLedger.writing(options.project.project, wait: options.wait.waiting) {
      open, lease in
      var decisions: [Decision] = []
      for record in try await records.waiting(in: open) {
        let decision = options.decision(
          .dismiss, record.mapping, record.key, at: open.clock.wall)
        try await open.ledger.decide(decision, epoch: lease.epoch)
        decisions.append(decision)
      }
      options.report(decisions, "left alone until its data change")
    }
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
    try await OpenLedger.writing(options.project.project, wait: options.wait.waiting) {
      open, lease in
      let record = try await WaitingRecord.one(mapping, key, in: open)
      let decision = options.decision(.absent, mapping, record.key, at: open.clock.wall)
      try await open.ledger.decide(decision, epoch: lease.epoch)
      options.report([decision], "made anew by the next run, as far as its row is still there")
    }
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
    try await OpenLedger.writing(options.project.project, wait: options.wait.waiting) {
      open, lease in
      let record = try await WaitingRecord.one(mapping, key, in: open)
      let (program, target) = try open.program(mapping)
      try await LedgerTies(open.workspace, targets: [target.definition]).hold(
        open.ledger, lease, at: open.clock.wall)
      let owner = try await open.ledger.owner(of: targetID, resource: program.resourceName)
      if move || owner.map({ $0 != (mapping, record.key) }) ?? false {
        guard let owner, owner != (mapping, record.key), move else {
          throw refusal(owner, record.key)
        }
        return try await move(
          from: owner, to: record.key, program, target, open, epoch: lease.epoch)
      }
      let held = try await held(program, target, open)
      let now = open.clock.wall
      let decision = options.decision(.adopt, mapping, record.key, targetID: targetID, at: now)
      let nothing = Array("{}".utf8)
      try await open.ledger.adopt(
        decision,
        link: Link(
          mapping: mapping, key: record.key, targetID: targetID,
          fingerprint: Fingerprint(high: 0, low: 0)),
        resource: program.resourceName, sent: held ?? nothing,
        change: ChangeEntry(
          run: 0, mapping: mapping, key: record.key, operation: "adopt", before: nothing,
          after: held ?? nothing, at: now), epoch: lease.epoch)
      options.report([decision], "linked to \(targetID); the next run updates what differs")
    }
  }

  /// Why the object cannot be this key's.
  private func refusal(_ owner: (mapping: String, key: Key)?, _ key: Key) -> CommandFailure {
    guard let owner, owner != (mapping, key) else {
      return CommandFailure(
        exit: .rejected, "no other key has the object \(targetID)", mend: "leave `--move` out")
    }
    return CommandFailure(
      exit: .rejected,
      "the object \(targetID) belongs to \(owner.mapping) \(owner.key) already",
      mend: "an object has one key: if that one has no row any more and this is the same, add "
        + "`--move`; otherwise correct one of the two rows in the source")
  }

  /// Moves the object's link, if its key had no row when the source was last read.
  private func move(
    from old: (mapping: String, key: Key), to new: Key, _ program: MappingProgram,
    _ target: TargetConnection, _ open: OpenLedger, epoch: Int64
  ) async throws {
    let former = old.mapping == mapping ? "\(old.key)" : "\(old.mapping) \(old.key)"
    guard let link = try await open.ledger.link(of: old.mapping, key: old.key),
      link.state == .inactive || link.absences > 0
    else {
      throw CommandFailure(
        exit: .rejected, "\(old.mapping) \(old.key) had a row when the source was last read",
        mend: "an object has one key: correct one of the two rows in the source, and run again")
    }
    if let other = try await open.ledger.link(of: mapping, key: new) {
      throw CommandFailure(
        exit: .rejected, "\(mapping) \(new) has an object already: \(other.targetID)",
        mend: "`crosswalk failures absent` first, if that object is not there any more")
    }
    // An object that is gone has no key.
    _ = try await held(program, target, open)
    let now = open.clock.wall
    let revives = program.whenAbsent?.delete == true
    let isMoved =
      if old.mapping == mapping {
        try await open.ledger.move(
          LinkMoves(
            mapping: mapping, moves: [LinkMove(from: old.key, to: new)], revives: revives,
            who: options.who, note: options.note, at: now, epoch: epoch)
        ).count == 1
      } else {
        try await open.ledger.move(
          old.key, of: old.mapping, to: new, of: mapping, revives: revives, who: options.who,
          note: options.note, at: now, epoch: epoch)
      }
    guard isMoved else {
      throw CommandFailure(
        exit: .rejected, "a write of \(former) or of \(new) has no known end yet",
        mend: "run again first: the next run looks at the target; if the write is quarantined, "
          + "`crosswalk failures absent \(mapping) \(new.argument)` ends it")
    }
    options.report(
      [options.decision(.move, mapping, new, targetID: targetID, at: now)],
      "has the object \(targetID) of \(former) now; the next run updates what differs")
  }

  /// What the target holds; `nil` when it cannot be asked.
  private func held(
    _ program: MappingProgram, _ target: TargetConnection, _ open: OpenLedger
  ) async throws -> [UInt8]? {
    try await Execution.outsideErrors {
      switch try await NamedObject.read(
        targetID, of: program, from: target, ledger: open.ledger, masking: open.masking)
      {
      case .held(let fields): return fields
      case .cannotAsk: return nil
      case .absent:
        throw CommandFailure(
          exit: .rejected,
          "\(program.targetName) has no \(program.resource.name.value) \(targetID)",
          mend: "give the id as the target shows it")
      }
    }
  }
}
