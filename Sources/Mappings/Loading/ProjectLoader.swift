import Diagnostics
import Documents

/// Reads a whole project: `crosswalk.yaml`, `sources/`, `targets/`, and every other YAML file below as a mapping.
///
/// Everything that can be read is read, whatever else is wrong: definitions with mistakes are left out of the project,
/// mistakes are in `diagnostics`. The project is nil only when `crosswalk.yaml` itself cannot be used.
///
/// - Parameter path: The path of `crosswalk.yaml` or of its folder.
public func loadProject(
  at path: String, reading reader: FileReader = .disk
) -> (project: Project?, diagnostics: [Diagnostic], files: [SourceFile]) {
  var loader = ProjectLoader(path, reader)
  let project = loader.load()
  return (project, loader.diagnostics.sortedByPosition(), loader.files)
}

private struct ProjectLoader {
  private static let projectFile = "crosswalk.yaml"
  /// How deep folders are searched; links could lead in circles.
  private static let deepestFolder = 16

  private(set) var diagnostics: [Diagnostic] = []
  private(set) var files: [SourceFile] = []
  private let folder: String
  private let projectPath: String
  private let reader: FileReader
  private var declared = DeclaredNames()
  /// Whether every folder could be searched, and no file was passed over.
  private var isWhole = true

  init(_ path: String, _ reader: FileReader) {
    // One way to write each path: files are told apart by it.
    let path = path.tidiedPath
    if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      projectPath = path
      let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      self.folder =
        folder.isEmpty ? "." : folder == [""] ? "/" : folder.joined(separator: "/")
    } else {
      folder = path
      projectPath = Self.join(folder, Self.projectFile)
    }
    self.reader = reader.confined(to: self.folder)
  }

  mutating func load() -> Project? {
    let header = read([projectPath], ProjectSpec.object).first
    let sources = read(
      yamlFiles(in: "sources"), SourceSpec.object, as: .source)
    let targets = read(
      yamlFiles(in: "targets"), TargetSpec.object, as: .target)
    let paths = yamlFiles(in: nil)
    let mappings = read(paths, MappingSpec.object, as: .mapping)
    var references = References(declared: declared)
    for mapping in mappings {
      references.check(mapping)
      if let source = sources.first(where: { $0.name.value == mapping.source.value }) {
        references.check(mapping, reading: source)
      }
    }
    diagnostics += references.diagnostics
    guard let header else { return nil }
    let ledger = LedgerDefinition(
      sqlite: header.ledger?.sqlite
        ?? Setting(parts: [.text(".crosswalk/ledger.sqlite")], range: header.name.range),
      keep: header.ledger?.keep)
    return Project(
      name: header.name, directory: folder, ledger: ledger,
      secretsDirectory: header.secretsDirectory, sources: declared.unique(sources, \.name),
      targets: declared.unique(targets, \.name), mappings: declared.unique(mappings, \.name),
      destinations: declared.destinations,
      hasAllMappings: mappings.count == paths.count && isWhole)
  }

  private mutating func read<Model: Sendable>(
    _ paths: [String], _ spec: ObjectSpec<Model>, as kind: FileKind? = nil
  ) -> [Model] {
    let found = paths.mapSideBySide { [reader] in FileReading($0, spec, reader) }
    return found.compactMap { take($0, as: kind) }
  }

  private mutating func take<Model>(_ read: FileReading<Model>, as kind: FileKind?) -> Model? {
    diagnostics += read.diagnostics
    guard let file = read.file else { return nil }
    files.append(file)
    guard let kind else { return read.model }
    guard let document = read.document else {
      // What it would have declared is not known, so no reference can be called unknown.
      declared.isIncomplete.insert(kind)
      return nil
    }
    declared.add(document, kind, &diagnostics)
    return read.model
  }

  /// The YAML files below a folder of the project, in the order of their paths; nil stands for those of mappings.
  private mutating func yamlFiles(in subfolder: String?) -> [String] {
    let start = subfolder.map { Self.join(folder, $0) } ?? folder
    var found: [String] = []
    list(start, into: &found, depth: 0, isMappings: subfolder == nil)
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private mutating func list(
    _ path: String, into found: inout [String], depth: Int, isMappings: Bool
  ) {
    guard depth <= Self.deepestFolder else { return }
    let entries: [FileReader.Entry]
    do {
      entries = try reader.entries(path)
    } catch .missing {
      // The project's own folder is missing when its file is, which has been said.
      if depth == 0, !isMappings, files.contains(where: { $0.path == projectPath }) {
        reportMissing(path)
      }
      return
    } catch {
      diagnostics.append(.unreadable(path, because: error, what: "folder"))
      isWhole = false
      return
    }
    for entry in entries where !entry.name.hasPrefix(".") {
      let inside = Self.join(path, entry.name)
      if entry.isCircular {
        report(
          Codes.circularFolder, "the link `\(inside)` leads back to a folder in which it lies",
          inside,
          help: "remove the link")
      } else if entry.isFolder {
        if isMappings, depth == 0, entry.name == "sources" || entry.name == "targets" { continue }
        list(inside, into: &found, depth: depth + 1, isMappings: isMappings)
      } else if entry.name.hasSuffix(".yaml") || entry.name.hasSuffix(".yml"),
        inside != projectPath
      {
        found.append(inside)
      } else if entry.name.lowercased().hasSuffix(".yaml")
        || entry.name.lowercased().hasSuffix(".yml"),
        inside != projectPath
      {
        isWhole = false
        report(
          Codes.unreadName, severity: .warning,
          "`\(inside)` is not read: its name does not end with `.yaml`", inside,
          help: "write the ending in small letters")
      }
    }
  }

  /// Reports what is wrong with a file's or a folder's name.
  private mutating func report(
    _ code: Code, severity: Diagnostic.Severity = .error, _ message: String, _ path: String,
    help: String
  ) {
    let place = SourceRange(file: SourceFile(path: path, bytes: []), start: 0, end: 0)
    diagnostics.append(Diagnostic(code, severity: severity, message, at: place, help: [help]))
  }

  private mutating func reportMissing(_ folder: String) {
    let place = files.first.map { SourceRange(file: $0, start: 0, end: 0) }
    diagnostics.append(
      Diagnostic(
        Codes.missingFolder, "the project has no folder `\(folder)`", at: place,
        help: ["make it, with one YAML file a \(folder.hasSuffix("sources") ? "source" : "target")"]
      ))
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder == "." ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}

/// What one file came to, by itself.
private struct FileReading<Model: Sendable>: Sendable {
  private(set) var file: SourceFile?
  private(set) var document: Document?
  private(set) var model: Model?
  private(set) var diagnostics: [Diagnostic] = []

  init(_ path: String, _ spec: ObjectSpec<Model>, _ reader: FileReader) {
    file = SourceFile(path: path, reading: reader, &diagnostics)
    document = file.flatMap { Document($0, &diagnostics) }
    model = document?.read(spec, &diagnostics)
  }
}
