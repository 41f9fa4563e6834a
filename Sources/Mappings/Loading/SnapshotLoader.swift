import Diagnostics
import Documents

extension SourceDefinition {
  /// The folder of the source's snapshot, by its path from where the command runs.
  public var snapshotFolder: String {
    let folder = file.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let path = schemas?.value ?? "../../schemas/\(name.value)"
    guard !path.hasPrefix("/"), !folder.isEmpty else { return path }
    return (folder + path.split(separator: "/")).joined(separator: "/").withoutDetours
  }
}

extension SourceSnapshot {
  /// Reads a source's snapshot; nil when there is none. Files with mistakes are left out, with the reasons in
  /// `diagnostics`.
  public static func load(
    _ source: SourceDefinition, reading reader: FileReader = .disk,
    _ diagnostics: inout [Diagnostic]
  ) -> SourceSnapshot? {
    let folder = source.snapshotFolder
    let queries = read(QuerySnapshotSpec.object, in: "\(folder)/queries", reader, &diagnostics)
    let tables = read(TableSnapshotSpec.object, in: "\(folder)/tables", reader, &diagnostics)
    guard let queries else { return nil }
    return SourceSnapshot(folder: folder, queries: queries, tables: tables ?? [])
  }

  private static func read<Model>(
    _ spec: ObjectSpec<Model>, in folder: String, _ reader: FileReader,
    _ diagnostics: inout [Diagnostic]
  ) -> [Model]? {
    let entries: [FileReader.Entry]
    do {
      entries = try reader.entries(folder)
    } catch .missing {
      return nil
    } catch {
      diagnostics.append(.unreadable(folder, because: error, what: "folder"))
      return nil
    }
    let names = entries.filter { !$0.isFolder && $0.name.hasSuffix(".yaml") }.map(\.name)
    var models: [Model] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard
        let document = Document(path: "\(folder)/\(name)", reading: reader, &diagnostics),
        let model = document.read(spec, &diagnostics)
      else { continue }
      models.append(model)
    }
    return models
  }
}
