import Diagnostics
import Engine

/// What the examples reach, one line a mapping.
enum CoverageView {
  static func table(_ coverage: [ExampleCoverage]) -> String {
    let rows = coverage.map {
      [$0.mapping, words($0.fieldTally), words($0.branchTally)]
    }
    return Table(header: ["mapping", "fields", "branches"], rows: rows).text
  }

  static func gaps(_ coverage: [ExampleCoverage]) -> [Diagnostic] {
    coverage.flatMap(\.gaps)
  }

  private static func words(_ tally: ExampleCoverage.Tally) -> String {
    "\(tally.reached) of \(tally.total)"
  }
}
