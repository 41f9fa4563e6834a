/// The forms in which diagnostics can be shown.
public enum DiagnosticFormat: String, Sendable, Hashable, CaseIterable {
  /// For people, with the source line and carets.
  case text
  /// An array of objects, one a diagnostic.
  case json
  /// SARIF 2.1.0, for code scanning services.
  case sarif
  /// Workflow commands that annotate a pull request.
  case github
}

/// The diagnostics in one form, sorted by file and position, without duplicates.
///
/// - Parameter colour: Whether the text form may use ANSI colours; the other forms never do.
public func render(
  _ diagnostics: [Diagnostic], as format: DiagnosticFormat, colour: Bool = false
) -> String {
  let diagnostics = diagnostics.sortedByPosition()
  return switch format {
  case .text: TextRenderer(colour: colour, concealed: diagnostics.concealed).render(diagnostics)
  case .json: DiagnosticObjects.text(of: diagnostics)
  case .sarif: SARIFLog.text(of: diagnostics)
  case .github: GitHubAnnotations.text(of: diagnostics)
  }
}

extension [Diagnostic] {
  public var hasErrors: Bool { contains { $0.severity == .error } }

  /// The places of secrets, which must not be shown by any other finding on their lines either.
  var concealed: [SourceRange] { filter(\.concealsText).compactMap(\.range) }

  /// By path, position and code; a diagnostic that says the same as an earlier one is left out.
  public func sortedByPosition() -> [Diagnostic] {
    var seen: Set<Identity> = []
    return filter { seen.insert(Identity($0)).inserted }
      .map { (key: SortKey($0), value: $0) }
      .sorted { $0.key < $1.key }
      .map(\.value)
  }
}

/// What makes two diagnostics one and the same, also when a file was read twice.
private struct Identity: Hashable {
  let code: Code
  let message: String
  let path: String?
  let start: Int?
  let end: Int?

  init(_ diagnostic: Diagnostic) {
    code = diagnostic.code
    message = diagnostic.message
    path = diagnostic.range?.file.path
    start = diagnostic.range?.start
    end = diagnostic.range?.end
  }
}

private struct SortKey: Comparable {
  let path: String
  let start: Int
  let code: String
  let message: String

  init(_ diagnostic: Diagnostic) {
    path = diagnostic.range?.file.path ?? ""
    start = diagnostic.range?.start ?? 0
    code = diagnostic.code.id
    message = diagnostic.message
  }

  static func < (left: SortKey, right: SortKey) -> Bool {
    (left.path, left.start, left.code, left.message)
      < (right.path, right.start, right.code, right.message)
  }
}
