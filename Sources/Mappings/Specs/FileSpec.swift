import Diagnostics
import Documents
import Rows

/// The keys of `file` in a mapping.
enum FileSpec {
  private static let name = FieldSpec.required(
    "name",
    Kind<Located<String>>(shape: .text) { node, reading in
      guard let text = Kind<Located<String>>.text.read(node, &reading) else { return nil }
      guard !text.value.utf8.contains(UInt8(ascii: "/")), ![".", ".."].contains(text.value),
        !text.value.utf8.contains(0)
      else {
        reading.report(
          Codes.badValue, "`\(text.value)` leads out of the source's folder", at: text.range,
          help: ["write the name of a file; `folder` in the source's file says where it is"])
        return nil
      }
      return text
    },
    "The file's name in the source's folder. `*` stands for any stretch of it, `?` for one character.",
    example: "people-*.csv")
  private static let pick = FieldSpec.defaulted(
    "pick",
    Kind<FileExtract.Pick>.choice([
      .one: "The only one; several are an error.", .newest: "The one that was changed last.",
      .all: "All of them, one after another; they have the same columns.",
    ]), .one, written: "one",
    "Which of the files that have such a name are read. None is an error.",
    example: "newest")
  private static let columns = FieldSpec.optional(
    "columns",
    Kind<[MapEntry<FileColumnSpec.Column>]>.map(
      .text, FileColumnSpec.kind, of: "name of the column"),
    "The columns and their types. Default: those that the header names, as text.")
  private static let otherColumns = FieldSpec.defaulted(
    "other_columns",
    Kind<FileExtract.OtherColumns>.choice([
      .refuse: "The file is refused, and they are named.", .ignore: "They are not read.",
    ]), .refuse, written: "refuse",
    "What becomes of columns that are in the file and not declared.",
    example: "ignore")

  static let object = ObjectSpec<FileExtract>(
    "file", "A file of the source's folder, or several.",
    keys: [name.key, pick.key, columns.key, otherColumns.key] + FileDialectSpec.keys
  ) { fields in
    let name = fields.read(name)
    let pick = fields.read(pick)
    let columns = fields.read(columns)
    let otherColumns = fields.read(otherColumns)
    let dialect = FileDialectSpec.read(&fields)
    // Of a column with a mistake nothing can be said, and so nothing of what is made of it.
    let written = fields.node["columns"]?.entries?.count ?? 0
    guard !fields.has("columns") || columns?.count == written else { return nil }
    if fields.has("columns"), written == 0 {
      fields.reading.report(
        Codes.emptyValue, "`columns` is empty", at: fields.keyRange("columns"),
        help: ["leave it out, and the header names the columns"])
      return nil
    }
    let declared = columns?.map { $0.value.named($0.key) }
    for (index, column) in (declared ?? []).enumerated() {
      let header = column.header ?? column.name.value
      let first = declared?[..<index].first {
        ($0.header ?? $0.name.value).utf8.elementsEqual(header.utf8)
      }
      if let first {
        fields.reading.report(
          Codes.repeatedElement, "two columns are `\(header)` in the file", at: column.name.range,
          notes: [Diagnostic.Note("the first one is here", at: first.name.range)],
          help: ["take one of them out"])
      }
    }
    return name.map {
      FileExtract(
        name: $0, pick: pick, columns: declared, otherColumns: otherColumns, dialect: dialect)
    }
  }
}

/// What a mapping says of a column of a file: its type, or more.
enum FileColumnSpec {
  /// Without its name.
  struct Column: Sendable {
    var type: ColumnType = .text
    var declared = "text"
    var header: String?
    var format: Located<String>?
    var empty: FileDialect.Empty?
    var isRequired = false
    var values: [String]?

    func named(_ name: Located<String>) -> FileColumn {
      FileColumn(
        name: name, type: type, declared: declared, header: header, format: format, empty: empty,
        isRequired: isRequired, values: values)
    }
  }

  /// Those that a file can hold.
  private static let types: [ColumnType] = [
    .text, .int, .decimal, .double, .bool, .date, .time, .timestamp, .timestamptz, .uuid,
  ]

  private static let typeKind = Kind<Column>(shape: .text) { node, reading in
    guard let text = node.scalar?.text, let column = column(text) else {
      reading.report(
        Codes.notAChoice, "the type of a column cannot be \(node.found)", at: node.range,
        help: [
          "write one of " + types.map { "`\($0)`" }.joined(separator: ", ")
            + ", or with bounds `text(30)`, `decimal(10,2)`"
        ])
      return nil
    }
    return column
  }

