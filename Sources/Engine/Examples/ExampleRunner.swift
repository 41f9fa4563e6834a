import Diagnostics
import JSON
import Mappings
import Programs
import Rows

/// Runs the examples inside a mapping: rows held in memory through the same path as in a run.
public enum ExampleRunner {
  /// What did not come out as expected; empty when all is well.
  ///
  /// - Parameters:
  ///   - known: The mappings whose ids are of a known kind: an example that links to another is left out, since what is
  ///     wrong with that one has been said. `nil` for all.
  ///   - tests: Those to run; `nil` for all of the mapping.
  public static func run(
    _ program: MappingProgram, integerIDs: Set<String>, known: Set<String>? = nil,
    _ tests: [MappingTest]? = nil
  ) -> [Diagnostic] {
    var coverage: ExampleCoverage?
    return (tests ?? program.definition.tests).filter { test in
      known.map { known in test.links.allSatisfy { known.contains($0.mapping.value) } } ?? true
    }.flatMap { run($0, program, integerIDs, &coverage) }
  }

  /// The same for every example, together with what the examples reach.
  public static func cover(
    _ program: MappingProgram, integerIDs: Set<String>, _ tests: [MappingTest]? = nil
  ) -> (findings: [Diagnostic], coverage: ExampleCoverage) {
    let empty = ExampleCoverage(of: program)
    var coverage: ExampleCoverage? = empty
    let findings = (tests ?? program.definition.tests).flatMap {
      run($0, program, integerIDs, &coverage)
    }
    return (findings, coverage ?? empty)
  }

  /// The examples whose rows have these keys, and the keys that no example's row has.
  public static func choose(
    _ written: [String], of program: MappingProgram
  ) -> (tests: [MappingTest], missing: [String]) {
    let tests = program.definition.tests
    guard !written.isEmpty else { return (tests, []) }
    var left = Set(written)
    let chosen = tests.filter { test in
      let row = ExampleRow(test, of: program)
      guard var keys = ChosenKeys(written, of: row.program) else { return true }
      var key: [UInt8] = []
      let reader = KeyReader(row.program.keyColumns, of: row.program)
      let isTaken =
        row.batch.withRows { reader.key(of: 0, in: $0, into: &key) } && keys.takes(key)
      if isTaken { left.formIntersection(keys.missing.map(\.key)) }
      return isTaken
    }
    return (chosen, written.filter(left.contains))
  }

  private static func run(
    _ test: MappingTest, _ program: MappingProgram, _ integerIDs: Set<String>,
    _ coverage: inout ExampleCoverage?
  ) -> [Diagnostic] {
    let unknown = test.row.filter { cell in
      !program.columns.contains { $0.name == cell.name.value }
    }
    guard unknown.isEmpty else {
      return unknown.map {
        .exampleColumnUnknown(
          $0.name, program.columns.map(\.name), in: program.definition.extract)
      }
    }
    let row = ExampleRow(test, of: program)
    // For one row the fast path is not worth its making.
    let builder = RecordBuilder(
      program: row.program, integerIDs: integerIDs, isQuick: false, resolve: row.resolve)
    builder.setBatch(row.batch)
    let outcome = builder.build(row: 0)
    do throws(UnreadableRecord) {
      let record = try FlatRecord(builder.bytes, of: program.name)
      guard case .built = outcome, !program.onCreate.isEmpty else {
        coverage?.take(outcome, record, row, integerIDs)
        return compare(outcome, record: record, test, program)
      }
      // An example is a row that the target does not have yet.
      let created = try builder.buildOnCreate(row: 0)
      let whole = FlatRecord(
        record.members + (try FlatRecord(builder.onCreateBytes, of: program.name)).members)
      coverage?.take(created, whole, row, integerIDs)
      return compare(created, record: whole, test, program)
    } catch {
      return [.exampleFailed(test.name, error.description, at: test.name.range)]
    }
  }

  private static func compare(
    _ outcome: RecordBuilder.Outcome, record: FlatRecord, _ test: MappingTest,
    _ program: MappingProgram
  ) -> [Diagnostic] {
    switch outcome {
    case .rejected(let reasons):
      let words = reasons.map { ($0.field.map { "\($0) " } ?? "") + $0.message }
        .joined(separator: "; ")
      guard let expected = test.expectRejected else {
        return [.exampleFailed(test.name, "the record is refused: \(words)", at: test.name.range)]
      }
      return words.contains(expected.value)
        ? []
        : [
          .exampleFailed(
            test.name, "the record is refused for another reason: \(words)", at: expected.range)
        ]
    case .deferred(let missing):
      let words = missing.map(\.description).joined(separator: ", ")
      return [
        .exampleFailed(
          test.name, "the record would wait for \(words): give the link under `links:`",
          at: test.name.range)
      ]
    case .built:
      if let expected = test.expectRejected {
        return [
          .exampleFailed(test.name, "the record is accepted", at: expected.range)
        ]
      }
      return test.expect.compactMap { expected in
        let got = record[expected.field.value]
        guard let got else {
          return .exampleFailed(
            test.name, "`\(expected.field.value)` is not a field of this mapping",
            at: expected.field.range)
        }
        return got == expected.value.value
          ? nil
          : .exampleFailed(
            test.name,
            "`\(expected.field.value)` is \(got), and \(expected.value.value) was expected",
            at: expected.value.range)
      }
    }
  }
}
