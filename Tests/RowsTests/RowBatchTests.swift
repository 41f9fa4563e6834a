import Rows
import Testing

@Suite struct RowBatchTests {
  let columns = [
    Column(name: "id", type: .int, declared: "integer"),
    Column(name: "name", type: .text, declared: "text"),
  ]

  @Test func keepsNumbersTextAndNullApart() {
    var batch = RowBatch(columns: columns, rowCapacity: 2)
    batch.append(Int64.min)
    batch.append("Zoë")
    batch.append(7 as Int64)
    batch.appendNull()
    #expect(batch.count == 2)
    #expect(batch.int(0, 0) == .min)
    #expect(batch.text(0, 1) == "Zoë")
    #expect(batch.isNull(1, 1))
    #expect(batch.text(1, 1).isEmpty)
  }

  @Test func emptyTextIsNotNull() {
    var batch = RowBatch(columns: columns)
    batch.append(1 as Int64)
    batch.append("")
    #expect(!batch.isNull(0, 1))
    #expect(batch.kind(0, 1) == .bytes)
  }

  @Test func unreadableKeepsItsReason() {
    var batch = RowBatch(columns: columns)
    batch.append(1 as Int64)
    batch.appendUnreadable("not UTF-8")
    #expect(batch.kind(0, 1) == .unreadable)
    #expect(batch.text(0, 1) == "not UTF-8")
  }

  @Test func removeAllForgetsRows() {
    var batch = RowBatch(columns: columns)
    batch.append(1 as Int64)
    batch.append("x")
    batch.removeAll()
    #expect(batch.count == 0)
    #expect(batch.byteCount == 0)
  }
}
