/// A word of an expression.
struct Token {
  enum Kind: Hashable {
    /// The digits' value; a sign is the parser's.
    case int(UInt64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case identifier(String)
    /// A field name in backticks.
    case quoted(String)
    /// An operator or bracket.
    case mark(String)
    case end
  }

  let kind: Kind
  let range: Range<Int>
}
