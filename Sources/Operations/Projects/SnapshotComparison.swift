import Diagnostics
import Engine
import Mappings
import Programs

/// A source compared with its snapshot.
struct SnapshotComparison {
  private let recorded: SourceSnapshot?
  private let live: SourceSnapshot?
  private let mappings: [MappingDefinition]
  private let source: SourceDefinition

  /// Asks the source about what its snapshot holds. Without a snapshot, which lint reports, it is not asked.
  init(
    _ source: SourceDefinition, of workspace: Workspace, stop: StopSignal
  ) async throws(OperationFailure) {
    self.source = source
    mappings = workspace.mappings(reading: source)
    // Lint also reports what cannot be read in it.
    var unreadable: [Diagnostic] = []
    recorded = SourceSnapshot.load(source, reading: workspace.reader, &unreadable)
    live =
      if let recorded {
        try await LiveSnapshot.pull(
          source, of: workspace, recorded: recorded, stop: stop
        ).snapshot
      } else { nil }
  }

  /// The differences.
  var diagnostics: [Diagnostic] {
    guard let recorded, let live else { return [] }
    return recorded.drift(to: live, mappings: mappings)
  }

  /// Whether a mapping's columns match the snapshot, and what to do if not.
  func words(of mapping: MappingDefinition) -> (words: String, remedy: String?) {
    if recorded?.query(of: mapping.name.value) == nil, mapping.declaredColumns(in: source) != nil {
      return ("columns as declared", nil)
    }
    guard let recorded, let live, let agrees = recorded.agrees(on: mapping, with: live) else {
      return ("columns without a snapshot", "run `crosswalk schema pull`")
    }
    return agrees
      ? ("columns as in the snapshot", nil)
      : ("columns have moved since the snapshot", "`crosswalk lint --live` says which")
  }
}
