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

  @Test func draftsEnterABatchAsTheyAreWritten() {
    var batch = RowBatch(columns: columns)
    var draft = RowDraft(batch)
    let long = String(repeating: "0123456789", count: 300)
    let texts = (0...24).map { String(long.prefix($0)) } + [long, "Zoë", "1234567é", "日本"]
    for (number, text) in texts.enumerated() {
      draft.append(Int64(number))
      var text = text
      text.withUTF8 { bytes in
        let isASCII = draft.append(ascii: UnsafeRawBufferPointer(bytes))
        #expect(isASCII == bytes.allSatisfy { $0 < 0x80 })
        if !isASCII { draft.append(utf8: UnsafeRawBufferPointer(bytes)) }
      }
      batch.append(&draft)
    }
    draft.appendNull()
    draft.appendUnreadable("not UTF-8")
    batch.append(&draft)
    #expect((0..<texts.count).map { batch.text($0, 1) } == texts)
    #expect((0..<texts.count).map { batch.int($0, 0) } == texts.indices.map { Int64($0) })
    #expect(batch.isNull(texts.count, 0))
    #expect(batch.kind(texts.count, 1) == .unreadable)
    #expect(batch.text(texts.count, 1) == "not UTF-8")
    batch.withRows { rows in
      #expect(rows.count == batch.count)
      for (number, text) in texts.enumerated() {
        #expect(rows[number, 0].number == Int64(number))
        #expect(rows[number, 1].bytes.elementsEqual(text.utf8))
      }
      #expect(rows[texts.count, 0].kind == .null)
    }
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
