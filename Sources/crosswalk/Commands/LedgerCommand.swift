import ArgumentParser
import Foundation
import JSON
import Ledger

struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Backs the ledger up, checks it, shows where it is, and says where its objects are.",
    discussion: """
      The ledger remembers which object belongs to which row, and what was sent. A copy of its file that is made while a run \
      is under way can be damaged or incomplete; `backup` makes a whole one at any time.

      Examples:
        crosswalk ledger info
        crosswalk ledger backup /backups/ledger-monday.sqlite
        crosswalk ledger verify
        crosswalk ledger move-target TARGET     its objects are at the address that it has now
      """,
    subcommands: [
      LedgerInfo.self, BackUpLedger.self, VerifyLedger.self, MoveTarget.self, MoveProject.self,
      RenameResource.self,
    ],
    defaultSubcommand: LedgerInfo.self)
}

struct LedgerInfo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Where the ledger is, and how far it has come.",
    discussion: """
      Examples:
        crosswalk ledger info
        crosswalk ledger info --format json
      """)

  @OptionGroup var project: ProjectOption
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let open = try OpenLedger.reading(project.project)
    let place = try open.workspace.ledger
    try place.requireLedger()
    let (name, count, doubt) = try await Execution.ledgerErrors {
      let (id, count) = try await open.ledger.identity()
      let name = id.map { String(format: "%02x", Int($0)) }.joined()
      return (name, count, try await LedgerMark(of: place).doubt(about: open.ledger))
    }
    switch format {
    case .json:
      let info: JSON = [
        "path": .string(place.path), "id": .string(name), "writes": .integer(count),
        "doubt": doubt.map { .string($0) } ?? .null,
      ]
      Terminal.print(json: info)
    case .text:
      Terminal.print("\(place.path)\n  id      \(name)\n  writes  \(count)")
      if let doubt {
        Terminal.print("  doubt   \(doubt)\n  = help: `crosswalk run` compares it with the targets")
      }
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
      file alone: it tells the next run that the ledger is a backup.

      Examples:
        crosswalk ledger backup /backups/ledger-monday.sqlite
      """)

  @Argument(help: "The file to write; there must be none yet.")
  var file: String
  @OptionGroup var project: ProjectOption

  func run() async throws {
    let open = try OpenLedger.reading(project.project)
    let place = try open.workspace.ledger
    try place.requireLedger()
    try await Execution.ledgerErrors { try open.ledger.backUp(to: file) }
    try place.copyKey(to: file + ".key")
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
    let open = try OpenLedger.reading(project.project)
    let place = try open.workspace.ledger
    try place.requireLedger()
    let problems = try await Execution.ledgerErrors {
      let problems = try await open.ledger.checkIntegrity()
      // Of a file that is damaged itself records say nothing more.
      return try await problems.isEmpty ? open.ledger.unreadableRecords() : problems
    }
    guard problems.isEmpty else {
      throw CommandFailure(
        exit: .unavailable,
        "the ledger is damaged: " + problems.prefix(5).joined(separator: "; "),
        mend: "keep the file, restore the newest backup, and run `crosswalk plan` before `run`")
    }
    Terminal.print("\(place.path) is sound")
  }
}

extension LedgerPlace {
  func requireLedger() throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandFailure(
        exit: .unreadable, "there is no ledger at \(path)",
        mend: "the first `crosswalk run` makes it")
    }
  }

  /// Copies the key of the masked values, readable for its owner only.
  func copyKey(to file: String) throws {
    let key = path + ".key"
    guard let bytes = FileManager.default.contents(atPath: key) else {
      throw CommandFailure(
        exit: .unavailable, "the key of the ledger's masked values, \(key), cannot be read",
        mend: "give this user the right to read it")
    }
    guard !FileManager.default.fileExists(atPath: file),
      FileManager.default.createFile(
        atPath: file, contents: bytes, attributes: [.posixPermissions: 0o600])
    else {
      throw CommandFailure(
        exit: .unavailable, "\(file) cannot be written",
        mend: "name a file that is not there yet, in a folder that can be written")
    }
  }
}
