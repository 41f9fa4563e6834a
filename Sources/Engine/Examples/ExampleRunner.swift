import Diagnostics
import JSON
import Mappings
import Programs
import Rows

/// Runs the examples inside a mapping: rows held in memory through the same path as in a run.
public enum ExampleRunner {
  /// What did not come out as expected; empty when all is well.
  ///
  /// - Parameter known: The mappings whose ids are of a known kind: an example that links to another is left out, since
  ///   what is wrong with that one has been said. `nil` for all.
  public static func run(
    _ program: MappingProgram, integerIDs: Set<String>, known: Set<String>? = nil
  ) -> [Diagnostic] {
    program.definition.tests.filter { test in
      known.map { known in test.links.allSatisfy { known.contains($0.mapping.value) } } ?? true
    }.flatMap { run($0, program, integerIDs) }
  }

  private static func run(
    _ test: MappingTest, _ program: MappingProgram, _ integerIDs: Set<String>
  ) -> [Diagnostic] {
    var unknown: [Diagnostic] = []
    for cell in test.row where !program.columns.contains(where: { $0.name == cell.name.value }) {
      unknown.append(
        .exampleColumnUnknown(cell.name, program.columns.map(\.name)))
    }
    guard unknown.isEmpty else { return unknown }
    let values = program.columns.map { column in
      test.row.first { $0.name.value == column.name }?.value.value ?? .null
    }
    let columns =
      program.columnsAreTyped
      ? program.columns
      : zip(program.columns, values).map { column, value in
        Column(name: column.name, type: value.columnType, declared: column.declared)
      }
    var batch = RowBatch(columns: columns, rowCapacity: 1)
    for (column, value) in zip(columns, values) { batch.append(value, as: column.type) }

    var links: [String: [Key: String]] = [:]
    for link in test.links {
      links[link.mapping.value, default: [:]][Key(link.key.map(\.keyPart))] =
        link.id.identifier ?? ""
    }
    // For one row the quick way is not worth its making.
    let builder = RecordBuilder(
      program: program.reading(columns), integerIDs: integerIDs, isQuick: false
    ) {
      links[$0]?[$1].map { .id($0) } ?? .missing
    }
    builder.setBatch(batch)
    let outcome = builder.build(row: 0)
    do throws(UnreadableRecord) {
      let record = try FlatRecord(builder.bytes, of: program.name)
      return compare(outcome, record: record, test, program)
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

extension JSON {
  fileprivate var columnType: ColumnType {
    switch self {
    case .bool: .bool
    // As a document's number it keeps its digits.
    case .number: intValue == nil ? .json : .int
    case .null, .string: .text
    case .array, .object: .json
    }
  }

  fileprivate var keyPart: Engine.Key.Part {
    switch self {
    case .bool(let value): .bool(value)
    case .number: intValue.map { .int($0) } ?? .text(description)
    case .string(let text): .text(text)
    case .null, .array, .object: .text(description)
    }
  }
}

extension RowBatch {
  fileprivate mutating func append(_ value: JSON, as type: ColumnType) {
    switch (value, type) {
    case (.null, _): appendNull()
    case (.bool(let value), .bool): append(value)
    case (.number, .int):
      if let whole = value.intValue {
        append(whole)
      } else {
        appendUnreadable("is no whole number of 64 bits")
      }
    case (.number, .double):
      if let double = value.doubleValue { append(double) } else { appendUnreadable("is no double") }
    case (.string(let text), .text), (.string(let text), .date), (.string(let text), .timestamp),
      (.string(let text), .time), (.string(let text), .uuid), (.string(let text), .decimal),
      (.number(let text), .decimal), (.number(let text), .text):
      append(text)
    case (_, .json), (_, .array): append(value.description)
    default:
      appendUnreadable("is \(value) in the example, and \(type) in the source")
    }
  }
}
