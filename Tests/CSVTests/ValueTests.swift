import Rows
import Testing

@testable import CSV

@Suite struct ValueTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  /// What a column makes of each of some values.
  private func values(
    _ type: ColumnType, _ values: [String], declared: String? = nil,
    _ change: (inout CSVFormat, inout CSVColumn) -> Void = { _, _ in }
  ) throws -> [String?] {
    var format = CSVFormat()
    format.delimiter = UInt8(ascii: ";")
    var column = CSVColumn(
      Column(name: "v", type: type, declared: declared ?? "\(type)", nullable: true))
    change(&format, &column)
    format.columns = [CSVColumn(Column(name: "n", type: .text, declared: "text")), column]
    try folder.write("n;v\n" + values.map { "x;\($0)\n" }.joined())
    return try folder.rows("a.csv", format).map { $0[1] }
  }

  /// Without the place, which is another's test.
  private func reasons(_ values: [String?]) -> Set<String> {
    Set(values.map { $0.map { String($0.prefix { $0 != "(" }) } ?? "nil" })
  }

  @Test("Numbers, with signs, zeros in front, groups and another mark")
  func numbers() throws {
    #expect(
      try values(
        .int,
        ["7", "-7", "+7", "007", " 7 ", "9223372036854775807", "-9223372036854775808", "", "-0"])
        == ["7", "-7", "7", "7", "7", "9223372036854775807", "-9223372036854775808", nil, "0"])
    let bad = ["x", "1.5", "9223372036854775808", "1,000", "--1", "-", "1 000", "0x1", "١"]
    #expect(reasons(try values(.int, bad)) == ["!holds no whole number of 64 bits "])
    #expect(
      try values(.decimal, ["1.50", "-0.00", ".5", "5.", "007.10", "+3", "0", "-12", "00"])
        == ["1.50", "0.00", "0.5", "5", "7.10", "3", "0", "-12", "0"])
    #expect(
      reasons(try values(.decimal, ["1e3", ".", "-", "1.2.3", "1,5", "NaN"])) == [
        "!holds no number "
      ])
    let german: (inout CSVFormat, inout CSVColumn) -> Void = { format, _ in
      format.numbers.decimalMark = UInt8(ascii: ",")
      format.numbers.thousands = UInt8(ascii: ".")
    }
    #expect(
      try values(.decimal, ["1.234.567,89", "0,5", "12", "-1.000"], german)
        == ["1234567.89", "0.5", "12", "-1000"])
    #expect(
      reasons(
        try values(.decimal, ["1.23", "1234.567", ".123", "1..234", "1.234.", "1,2.345"], german))
        == ["!holds no number "])
    #expect(try values(.int, ["1.234", "12"], german) == ["1234", "12"])
    #expect(
      try values(.double, ["1.5", "1e3", "-2.5E-1", "0"]) == ["1.5", "1000.0", "-0.25", "0.0"])
    #expect(
      reasons(try values(.double, ["inf", "nan", "1e999", "1e", "e5"]))
        == ["!holds no number of 64 bits "])
    #expect(
      try values(.decimal, ["12.34", "123.4", "1.234"], declared: "decimal(4,2)").map { $0?.first }
        == ["1", "!", "!"])
  }

  @Test("Dates and times by ISO 8601 and by declared formats")
  func moments() throws {
    #expect(try values(.date, ["2024-02-29", " 1999-12-31 "]) == ["2024-02-29", "1999-12-31"])
    let bad = [
      "2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", "2024-01-01T00:00", "31.12.2024",
    ]
    #expect(reasons(try values(.date, bad)) == ["!holds no date such as `2026-01-31` "])
    let pattern = try #require(MomentPattern("d.M.yyyy"))
    #expect(
      try values(.date, ["31.12.2024", "1.2.0999", "31.2.2024", "2024-12-31", "1.2.24"]) {
        $1.pattern = pattern
      }.map { $0.map { String($0.prefix(28)) } } == [
        "2024-12-31", "0999-02-01", "!holds no date of the form `", "!holds no date of the form `",
        "!holds no date of the form `",
      ])
    #expect(
      try values(
        .timestamp, ["2024-01-31T12:30:00", "2024-01-31 12:30", "2024-01-31T12:30:00.250"])
        == ["2024-01-31T12:30:00", "2024-01-31T12:30:00", "2024-01-31T12:30:00.25"])
    let american = try #require(MomentPattern("MM/dd/yyyy HH:mm:ss"))
    #expect(
      try values(.timestamp, ["12/31/2024 23:59:59"]) { $1.pattern = american }
        == ["2024-12-31T23:59:59"])
    #expect(try values(.time, ["08:30", "23:59:59.5"]) == ["08:30:00", "23:59:59.5"])
    #expect(
      try values(
        .timestamptz,
        ["1970-01-01T00:00:01Z", "1970-01-01T01:00:00.5+01:00", "1969-12-31T23:00:00-01:00"])
        == ["1000000", "500000", "0"])
    #expect(
      try values(.timestamptz, ["2024-01-01T00:00:00", "2024-01-01T25:00:00Z"]).allSatisfy {
        $0?.hasPrefix("!holds no moment") == true
      })
    for wrong in ["yy-MM-dd", "dMyyyy", "dd.dd.yyyy", "hello", "", "yyyy-MM-dd q"] {
      #expect(MomentPattern(wrong) == nil, "\(wrong)")
    }
  }

  @Test("Truth values, UUIDs, lists of values and lengths")
  func others() throws {
    #expect(try values(.bool, ["true", "FALSE", "True"]) == ["true", "false", "true"])
    #expect(
      try values(.bool, ["J", "N", "true"]) { $1.words = .init(yes: "J", no: "N") }
        .map { $0?.first } == ["t", "f", "!"])
    #expect(
      try values(
        .uuid, ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11"]
      )
      .map { $0?.first } == ["a", "!"])
    #expect(
      try values(.text, ["äöü", "äöüx"], declared: "text(3)")
        == ["äöü", "!holds 4 characters; at most 3 are declared (a.csv, line 3, column 3)"])
    #expect(
      try values(.text, ["M", "X"]) { $1.column.values = ["M", "F"] }
        == ["M", "!holds none of the values that are declared (a.csv, line 3, column 3)"])
  }

  @Test("What an empty value is, is declared")
  func empties() throws {
    let written = ["", "\"\"", "x"]
    func texts(_ empty: CSVFormat.Empty) throws -> [String?] {
      try values(.text, written) { $1.empty = empty }
    }
    #expect(try texts(.null) == [nil, nil, "x"])
    #expect(try texts(.text) == ["", "", "x"])
    #expect(try texts(.quotedText) == [nil, "", "x"])
    #expect(try values(.int, ["", "\"\"", "  "]) { $1.empty = .text } == [nil, nil, nil])
    #expect(
      try values(.int, [""]) { $1.column.nullable = false }
        == ["!is empty, and is declared `required` (a.csv, line 2, column 3)"])
  }
}
