/// Why a file cannot be read. Nothing of what was read of it may be taken for all that it holds.
public struct CSVError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable {
    /// No file has such a name, or several have.
    case choice
    /// The folder or the file cannot be opened or read.
    case unreadable
    /// A link leads out of the folder.
    case leadsOut
    /// The file is being written.
    case changing
    /// The file has no bytes.
    case empty
    /// The columns are not those that are declared.
    case header
    /// Bytes that are not of the declared encoding.
    case encoding
    /// Quotes, or the number of values in a row, are wrong.
    case malformed
    /// The file ends before its last row does.
    case truncated
  }

  public var code: Code
  /// With the file's name, line and column, counted from 1, where the trouble has a place. No values of rows.
  public var message: String
  /// What to do.
  public var remedy: String

  public init(_ code: Code, _ message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }
}
