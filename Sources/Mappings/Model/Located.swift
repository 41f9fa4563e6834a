import Diagnostics
import Documents

/// A value together with the place where a person wrote it.
public struct Located<Value: Sendable>: Sendable {
  public var value: Value
  public var range: SourceRange

  public init(_ value: Value, at range: SourceRange) {
    self.value = value
    self.range = range
  }

  public func map<Other>(_ transform: (Value) throws -> Other) rethrows -> Located<Other> {
    Located<Other>(try transform(value), at: range)
  }
}

/// Text written in a scalar, with the way back from an offset in the text to the file: in a block scalar or a quoted one
/// the two differ.
public struct SourceText: Sendable {
  public var text: String
  /// The whole scalar, quotes or indicator included.
  public var range: SourceRange
  /// Stretches of the text in ascending order: from this UTF-8 offset of the text on, bytes correspond to the file from
  /// `file` on. Empty where text and file run in parallel from `range.start`.
  public var origins: [Origin]

  public typealias Origin = Scalar.Origin

  public init(_ text: String, range: SourceRange, origins: [Origin] = []) {
    self.text = text
    self.range = range
    self.origins = origins
  }

  /// The place in the file of a stretch of the text.
  public func range(of stretch: Range<Int>) -> SourceRange {
    let start = fileOffset(stretch.lowerBound)
    let end =
      stretch.isEmpty ? start + 1 : fileOffset(stretch.upperBound - 1) + 1
    return SourceRange(file: range.file, start: start, end: max(end, start + 1))
  }

  private func fileOffset(_ offset: Int) -> Int {
    guard let origin = origins.last(where: { $0.text <= offset }) else {
      return min(range.start + offset, range.end)
    }
    return min(origin.file + (offset - origin.text), range.end)
  }
}

/// Text in which `${NAME}`, `${NAME:-default}` and `${secret:NAME}` stand for settings from outside.
public struct Setting: Sendable {
  /// The text where nothing is set outside; `nil` where that has no default, and for secrets.
  public var defaultText: String? {
    var text = ""
    for part in parts {
      switch part {
      case .text(let written), .environment(_, let written?): text += written
      case .environment(_, nil), .secret: return nil
      }
    }
    return text
  }

  public enum Part: Sendable, Hashable {
    case text(String)
    case environment(name: String, defaultValue: String?)
    case secret(name: String)
  }

  public var parts: [Part]
  public var range: SourceRange

  public init(parts: [Part], range: SourceRange) {
    self.parts = parts
    self.range = range
  }

  public var isLiteral: Bool {
    parts.allSatisfy {
      if case .text = $0 { true } else { false }
    }
  }
}
