import Rows

/// How a CSV file is written (RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>), and what its columns hold.
public struct CSVFormat: Sendable, Hashable {
  public enum Encoding: String, Sendable, Hashable, CaseIterable {
    /// With or without a byte order mark.
    case utf8 = "utf-8"
    /// With a byte order mark, which says the order.
    case utf16 = "utf-16"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case windows1252 = "windows-1252"
  }

  /// What an empty value of a text column is. In every other column it is NULL.
  public enum Empty: String, Sendable, Hashable, CaseIterable {
    case null
    case text
    /// NULL, but `""` is an empty text.
    case quotedText = "quoted"
  }

  public var encoding = Encoding.utf8
  /// An ASCII byte.
  public var delimiter = UInt8(ascii: ",")
  /// An ASCII byte; `nil` where no value is quoted.
  public var quote: UInt8? = UInt8(ascii: "\"")
  /// Whether the first row names the columns.
  public var hasHeader = true
  /// `nil`: those that the header names, as text. Needed where there is no header.
  public var columns: [CSVColumn]?
  /// Whether a file with columns that are not declared is refused; else they are passed over.
  public var refusesOthers = true
  /// Of the columns that are not declared.
  public var empty = Empty.null
  public var numbers = CSVNumberFormat()
  /// Whether a file that ends within a line is taken for one that was cut off.
  public var needsFinalLineBreak = true

  public init() {}
}

/// How numbers are written: `1.234,56` has the mark `,` and the separator `.`.
public struct CSVNumberFormat: Sendable, Hashable {
  public var decimalMark = UInt8(ascii: ".")
  /// Between groups of three digits, where numbers have such groups.
  public var thousands: UInt8?

  public init() {}
}

/// A column of a file.
public struct CSVColumn: Sendable, Hashable {
  /// What it is to a mapping. Of its type are all values but those that cannot be read; a value that does not fit
  /// `maxLength`, `digits`, `values` or `nullable` cannot be read.
  public var column: Column
  /// What the header calls it.
  public var header: String
  public var empty = CSVFormat.Empty.null
  /// Of dates and times; `nil` for ISO 8601.
  public var pattern: MomentPattern?
  /// What stands for true and for false; `nil` for these words themselves, in any case.
  public var words: Words?

  public struct Words: Sendable, Hashable {
    public var yes: String
    public var no: String

    public init(yes: String, no: String) {
      self.yes = yes
      self.no = no
    }
  }

  public init(_ column: Column, header: String? = nil) {
    self.column = column
    self.header = header ?? column.name
  }
}

/// How much is held at once, and how much is taken at all.
public struct CSVLimits: Sendable, Hashable {
  /// Rows in a batch, at most.
  public var batchRows = 2000
  /// A batch ends with the row that brings it to this many bytes of memory.
  public var batchBytes = 2 << 20
  /// A longer value cannot be read; the other values of its row can.
  public var valueBytes = 1 << 20
  /// A file with a longer row cannot be read: most likely a quote is never closed.
  public var rowBytes = 8 << 20

  public init() {}
}
