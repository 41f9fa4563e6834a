import Diagnostics
import Documents

/// What has been found wrong so far, and the key whose value is being read.
struct Reading {
  var diagnostics: [Diagnostic] = []
  /// The key that messages name.
  var subject = "the file"
  var subjectRange: SourceRange?

  mutating func report(
    _ code: Code, severity: Diagnostic.Severity = .error, _ message: String, at range: SourceRange,
    label: String? = nil, notes: [Diagnostic.Note] = [], help: [String] = [],
    fix: Diagnostic.Fix? = nil, concealsText: Bool = false
  ) {
    diagnostics.append(
      Diagnostic(
        code, severity: severity, message, at: range, label: label, notes: notes, help: help,
        fix: fix, concealsText: concealsText))
  }

  mutating func reportWrongType(_ node: Node, _ shape: Shape, help: [String] = []) {
    var help = help
    if help.isEmpty, let scalar = node.scalar, scalar.style != .plain {
      let bare = Scalar(scalar.text, style: .plain).resolved
      switch (shape, bare) {
      case (.integer, .int), (.number, .int), (.number, .float), (.bool, .bool):
        help = ["leave out the quotes"]
      default: break
      }
    }
    report(
      Codes.wrongType, "\(quotedSubject) must be \(shape.phrase), not \(node.found)",
      at: node.range.start == node.range.end ? subjectRange ?? node.range : node.range, help: help)
  }

  var quotedSubject: String { subject == "the file" ? subject : "`\(subject)`" }
}

extension Node {
  /// What stands there, in words.
  var found: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.resolved {
      case .null: "nothing"
      case .bool, .int, .float: "`\(scalar.text)`"
      case .text:
        scalar.text.utf8.count <= 40 && !scalar.text.utf8.contains(UInt8(ascii: "\n"))
          ? "the text `\(scalar.text)`" : "text"
      }
    }
  }
}

extension SourceText {
  /// The text of a scalar; nil for other nodes.
  init?(_ node: Node) {
    guard let scalar = node.scalar else { return nil }
    self.init(scalar.text, range: node.range, origins: node.origins)
  }
}
