import ArgumentParser
import Diagnostics
import Engine
import Foundation
import JSON
import Operations

/// Who makes the ledger forget something, and whether it is done.
struct ForgetOptions: ParsableArguments {
  @OptionGroup var project: ProjectOption
  @Flag(help: "Does it; else it is only shown.")
  var yes = false
  @Option(help: "Why, in a few words, for the history.")
  var note: String?
  @Option(help: ArgumentHelp("Who decides; default: you at this machine.", valueName: "name"))
  var by: String?
  @OptionGroup var wait: WaitOption
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func request(_ mapping: String, _ key: String) -> ForgetRequest {
    ForgetRequest(
      mapping, key, who: by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)", note: note,
      applies: yes, wait: wait.waiting)
  }

  func show(_ record: ForgottenRecord, _ text: String) {
    switch format {
    case .json: Terminal.print(json: ForgottenView.json(record))
    case .text: Terminal.print(text)
    }
  }
}

struct ForgetKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Erases all values of a key: what was sent, history, failures, reports.",
    discussion: """
      For a person's right to erasure. The object at the target stays, and so does the link with the object's id: delete the \
      object at the target first, and `crosswalk links unlink` afterwards. That something was forgotten, by whom and when, \
      is kept. It is refused while a write of the key is open. The ledger's file is compacted, so that nothing stays in its \
      free space; backups hold the values until you delete those.

      Examples:
        crosswalk ledger forget MAPPING 1/1042
        crosswalk ledger forget MAPPING 1/1042 --yes --note "request of 3 May"
      """)

  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @OptionGroup var options: ForgetOptions

  func run() async throws {
    let request = options.request(mapping, key)
    let record = try await Door.open(
      options.project.project, whenInterrupted: .endsInOrder
    ) { try await $0.forget(request) }
    options.show(record, ForgottenView.text(forgetting: record))
  }
}

struct CompactLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Takes out what is older than `ledger.keep`, and gives the room back to the disk.",
    discussion: """
      Runs take old history out by themselves, a little at a time, and its room is used again. This does all of it at once \
      and makes the file smaller. It needs the right to write, as a run does, and as much free disk as the ledger is large.

      Examples:
        crosswalk ledger compact
        crosswalk ledger compact --wait 10m
      """)

  @OptionGroup var project: ProjectOption
  @OptionGroup var wait: WaitOption

  func run() async throws {
    let wait = wait.waiting
    let compacted = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.compactLedger(wait: wait) }
    let (before, after) = (
      LedgerInfoView.bytes(compacted.before), LedgerInfoView.bytes(compacted.after)
    )
    Terminal.print(
      "\(compacted.path): \(before) → \(after), "
        + (compacted.removed == 1 ? "1 entry" : "\(compacted.removed.grouped) entries")
        + " taken out")
  }
}

struct ExportLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes links, and history if asked, as JSON lines for other tools.",
    discussion: """
      The first line says whose ledger it is: `kind` is `ledger`. Lines of the kind `link` follow, by mapping and key, then \
      lines of the kind `change`, oldest first. Values are masked unless `--values` is given; fields under `sensitive` \
      are keyed hashes in the ledger itself.

      Examples:
        crosswalk ledger export > links.jsonl
        crosswalk ledger export MAPPING --history --values
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "Only these mappings; all that the ledger knows where none is named.")
  var mappings: [String] = []
  @Flag(help: "Changes too.")
  var history = false
  @Flag(help: "With the values of records.")
  var values = false

  func run() async throws {
    let request = ExportRequest(mappings, includesHistory: history, includesValues: values)
    try await Door.open(project.project) {
      try await $0.exportLedger(request) { Terminal.print(json: $0) }
    }
  }
}

struct ShowLedgerViews: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "views",
    abstract: "The SQL views of the ledger that other tools may build on.",
    discussion: """
      Names and columns are a promise: a column is never taken away or given another meaning while its view has the same \
      name. Everything else in the file changes between releases. Open the file read-only.

      Examples:
        crosswalk ledger views
        sqlite3 'file:.crosswalk/ledger.sqlite?mode=ro' 'SELECT * FROM v1_links'
      """)

  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    switch format {
    case .json: Terminal.print(json: LedgerViewsPage.json)
    case .text: Terminal.print(LedgerViewsPage.text)
    }
  }
}
