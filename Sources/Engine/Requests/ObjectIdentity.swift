import JSON
import Mappings
import Programs

/// Whether an object in an answer is the one that a call was about.
///
/// A target that answers about another object, because it found a likely double, because a cache mixed two answers up, or
/// because a list came in another order, must not have that object linked: the next change would be written over it.
struct ObjectIdentity: Sendable {
  let program: MappingProgram

  /// What an object shows that the one asked for does not have, in words.
  enum Difference: Sendable {
    /// Another id: the answer is not about the object that was asked for.
    case id(String)
    /// Another natural key.
    case key(String)

    var words: String {
      switch self {
      case .id(let words), .key(let words): words
      }
    }
  }

  /// What tells an object from the one that was asked for; `nil` when it may be the one.
  ///
  /// - Parameters:
  ///   - keys: The natural keys that it may have; none when nothing is known of them.
  ///   - id: The id that it must have; `nil` for an object that is new.
  func difference(of object: JSON, keys: [ExactText], id: String?) -> Difference? {
    let path = program.resource.identity.path
    var isNamed = false
    if let id, let held = object.value(at: path) {
      guard let shown = held.identifier, isSame(shown, id) else {
        return .id("its `\(path)` is \(Self.shown(held)), and not \(id)")
      }
      isNamed = true
    }
    guard let match = program.match, !keys.isEmpty, let held = object.value(at: match.readPath)
    else { return nil }
    let shown = match.normalised(held)
    if let shown, keys.contains(shown) { return nil }
    // With the right id, a key in other spelling is the target's own way of writing it.
    if isNamed, let text = held.scalarText, isSpelling(text, of: keys) { return nil }
    var words = "its `\(match.readPath)` is \(Self.shown(held)), and not \"\(keys[0])\""
    if let wider = wider(match.compare, held, keys) {
      words += "; where the target changes case or blanks, write `compare: \(wider)` under `match`"
    }
    return .key(words)
  }

  private static func shown(_ value: JSON) -> String {
    ForeignText().line(value.description, upTo: 80) ?? ""
  }

  /// Whether this is an object as the target would show one that it holds: with an id, and with a natural key.
  func showsOne(_ object: JSON) -> Bool {
    object.value(at: program.resource.identity.path)?.identifier != nil
      && program.match.map { $0.normalised(object.value(at: $0.readPath)) != nil } ?? true
  }

  /// A number may come back as text, or with a point.
  private func isSame(_ shown: String, _ id: String) -> Bool {
    if shown.hasSameBytes(as: id) { return true }
    guard program.resource.identity.kind == .int, let one = JSON(number: shown)?.intValue else {
      return false
    }
    return one == JSON(number: id)?.intValue
  }

  /// Canonical equivalence is meant here: composed and decomposed letters are the same spelling.
  private func isSpelling(_ text: String, of keys: [ExactText]) -> Bool {
    let plain = MatchDefinition.Comparison.fold.normalised(text)?.text
    return keys.contains { MatchDefinition.Comparison.fold.normalised($0.text)?.text == plain }
  }

  /// The comparison under which the object would be ours.
  private func wider(
    _ compare: MatchDefinition.Comparison, _ held: JSON, _ keys: [ExactText]
  ) -> MatchDefinition.Comparison? {
    guard let text = held.scalarText else { return nil }
    let wider: [MatchDefinition.Comparison] =
      switch compare {
      case .exact: [.trim, .fold]
      case .trim: [.fold]
      case .fold: []
      }
    return wider.first { comparison in
      let shown = comparison.normalised(text)
      return keys.contains { comparison.normalised($0.text) == shown }
    }
  }
}
