/// Something wrong, or risky, in the text of an expression.
public struct Issue: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case syntax
    case unknownName(String)
    case unknownFunction(String)
    case unknownField(String)
    case noOverload(function: String, arguments: [CELType])
    /// Refused, or failing at run time, only because an operand may be null.
    case nullable
    /// A test for null of a value that never is null.
    case neverNull
    /// Nested too deep or too long.
    case tooDeep
    /// An evaluation may cost more than the environment allows.
    case tooCostly
    /// A constant regular expression that RE2 does not take.
    case badPattern
    /// Constant operands for which evaluation always fails.
    case alwaysFails
  }

  /// UTF-8 offsets in the expression's text.
  public var range: Range<Int>
  public var kind: Kind
  /// Quotes the offender and says why.
  public var message: String
  /// The way out.
  public var help: String?

  public init(range: Range<Int>, kind: Kind, message: String, help: String? = nil) {
    self.range = range
    self.kind = kind
    self.message = message
    self.help = help
  }
}

/// All that is wrong with an expression; never empty.
public struct Issues: Error, Sendable {
  public let all: [Issue]

  public init(_ all: [Issue]) {
    self.all = all
  }
}
