import CLibPQ
import Rows

/// How much of a result is held at once, and how much is taken at all.
public struct ReadLimits: Sendable, Hashable {
  /// The greatest number of rows in a batch.
  public var batchRows: Int
  /// A batch ends with the row that brings it to this many bytes of memory.
  public var batchBytes: Int
  /// A longer value is unreadable.
  public var valueBytes: Int
  /// A value that brings its row beyond this many bytes is unreadable.
  public var rowBytes: Int
  /// Reading fails at the row after these; `nil` means no limit.
  public var rows: Int?

  /// Values up to this length are read in every row, so that a key is known whatever stands beside it.
  static let alwaysRead: Int32 = 1024

  public init(
    batchRows: Int = 2000, batchBytes: Int = 2 << 20, valueBytes: Int = 1 << 20,
    rowBytes: Int = 8 << 20, rows: Int? = nil
  ) {
    self.batchRows = batchRows
    self.batchBytes = batchBytes
    self.valueBytes = valueBytes
    self.rowBytes = rowBytes
    self.rows = rows
  }
}

/// The state of a query whose rows are on their way.
struct RowStream {
  let number: Int
  private let columns: [Column]
  private let decoders: [ValueDecoder]
  /// Of each column, apart from what else is known of it, since every value of every row asks.
  private let usual: [ValueDecoder.Usual]
  private let limits: ReadLimits
  private var rows = 0
  private var isDone = false
  private var scratch: [UInt8] = []

  init(number: Int, columns: [CataloguedColumn], limits: ReadLimits) {
    self.number = number
    self.columns = columns.map(\.column)
    decoders = columns.map { ValueDecoder($0.wire) }
    usual = decoders.map(\.usual)
    self.limits = limits
  }

  /// The next rows, `nil` once the server has said that there are no more.
  mutating func next(from session: Session) throws(PostgresError) -> RowBatch? {
    guard !isDone else { return nil }
    try session.checkInterrupt()
    var batch = RowBatch(
      columns: columns, rowCapacity: limits.batchRows, atMostBytes: limits.batchBytes)
    var draft = RowDraft(batch)
    while batch.count < max(1, limits.batchRows), batch.memory < limits.batchBytes {
      guard let result = try session.nextResult() else {
        isDone = true
        break
      }
      if result.status == PGRES_SINGLE_TUPLE {
        read(result, into: &draft)
        batch.append(&draft)
      } else {
        try session.check(result)
      }
    }
    rows += batch.count
    if let limit = limits.rows, rows > limit {
      throw PostgresError(
        code: .limit, message: "The query brings more than the \(limit) rows that are allowed.",
        remedy: "Filter the query, or raise the limit.")
    }
    return batch.count == 0 ? nil : batch
  }

  @inline(__always)
  private mutating func read(_ result: borrowing ServerResult, into row: inout RowDraft) {
    let pointer = result.pointer
    for index in usual.indices {
      let field = Int32(truncatingIfNeeded: index)
      let length = PQgetlength(pointer, 0, field)
      if length == 0, PQgetisnull(pointer, 0, field) == 1 {
        row.appendNull()
        continue
      }
      if length > ReadLimits.alwaysRead, let reason = refusal(Int(length), in: row) {
        row.appendUnreadable(reason)
        continue
      }
      let bytes = UnsafeRawBufferPointer(start: PQgetvalue(pointer, 0, field), count: Int(length))
      if !ValueDecoder.append(bytes, as: usual[index], to: &row) {
        decoders[index].append(bytes, to: &row, scratch: &scratch)
      }
    }
  }

  /// Why a value of so many bytes is not read.
  @inline(never)
  private func refusal(_ length: Int, in row: borrowing RowDraft) -> String? {
    if length > limits.valueBytes {
      return
        "holds \(length) bytes; at most \(limits.valueBytes) are read (`max_value` in the source's file)"
    }
    guard row.size + length > limits.rowBytes else { return nil }
    return
      "holds \(length) bytes, with which its row has more than the \(limits.rowBytes) that are read "
      + "(`max_row` in the source's file)"
  }
}
