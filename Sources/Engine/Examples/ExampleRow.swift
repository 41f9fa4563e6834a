import JSON
import Mappings
import Programs
import Rows

/// The row of an example, held in memory as a source hands rows over, and the links that it comes with.
struct ExampleRow {
  /// The mapping's program, over the columns that the row has.
  let program: MappingProgram
  private(set) var batch: RowBatch
  private var links: [String: [Key: String]] = [:]

  init(_ test: MappingTest, of program: MappingProgram) {
    let values = program.columns.map { column in
      test.row.first { $0.name.value == column.name }?.value.value ?? .null
    }
    let columns =
      program.columnsAreTyped
      ? program.columns
      : zip(program.columns, values).map { column, value in
        Column(name: column.name, type: value.columnType, declared: column.declared)
      }
    self.program = program.reading(columns)
    batch = RowBatch(columns: columns, rowCapacity: 1)
    for (column, value) in zip(columns, values) { batch.append(value, as: column.type) }
    for link in test.links {
      links[link.mapping.value, default: [:]][Key(link.key.map(\.keyPart))] =
        link.id.identifier ?? ""
    }
  }

  func resolve(_ mapping: String, _ key: Key) -> LinkAnswer {
    links[mapping]?[key].map { .id($0) } ?? .missing
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
        appendUnreadable("is not a whole number of 64 bits")
      }
    case (.number, .double):
      if let double = value.doubleValue {
        append(double)
      } else {
        appendUnreadable("is not a double")
      }
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
