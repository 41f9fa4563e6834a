import ArgumentParser
import Foundation
import Sandbox
import SandboxDatabase
import Signals

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole story on a private database and simulated targets, in about a minute.",
    discussion: """
      Starts a PostgreSQL of its own with a sample contractor in it, simulates the targets, and runs the \
      project's mappings with `crosswalk`: the first load, an unchanged second run, a day's changes as a dry run and then \
      applied. Everything is stopped and removed at the end.

      Examples:
        crosswalk-sandbox demo
        crosswalk-sandbox demo --size tiny
      """)

  @Option(
    name: [.customShort("C"), .long],
    help: ArgumentHelp("The project's folder, the one with crosswalk.yaml.", valueName: "folder"))
  var project = "mappings"
  @Option(help: "tiny, mid or large: about 12, 1,800 or 12,000 employees of several companies.")
  var size: DatabaseSize = .mid
  @Option(help: "The seed of the sample data.")
  var seed: UInt64 = 7
  @Option(help: "Divide the length of every limit's window by this.")
  var windowScale = 100.0

  func validate() throws {
    if !(windowScale > 0) { throw ValidationError("--window-scale must be positive") }
  }

  func run() async throws {
    let program = try Program.beside()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await tell(with: program)
        return true
      }
      group.addTask {
        !(await Interruption.wait())
      }
      // An interrupted demonstration stops its servers on the way out.
      let isTold = try await group.next() ?? false
      if !isTold { Screen.complain("interrupted; the servers are being stopped") }
      group.cancelAll()
      do {
        while try await group.next() != nil {}
      } catch {
        // What the interrupt ended ends with an error, which says nothing new.
        if isTold { throw error }
      }
      if !isTold { throw SandboxFailure.interrupted }
    }
  }

  private func tell(with program: Program) async throws {
    let stage: DemoStage
    do {
      stage = try await DemoStage.set(size: size, seed: seed, windowScale: windowScale)
    } catch let error as ClusterError {
      throw SandboxFailure(error)
    } catch let error as SandboxError {
      throw SandboxFailure(error)
    }
    do {
      try await play(stage, program)
    } catch {
      await stage.strike()
      throw error
    }
    await stage.strike()
  }

  private func play(_ stage: DemoStage, _ program: Program) async throws {
    var stage = stage
    let scale = windowScale == windowScale.rounded() ? String(Int(windowScale)) : "\(windowScale)"
    Screen.print(
      """
      A private PostgreSQL holds a sample contractor (\(size.rawValue)); the targets are simulated on this machine.
      Their limits' windows are \(scale) times shorter than in reality, on both sides; their logic is the same.
      """)
    heading(
      "1. The first load: everything is read, matched with what the targets hold, and created")
    try await run(program, stage)
    Screen.print(stage.realTime())

    heading("2. The same again: nothing has changed, so nothing is sent")
    try await run(program, stage)

    heading("3. A working day passes in Viewpoint; a dry run shows it field by field")
    Screen.print(try await stage.passADay(seed: seed))
    try await crosswalk(["plan", "--limit", "4"], program, stage)

    heading("4. Applied")
    try await run(program, stage)

    heading("5. The next run: who is still absent has left, and loses access")
    try await run(program, stage)

    heading("6. And once more")
    try await run(program, stage)

    heading("What the targets saw")
    Screen.print(stage.witness())
  }

  private func run(_ program: Program, _ stage: DemoStage) async throws {
    let before = stage.callCount
    try await crosswalk(["run"], program, stage)
    let calls = stage.callCount - before
    Screen.print("\(calls) call\(calls == 1 ? "" : "s") came to the targets.")
  }

  private func crosswalk(
    _ arguments: [String], _ program: Program, _ stage: DemoStage
  ) async throws {
    Screen.print("$ crosswalk \(arguments.joined(separator: " "))\n")
    let place = project == "mappings" ? [] : ["--project", project]
    let status = try await program.run(arguments + place, environment: stage.environment)
    try Task.checkCancellation()
    // Records that the sample data leave wrong on purpose are part of the story.
    guard status == 0 || status == 3 else {
      throw SandboxFailure(
        message: "`crosswalk \(arguments.joined(separator: " "))` ended with \(status)",
        remedy: "its own words above name the cause", status: status)
    }
  }

  private func heading(_ text: String) {
    Screen.print("\n── \(text)\n")
  }
}
