/// Diagnostics as workflow commands, one line each, that put annotations beside the lines of a pull request.
enum GitHubAnnotations {
  static func text(of diagnostics: [Diagnostic]) -> String {
    diagnostics.map { line($0) + "\n" }.joined()
  }

  private static func line(_ diagnostic: Diagnostic) -> String {
    var properties: [String] = []
    if let range = diagnostic.range {
      let place = Place(range)
      properties = ["file=\(property(place.path))", "line=\(place.line)", "col=\(place.column)"]
      properties.append("endLine=\(place.endLine)")
      if place.endLine == place.line { properties.append("endColumn=\(place.endColumn)") }
    }
    properties.append("title=\(property(diagnostic.code.id + " " + diagnostic.code.title))")
    var words = diagnostic.message
    if let label = diagnostic.label { words += ": \(label)" }
    words += diagnostic.notes.map { "\nnote: \($0.message)" }.joined()
    words += diagnostic.help.map { "\nhelp: \($0)" }.joined()
    let properly = properties.joined(separator: ",")
    return "::\(diagnostic.severity.rawValue) \(properly)::\(data(words))"
  }

  private static func data(_ text: String) -> String {
    replacing(VisibleText.escaped(text, keepsLines: true)) { scalar in
      switch scalar {
      case "%": "%25"
      case "\n": "%0A"
      default: nil
      }
    }
  }

  private static func property(_ text: String) -> String {
    replacing(data(text)) { scalar in
      switch scalar {
      case ":": "%3A"
      case ",": "%2C"
      default: nil
      }
    }
  }

  private static func replacing(
    _ text: String, by replacement: (Unicode.Scalar) -> String?
  ) -> String {
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
}
