import CLibPQ
import Rows

/// How much of a result is held at once, and how much is taken at all.
public struct ReadLimits: Sendable, Hashable {
  /// The greatest number of rows in a batch.
  public var batchRows: Int
  /// A batch ends with the row that brings its values to this many bytes.
  public var batchBytes: Int
  /// Reading fails at the row after these; `nil` means no limit.
  public var rows: Int?

  public init(batchRows: Int = 2000, batchBytes: Int = 4 << 20, rows: Int? = nil) {
    self.batchRows = batchRows
    self.batchBytes = batchBytes
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
    decoders = columns.map { ValueDecoder(name: $0.column.name, wire: $0.wire) }
    usual = decoders.map(\.usual)
    self.limits = limits
  }

  /// The next rows, `nil` once the server has said that there are no more.
  mutating func next(from session: Session) throws(PostgresError) -> RowBatch? {
    guard !isDone else { return nil }
    try session.checkInterrupt()
    var batch = RowBatch(columns: columns, rowCapacity: max(1, limits.batchRows))
    var draft = RowDraft(batch)
    while batch.count < max(1, limits.batchRows), batch.byteCount < limits.batchBytes {
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
        mend: "Filter the query, or raise the limit.")
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
      let bytes = UnsafeRawBufferPointer(start: PQgetvalue(pointer, 0, field), count: Int(length))
      if !ValueDecoder.append(bytes, as: usual[index], to: &row) {
        decoders[index].append(bytes, to: &row, scratch: &scratch)
      }
    }
  }
}
