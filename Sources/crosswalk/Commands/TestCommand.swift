import ArgumentParser
import Diagnostics
import Operations

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs the examples inside mappings, offline.",
    discussion: """
      An example gives a row, perhaps links, and what must come out. It takes the same path as a row in a run.

      Examples:
        crosswalk test
        crosswalk test MAPPING
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "Only these mappings.")
  var mappings: [String] = []

  func run() async throws {
    let mappings = mappings
    let result = try await Door.open(project.project) { try await $0.test(mappings) }
    Terminal.show(result.findings)
    let failed = Set(result.findings.map(\.message)).count
    Terminal.print(
      "\(result.count.counted("example")), \(failed == 0 ? "all as expected" : "\(failed.counted("finding"))")"
    )
    if !result.findings.isEmpty { throw Exit.findings.code }
  }
}
