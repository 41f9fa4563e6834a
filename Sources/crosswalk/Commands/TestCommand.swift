import ArgumentParser
import Diagnostics
import Engine
import Mappings
import Programs

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
    let (loaded, diagnostics) = try Workspace.load(project.project)
    guard let workspace = loaded, !diagnostics.hasErrors else {
      Terminal.show(diagnostics)
      throw Exit.unreadable.code
    }
    var compiler = ProgramCompiler(
      project: workspace.project, settings: nil, read: workspace.readSchema)
    var failures: [Diagnostic] = []
    var count = 0
    for mapping in try workspace.mappings(mappings) {
      guard let program = compiler.compile(mapping, columns: nil) else { continue }
      failures += ExampleRunner.run(program, integerIDs: workspace.integerIDs)
      count += mapping.tests.count
    }
    failures += compiler.diagnostics.filter { $0.severity == .error }
    Terminal.show(failures)
    let failed = Set(failures.map { $0.message }).count
    Terminal.print(
      "\(count.counted("example")), \(failed == 0 ? "all as expected" : "\(failed.counted("finding"))")"
    )
    if !failures.isEmpty { throw Exit.findings.code }
  }
}
