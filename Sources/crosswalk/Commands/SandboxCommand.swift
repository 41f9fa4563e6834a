import ArgumentParser
import Engine
import Foundation
import Operations
import Sandbox

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract:
      "Pretends to be the targets of the shipped mappings and a service of your own, with limits and faults.",
    discussion: """
      Listens on free ports of this machine until it is interrupted, and says where, with a ledger for the trial alone, \
      so that the real one learns nothing of it. `GET /_sandbox/calls` shows the calls that came.

      Examples:
        crosswalk sandbox
        crosswalk sandbox --window-scale 100    windows a hundredth as long
        crosswalk sandbox --format json         one line for programs
      """)

  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @Option(help: "Divide the length of every window by this.")
  var windowScale = 1.0
  @Option(help: ArgumentHelp("A collection declared in YAML.", valueName: "file"))
  var generic: String?

  func validate() throws {
    if !(windowScale > 0) { throw ValidationError("--window-scale must be positive") }
  }

  func run() async throws {
    var configuration = SandboxConfiguration()
    configuration.timeScale = windowScale
    if let generic { configuration.generic = try GenericCollectionFile.read(generic) }
    let sandbox: Sandbox
    do {
      sandbox = try await Sandbox.start(configuration)
    } catch {
      throw OperationFailure(.unavailable, error.message, mend: error.mend)
    }
    // What the simulated targets hold ends with them, and so does what is known of it.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "crosswalk-sandbox-\(UInt64.random(in: 0...UInt64.max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = folder.appendingPathComponent("ledger.sqlite").path
    switch format {
    case .json: Terminal.print(sandbox.description)
    case .text:
      for system in sandbox.systems {
        Terminal.print(
          "\(system.name)  \(system.url)  token \(system.token)"
            + (system.fqdn.map { "  Fqdn \($0)" } ?? ""))
      }
      Terminal.print(
        (["", "To let the mappings send there, in another shell:"] + settings(of: sandbox, ledger)
          + ["", "interrupt to stop"]).joined(separator: "\n"))
    }
    _ = await Interruption.wait()
    await sandbox.stop()
  }

  /// What the shipped target files ask for, named after the systems.
  private func settings(of sandbox: Sandbox, _ ledger: String) -> [String] {
    sandbox.systems.map { system in
      let name = system.name.uppercased()
      let parts = ["URL": system.url, "TOKEN": system.token, "FQDN": system.fqdn]
      return "  export "
        + ["URL", "TOKEN", "FQDN"].compactMap { part in
          parts[part].flatMap { $0 }.map { "\(name)_\(part)=\($0)" }
        }.joined(separator: " ")
    } + [
      "  export CROSSWALK_DEVELOPMENT=true CROSSWALK_WINDOW_SCALE=\(windowScale)",
      "  export CROSSWALK_LEDGER=\(ledger.shellWord)",
    ]
  }
}
