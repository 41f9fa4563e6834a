import Foundation
import Rows
import Testing

@testable import CSV

/// Files in a folder that goes when the test does.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "csv-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String = "a.csv") throws {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String = "a.csv") throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }

  func rows(
    _ pattern: String = "a.csv", _ format: CSVFormat = CSVFormat(),
    pick: ChosenFiles.Pick = .one, limits: CSVLimits = CSVLimits()
  ) throws -> [[String?]] {
    let reader = try CSVReader(
      try ChosenFiles(pattern, in: path, pick: pick), format, limits: limits)
    var rows: [[String?]] = []
    while let batch = try reader.next() { rows += texts(batch) }
    return rows
  }

  func failure(
    _ pattern: String = "a.csv", _ format: CSVFormat = CSVFormat(),
    pick: ChosenFiles.Pick = .one, limits: CSVLimits = CSVLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> CSVError? {
    #expect(throws: CSVError.self, sourceLocation: sourceLocation) {
      try rows(pattern, format, pick: pick, limits: limits)
    }
  }
}

/// Each value as text, NULL as `nil`, what cannot be read with `!` before its reason.
func texts(_ batch: RowBatch) -> [[String?]] {
  (0..<batch.count).map { row in
    batch.columns.indices.map { column -> String? in
      switch batch.kind(row, column) {
      case .null: nil
      case .unreadable: "!" + batch.text(row, column)
      case .number:
        switch batch.columns[column].type {
        case .bool: "\(batch.bool(row, column))"
        case .double: "\(batch.double(row, column))"
        default: "\(batch.int(row, column))"
        }
      case .bytes: batch.text(row, column)
      }
    }
  }
}

