import Rows

/// Puts rows into the order of a key, in memory up to a bound and beyond it in a file.
///
/// The order is that of `KeyEncoding`: numbers by their value, texts by their bytes, rows without a key last. Rows with the
/// same key stay as they came. It blocks while it writes and reads, and is used by one thread at a time.
///
/// Where rows can be read again, those that are in order already need not be put aside: see ``Outcome``.
public final class RowSorter {
  private let key: [(place: Int, isBool: Bool)]
  private let memory: Int
  private let folder: String
  private let batchRows: Int

  /// What has become of the rows that were taken.
  public enum Outcome: Sendable, Hashable {
    /// They are here, and come in order from ``nextBatch()``.
    case sorted
    /// They are in order, and are not kept: they are more than memory holds. To be read again as they come.
    case inOrder
    /// They were taken for rows in order, and are not: to be read again by a sorter that keeps all.
    case lost
  }

  /// Whether rows in order are kept too.
  private let keepsAll: Bool
  /// The last key, of rows in order that are not kept.
  private var lastKey: [UInt8]?
  private var isLost = false

  private var held: [RowBatch] = []
  private var entries: [Entry] = []
  private var keys: [UInt8] = []
  private var heldBytes = 0
  private var isInOrder = true
  private var file: RunFile?
  private var runs: [Run] = []

  private var merge: RunMerge?
  private var next = 0
  private var isFinished = false

  /// As many runs are merged at once; more become one before.
  private static let fanIn = 64
  /// Bytes of rows that are read back at a time.
  static let block = 256 << 10

  /// A row that is held.
  private struct Entry {
    /// The first eight bytes of the key, which nearly always decide.
    var prefix: UInt64
    var keyStart: Int
    var keyLength: Int32
    var batch: Int32
    var row: Int32
  }

  /// - Parameters:
  ///   - columns: Of the rows.
  ///   - key: The places of the key's columns.
  ///   - memory: Bytes of rows and keys that are held in memory, about.
  ///   - folder: For the file, which has the mode 0600 and is removed before anything is written to it.
  ///   - keepsAll: Whether rows that are in order and more than memory holds are put aside too; if not, the sorter only says
  ///     that they are.
  public init(
    _ columns: [Column], key: [Int], memory: Int = 64 << 20, folder: String, batchRows: Int = 2000,
    keepsAll: Bool = true
  ) {
    self.keepsAll = keepsAll
    self.key = key.map { ($0, columns[$0].type == .bool) }
    self.memory = memory
    self.folder = folder
    self.batchRows = max(1, batchRows)
  }

  /// Takes rows.
  public func add(_ batch: RowBatch) throws(SortingError) {
    precondition(!isFinished)
    guard batch.count > 0, !isLost else { return }
    if lastKey != nil { return watch(batch) }
    let before = keys.count
    let number = Int32(truncatingIfNeeded: held.count)
    batch.withRows { rows in
      for row in 0..<rows.count {
        let start = keys.count
        append(keyOf: row, in: rows)
        let entry = Entry(
          prefix: Self.prefix(keys, from: start), keyStart: start,
          keyLength: Int32(truncatingIfNeeded: keys.count - start), batch: number,
          row: Int32(truncatingIfNeeded: row))
        if isInOrder, let last = entries.last, comesBefore(entry, last) { isInOrder = false }
        entries.append(entry)
      }
    }
    held.append(batch)
    heldBytes +=
      batch.memory + keys.count - before + batch.count * MemoryLayout<Entry>.stride
    guard heldBytes >= memory else { return }
    if !keepsAll, isInOrder, runs.isEmpty, let last = entries.last {
      lastKey = Array(keys[last.keyStart..<last.keyStart + Int(last.keyLength)])
      (held, entries, keys) = ([], [], [])
    } else {
      try writeRun()
    }
  }

  /// What has become of the rows, after all were taken.
  public var outcome: Outcome { isLost ? .lost : lastKey == nil ? .sorted : .inOrder }

  /// Sees whether rows go on in order.
  private func watch(_ batch: RowBatch) {
    guard var last = lastKey else { return }
    lastKey = []
    batch.withRows { rows in
      for row in 0..<rows.count {
        keys.removeAll(keepingCapacity: true)
        append(keyOf: row, in: rows)
        let order = last.withUnsafeBytes { last in
          keys.withUnsafeBytes { KeyEncoding.order(last, $0) }
        }
        if order > 0 { isLost = true }
        swap(&last, &keys)
      }
    }
    lastKey = last
  }

