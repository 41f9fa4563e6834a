import ArgumentParser
import Diagnostics
import Operations

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs the examples inside mappings, offline.",
    discussion: """
      An example gives a row, perhaps links, and what must come out. It takes the same path as a row in a run.

      With --coverage, each field without a value in any example and each way of an expression that no example goes is \
      named, and the command ends with 1 when there are any.

      Examples:
        crosswalk test
        crosswalk test MAPPING
        crosswalk test 'people/*' --except MAPPING
        crosswalk test MAPPING --key 1/1042     the examples whose row has this key
        crosswalk test --coverage
      """)

  @OptionGroup var project: ProjectOption
  @OptionGroup var selection: SelectionOptions
  @Flag(help: "Show what the examples do not reach.")
  var coverage = false

  func run() async throws {
    let (selection, covering) = (selection.selection, coverage)
    let result = try await Door.open(project.project) {
      try await $0.test(selection, covering: covering)
    }
    let gaps = CoverageView.gaps(result.coverage)
    Terminal.show(result.findings + gaps)
    if covering { Terminal.print(CoverageView.table(result.coverage) + "\n") }
    let failed = Set(result.findings.map(\.message)).count
    Terminal.print(
      "\(result.count.counted("example")), \(failed == 0 ? "all as expected" : "\(failed.counted("finding"))")"
    )
    if !result.notRun.isEmpty {
      Terminal.complain(
        "note: the examples of \(result.notRun.joined(separator: ", ")) were not run, see above")
    }
    MissingKeys.complain(ofExamples: result.missingKeys)
    if !result.findings.isEmpty || !gaps.isEmpty { throw Exit.findings.code }
    if !result.missingKeys.isEmpty { throw Exit.unreadable.code }
  }
}