@Suite struct CSVReaderTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test("Quotes, doubled quotes, line breaks in values and every line end")
  func rfc4180() throws {
    for end in ["\n", "\r\n", "\r"] {
      try folder.write(
        ["a,b,c", "1,\"x, y\",\"say \"\"hi\"\"\"", "2,\"two\(end)lines\",", ",\"\",\"\"\"\"", ""]
          .joined(separator: end))
      let rows = try folder.rows()
      #expect(
        rows == [
          ["1", "x, y", "say \"hi\""], ["2", "two\(end)lines", nil], [nil, nil, "\""],
        ])
    }
  }

  @Test("Rows longer than what is read at once, and rows at every place of its edge")
  func edges() throws {
    let long = String(repeating: "lorem \"\"ipsum\"\" ", count: 60_000)
    let plain = long.replacing("\"\"", with: "\"")
    try folder.write("a,b\r\n1,\"\(long)\"\r\n2,x\r\n")
    #expect(try folder.rows() == [["1", plain], ["2", "x"]])
    // Some 3 MB of short rows of all lengths.
    var text = "a,b\r\n"
    var wanted: [[String?]] = []
    for number in 0..<120_000 {
      let value = String(repeating: "ä", count: number % 13)
      text += number % 3 == 0 ? "\(number),\"\(value)\"\r\n" : "\(number),\(value)\r\n"
      wanted.append(["\(number)", value.isEmpty ? nil : value])
    }
    try folder.write(text)
    #expect(try folder.rows() == wanted)
  }

  @Test("Delimiters, other quotes and none")
  func signs() throws {
    try folder.write("a;b\n1;'x;y'\n")
    var format = CSVFormat()
    format.delimiter = UInt8(ascii: ";")
    format.quote = UInt8(ascii: "'")
    #expect(try folder.rows("a.csv", format) == [["1", "x;y"]])
    try folder.write("a\tb\n5\" pipe\t\"\n")
    format.delimiter = UInt8(ascii: "\t")
    format.quote = nil
    #expect(try folder.rows("a.csv", format) == [["5\" pipe", "\""]])
  }

  @Test("Every encoding gives the same text, with and without its mark")
  func encodings() throws {
    let text = "näme,preis\nZoë,5 €\n"
    let wanted = [["Zoë", "5 €"]]
    func units(_ bigEndian: Bool) -> [UInt8] {
      text.utf16.flatMap { unit -> [UInt8] in
        let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
        return bigEndian ? [high, low] : [low, high]
      }
    }
    let windows = text.unicodeScalars.map { scalar in
      scalar == "€" ? 0x80 : UInt8(truncatingIfNeeded: scalar.value)
    }
    let files: [(CSVFormat.Encoding, [UInt8])] = [
      (.utf8, Array(text.utf8)), (.utf8, [0xEF, 0xBB, 0xBF] + Array(text.utf8)),
      (.utf16, [0xFF, 0xFE] + units(false)), (.utf16, [0xFE, 0xFF] + units(true)),
      (.utf16LittleEndian, units(false)), (.utf16LittleEndian, [0xFF, 0xFE] + units(false)),
      (.utf16BigEndian, units(true)), (.windows1252, windows),
    ]
    for (encoding, bytes) in files {
      try folder.write(bytes)
      var format = CSVFormat()
      format.encoding = encoding
      let reader = try CSVReader(
        try ChosenFiles("a.csv", in: folder.path, pick: .one), format)
      #expect(reader.columns.map(\.name) == ["näme", "preis"], "\(encoding)")
      let batch = try #require(try reader.next())
      #expect(texts(batch) == wanted, "\(encoding)")
    }
    // Beyond the basic plane, and larger than what is read at once.
    let emoji = String(repeating: "😀ä,", count: 200_000)
    var format = CSVFormat()
    format.encoding = .utf16LittleEndian
    try folder.write(
      "a\n\"\(emoji)\"\n".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
    #expect(try folder.rows("a.csv", format, limits: .wide) == [[emoji]])
  }

  @Test("A byte of another encoding is an error with its line and column")
  func wrongBytes() throws {
    let head = Array("a,b\n1,x\n2,\"two\nlänes".utf8)
    try folder.write(head + [0xE4] + Array("\"\n".utf8))
    var error = folder.failure()
    #expect(error?.code == .encoding)
    #expect(
      error?.message == "a.csv, line 4, column 6: the byte 0xE4 is not UTF-8",
      "\(String(describing: error))")
    #expect(error?.remedy.contains("windows-1252") == true)
    // Far behind the first stretch, rows before it are read.
    let many = Array("a,b\n".utf8) + Array(String(repeating: "1,x\n", count: 300_000).utf8)
    try folder.write(many + Array("2,".utf8) + [0xFF] + Array("\n".utf8))
    #expect(folder.failure()?.message.hasPrefix("a.csv, line 300002, column 3:") == true)
    try folder.write(Array("a\nx".utf8) + [0] + Array("y\n".utf8))
    error = folder.failure()
    #expect(error?.message.hasPrefix("a.csv, line 2, column 2: a NUL byte") == true)
    try folder.write(Array("a\nx".utf8) + [0xC3])
    #expect(folder.failure()?.code == .encoding)
    try folder.write([0xFF, 0xFE] + Array("a".utf8))
    #expect(folder.failure()?.remedy == "declare `encoding: utf-16`")

    var format = CSVFormat()
    format.encoding = .windows1252
    try folder.write(Array("a\nx".utf8) + [0x81] + Array("\n".utf8))
    #expect(
      folder.failure("a.csv", format)?.message
        == "a.csv, line 2, column 2: the byte 0x81 is not a character of Windows-1252")
    format.encoding = .utf16
    try folder.write(Array("a\nb\n".utf8))
    #expect(folder.failure("a.csv", format)?.message.contains("no byte order mark") == true)
    format.encoding = .utf16LittleEndian
    try folder.write([0x61, 0, 0x0A, 0, 0, 0xD8, 0x62, 0, 0x0A, 0])
    #expect(folder.failure("a.csv", format)?.message.hasPrefix("a.csv, line 2, column 1:") == true)
    try folder.write([0x61, 0, 0x0A, 0, 0x62])
    #expect(folder.failure("a.csv", format)?.code == .encoding)
    try folder.write([0xFE, 0xFF, 0, 0x61])
    #expect(folder.failure("a.csv", format)?.message.contains("other byte order") == true)
  }

  @Test("What is wrong in a row is told with its line and column")
  func wrongRows() throws {
    let cases = [
      ("a,b\n1\n", "a.csv, line 2, column 1: the row has 1 value instead of 2"),
      ("a,b\n1,2\n\"x\ny\",2,3\n", "a.csv, line 3, column 1: the row has 3 values instead of 2"),
      ("a,b\n1,x\"y\"\n", "a.csv, line 2, column 4: a quote within a value"),
      ("a,b\n1,\"x\"y\n", "a.csv, line 2, column 6: text behind the closing quote"),
      ("a,b\n1,\"x\nzz\n", "a.csv, line 2, column 3: the file ends within a quoted value"),
      ("a,b\n1,2\n3,4", "a.csv, line 3, column 4: the file ends within this line"),
      ("a,b\n1,2\n3", "a.csv, line 3, column 2: the file ends within this line"),
      ("a,b", "a.csv, line 1, column 4: the file ends within this line"),
    ]
    for (text, message) in cases {
      try folder.write(text)
      let error = folder.failure()
      #expect(error?.message.hasPrefix(message) == true, "\(text): \(error?.message ?? "")")
    }
    var format = CSVFormat()
    format.needsFinalLineBreak = false
    try folder.write("a,b\n1,2\n3,4")
    #expect(try folder.rows("a.csv", format) == [["1", "2"], ["3", "4"]])
    try folder.write("a,b\n1,2\n3")
    #expect(folder.failure("a.csv", format)?.code == .malformed)
    var limits = CSVLimits()
    limits.rowBytes = 1 << 10
    try folder.write("a,b\n1,\"" + String(repeating: "x\n", count: 1_000_000) + "\n")
    #expect(
      folder.failure("a.csv", CSVFormat(), limits: limits)?.message.hasPrefix(
        "a.csv, line 2, column 1: a row of more") == true)
  }

  @Test("Blank lines are no rows, but where a row is one value")
  func blankLines() throws {
    try folder.write("\na,b\n\n1,2\n\n\n")
    #expect(try folder.rows() == [["1", "2"]])
    try folder.write("a\n1\n\n2\n")
    #expect(try folder.rows() == [["1"], [nil], ["2"]])
  }

  @Test("An empty file is an error, one with nothing but a header has no rows")
  func empty() throws {
    for bytes in [[], [0xEF, 0xBB, 0xBF]] as [[UInt8]] {
      try folder.write(bytes)
      #expect(folder.failure()?.code == .empty)
    }
    try folder.write("\n\n")
    #expect(folder.failure()?.code == .header)
    try folder.write("a,b\n")
    #expect(try folder.rows() == [])
  }

  @Test("Missing, doubled and undeclared columns are named; the order is the file's matter")
  func headers() throws {
    func format(_ names: String..., others: Bool = true) -> CSVFormat {
      var format = CSVFormat()
      format.columns = names.map { CSVColumn(Column(name: $0, type: .text, declared: "text")) }
      format.refusesOthers = others
      return format
    }
    try folder.write("a,b,c\n1,2,3\n")
    #expect(try folder.rows("a.csv", format("c", "a", "b")) == [["3", "1", "2"]])
    #expect(try folder.rows("a.csv", format("c", others: false)) == [["3"]])
    let missing = folder.failure("a.csv", format("x", "a", "y"))
    #expect(missing?.code == .header)
    #expect(missing?.message == "`a.csv` has no column `x`, `y`; its header has `a`, `b`, `c`")
    #expect(
      folder.failure("a.csv", format("b"))?.message
        == "`a.csv` has columns that are not declared: `a`, `c`")
    try folder.write("a,b,a\n1,2,3\n")
    #expect(folder.failure()?.message == "`a.csv` has two columns named `a`")
    #expect(
      folder.failure("a.csv", format("a", "b"))?.message == "`a.csv` has two columns named `a`")
    #expect(try folder.rows("a.csv", format("b", others: false)) == [["2"]])
    var absent = format("x", "y")
    absent.hasHeader = false
    try folder.write("1,2\n3,4\n")
    #expect(try folder.rows("a.csv", absent) == [["1", "2"], ["3", "4"]])
    try folder.write("")
    #expect(folder.failure("a.csv", absent)?.code == .empty)
  }
}

extension CSVLimits {
  static var wide: CSVLimits {
    var limits = CSVLimits()
    limits.valueBytes = 1 << 30
    return limits
  }
}
