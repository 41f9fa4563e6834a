import Mappings
import Programs

/// Sorts what a target holds otherwise than it was sent: edits that are written back, edits that stay, and values that the
/// target changes by itself.
///
/// What was written back twice, and is found again as it was before, is no one's edit. To write it at every comparison would
/// never end.
struct DifferencesAtTarget {
  struct Sorted {
    /// What is shown as edited.
    var edited: [FieldChange] = []
    /// Of the edited, what is written back.
    var writtenBack: [FieldChange] = []
    /// What the target changes by itself, as far as that has not been said before.
    var altered: [FieldChange] = []
  }

  private let comparison: RecordComparison
  private let known: [Key: [Alteration]]
  /// What is to be remembered.
  private(set) var found: [Alteration] = []

  init(comparison: RecordComparison, known: [Alteration]) {
    self.comparison = comparison
    self.known = Dictionary(grouping: known, by: \.key)
  }

  /// - Parameter isGivenUp: Whether the key was given up. Then a person is behind every difference, such as an access that
  ///   was given back.
  mutating func sort(
    _ edits: [FieldChange], of key: Key, isGivenUp: Bool = false
  ) -> Sorted {
    var sorted = Sorted()
    if !isGivenUp { forget(known[key] ?? [], but: edits) }
    let conflict = comparison.program.definition.onConflict
    for edit in edits {
      switch conflict.winner(of: edit.path) {
      case .target:
        sorted.edited.append(edit)
        continue
      case .ifEmpty where !edit.after.isNothing:
        sorted.edited.append(edit)
        continue
      case .ifEmpty, .source: break
      }
      if isGivenUp {
        sorted.edited.append(edit)
        sorted.writtenBack.append(edit)
        continue
      }
      var alteration = comparison.alteration(of: key, edit)
      if let earlier = known[key]?.first(where: { $0.isSame(as: alteration) }) {
        alteration.count += earlier.count
      }
      if alteration.count <= Alteration.mostWritten {
        sorted.edited.append(edit)
        sorted.writtenBack.append(edit)
      } else if alteration.count == Alteration.mostWritten + 1 {
        sorted.altered.append(edit)
      } else {
        continue
      }
      found.append(alteration)
    }
    return sorted
  }

  /// A value that is there as it was sent is none that the target changes: what was found before were edits.
  private mutating func forget(_ known: [Alteration], but edits: [FieldChange]) {
    for var alteration in known
    where alteration.count > 0
      && !edits.contains(where: { $0.path.utf8.elementsEqual(alteration.field.utf8) })
    {
      alteration.count = 0
      found.append(alteration)
    }
  }
}

extension ChangeEntry {
  /// The operation of a line of history that says what a target makes of a value: nothing was sent.
  static let altered = "altered"
}
