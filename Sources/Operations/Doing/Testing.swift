import Diagnostics
import Engine
import Mappings
import Programs

public struct TestResult: Sendable {
  /// The number of examples that were run.
  public var count = 0
  public var findings: [Diagnostic] = []
  /// What the examples of each mapping reach, if coverage was requested.
  public var coverage: [ExampleCoverage] = []
  /// Chosen keys that no example's row has, of those that were run.
  public var missingKeys: [String] = []
  /// Mappings whose examples could not be run.
  public var notRun: [String] = []
}

extension Operations {
  /// Runs the examples in the mappings, offline. If keys are chosen, only the examples whose rows have them.
  ///
  /// - Parameter covering: Whether to report what the examples reach.
  public func test(
    _ selection: Selection = .all, covering: Bool = false
  ) async throws(OperationFailure) -> TestResult {
    try failingAtOnce {
      let (loaded, findings) = try Workspace.load(project, environment: environment.variables)
      guard let workspace = loaded, !findings.hasErrors else {
        throw OperationFailure(.findings, findings)
      }
      var compiler = ProgramCompiler(
        project: workspace.project, settings: nil, read: workspace.readSchema)
      var snapshots = SourceSnapshots(of: workspace.project, reading: workspace.reader)
      let integerIDs = workspace.integerIDs
      var result = TestResult()
      var missing = Set(selection.keys)
      for mapping in try workspace.mappings(selection) {
        let known = compiler.diagnostics.count
        guard let program = compiler.compile(mapping, columns: snapshots.columns(of: mapping))
        else {
          // Examples that cannot be run, for nobody knows the columns, have not come out as expected.
          if !mapping.tests.isEmpty, compiler.diagnostics.count == known {
            result.findings += snapshots.diagnostics.filter { !result.findings.contains($0) }
          }
          if !mapping.tests.isEmpty { result.notRun.append(mapping.name.value) }
          continue
        }
        let chosen = ExampleRunner.choose(selection.keys, of: program)
        if covering {
          let (findings, coverage) = ExampleRunner.cover(
            program, integerIDs: integerIDs, chosen.tests)
          result.findings += findings
          result.coverage.append(coverage)
        } else {
          result.findings += ExampleRunner.run(
            program, integerIDs: integerIDs, chosen.tests)
        }
        result.count += chosen.tests.count
        missing.formIntersection(chosen.missing)
      }
      // What an example that was not run would have, nobody knows.
      if result.notRun.isEmpty { result.missingKeys = selection.keys.filter(missing.contains) }
      result.findings += compiler.diagnostics.filter { $0.severity == .error }
      return result
    }
  }
}
