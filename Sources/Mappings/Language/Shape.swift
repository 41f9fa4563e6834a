/// What may stand behind a key, as data: the JSON Schema, the reference page and the words of diagnostics follow from it.
public indirect enum Shape: Sendable {
  case text
  /// Lower-case letters, digits, `-` and `_`.
  case name
  /// Names with dots between them.
  case fieldPath
  /// The path of a file, relative to the file at hand.
  case filePath
  /// Text with `${…}` in it.
  case setting
  /// A setting that must not be literal.
  case secret
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// In milliseconds.
  case duration(ClosedRange<Int>)
  /// In bytes.
  case size(ClosedRange<Int>)
  case bool
  case choice([Choice])
  case call
  /// A call in which `*` stands for any stretch.
  case callPattern
  /// A regular expression.
  case pattern
  case expression
  case sql
  case json
  /// `unique`: the same element twice is refused; `nonEmpty`: so is an empty list.
  case list(Shape, unique: Bool = false, nonEmpty: Bool = false)
  /// An element alone stands for a list of one.
  case oneOrMany(Shape, unique: Bool = false)
  /// Free keys, named by what they are, each with a value.
  case map(String, Shape)
  case object(ObjectShape)
  case oneOf([Shape])

  public struct Choice: Sendable, Hashable {
    public var word: String
    public var summary: String

    public init(_ word: String, _ summary: String) {
      self.word = word
      self.summary = summary
    }
  }
}

/// A mapping with fixed keys.
public struct ObjectShape: Sendable {
  /// Unique among all shapes.
  public var name: String
  /// One sentence.
  public var summary: String
  public var keys: [KeyShape]
  /// Of each of these groups exactly one key is there.
  public var exactlyOne: [[String]]
  /// What to write for what none of the keys says.
  public var otherwise: String?
}

/// A key of a mapping.
public struct KeyShape: Sendable {
  public enum Presence: Sendable, Hashable {
    case required
    case optional
    /// With the value that is taken when the key is left out, as it would be written.
    case defaulted(String)
  }

  public var key: String
  public var shape: Shape
  public var presence: Presence
  /// One sentence.
  public var summary: String
  /// A value as it would be written; nil where the nested keys have examples of their own.
  public var example: String?
}

extension Shape {
  /// What is wanted, as it fits behind "must be".
  var phrase: String {
    switch self {
    case .text: "text"
    case .name: "a name"
    case .fieldPath: "the path of a field"
    case .filePath: "the path of a file"
    case .setting: "text or a setting such as `${NAME}`"
    case .secret: "a secret such as `${secret:NAME}`"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .duration: "a duration such as `10s`"
    case .size: "a size such as `10MiB`"
    case .bool: "true or false"
    case .choice(let choices):
      "one of " + choices.map { "`\($0.word)`" }.joined(separator: ", ")
    case .call: "a call such as `GET /users`"
    case .callPattern: "a call such as `GET /users/*`"
    case .pattern: "a regular expression"
    case .expression: "an expression"
    case .sql: "SQL text"
    case .json: "a literal"
    case .list: "a list"
    case .oneOrMany(let element, _): "\(element.phrase), or a list"
    case .map(let key, _): "a mapping by \(key)"
    case .object(let object):
      "a mapping with "
        + object.keys.prefix(3).map { "`\($0.key)`" }.joined(separator: ", ")
        + (object.keys.count > 3 ? " …" : "")
    case .oneOf(let shapes): shapes.map(\.phrase).joined(separator: ", or ")
    }
  }
}
