/// Something wrong, or doubtful, in what a person wrote: what, where, why, and the way out.
///
/// Diagnostics are collected, never thrown, so that one reading reports everything.
public struct Diagnostic: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, CaseIterable {
    case error
    case warning
  }

  public struct Note: Sendable, Hashable {
    public var message: String
    public var range: SourceRange?

    public init(_ message: String, at range: SourceRange? = nil) {
      self.message = message
      self.range = range
    }
  }

  /// A correction that needs no thought: this text in place of that range.
  public struct Fix: Sendable, Hashable {
    public var range: SourceRange
    public var replacement: String

    public init(_ range: SourceRange, replacement: String) {
      self.range = range
      self.replacement = replacement
    }
  }

  public var code: Code
  public var severity: Severity
  /// What is wrong, with the offender quoted in backticks.
  public var message: String
  /// Where; `nil` only when no file is to blame.
  public var range: SourceRange?
  /// A few words beside the carets, saying why.
  public var label: String?
  public var notes: [Note]
  /// The ways out, one sentence each.
  public var help: [String]
  public var fix: Fix?
  /// Whether what stands at `range` is a secret, which no output may repeat.
  public var concealsText: Bool

  public init(
    _ code: Code, severity: Severity = .error, _ message: String, at range: SourceRange?,
    label: String? = nil, notes: [Note] = [], help: [String] = [], fix: Fix? = nil,
    concealsText: Bool = false
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.range = range
    self.label = label
    self.notes = notes
    self.help = help
    self.fix = fix
    self.concealsText = concealsText
  }
}

/// The stable name of one kind of diagnostic. Codes are declared in one place a stage and are never reused:
/// E0 reading files and YAML, E1 the model, E2 expressions and columns, E3 types up to the target's field,
/// E4 sources and SQL, E5 targets, E6 examples inside mappings.
public struct Code: Sendable, Hashable {
  public let id: String
  /// A few words, as a headline.
  public let title: String
  /// A paragraph for `docs/diagnostics.md` and `crosswalk lint --explain`.
  public let explanation: String

  public init(_ id: String, _ title: String, _ explanation: String) {
    self.id = id
    self.title = title
    self.explanation = explanation
  }

  public static func == (left: Code, right: Code) -> Bool { left.id == right.id }
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
