import ArgumentParser
import Engine
import Foundation
import Ledger

/// Who decides that a ledger speaks of another place from now on.
struct MoveOptions: ParsableArguments {
  @OptionGroup var project: ProjectOption
  @Option(help: "Why, in a few words.")
  var note: String?
  @Option(help: ArgumentHelp("Who decides; default: you at this machine.", valueName: "name"))
  var by: String?
  @OptionGroup var wait: WaitOption

  var who: String { by ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

  func move(_ subject: (Workspace) throws -> Tie.Subject) async throws {
    try await OpenLedger.writing(project.project, wait: wait.waiting) { open, lease in
      let subject = try subject(open.workspace)
      let targets = open.workspace.project.targets.filter { subject == .target($0.name.value) }
      let (before, after) = try await LedgerTies(open.workspace, targets: targets).move(
        subject, open.ledger, lease, who: who, note: note, at: open.clock.wall)
      Terminal.print(
        "\(before.map { "`\($0.inOneLine)`" } ?? "no place") → `\(after.inOneLine)`: written down; "
          + "nothing was sent")
    }
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
    try await options.move { workspace in
      guard workspace.project.targets.contains(where: { $0.name.value == target }) else {
        throw CommandFailure(
          exit: .unreadable, "there is no target `\(target)`",
          mend:
            "the targets are \(workspace.project.targets.map(\.name.value).joined(separator: ", "))"
        )
      }
      return .target(target)
    }
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
    try await options.move { _ in .project }
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
    try await OpenLedger.writing(options.project.project, wait: options.wait.waiting) {
      open, lease in
      let project = open.workspace.project
      let names = project.targets.flatMap { target in
        target.resources.map { "\(target.name.value)/\($0.name.value)" }
      }
      guard names.contains(new) else {
        throw CommandFailure(
          exit: .unreadable, "the project has no resource `\(new)`",
          mend: "the resources are \(names.joined(separator: ", "))")
      }
      guard !names.contains(old) else {
        throw CommandFailure(
          exit: .unreadable, "the project still has the resource `\(old)`: it keeps its objects",
          mend: "give the mapping another name instead")
      }
      let isKnown = try await open.ledger.renameResource(
        old, to: new, who: options.who, note: options.note, at: open.clock.wall,
        epoch: lease.epoch)
      guard isKnown else {
        throw CommandFailure(
          exit: .unreadable, "the ledger knows no resource `\(old)`",
          mend: "write it as TARGET/RESOURCE")
      }
      Terminal.print("\(old) → \(new): written down; nothing was sent")
    }
  }
}
