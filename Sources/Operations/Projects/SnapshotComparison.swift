import Diagnostics
import Engine
import Mappings
import Programs

/// A source beside its snapshot.
struct SnapshotComparison {
  private let recorded: SourceSnapshot?
  private let live: SourceSnapshot?
  private let mappings: [MappingDefinition]
  private let source: SourceDefinition

  /// Asks the source of what its snapshot holds; where there is no snapshot, which lint says, it is not asked.
  init(
    _ source: SourceDefinition, of workspace: Workspace, stop: StopSignal
  ) async throws(OperationFailure) {
    self.source = source
    mappings = workspace.mappings(reading: source)
    // What cannot be read in it is lint's matter, too.
    var unreadable: [Diagnostic] = []
    recorded = SourceSnapshot.load(source, reading: workspace.reader, &unreadable)
    live =
      if let recorded {
        try await LiveSnapshot.pull(
          source, of: workspace, recorded: recorded, stop: stop
        ).snapshot
      } else { nil }
  }

  /// What has moved.
  var diagnostics: [Diagnostic] {
    guard let recorded, let live else { return [] }
    return recorded.drift(to: live, mappings: mappings)
  }

  /// How a mapping's columns are, and what to do about it.
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