  private static func column(_ written: String) -> Column? {
    let parts = written.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false)
    guard let type = ColumnType(String(parts[0])), types.contains(type) else { return nil }
    guard parts.count == 2 else { return Column(type: type, declared: type.description) }
    guard parts[1].hasSuffix(")") else { return nil }
    let numbers = parts[1].dropLast().split(separator: ",").map {
      Int($0.filter { $0 != " " })
    }
    switch (type, numbers.count) {
    case (.text, 1):
      guard let length = numbers[0], (1...10_000_000).contains(length) else { return nil }
      return Column(type: type, declared: "text(\(length))")
    case (.decimal, 2):
      guard let precision = numbers[0], let scale = numbers[1], (1...1000).contains(precision),
        (0...precision).contains(scale)
      else { return nil }
      return Column(type: type, declared: "decimal(\(precision),\(scale))")
    default: return nil
    }
  }

  private static let type = FieldSpec.defaulted(
    "type", typeKind, Column(), written: "text",
    "The kind of value: `text`, `int`, `decimal`, `double`, `bool`, `date`, `time`, `timestamp`, `timestamptz` or `uuid`; "
      + "with bounds `text(30)` or `decimal(10,2)`.", example: "date")
  private static let header = FieldSpec.optional(
    "header", Kind<String>.words,
    "What the file's header calls the column. Default: its name here.",
    example: "Employee No.")
  private static let format = FieldSpec.optional(
    "format", Kind<Located<String>>.text,
    "How the value is written: of a date or time with `yyyy`, `MM`, `dd`, `HH`, `mm` and `ss`, of a bool the words for true "
      + "and false. Default: ISO 8601; `true/false`.", example: "dd.MM.yyyy")
  private static let empty = FieldSpec.optional(
    "empty", Kind<FileDialect.Empty>.choice(),
    "What an empty value of a text column is. Default: what the file says.", example: "text")
  private static let required = FieldSpec.defaulted(
    "required", Kind<Bool>.bool, false, written: "false",
    "Whether a row without a value is refused.", example: "true")
  private static let values = FieldSpec.optional(
    "values", Kind<[Located<String>]>.list(.text, nonEmpty: true).unique(),
    "All values that can occur in a text column; a row with another one is refused.",
    example: "[M, F]")

  private static let object = ObjectSpec<Column>(
    "file-column", "A column of a file.",
    keys: [type.key, header.key, format.key, empty.key, required.key, values.key]
  ) { fields in
    var column = fields.read(type)
    column.header = fields.read(header)
    column.format = fields.read(format)
    column.empty = fields.read(empty)
    column.isRequired = fields.read(required)
    column.values = fields.read(values)?.map(\.value)
    check(column, fields.keyRange("values"), &fields.reading)
    return column
  }

  static let kind = Kind<Column>(shape: .oneOf([.text, .object(object.shape)])) { node, reading in
    node.entries == nil ? typeKind.read(node, &reading) : object.kind.read(node, &reading)
  }

  private static func check(_ column: Column, _ values: SourceRange, _ reading: inout Reading) {
    if column.values != nil, column.type != .text {
      reading.report(
        Codes.badValue, "`values` is for columns of type `text`", at: values,
        help: ["take it out, or declare the column as `text`"])
    }
    guard let format = column.format else { return }
    let pattern = MomentPattern(format.value)
    let (fits, wanted): (Bool, String) =
      switch column.type {
      case .date: (pattern?.isDate == true, "a pattern such as `dd.MM.yyyy`")
      case .time: (pattern?.isTime == true, "a pattern such as `HH:mm`")
      case .timestamp:
        (pattern?.isTimestamp == true, "a pattern such as `dd.MM.yyyy HH:mm:ss`")
      case .bool: (column.words != nil, "the words for true and for false, such as `Y/N`")
      default: (false, "no format: it is for dates, times and bools")
      }
    if !fits {
      reading.report(
        Codes.badValue, "`\(format.value)` is not a format of `\(column.declared)`",
        at: format.range, help: ["write \(wanted)"])
    }
  }
}

extension FileColumnSpec.Column {
  /// The words for true and for false.
  fileprivate var words: (yes: String, no: String)? { format?.value.truthWords }
}

extension String {
  /// The words of `Y/N`.
  fileprivate var truthWords: (yes: String, no: String)? {
    let parts = split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, parts[0] != parts[1] else {
      return nil
    }
    return (String(parts[0]), String(parts[1]))
  }
}

extension FileColumn {
  /// The words for true and for false of a truth value, where its format says them.
  public var truthWords: (yes: String, no: String)? {
    type == .bool ? format?.value.truthWords : nil
  }

  /// How a date or a time is written, where its format says it.
  public var pattern: MomentPattern? {
    type == .bool ? nil : format.flatMap { MomentPattern($0.value) }
  }
}
