import Diagnostics
import Mappings
import Programs

extension Operations {
  /// What the sources say about the mappings' queries, as files that differ from those on disk. Writes nothing.
  public func snapshotChanges() async throws(OperationFailure) -> [SnapshotChanges] {
    try await failing {
      let workspace = try workspace()
      var changes: [SnapshotChanges] = []
      for source in workspace.project.sources where !workspace.mappings(reading: source).isEmpty {
        try stop.check()
        let live = try await LiveSnapshot.pull(source, of: workspace, stop: stop)
        guard live.refused.isEmpty else { throw OperationFailure(.findings, live.refused) }
        changes.append(try SnapshotChanges(of: live.snapshot, reading: workspace.reader))
      }
      return changes
    }
  }
}
