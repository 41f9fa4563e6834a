/// Foreign text made safe to print: nothing in it can move the cursor, change colours or reverse the reading direction.
public enum VisibleText {
  /// - Parameter keepsLines: Whether line breaks and tabs are ours, as in a whole page of output.
  public static func escaped(_ text: String, keepsLines: Bool = false) -> String {
    replacing(text) { scalar in
      if keepsLines, scalar == "\n" || scalar == "\t" { return nil }
      return isHidden(scalar) ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : nil
    }
  }

  /// JSON text with such characters as JSON's own escapes. They stand in its strings only, and those below U+0020 are
  /// escaped there already.
  public static func escaped(json text: String) -> String {
    replacing(text) { scalar in
      guard scalar.value >= 0x7F, isHidden(scalar) else { return nil }
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  private static func replacing(
    _ text: String, by replacement: (Unicode.Scalar) -> String?
  ) -> String {
    guard text.unicodeScalars.contains(where: { replacement($0) != nil }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if let text = replacement(scalar) {
        result += text
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// What stands for a scalar of a source line, and how many columns it takes.
  static func cell(of scalar: Unicode.Scalar, at column: Int) -> (text: String, width: Int) {
    if scalar == "\t" {
      let width = 4 - column % 4
      return (String(repeating: " ", count: width), width)
    }
    if isHidden(scalar) { return ("\u{FFFD}", 1) }
    return (String(scalar), width(of: scalar))
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF:
      true
    default: false
    }
  }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: return 1
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return 0
      default: return 1
      }
    }
  }
}
