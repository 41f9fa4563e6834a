import Foundation
import Rows
import Testing

@testable import Sorting

@Suite struct RowSorterTests {
  private let columns = [
    Column(name: "name", type: .text, declared: "text"),
    Column(name: "number", type: .int, declared: "int"),
    Column(name: "note", type: .text, declared: "text"),
  ]

  /// A row; `nil` stands for NULL.
  private struct Row: Hashable {
    var name: String?
    var number: Int64?
    var note: String
  }

  private func batches(_ rows: [Row], of size: Int) -> [RowBatch] {
    stride(from: 0, to: rows.count, by: size).map { start in
      var batch = RowBatch(columns: columns)
      batch.namePlaces(["a.csv"])
      for (index, row) in rows[start..<min(start + size, rows.count)].enumerated() {
        if let name = row.name { batch.append(name) } else { batch.appendNull() }
        if let number = row.number { batch.append(number) } else { batch.appendNull() }
        batch.append(row.note)
        batch.append(RowPlace(source: 0, line: Int64(start + index + 1)))
      }
      return batch
    }
  }

  private func sorted(
    _ rows: [Row], by key: [Int] = [0, 1], memory: Int = 64 << 20, folder: String = "/tmp"
  ) throws -> (rows: [Row], places: [String]) {
    let sorter = RowSorter(columns, key: key, memory: memory, folder: folder, batchRows: 7)
    for batch in batches(rows, of: 10) { try sorter.add(batch) }
    var found: [Row] = []
    var places: [String] = []
    while let batch = try sorter.nextBatch() {
      for row in 0..<batch.count {
        found.append(
          Row(
            name: batch.isNull(row, 0) ? nil : batch.text(row, 0),
            number: batch.isNull(row, 1) ? nil : batch.int(row, 1), note: batch.text(row, 2)))
        places.append(batch.place(of: row) ?? "")
      }
    }
    return (found, places)
  }

  private func expected(_ rows: [Row]) -> [Row] {
    // By their bytes, as the engine compares keys.
    let keyed = rows.enumerated().map { index, row -> (key: [UInt8], index: Int, row: Row) in
      var key: [UInt8] = []
      guard var name = row.name else { return ([0xFF], index, row) }
      name.withUTF8 { KeyEncoding.append(utf8: UnsafeRawBufferPointer($0), to: &key) }
      guard let number = row.number else { return (key + [0xFF], index, row) }
      KeyEncoding.append(number, to: &key)
      return (key, index, row)
    }
    return keyed.sorted { one, other in
      one.key == other.key
        ? one.index < other.index : one.key.lexicographicallyPrecedes(other.key)
    }.map(\.row)
  }

  private func someRows(_ count: Int) -> [Row] {
    var random = SystemRandomNumberGenerator()
    let names: [String?] = [nil, "", "a", "ab", "a\0", "a\0b", "a\u{FF}", "é", "z", "Z", "😀"]
    return (0..<count).map { index in
      Row(
        name: names[Int.random(in: names.indices, using: &random)],
        number: Bool.random()
          ? Int64.random(in: -3...3) : [nil, .min, .max].randomElement() ?? nil,
        note: "row \(index) " + String(repeating: "x", count: Int.random(in: 0...40)))
    }
  }

  @Test("In memory and beyond it rows come in the order of their keys, equal ones as they came")
  func order() throws {
    let rows = someRows(3_000)
    let wanted = expected(rows)
    for memory in [64 << 20, 100_000, 20_000, 1_000, 1] {
      let found = try sorted(rows, memory: memory)
      #expect(found.rows == wanted, "\(memory)")
      for (row, place) in zip(found.rows, found.places) {
        let number = try #require(Int(row.note.split(separator: " ")[1]))
        #expect(place == "a.csv, line \(number + 1)")
      }
    }
  }

  @Test("Rows that are in order already stay so, and no rows are none")
  func inOrder() throws {
    let rows = expected(someRows(500))
    #expect(try sorted(rows).rows == rows)
    #expect(try sorted(rows, memory: 2_000).rows == rows)
    #expect(try sorted([]).rows.isEmpty)
  }

  @Test("Rows that can be read again are not put aside while they are in order")
  func watched() throws {
    let rows = expected(someRows(500))
    func outcome(_ rows: [Row], memory: Int) throws -> (RowSorter.Outcome, Int) {
      let sorter = RowSorter(columns, key: [0, 1], memory: memory, folder: "/tmp", keepsAll: false)
      for batch in batches(rows, of: 10) { try sorter.add(batch) }
      var count = 0
      let outcome = sorter.outcome
      if outcome == .sorted { while let batch = try sorter.nextBatch() { count += batch.count } }
      return (outcome, count)
    }
    #expect(try outcome(rows, memory: 64 << 20) == (.sorted, 500))
    #expect(try outcome(rows, memory: 2_000) == (.inOrder, 0))
    // Rows without a key are all alike, and there may be many of them.
    #expect(try outcome(rows.reversed().filter { $0.name != nil }, memory: 2_000).0 != .inOrder)
    #expect(try outcome([rows[499], rows[0]], memory: 2_000) == (.sorted, 2))
    #expect(try outcome(rows + [rows[0]], memory: 2_000) == (.lost, 0))
    #expect(try outcome(rows.dropLast(11) + [rows[3]] + rows.suffix(11), memory: 2_000).0 == .lost)
  }

  @Test("Unreadable values and all kinds of numbers come back as they were")
  func kinds() throws {
    let columns = [
      Column(name: "id", type: .int, declared: "int"),
      Column(name: "flag", type: .bool, declared: "bool"),
      Column(name: "double", type: .double, declared: "double"),
    ]
    let sorter = RowSorter(columns, key: [0], memory: 1, folder: "/tmp")
    for id in [3, 1, 2] as [Int64] {
      var batch = RowBatch(columns: columns)
      batch.append(id)
      batch.append(id == 2)
      if id == 1 {
        batch.appendUnreadable("holds no number")
      } else {
        batch.append(0.5 * Double(id))
      }
      try sorter.add(batch)
    }
    let batch = try #require(try sorter.nextBatch())
    #expect((0..<batch.count).map { batch.int($0, 0) } == [1, 2, 3])
    #expect((0..<batch.count).map { batch.bool($0, 1) } == [false, true, false])
    #expect(batch.kind(0, 2) == .unreadable)
    #expect(batch.text(0, 2) == "holds no number")
    #expect(batch.double(1, 2) == 1 && batch.double(2, 2) == 1.5)
    #expect(try sorter.nextBatch() == nil)
  }

  @Test("The file is its owner's alone, and has no name while it is in use")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sort-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let sorter = RowSorter(columns, key: [0, 1], memory: 1, folder: folder.path)
    for batch in batches(someRows(100), of: 10) { try sorter.add(batch) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    #expect(try sorter.nextBatch() != nil)
    let nowhere = RowSorter(columns, key: [0], memory: 1, folder: folder.path + "/nowhere")
    let error = #expect(throws: SortingError.self) {
      for batch in batches(someRows(10), of: 10) { try nowhere.add(batch) }
    }
    #expect(error?.message.contains("nowhere") == true)
    #expect(error?.remedy.contains("TMPDIR") == true)
  }
}
