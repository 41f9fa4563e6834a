import Diagnostics
import Rows

/// A folder of CSV files.
public struct CSVDefinition: Sendable {
  /// Relative to the project's folder.
  public var folder: Setting
  /// How the files are written, where a mapping does not say otherwise.
  public var dialect: FileDialect
  /// For how long a file must not have changed before it is read.
  public var settle: Duration
  /// The most rows in a batch.
  public var batch: Int
  /// Bytes of the largest value that is read.
  public var maxValue: Int
  /// Bytes of one row.
  public var maxRow: Int

  public init(
    folder: Setting, dialect: FileDialect = FileDialect(), settle: Duration = .seconds(2),
    batch: Int = 2_000, maxValue: Int = 1 << 20, maxRow: Int = 8 << 20
  ) {
    self.folder = folder
    self.dialect = dialect
    self.settle = settle
    self.batch = batch
    self.maxValue = maxValue
    self.maxRow = maxRow
  }
}

/// How a CSV file is written; `nil` stands for what is said elsewhere, or the default.
public struct FileDialect: Sendable, Hashable {
  public enum Encoding: String, Sendable, Hashable, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case windows1252 = "windows-1252"
  }

  /// What an empty text is.
  public enum Empty: String, Sendable, Hashable, CaseIterable {
    case null
    case text
    case quoted
  }

  public enum Header: String, Sendable, Hashable, CaseIterable {
    case present
    case absent
  }

  public enum FinalNewline: String, Sendable, Hashable, CaseIterable {
    case required
    case optional
  }

  public var encoding: Encoding?
  /// One ASCII character.
  public var delimiter: UInt8?
  /// One ASCII character.
  public var quote: Quote?
  public var header: Header?
  public var empty: Empty?
  public var decimalMark: UInt8?
  public var thousands: UInt8?
  public var finalNewline: FinalNewline?

  public enum Quote: Sendable, Hashable {
    /// No value is quoted.
    case absent
    case character(UInt8)
  }

  public init() {}

  /// What is said here, else what is said there.
  public func over(_ other: FileDialect) -> FileDialect {
    var all = self
    all.encoding = encoding ?? other.encoding
    all.delimiter = delimiter ?? other.delimiter
    all.quote = quote ?? other.quote
    all.header = header ?? other.header
    all.empty = empty ?? other.empty
    all.decimalMark = decimalMark ?? other.decimalMark
    all.thousands = thousands ?? other.thousands
    all.finalNewline = finalNewline ?? other.finalNewline
    return all
  }
}

/// What a mapping reads from a folder of files.
public struct FileExtract: Sendable {
  public enum Pick: String, Sendable, Hashable, CaseIterable {
    case one
    case newest
    case all
  }

  public enum OtherColumns: String, Sendable, Hashable, CaseIterable {
    case refuse
    case ignore
  }

  /// The files' name, in which `*` and `?` stand for what may differ.
  public var name: Located<String>
  public var pick: Pick
  /// `nil`: those that the header names, as text.
  public var columns: [FileColumn]?
  public var otherColumns: OtherColumns
  /// What differs from the source's.
  public var dialect: FileDialect

  public init(
    name: Located<String>, pick: Pick = .one, columns: [FileColumn]? = nil,
    otherColumns: OtherColumns = .refuse, dialect: FileDialect = FileDialect()
  ) {
    self.name = name
    self.pick = pick
    self.columns = columns
    self.otherColumns = otherColumns
    self.dialect = dialect
  }
}

/// A column of a file, as a mapping declares it.
public struct FileColumn: Sendable {
  public var name: Located<String>
  public var type: ColumnType
  /// The type as it is written, with its bounds: `text(30)`, `decimal(10,2)`.
  public var declared: String
  /// What the file's header calls it, where that is another name.
  public var header: String?
  /// `dd.MM.yyyy` of a date or time, `Y/N` of a truth value.
  public var format: Located<String>?
  public var empty: FileDialect.Empty?
  public var isRequired: Bool
  /// All values that can occur.
  public var values: [String]?

  public init(
    name: Located<String>, type: ColumnType = .text, declared: String = "text",
    header: String? = nil, format: Located<String>? = nil, empty: FileDialect.Empty? = nil,
    isRequired: Bool = false, values: [String]? = nil
  ) {
    self.name = name
    self.type = type
    self.declared = declared
    self.header = header
    self.format = format
    self.empty = empty
    self.isRequired = isRequired
    self.values = values
  }
}

extension FileExtract {
  /// The columns that the mapping declares, as the compiler takes them; `nil` where the file's header has to tell.
  public func columns(in source: CSVDefinition?) -> [Column]? {
    let dialect = source.map { self.dialect.over($0.dialect) } ?? self.dialect
    return columns?.map { declared in
      let isText = declared.type == .text && (declared.empty ?? dialect.empty) == .text
      return Column(
        name: declared.name.value, type: declared.type, declared: declared.declared,
        nullable: !declared.isRequired && !isText, values: declared.values,
        stated: declared.name.range)
    }
  }
}
