import ArgumentParser
import Operations

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Reaches every source and target, reads a few rows of each mapping, and tries the reading calls.",
    discussion: """
      One line each, with the remedy where something is wrong; of a mapping also whether its columns are still those of \
      the source's snapshot. Of each resource the first two pages of `list` are read, and `get` and `find` are \
      tried with an object of the first page; the target's limits are kept to. Nothing is written. Exits with 5 when \
      anything is out of reach or does not answer as its file says, and with 1 when only mappings do not fit their sources.

      Example:
        crosswalk check
      """)

  @OptionGroup var project: ProjectOption

  func run() async throws {
    let kind = try await Door.open(project.project) { try await $0.check() }
    guard let kind else { return }
    throw (kind == .findings ? Exit.findings : .unavailable).code
  }
}
