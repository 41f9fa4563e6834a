import ArgumentParser
import Foundation
import Sandbox
import SandboxDatabase

@main
struct CrosswalkSandbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crosswalk-sandbox",
    abstract:
      "Simulated targets and a sample Viewpoint database, to try crosswalk without a tenant.",
    discussion: """
      Nothing here reaches a real system: the servers listen on this machine only, and nobody in the data exists.

      Examples:
        crosswalk-sandbox demo                    the whole story on sample data, in a minute
        crosswalk-sandbox targets                 simulated targets of the shipped mappings, until interrupted
        crosswalk-sandbox database                a sample Viewpoint in PostgreSQL, until interrupted
        crosswalk-sandbox database --keep DIR     the same, and it stays
      """,
    subcommands: [TargetsCommand.self, DatabaseCommand.self, DemoCommand.self])

  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      end(with: 0)
    } catch let failure as SandboxFailure {
      Screen.complain(failure.description)
      end(with: failure.status)
    } catch {
      let status = exitCode(for: error)
      let message = fullMessage(for: error)
      if !message.isEmpty {
        if status.isSuccess { Screen.print(message) } else { Screen.complain(message) }
      }
      end(with: status.rawValue)
    }
  }

  private static func end(with status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}

/// Why a command of the sandbox ended early.
struct SandboxFailure: Error, CustomStringConvertible {
  var message: String
  /// What to do about it.
  var remedy: String?
  /// 1 for a wrong file, 5 for a server that does not start and for an interrupt, as `crosswalk` has them.
  var status: Int32

  static let interrupted = SandboxFailure(
    message: "interrupted", remedy: nil, status: 5)

  init(message: String, remedy: String?, status: Int32 = 5) {
    self.message = message
    self.remedy = remedy
    self.status = status
  }

  init(_ error: ClusterError) {
    self.init(message: error.message, remedy: error.remedy)
  }

  init(_ error: SandboxError) {
    self.init(message: error.message, remedy: error.remedy)
  }

  var description: String {
    "error: \(message)" + (remedy.map { "\n  = help: \($0)" } ?? "")
  }
}

/// The two streams. They are written at once, so that what a child process writes stands in its place.
enum Screen {
  static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to stream: Int32) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(stream, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        // Nobody reads any more; the servers go on until they are stopped.
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