  /// The next rows in order, after all were taken; `nil` after the last.
  public func nextBatch() throws(SortingError) -> RowBatch? {
    if !isFinished {
      isFinished = true
      if file != nil { try writeRun() } else if !isInOrder { sort() }
    }
    if let file {
      if merge == nil { merge = try RunMerge(runs, in: file, keyedBy: key) }
      return try merge?.next(rows: batchRows)
    }
    return nextHeld()
  }

  // MARK: Keys

  private func append(keyOf row: Int, in rows: RowsInPlace) {
    Self.append(keyOf: row, in: rows, key, to: &keys)
  }

  /// Appends a row's key; where a column has no value, a byte that comes after all others.
  static func append(
    keyOf row: Int, in rows: RowsInPlace, _ key: [(place: Int, isBool: Bool)],
    to bytes: inout [UInt8]
  ) {
    for (place, isBool) in key {
      let cell = rows[row, place]
      switch cell.kind {
      case .null, .unreadable:
        bytes.append(0xFF)
        return
      case .number where isBool: KeyEncoding.append(cell.number != 0, to: &bytes)
      case .number: KeyEncoding.append(cell.number, to: &bytes)
      case .bytes: KeyEncoding.append(utf8: UnsafeRawBufferPointer(cell.bytes), to: &bytes)
      }
    }
  }

  private static func prefix(_ keys: [UInt8], from start: Int) -> UInt64 {
    var prefix: UInt64 = 0
    for at in 0..<8 {
      prefix = prefix << 8 | (start + at < keys.count ? UInt64(keys[start + at]) : 0)
    }
    return prefix
  }

  private func comesBefore(_ one: Entry, _ other: Entry) -> Bool {
    if one.prefix != other.prefix { return one.prefix < other.prefix }
    return keys.withUnsafeBytes { Self.order(one, other, in: $0) < 0 }
  }

  private static func order(
    _ one: Entry, _ other: Entry, in keys: UnsafeRawBufferPointer
  ) -> Int {
    let left = UnsafeRawBufferPointer(
      rebasing: keys[one.keyStart..<one.keyStart + Int(one.keyLength)])
    let right = UnsafeRawBufferPointer(
      rebasing: keys[other.keyStart..<other.keyStart + Int(other.keyLength)])
    return KeyEncoding.order(left, right)
  }

  private func sort() {
    keys.withUnsafeBytes { keys in
      entries.sort { one, other in
        if one.prefix != other.prefix { return one.prefix < other.prefix }
        let order = Self.order(one, other, in: keys)
        if order != 0 { return order < 0 }
        // As they came.
        return (one.batch, one.row) < (other.batch, other.row)
      }
    }
  }

  // MARK: In memory

  private func nextHeld() -> RowBatch? {
    if isInOrder {
      guard next < held.count else { return nil }
      next += 1
      return held[next - 1]
    }
    guard next < entries.count, let first = held.first else { return nil }
    let end = min(next + batchRows, entries.count)
    var batch = RowBatch(columns: first.columns, rowCapacity: end - next)
    for entry in entries[next..<end] {
      batch.append(row: Int(entry.row), of: held[Int(entry.batch)])
    }
    next = end
    return batch
  }

  // MARK: In a file

  private func writeRun() throws(SortingError) {
    guard let first = held.first else { return }
    if file == nil { file = try RunFile(in: folder) }
    guard let file else { return }
    var run = Run(like: RowBatch(columns: first.columns), startingAt: file.end)
    if isInOrder {
      for batch in held { try file.append(batch, to: &run) }
    } else {
      sort()
      var block = RowBatch(columns: first.columns)
      for entry in entries {
        block.append(row: Int(entry.row), of: held[Int(entry.batch)])
        if block.memory >= Self.block {
          try file.append(block, to: &run)
          block.removeAll()
        }
      }
      if block.count > 0 { try file.append(block, to: &run) }
    }
    runs.append(run)
    held = []
    entries.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    heldBytes = 0
    isInOrder = true
    if runs.count >= Self.fanIn { try mergeRuns() }
  }

  /// Makes one run of all of them, in a file of its own.
  private func mergeRuns() throws(SortingError) {
    guard let file, let first = runs.first else { return }
    let larger = try RunFile(in: folder)
    var merge = try RunMerge(runs, in: file, keyedBy: key)
    var run = Run(like: first.empty, startingAt: 0)
    while let batch = try merge.next(rows: batchRows) { try larger.append(batch, to: &run) }
    self.file = larger
    runs = [run]
  }
}
