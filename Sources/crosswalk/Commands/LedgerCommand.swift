import ArgumentParser
import Operations

struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "The ledger: backup, checks, size, export, erasure, and where its objects are.",
    discussion: """
      The ledger remembers which object belongs to which row, and what was sent. A copy of its file that is made while a run \
      is under way can be damaged or incomplete; `backup` makes a whole one at any time.

      Examples:
        crosswalk ledger info
        crosswalk ledger backup /backups/ledger-monday.sqlite
        crosswalk ledger verify
        crosswalk ledger compact            takes out what is older than `keep`
        crosswalk ledger export             links for other tools, as JSON lines
        crosswalk ledger views              SQL views that you may build on
        crosswalk ledger forget MAPPING KEY erases all values of a key
        crosswalk ledger move-target TARGET its objects are at its address of now
      """,
    subcommands: [
      ShowLedger.self, BackUpLedger.self, VerifyLedger.self, CompactLedger.self,
      ExportLedger.self, ForgetKey.self, ShowLedgerViews.self, MoveTarget.self, MoveProject.self,
      RenameResource.self,
    ],
    defaultSubcommand: ShowLedger.self)
}

struct ShowLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Where the ledger is, how far it has come, and what it holds.",
    discussion: """
      Examples:
        crosswalk ledger info
        crosswalk ledger info --format json
      """)

  @OptionGroup var project: ProjectOption
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let info = try await Door.open(project.project) { try await $0.ledgerInfo() }
    switch format {
    case .json: Terminal.print(json: LedgerInfoView.json(info))
    case .text: Terminal.print(LedgerInfoView.text(info))
    }
  }
}

struct BackUpLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Writes a whole copy of the ledger, and of its key, also while a run is under way.",
    discussion: """
      The key goes to FILE.key. Keep both together: without the key every sensitive field counts as changed once. To \
      restore, put both in place of the ledger and its key, remove the ledger's -wal and -shm files, and leave its .mark \
      and .mark-TARGET files alone: they tell the next run that the ledger is a backup.

      Examples:
        crosswalk ledger backup /backups/ledger-monday.sqlite
      """)

  @Argument(help: "The file to write; there must be none yet.")
  var file: String
  @OptionGroup var project: ProjectOption

  func run() async throws {
    let file = file
    try await Door.open(project.project) { try await $0.backUpLedger(to: file) }
    Terminal.print("\(file) and \(file).key written")
  }
}

struct VerifyLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads the whole ledger, and says whether it is sound.",
    discussion: """
      Exits with 5 when it is damaged.

      Examples:
        crosswalk ledger verify
      """)

  @OptionGroup var project: ProjectOption

  func run() async throws {
    let path = try await Door.open(project.project) { try await $0.verifyLedger() }
    Terminal.print("\(path) is sound")
  }
}
