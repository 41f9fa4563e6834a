import ArgumentParser
import Foundation
import Operations

/// Who decides that a ledger speaks of another place from now on.
struct MoveOptions: ParsableArguments {
  @OptionGroup var project: ProjectOption
  @Option(help: "Why, in a few words.")
  var note: String?
  @Option(help: ArgumentHelp("Who decides; default: you at this machine.", valueName: "name"))
  var by: String?
  @OptionGroup var wait: WaitOption

  var who: String { by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

  var request: MoveRequest { MoveRequest(who: who, note: note, wait: wait.waiting) }

  func move(_ subject: MoveRequest.Subject) async throws {
    let request = request
    let move = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.moveLedger(subject, request) }
    Terminal.print(
      "\(move.before.map { "`\($0)`" } ?? "no place") → `\(move.after)`: written down; nothing was sent"
    )
  }
}

struct MoveTarget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move-target",
    abstract: "The objects of a target have moved, with their ids, to the address that it has now.",
    discussion: """
      A ledger is tied to the address of each target, and to the headers that choose the tenant there. A run against \
      another place is refused, since the ids in the ledger would be those of strangers. This says that it is the same \
      system under a new address. For another system, or for a trial, use another ledger.

      Examples:
        crosswalk ledger move-target TARGET --note "the vendor's new domain"
      """)

  @Argument(help: "The target.")
  var target: String
  @OptionGroup var options: MoveOptions

  func run() async throws {
    try await options.move(.target(target))
  }
}

struct MoveProject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move-project",
    abstract: "The project of this ledger has the name that crosswalk.yaml says now.",
    discussion: """
      Two projects must not share a ledger. This says that it is the same project under a new name.

      Examples:
        crosswalk ledger move-project
      """)

  @OptionGroup var options: MoveOptions

  func run() async throws {
    try await options.move(.project)
  }
}

struct RenameResource: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename-resource",
    abstract:
      "The objects of a resource are those of one that has another name in the target's file now.",
    discussion: """
      Links remember the target and the resource of their objects. Where one of the two names has changed in the files, \
      and the objects are the same, this says so.

      Examples:
        crosswalk ledger rename-resource crm/people crm/users
      """)

  @Argument(help: "The name that the ledger knows, with its target's: TARGET/RESOURCE.")
  var old: String
  @Argument(help: "The name in the files now.")
  var new: String
  @OptionGroup var options: MoveOptions

  func run() async throws {
    let (old, new, request) = (old, new, options.request)
    try await Door.open(
      options.project.project, whenInterrupted: .endsInOrder
    ) {
      try await $0.renameResource(old, to: new, request)
    }
    Terminal.print("\(old) → \(new): written down; nothing was sent")
  }
}
