import ArgumentParser
import Foundation
import Sandbox
import Signals

struct TargetsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "targets",
    abstract:
      "Simulates the targets of the shipped mappings and a service of your own, with limits and faults.",
    discussion: """
      Listens on free ports of this machine until it is interrupted, and says where, with a ledger for the trial alone, \
      so that the real one learns nothing of it. `GET /_sandbox/calls` shows the calls that came.

      Examples:
        crosswalk-sandbox targets
        crosswalk-sandbox targets --window-scale 100    windows a hundredth as long
        crosswalk-sandbox targets --format json         one line for programs
      """)

  enum Format: String, ExpressibleByArgument { case text, json }

  @Option(help: "text or json.")
  var format: Format = .text
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
      throw SandboxFailure(error)
    }
    // What the simulated targets hold ends with them, and so does what is known of it.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "crosswalk-sandbox-\(UInt64.random(in: 0...UInt64.max))")
    let ledger = folder.appendingPathComponent("ledger.sqlite").path
    switch format {
    case .json: Screen.print(sandbox.description)
    case .text: Screen.print(description(of: sandbox, ledger))
    }
    _ = await Interruption.wait()
    await sandbox.stop()
    if FileManager.default.fileExists(atPath: folder.path) {
      do {
        try FileManager.default.removeItem(at: folder)
      } catch {
        throw SandboxFailure(
          message: "the trial's ledger \(folder.path) cannot be removed: \(error)",
          remedy: "remove the folder by hand", status: 5)
      }
    }
  }

  private func description(of sandbox: Sandbox, _ ledger: String) -> String {
    let systems = sandbox.systems.map { system in
      "\(system.name)  \(system.url)  token \(system.token)"
        + (system.fqdn.map { "  Fqdn \($0)" } ?? "")
    }
    let settings =
      Settings.of(sandbox) + [
        Settings.export([
          ("CROSSWALK_DEVELOPMENT", "true"), ("CROSSWALK_WINDOW_SCALE", "\(windowScale)"),
        ]),
        Settings.export([("CROSSWALK_LEDGER", ledger)]),
      ]
    return
      (systems + ["", "To let the mappings send there, in another shell:"] + settings
      + ["", "interrupt to stop"]).joined(separator: "\n")
  }
}

/// Settings of the shipped mappings, as lines for a shell.
enum Settings {
  /// What the target files ask for, named after the systems.
  static func of(_ sandbox: Sandbox) -> [String] {
    sandbox.systems.map { system in
      let name = system.name.uppercased()
      return export(
        [("URL", system.url), ("TOKEN", system.token), ("FQDN", system.fqdn)]
          .compactMap { part, value in value.map { ("\(name)_\(part)", $0) } })
    }
  }

  static func export(_ variables: [(name: String, value: String)]) -> String {
    "  export " + variables.map { "\($0.name)=\(word($0.value))" }.joined(separator: " ")
  }

  /// A text as one word of a shell's command line.
  static func word(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: Array("/._-:@%+=,".utf8).contains(byte)
      }
    }
    return plain && !text.isEmpty
      ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
