import ArgumentParser
import Foundation

@main
struct Crosswalk: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "crosswalk",
    abstract: "Maps rows of Viewpoint onto the objects of other systems, as YAML files declare it.",
    discussion: """
      A project is a folder with `crosswalk.yaml`, `sources/`, `targets/`, and one mapping a file. Every command exits \
      with 5 when its output cannot be written.

      Examples:
        crosswalk demo                         the whole story on invented data, in a minute
        crosswalk lint                         everything that can be proved without sending
        crosswalk plan MAPPING                 what would change, field by field; nothing is sent
        crosswalk run                          change it, within the targets' limits
        crosswalk failures                     what failed, and what a person can do
      """,
    version: version,
    subcommands: [
      LintCommand.self, TestCommand.self, PlanCommand.self, RunCommand.self, FailuresCommand.self,
      RunsCommand.self, HistoryCommand.self, ExplainCommand.self, AdoptCommand.self,
      UndoCommand.self, LedgerCommand.self, CheckCommand.self, SchemaCommand.self,
      SandboxCommand.self,
      DemoCommand.self, DocsCommand.self,
    ])

  static func main() async {
    // A reader that goes away ends us quietly; broken connections are errors, not signals.
    signal(SIGPIPE, SIG_IGN)
    Terminal.reserveStreams()
    Task { await Interruption.endUnlessClaimed() }
    do {
      var command = try parseAsRoot(
        WaitOption.spelledOut(Array(CommandLine.arguments.dropFirst())))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      if Interruption.ending.isSet { throw CommandFailure.interrupted }
      end(with: Exit.done.rawValue)
    } catch  where Interruption.ending.isSet {
      // Whatever came of it, that is why.
      Terminal.complain(CommandFailure.interrupted.description)
      end(with: Exit.unavailable.rawValue)
    } catch let failure as CommandFailure {
      Terminal.complain(failure.description)
      end(with: failure.exit.rawValue)
    } catch {
      let status = exitCode(for: error)
      let message = WaitOption.asWritten(fullMessage(for: error))
      if !message.isEmpty {
        if status.isSuccess { Terminal.print(message) } else { Terminal.complain(message) }
      }
      end(with: status.rawValue)
    }
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
