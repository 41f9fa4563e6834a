import Diagnostics
import Documents

/// Unquoted text that other readers of YAML take for something else.
enum YAMLTrap {
  private static let booleans: Set = ["yes", "no", "on", "off"]

  static func finding(in text: String, at range: SourceRange) -> Diagnostic? {
    if booleans.contains(text.lowercased()) {
      return Diagnostic(
        Codes.oldBooleanText, "`\(text)` is text here and a boolean to older YAML", at: range,
        help: ["quote it for the text: \"\(text)\"", "write `true` or `false` for a boolean"])
    }
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let isSexagesimal =
      (2...3).contains(parts.count)
      && parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(Names.isDigit) }
    guard isSexagesimal else { return nil }
    return Diagnostic(
      Codes.sexagesimal, "`\(text)` is text here and a number to older YAML", at: range,
      help: ["quote it: \"\(text)\""],
      fix: Diagnostic.Fix(range, replacement: "\"\(text)\""))
  }
}
