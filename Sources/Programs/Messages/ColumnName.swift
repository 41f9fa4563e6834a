import Mappings

/// A column's name, as an expression can write it.
///
/// What the lexer takes in backticks is that of CEL's `ESC_IDENTIFIER`: ASCII letters and digits, and `_ . / -` and blanks.
struct ColumnName {
  /// Words that are no field names without backticks.
  private static let words: Set<String> = ["in", "true", "false", "null"]

  let name: String

  init(_ name: String) { self.name = name }

  private var isIdentifier: Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy(Self.isWordPart) && !Self.words.contains(name)
  }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"): true
    default: false
    }
  }

  /// `row.name`, or row.`A name`; `nil` where no expression can name the column.
  var reference: String? {
    if isIdentifier { return "row." + name }
    let canBeQuoted =
      !name.isEmpty && name.utf8.allSatisfy { Self.isWordPart($0) || "./- ".utf8.contains($0) }
    return canBeQuoted ? "row.`\(name)`" : nil
  }

  /// The reference for a message: between backticks, unless it has some of its own.
  var quoted: String {
    guard let reference else { return "the column `\(name)`" }
    return isIdentifier ? "`\(reference)`" : reference
  }

  /// What to do about a column that was perhaps meant.
  func suggestion(in extract: ExtractDefinition) -> String {
    guard reference == nil else { return "did you mean \(quoted)?" }
    let way =
      switch extract {
      case .query: "give it another one in the query, `as …`"
      case .file: "declare it under `columns` by another one, with `header: \"\(name)\"`"
      }
    return "did you mean the column `\(name)`? An expression cannot write that name: \(way)"
  }
}
