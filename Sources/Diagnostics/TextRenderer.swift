/// Writes diagnostics for people: message, place, source line, carets, notes and ways out.
struct TextRenderer {
  var colour: Bool
  /// Stretches of files that are shown as stars.
  var concealed: [SourceRange] = []

  private enum Style: String {
    case error = "\u{1B}[1;31m"
    case warning = "\u{1B}[1;33m"
    case place = "\u{1B}[34m"
    case bold = "\u{1B}[1m"
  }

  func render(_ diagnostics: [Diagnostic]) -> String {
    guard !diagnostics.isEmpty else { return "" }
    var text = ""
    for diagnostic in diagnostics {
      append(diagnostic, to: &text)
      text += "\n"
    }
    return text + Self.count(of: diagnostics) + "\n"
  }

  /// How many, e.g. `2 errors, 1 warning in 3 files`.
  static func count(of diagnostics: [Diagnostic]) -> String {
    func counted(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count - errors
    let files = Set(diagnostics.compactMap { $0.range?.file.path }).count
    var parts: [String] = []
    if errors > 0 { parts.append(counted(errors, "error")) }
    if warnings > 0 { parts.append(counted(warnings, "warning")) }
    let place = files == 0 ? "" : " in \(counted(files, "file"))"
    return parts.joined(separator: ", ") + place
  }

  private func append(_ diagnostic: Diagnostic, to text: inout String) {
    let style: Style = diagnostic.severity == .error ? .error : .warning
    text += painted("\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]", style)
    text += painted(": \(VisibleText.escaped(diagnostic.message))", .bold) + "\n"
    var gutter = 2
    if let range = diagnostic.range {
      let line = range.file.position(at: range.start).line
      gutter = max(gutter, String(line).count)
      let margin = String(repeating: " ", count: gutter)
      text += painted("\(margin)┌─", .place) + " \(VisibleText.escaped(range.description))\n"
      if !range.file.bytes.isEmpty {
        let excerpt = Excerpt(range, hiding: concealed)
        let number = String(repeating: " ", count: gutter - String(line).count) + String(line)
        text += painted("\(number)│", .place) + (excerpt.line.isEmpty ? "" : " ") + excerpt.line
        text += "\n" + painted("\(margin)│", .place) + " " + excerpt.blank
        let label = diagnostic.label.map { " " + VisibleText.escaped($0) } ?? ""
        text += painted(excerpt.carets + label, style) + "\n"
      }
    }
    let margin = String(repeating: " ", count: gutter)
    for note in diagnostic.notes {
      let place = note.range.map { range in
        " (\(range.file.path):\(range.file.position(at: range.start).line))"
      }
      text += painted("\(margin)=", .place)
      text += " note: \(VisibleText.escaped(note.message + (place ?? "")))\n"
    }
    for help in diagnostic.help {
      text += painted("\(margin)=", .place) + " help: \(VisibleText.escaped(help))\n"
    }
  }

  private func painted(_ text: String, _ style: Style) -> String {
    colour ? style.rawValue + text + "\u{1B}[0m" : text
  }
}
