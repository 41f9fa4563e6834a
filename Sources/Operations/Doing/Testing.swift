import Diagnostics
import Engine
import Mappings
import Programs

public struct TestResult: Sendable {
  /// Examples that were run.
  public var count = 0
  public var findings: [Diagnostic] = []
  /// What the examples of each mapping reach, where that was asked.
  public var coverage: [ExampleCoverage] = []
}

extension Operations {
  /// Runs the examples inside mappings, offline. All mappings where none is named.
  ///
  /// - Parameter covering: whether to tell what the examples reach.
  public func test(
    _ mappings: [String] = [], covering: Bool = false
  ) async throws(OperationFailure) -> TestResult {
    try failingAtOnce {
      let (loaded, findings) = try Workspace.load(project, environment: environment.variables)
      guard let workspace = loaded, !findings.hasErrors else {
        throw OperationFailure(.unreadable, findings)
      }
      var compiler = ProgramCompiler(
        project: workspace.project, settings: nil, read: workspace.readSchema)
      var result = TestResult()
      for mapping in try workspace.mappings(mappings) {
        guard let program = compiler.compile(mapping, columns: nil) else { continue }
        if covering {
          let (findings, coverage) = ExampleRunner.cover(
            program, integerIDs: workspace.integerIDs)
          result.findings += findings
          result.coverage.append(coverage)
        } else {
          result.findings += ExampleRunner.run(program, integerIDs: workspace.integerIDs)
        }
        result.count += mapping.tests.count
      }
      result.findings += compiler.diagnostics.filter { $0.severity == .error }
      return result
    }
  }
}
