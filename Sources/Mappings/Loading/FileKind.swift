import Diagnostics
import Documents

/// What a file of a project declares; its folder tells.
public enum FileKind: String, Sendable, Hashable, CaseIterable {
  /// `crosswalk.yaml`.
  case project
  /// In `sources/`.
  case source
  /// In `targets/`.
  case target
  /// Everywhere else.
  case mapping
  /// In `tables/` of a source's snapshot.
  case table
  /// In `queries/` of a source's snapshot.
  case query

  /// The keys of such a file.
  public var shape: ObjectShape {
    switch self {
    case .project: ProjectSpec.object.shape
    case .source: SourceSpec.object.shape
    case .target: TargetSpec.object.shape
    case .mapping: MappingSpec.object.shape
    case .table: TableSnapshotSpec.object.shape
    case .query: QuerySnapshotSpec.object.shape
    }
  }
}

extension SourceDefinition {
  /// Reads a file of `sources/`; nil when something without a default is missing or wrong.
  public init?(_ document: Document, _ diagnostics: inout [Diagnostic]) {
    guard let value = document.read(SourceSpec.object, &diagnostics) else { return nil }
    self = value
  }
}

extension TargetDefinition {
  /// Reads a file of `targets/`; nil when something without a default is missing or wrong.
  public init?(_ document: Document, _ diagnostics: inout [Diagnostic]) {
    guard let value = document.read(TargetSpec.object, &diagnostics) else { return nil }
    self = value
  }
}

extension MappingDefinition {
  /// Reads a mapping; nil when something without a default is missing or wrong. Fields that are wrong are left out.
  public init?(_ document: Document, _ diagnostics: inout [Diagnostic]) {
    guard let value = document.read(MappingSpec.object, &diagnostics) else { return nil }
    self = value
  }
}

extension Document {
  func read<Model>(_ spec: ObjectSpec<Model>, _ diagnostics: inout [Diagnostic]) -> Model? {
    var reading = Reading()
    let model = spec.kind.read(root, &reading)
    diagnostics += reading.diagnostics
    return model
  }
}
