import JSON
import Rows

/// A row that waits for a reference, with a copy of its values.
struct DeferredRow: Sendable {
  var batch: RowBatch
  var key: Key
  var missing: [MissingLink]
  /// By which the target would be searched, where that is known already.
  var naturalKey: ExactText?

  init(
    _ batch: RowBatch, row: Int, key: Key, missing: [MissingLink], naturalKey: ExactText?
  ) {
    self.key = key
    self.missing = missing
    self.naturalKey = naturalKey
    self.batch = RowBatch(columns: batch.columns, rowCapacity: 1)
    self.batch.append(row: row, of: batch)
  }

  /// Bytes that the row holds until it is taken up again.
  var memory: Int { batch.memory + missing.reduce(256) { $0 + 64 + $1.key.bytes.count } }
}

/// The rows that wait, as many as memory is given for. Those beyond wait for the next run.
struct DeferredRows {
  private(set) var rows: [DeferredRow] = []
  private var bytes = 0

  private static let mostRows = 50_000
  private static let mostBytes = 16 << 20

  var isFull: Bool { rows.count >= Self.mostRows || bytes >= Self.mostBytes }

  mutating func add(_ row: DeferredRow) {
    bytes += row.memory
    rows.append(row)
  }
}
