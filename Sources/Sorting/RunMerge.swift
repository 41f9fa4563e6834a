import Rows

/// Rows of several runs in one order; of equal keys those of the earlier run first.
struct RunMerge {
  private struct Cursor {
    let run: Run
    let number: Int
    var batch: RowBatch
    var row = 0
    var offset: Int64
    var key: [UInt8] = []
  }

  private let file: RunFile
  private let key: [(place: Int, isBool: Bool)]
  /// A heap: each comes before the two below it.
  private var cursors: [Cursor] = []

  init(
    _ runs: [Run], in file: RunFile, keyedBy key: [(place: Int, isBool: Bool)]
  ) throws(SortingError) {
    self.file = file
    self.key = key
    for (number, run) in runs.enumerated() where run.end > run.start {
      let (batch, end) = try file.block(at: run.start, of: run)
      var cursor = Cursor(run: run, number: number, batch: batch, offset: end)
      Self.readKey(&cursor, key)
      cursors.append(cursor)
    }
    for place in cursors.indices.reversed() { sink(place) }
  }

  /// At most so many rows; `nil` when there are no more.
  mutating func next(rows: Int) throws(SortingError) -> RowBatch? {
    guard let first = cursors.first else { return nil }
    var batch = RowBatch(columns: first.batch.columns, rowCapacity: rows)
    while batch.count < rows, batch.memory < 2 << 20, !cursors.isEmpty {
      batch.append(row: cursors[0].row, of: cursors[0].batch)
      try advance()
    }
    return batch
  }

  private mutating func advance() throws(SortingError) {
    cursors[0].row += 1
    if cursors[0].row == cursors[0].batch.count {
      let run = cursors[0].run
      if cursors[0].offset < run.end {
        let (batch, end) = try file.block(at: cursors[0].offset, of: run)
        cursors[0].batch = batch
        cursors[0].offset = end
        cursors[0].row = 0
      } else {
        cursors.swapAt(0, cursors.count - 1)
        cursors.removeLast()
        if !cursors.isEmpty { sink(0) }
        return
      }
    }
    Self.readKey(&cursors[0], key)
    sink(0)
  }

  private static func readKey(_ cursor: inout Cursor, _ key: [(place: Int, isBool: Bool)]) {
    var bytes = cursor.key
    cursor.key = []
    bytes.removeAll(keepingCapacity: true)
    let row = cursor.row
    cursor.batch.withRows { RowSorter.append(keyOf: row, in: $0, key, to: &bytes) }
    cursor.key = bytes
  }

  private mutating func sink(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < cursors.count && comesBefore(child, least) { least = child }
      if least == place { return }
      cursors.swapAt(place, least)
      place = least
    }
  }

  private func comesBefore(_ one: Int, _ other: Int) -> Bool {
    let order = cursors[one].key.withUnsafeBytes { left in
      cursors[other].key.withUnsafeBytes { KeyEncoding.order(left, $0) }
    }
    return order == 0 ? cursors[one].number < cursors[other].number : order < 0
  }
}
