import Diagnostics
import Documents

/// The keys of `csv` in a source.
enum CSVSpec {
  private static let folder = FieldSpec.required(
    "folder", Kind<Setting>.setting,
    "The folder of the files, relative to the project's folder. A file in it may not be a link that leads out of it.",
    example: "${PAYROLL_FOLDER:-../inbox}")
  private static let settle = FieldSpec.defaulted(
    "settle", Kind<Duration>.duration(0...3_600_000), .seconds(2), written: "2s",
    "A file that changed less than this ago is looked at again before it is read; a file that changes meanwhile, or while "
      + "it is read, is still being written, and the mapping fails.",
    example: "30s")
  private static let batch = FieldSpec.defaulted(
    "batch", Kind<Int>.int(1...100_000), 2_000, written: "2000",
    "The most rows in a batch; one that holds many bytes ends sooner.", example: "1000")
  private static let maxValue = FieldSpec.defaulted(
    "max_value", Kind<Int>.size(1 << 10...1 << 30), 1 << 20, written: "1MiB",
    "The largest value that is read; a record that needs a larger one is rejected.",
    example: "4MiB")
  private static let maxRow = FieldSpec.defaulted(
    "max_row", Kind<Int>.size(1 << 10...1 << 30), 8 << 20, written: "8MiB",
    "The largest row that is read; a file with a larger one is refused, since a quote is most likely never closed.",
    example: "16MiB")

  static let object = ObjectSpec<CSVDefinition>(
    "csv", "A folder of CSV files (RFC 4180).",
    keys: [folder.key] + FileDialectSpec.keys + [settle.key, batch.key, maxValue.key, maxRow.key]
  ) { fields in
    let folder = fields.read(folder)
    let dialect = FileDialectSpec.read(&fields)
    let settle = fields.read(settle)
    let batch = fields.read(batch)
    let maxValue = fields.read(maxValue)
    let maxRow = fields.read(maxRow)
    folder?.check(.line("folder"), &fields.reading)
    return folder.map {
      CSVDefinition(
        folder: $0, dialect: dialect, settle: settle, batch: batch, maxValue: maxValue,
        maxRow: maxRow)
    }
  }
}

/// How files are written: the same keys in a source, for all of its files, and in a mapping, for its own.
enum FileDialectSpec {
  private static let encoding = FieldSpec.optional(
    "encoding",
    Kind<FileDialect.Encoding>.choice([
      .utf8: "With or without a byte order mark; the default.",
      .utf16: "In the byte order that its mark says.",
      .utf16LittleEndian: "The lower byte first; a mark may be there.",
      .utf16BigEndian: "The higher byte first; a mark may be there.",
      .windows1252: "As older programs on Windows write.",
    ]), "The encoding. A byte that does not belong to it is an error.", example: "windows-1252")
  private static let delimiter = FieldSpec.optional(
    "delimiter", character("delimiter", words: ["tab": UInt8(ascii: "\t")]),
    "Between the values of a row: one character, or `tab`. Default: `,`.", example: "\";\"")
  private static let quote = FieldSpec.optional(
    "quote",
    Kind<FileDialect.Quote>(shape: .text) { node, reading in
      if node.scalar?.text == "none" { return .absent }
      return character("quote").read(node, &reading).map { .character($0) }
    },
    "Around values with delimiters, quotes or line breaks in them; a quote in a value is doubled. `none` where no value is "
      + "quoted. Default: `\"`.", example: "none")
  private static let header = FieldSpec.optional(
    "header",
    Kind<FileDialect.Header>.choice([
      .present: "The first row names the columns; the default.",
      .absent: "There is none; the columns are declared in the mapping, in the order of the file.",
    ]), "Whether the first row is a header.", example: "absent")
  private static let empty = FieldSpec.optional(
    "empty",
    Kind<FileDialect.Empty>.choice([
      .null: "NULL; the default.", .text: "An empty text.",
      .quoted: "NULL, but `\"\"` is an empty text.",
    ]), "What an empty value of a text column is. In other columns it is always NULL.",
    example: "text")
  private static let decimalMark = FieldSpec.optional(
    "decimal_mark", character("decimal_mark"), "In numbers. Default: `.`.", example: "\",\"")
  private static let thousands = FieldSpec.optional(
    "thousands", character("thousands"),
    "Between groups of three digits. Default: numbers have no groups.", example: "\".\"")
  private static let finalNewline = FieldSpec.optional(
    "final_newline",
    Kind<FileDialect.FinalNewline>.choice([
      .required: "A file that ends within a line was cut off, and is refused; the default.",
      .optional: "The file's writer does not end the last line.",
    ]), "Whether the last line ends with a line break.", example: "optional")

  static let keys = [
    encoding.key, delimiter.key, quote.key, header.key, empty.key, decimalMark.key, thousands.key,
    finalNewline.key,
  ]

  static func read(_ fields: inout Fields) -> FileDialect {
    var dialect = FileDialect()
    dialect.encoding = fields.read(encoding)
    dialect.delimiter = fields.read(delimiter)
    dialect.quote = fields.read(quote)
    dialect.header = fields.read(header)
    dialect.empty = fields.read(empty)
    dialect.decimalMark = fields.read(decimalMark)
    dialect.thousands = fields.read(thousands)
    dialect.finalNewline = fields.read(finalNewline)
    return dialect
  }

  /// One visible character of ASCII that is neither a letter nor a digit, or what a word stands for.
  private static func character(_ key: String, words: [String: UInt8] = [:]) -> Kind<UInt8> {
    Kind<UInt8>(shape: .text) { node, reading in
      guard let text = node.scalar?.text, !node.isNull else {
        reading.reportWrongType(node, .text)
        return nil
      }
      if let known = words[text] ?? words.values.first(where: { Array(text.utf8) == [$0] }) {
        return known
      }
      let byte = text.utf8.first ?? 0
      let isSign =
        (0x21...0x7E).contains(byte) && !Names.isDigit(byte) && !Names.isLower(byte | 0x20)
      guard text.utf8.count == 1, isSign || (key == "thousands" && byte == 0x20) else {
        reading.report(
          Codes.badValue, "`\(key)` is `\(text)`, which is not one sign of ASCII", at: node.range,
          help: ["write one character such as `\";\"`"])
        return nil
      }
      return byte
    }
  }

  /// What takes one sign for two things.
  static func conflict(_ dialect: FileDialect) -> String? {
    let delimiter = dialect.delimiter ?? UInt8(ascii: ",")
    let mark = dialect.decimalMark ?? UInt8(ascii: ".")
    if case .character(delimiter)? = dialect.quote { return "`delimiter` and `quote` are the same" }
    if dialect.quote == nil, delimiter == UInt8(ascii: "\"") {
      return "`delimiter` and `quote` are the same"
    }
    if let thousands = dialect.thousands, thousands == mark {
      return "`decimal_mark` and `thousands` are the same"
    }
    return nil
  }
}
