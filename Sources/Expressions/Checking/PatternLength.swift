/// How long a text can be that matches a simple regular expression from `^` to `$`.
enum PatternLength {
  /// In code points; nil where there is no bound, or where the pattern is not a plain sequence of characters, classes
  /// and counts.
  static func longest(of pattern: String) -> Int? {
    guard pattern.hasPrefix("^"), pattern.hasSuffix("$") else { return nil }
    var rest = pattern.dropFirst().dropLast()[...].unicodeScalars[...]
    var total = 0
    while let scalar = rest.popFirst() {
      switch scalar {
      case "(", ")", "|", "^", "$", "*", "+", "?", "{": return nil
      case "[":
        // A bracket right behind the opening one is an element.
        _ = rest.popFirst()
        while let inside = rest.popFirst(), inside != "]" {
          if inside == "\\" { _ = rest.popFirst() }
          if inside == "[" { return nil }
        }
      case "\\":
        guard let kind = rest.popFirst(), "dDwWsS.+*?()[]{}|^$\\-/".unicodeScalars.contains(kind)
        else { return nil }
      default: break
      }
      guard let count = count(&rest) else { return nil }
      total += count
      if total > 1_000_000 { return nil }
    }
    return total
  }

  /// How often the element before may occur at most; nil without a bound.
  private static func count(_ rest: inout Substring.UnicodeScalarView) -> Int? {
    switch rest.first {
    case "*", "+": return nil
    case "?":
      rest.removeFirst()
      return 1
    case "{":
      guard let end = rest.firstIndex(of: "}") else { return nil }
      let bounds = String(rest[rest.index(after: rest.startIndex)..<end])
        .split(separator: ",", omittingEmptySubsequences: false)
      rest = rest[rest.index(after: end)...]
      return bounds.last.flatMap { Int($0) }
    default: return 1
    }
  }
}
