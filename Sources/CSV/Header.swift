import Rows

/// The names of a file's columns.
struct Header {
  let names: [String]
  let file: String

  init(_ names: [String], of file: String) {
    self.names = names
    self.file = file
  }

  /// The columns of a file of which nothing is declared: texts.
  func columns(empty: CSVFormat.Empty) throws(CSVError) -> [CSVColumn] {
    if let place = names.firstIndex(where: \.isEmpty) {
      throw CSVError(
        .header, "`\(file)`: column \(place + 1) of the header has no name",
        remedy: "declare `columns` in the mapping, and `other_columns: ignore`")
    }
    return names.map { name in
      var column = CSVColumn(
        Column(name: name, type: .text, declared: "text", nullable: empty != .text))
      column.empty = empty
      return column
    }
  }

  /// Where the declared columns stand. Columns that are missing, twice there or not declared are named.
  func places(of format: CSVFormat) throws(CSVError) -> [Int] {
    let columns = format.columns ?? []
    var places: [Int] = []
    var missing: [String] = []
    for column in columns {
      let found = names.indices.filter { same(names[$0], column.header) }
      if found.count > 1 { throw twice(column.header) }
      if let place = found.first { places.append(place) } else { missing.append(column.header) }
    }
    guard missing.isEmpty else {
      throw CSVError(
        .header,
        "`\(file)` has no column \(list(missing)); its header has \(list(names))",
        remedy: misreading(by: format)
          ?? "correct `columns` in the mapping, or have the file delivered again")
    }
    let others = names.filter { name in !columns.contains { same(name, $0.header) } }
    guard others.isEmpty || !format.refusesOthers else {
      throw CSVError(
        .header, "`\(file)` has columns that are not declared: \(list(others))",
        remedy: misreading(by: format)
          ?? "declare them under `columns`, or write `other_columns: ignore`")
    }
    return places
  }

  /// What is probably wrong with how the file is read, where the header shows it.
  private func misreading(by format: CSVFormat) -> String? {
    let bytes = names.joined().utf8
    // What UTF-8 looks like in Windows-1252, and the other way round.
    if names.joined().contains(where: { "ÃÂâ�".contains($0) }) {
      return "declare the file's `encoding`: it is read as `\(format.encoding.rawValue)`"
    }
    guard names.count == 1, format.columns.map({ $0.count > 1 }) ?? true else { return nil }
    let delimiter = [UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: "|")]
      .first { $0 != format.delimiter && bytes.contains($0) }
    let current = Self.written(format.delimiter)
    guard let delimiter else {
      return "the header is one column: is `\(current)` the file's `delimiter`?"
    }
    return "the header is one column, since the file is read with the delimiter `\(current)`: "
      + "write `delimiter: \"\(Self.written(delimiter))\"`"
  }

  private static func written(_ byte: UInt8) -> String {
    byte == UInt8(ascii: "\t") ? "\\t" : String(UnicodeScalar(byte))
  }

  private func twice(_ name: String) -> CSVError {
    CSVError(
      .header, "`\(file)` has two columns named `\(name)`",
      remedy: "have one of them renamed in the file")
  }

  private func list(_ names: [String]) -> String {
    names.prefix(20).map { $0.isEmpty ? "(no name)" : "`\($0)`" }.joined(separator: ", ")
      + (names.count > 20 ? " …" : "")
  }

  /// By their bytes: to a file names differ that Swift takes for equal.
  private func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
