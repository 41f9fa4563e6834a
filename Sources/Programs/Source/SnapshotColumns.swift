import Diagnostics
import Documents
import Mappings
import Rows

/// The snapshots of a project's sources, which stand for the sources where none is asked.
public struct SourceSnapshots: Sendable {
  private let project: Project
  private let snapshots: [String: SourceSnapshot]
  /// What reading them came to, and the sources without one.
  public private(set) var diagnostics: [Diagnostic] = []

  public init(of project: Project, reading reader: FileReader = .disk) {
    self.project = project
    var snapshots: [String: SourceSnapshot] = [:]
    for source in project.sources {
      let mappings = project.mappings.filter { $0.source.value == source.name.value }
      if let snapshot = SourceSnapshot.load(source, reading: reader, &diagnostics) {
        snapshots[source.name.value] = snapshot
        // The mapping that seems to be gone may be one whose file has a mistake.
        for query in snapshot.queries
        where project.hasAllMappings
          && !mappings.contains(where: { $0.name.value == query.mapping.value })
        {
          diagnostics.append(.snapshotOrphan(query, source))
        }
      } else if mappings.contains(where: { $0.declaredColumns(in: source) == nil }),
        !diagnostics.contains(where: { $0.severity == .error })
      {
        diagnostics.append(.snapshotMissing(source))
      }
    }
    self.snapshots = snapshots
  }

  public subscript(source: String) -> SourceSnapshot? { snapshots[source] }

  /// The columns of what a mapping reads: those that it declares itself, or those of the snapshot; `nil`, with the reason in
  /// `diagnostics`, when that does not tell.
  public mutating func columns(of mapping: MappingDefinition) -> [Column]? {
    let source = project.sources.first { $0.name.value == mapping.source.value }
    if let declared = mapping.declaredColumns(in: source) { return declared }
    guard let snapshot = snapshots[mapping.source.value] else { return nil }
    guard let query = snapshot.query(of: mapping.name.value) else {
      // A file that could not be read has been reported.
      let path = "\(snapshot.folder)/queries/\(mapping.name.value).yaml"
      if !diagnostics.contains(where: { $0.range?.file.path == path }) {
        diagnostics.append(.snapshotMissing(mapping, snapshot))
      }
      return nil
    }
    guard query.fingerprint.value == mapping.extract.fingerprint else {
      // A query with a mistake of its own is told apart from one that has changed: pulling would not help it.
      if mapping.extract.misreadParameters.isEmpty, QueryCheck(mapping).fault == nil {
        diagnostics.append(.snapshotStale(mapping, query))
      }
      return nil
    }
    return query.columns.map { column in
      var column = column
      if let stated = snapshot.column(column.origin)?.stated { column.stated = stated }
      return column
    }
  }
}

extension SourceSnapshot {
  /// The table column with this full name: `viewpoint.bPREH.FirstName`.
  func column(_ origin: String?) -> Column? {
    guard let origin else { return nil }
    for table in tables where origin.hasPrefix(table.name.value + ".") {
      let name = origin.dropFirst(table.name.value.count + 1)
      if let column = table.columns.first(where: { $0.name == name }) { return column }
    }
    return nil
  }
}
