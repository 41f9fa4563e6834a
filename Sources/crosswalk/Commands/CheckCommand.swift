import ArgumentParser
import Engine
import Foundation
import Mappings
import Programs

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Reaches every source and target, reads a few rows of each mapping, and tries the reading calls.",
    discussion: """
      One line each, with the mend where something is wrong; of a mapping also whether its columns are still those of \
      the source's snapshot. Of each resource the first two pages of `list` are read, and `get` and `find` are \
      tried with an object of the first page; the target's limits are kept to. Nothing is written. Exits with 5 when \
      anything is out of reach or does not answer as its file says.

      Example:
        crosswalk check
      """)

  @OptionGroup var project: ProjectOption

  func run() async throws {
    let (loaded, diagnostics) = try Workspace.load(project.project)
    guard let workspace = loaded, !diagnostics.hasErrors else {
      Terminal.show(diagnostics)
      throw loaded == nil ? Exit.unreadable.code : Exit.findings.code
    }
    let clock = SystemClock()
    var isWell = true
    func line(
      _ name: String, _ words: String, mend: String? = nil, isBad: Bool = false,
      isDoubtful: Bool = false
    ) {
      if Interruption.ending.isSet { return }
      let isGood = mend == nil && !isDoubtful
      Terminal.print("\(isBad ? "✗" : isGood ? "✓" : "!") \(name): \(words)")
      if let mend { Terminal.print("    = help: \(mend)") }
      if isBad { isWell = false }
    }
    var compiler = ProgramCompiler(
      project: workspace.project, settings: workspace.settings, read: workspace.readSchema)
    for definition in workspace.project.sources {
      let name = "source \(definition.name.value)"
      do {
        let source = try workspace.source(definition)
        let check = try await source.check()
        line(
          name,
          "PostgreSQL \(check.serverVersion), database \(check.database) as \(check.user), "
            + (check.tls ?? "no TLS, which a local connection does not need"), mend: check.mend)
        let comparison = try await SnapshotComparison(definition, of: workspace)
        for mapping in workspace.mappings(reading: definition) {
          let query = SourceQuery(of: mapping, parameters: compiler.parameters(of: mapping))
          do {
            let rows = try await source.sample(query)
            let (words, mend) = comparison.words(of: mapping)
            line(
              "  mapping \(mapping.name.value)",
              (rows == 0 ? "no rows" : "\(rows.counted("row")) read") + ", \(words)",
              mend: rows == 0
                ? "is the table empty, or does row security hide it from this login?" : mend)
          } catch {
            line("  mapping \(mapping.name.value)", error.message, mend: error.mend, isBad: true)
          }
        }
      } catch let failure as SourceFailure {
        line(name, failure.message, mend: failure.mend, isBad: true)
      } catch let failure as CommandFailure {
        line(name, failure.message, mend: failure.mend, isBad: true)
      }
    }
    for definition in workspace.project.targets {
      let name = "target \(definition.name.value)"
      do {
        let target = try workspace.target(definition, clock: clock)
        let (isGood, words, mend) = try await target.check()
        line(name, words, mend: mend, isBad: !isGood)
        guard isGood else { continue }
        for resource in definition.resources {
          let check = ResourceCheck(
            resource, matches: compiler.matches(of: resource, at: definition), target: target)
          for tried in try await check.run() {
            line(
              "  " + tried.subject, tried.words, mend: tried.mend, isBad: tried.standing == .bad,
              isDoubtful: tried.standing == .doubtful)
          }
          if target.gate.stopped != nil { break }
        }
      } catch let failure as CommandFailure {
        line(name, failure.message, mend: failure.mend, isBad: true)
      }
    }
    if !isWell { throw Exit.unavailable.code }
  }
}
