/// Why a text is not acceptable JSON, and where.
public struct JSONError: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    /// More bytes than the limit allows.
    case tooLarge
    /// More arrays and objects inside one another than the limit allows.
    case tooDeep
    /// Not what the grammar of RFC 8259 allows here.
    case syntax
    /// The text stops before the value is complete.
    case unexpectedEnd
    /// Bytes that are not UTF-8, or an escaped half of a surrogate pair.
    case encoding
    /// Two members of one object have the same name.
    case duplicateMember
  }

  public let kind: Kind
  /// Where the trouble begins, in bytes from the start.
  public let offset: Int
  /// The line, from 1.
  public let line: Int
  /// The column in Unicode scalars, from 1.
  public let column: Int
  /// What is wrong, in words, without the place and without any text of the document.
  public let message: String

  init(_ kind: Kind, at offset: Int, of bytes: UnsafeBufferPointer<UInt8>, _ message: String) {
    self.kind = kind
    self.offset = offset
    self.message = message
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.line = line
    self.column = column
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String { "line \(line), column \(column): \(message)" }
}
