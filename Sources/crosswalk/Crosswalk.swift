import ArgumentParser
import Engine
import Foundation
import Operations

@main
struct Crosswalk: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crosswalk",
    abstract: "Maps rows of Viewpoint onto the objects of other systems, as YAML files declare it.",
    discussion: """
      A project is a folder with `crosswalk.yaml`, `sources/`, `targets/`, and one mapping a file. Every command exits \
      with 5 when its output cannot be written.

      Examples:
        crosswalk lint                         everything that can be proved without sending
        crosswalk plan MAPPING                 what would change, field by field; nothing is sent
        crosswalk run                          change it, within the targets' limits
        crosswalk failures                     what failed, and what a person can do
      """,
    version: Release.version,
    subcommands: [
      LintCommand.self, TestCommand.self, PlanCommand.self, ApplyCommand.self, RunCommand.self,
      FailuresCommand.self,
      RunsCommand.self, HistoryCommand.self, ExplainCommand.self, AdoptCommand.self,
      UndoCommand.self, LinksCommand.self, LedgerCommand.self, CheckCommand.self,
      SchemaCommand.self, DocsCommand.self,
    ])

  static func main() async {
    // A reader that goes away ends us quietly; broken connections are errors, not signals.
    signal(SIGPIPE, SIG_IGN)
    Terminal.reserveStreams()
    do {
      var command = try parseAsRoot(
        WaitOption.spelledOut(Array(CommandLine.arguments.dropFirst())))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      end(with: Exit.done.rawValue)
    } catch let error as UnreadableRecord {
      fail(OperationFailure(error))
    } catch let failure as OperationFailure {
      fail(failure)
    } catch {
      let status = exitCode(for: error)
      let message = WaitOption.asWritten(fullMessage(for: error))
      if !message.isEmpty {
        if status.isSuccess { Terminal.print(message) } else { Terminal.complain(message) }
      }
      end(with: status.rawValue)
    }
  }

  private static func fail(_ failure: OperationFailure) -> Never {
    if failure.findings.isEmpty {
      Terminal.complain(failure.description)
    } else {
      Terminal.show(failure.findings)
    }
    end(with: Exit(failure).rawValue)
  }

  /// Ends the program without `exit` and its handlers: OpenSSL's frees what the threads of connections, which nobody
  /// waits for, are about to give back too.
  static func end(with status: Int32) -> Never {
    fflush(nil)
    _exit(Terminal.status(status))
  }
}

/// Where the project is.
struct ProjectOption: ParsableArguments {
  @Option(
    name: [.customShort("C"), .long],
    help: ArgumentHelp(
      "The project's folder, the one with crosswalk.yaml.", valueName: "folder"))
  var project = "mappings"
}
