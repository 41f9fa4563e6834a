import Diagnostics
import Documents

/// The names that a project's files declare, also where the rest of a file is wrong.
struct DeclaredNames {
  private var names: [FileKind: [Located<String>]] = [:]
  /// By target.
  private var resources: [String: [String]] = [:]
  /// By mapping.
  private(set) var destinations: [String: Project.Destination] = [:]
  /// Kinds of which a file could not be read at all.
  var isIncomplete: Set<FileKind> = []

  func names(of kind: FileKind) -> [String] { (names[kind] ?? []).map(\.value) }

  /// `nil` when the target's file does not say, which has been reported.
  func resources(of target: String) -> [String]? { resources[target] }

  func has(_ name: String, _ kind: FileKind) -> Bool {
    names[kind]?.contains { $0.value.utf8.elementsEqual(name.utf8) } ?? false
  }

  mutating func add(_ document: Document, _ kind: FileKind, _ diagnostics: inout [Diagnostic]) {
    guard let node = document.root[kind.rawValue], let text = node.scalar?.text else {
      isIncomplete.insert(kind)
      return
    }
    if let first = names[kind]?.first(where: { $0.value.utf8.elementsEqual(text.utf8) }) {
      diagnostics.append(
        Diagnostic(
          Codes.duplicateName, "a \(kind.rawValue) named `\(text)` exists already", at: node.range,
          notes: [Diagnostic.Note("the first one is here", at: first.range)],
          help: ["give one of the two another name"]))
    } else {
      names[kind, default: []].append(Located(text, at: node.range))
      if kind == .target {
        resources[text] = document.root["resources"]?.entries?.map(\.name)
      }
      if kind == .mapping, let target = document.root["target"]?.scalar?.text,
        let resource = document.root["resource"]?.scalar?.text
      {
        destinations[text] = Project.Destination(target: target, resource: resource)
      }
    }
  }

  /// The definitions without those that repeat a name.
  func unique<Model>(_ models: [Model], _ name: KeyPath<Model, Located<String>>) -> [Model] {
    var seen: Set<String> = []
    return models.filter { seen.insert($0[keyPath: name].value).inserted }
  }
}

/// Checks what mappings name in other files.
struct References {
  private(set) var diagnostics: [Diagnostic] = []
  private let declared: DeclaredNames

  init(declared: DeclaredNames) { self.declared = declared }

  mutating func check(_ mapping: MappingDefinition) {
    check(mapping.source, .source)
    check(mapping.target, .target)
    for name in mapping.after { check(name, .mapping) }
    for link in mapping.tests.flatMap(\.links) { check(link.mapping, .mapping) }
    checkResource(of: mapping)
    if let former = mapping.previousName, declared.has(former.value, .mapping) {
      diagnostics.append(
        Diagnostic(
          Codes.previousNameInUse,
          former.value.utf8.elementsEqual(mapping.name.value.utf8)
            ? "`\(former.value)` is the mapping's present name"
            : "`\(former.value)` is the name of another mapping", at: former.range,
          help: ["leave `previous_name` out"]))
    }
  }

  /// Whether what a mapping reads is what its source has.
  mutating func check(_ mapping: MappingDefinition, reading source: SourceDefinition) {
    let extract = mapping.extract
    guard extract.kind == source.kind.name else {
      let wanted = source.kind.name == .csv ? "file" : "query"
      diagnostics.append(
        Diagnostic(
          Codes.otherKind,
          "`\(source.name.value)` is of the kind `\(source.kind.name.rawValue)`, which has no `\(extract.key)`",
          at: extract.range, notes: [Diagnostic.Note("the source is here", at: source.name.range)],
          help: ["write `\(wanted)`, or name another source"]))
      return
    }
    guard case .file(let file) = extract, let csv = source.csv else { return }
    let dialect = file.dialect.over(csv.dialect)
    if let conflict = FileDialectSpec.conflict(dialect) {
      diagnostics.append(
        Diagnostic(
          Codes.oneSignTwice, "\(conflict) in the files of this mapping", at: extract.range,
          help: ["change one of them, here or in the source's file"]))
    }
    if dialect.header == .absent, file.columns?.isEmpty ?? true {
      diagnostics.append(
        Diagnostic(
          Codes.columnsNeeded, "the file has no header, and its columns are not declared",
          at: extract.range, help: ["declare them: `columns: { id: int, name: text }`"]))
    }
  }

  private mutating func check(_ name: Located<String>, _ kind: FileKind) {
    guard !declared.has(name.value, kind), !declared.isIncomplete.contains(kind) else { return }
    report(name, kind.rawValue, among: declared.names(of: kind), of: "this project")
  }

  private mutating func checkResource(of mapping: MappingDefinition) {
    let target = mapping.target.value
    guard declared.has(target, .target), let names = declared.resources(of: target) else { return }
    if !names.contains(where: { $0.utf8.elementsEqual(mapping.resource.value.utf8) }) {
      report(mapping.resource, "resource", among: names, of: "`\(target)`")
    }
  }

  private mutating func report(
    _ name: Located<String>, _ noun: String, among names: [String], of owner: String
  ) {
    let near = closest(to: name.value, in: names)
    let list =
      names.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 8 ? " …" : "")
    let others = names.isEmpty ? "there is none" : "there are \(list)"
    diagnostics.append(
      Diagnostic(
        Codes.unknownReference, "`\(name.value)` is not a \(noun) of \(owner)", at: name.range,
        help: [near.map { "did you mean `\($0)`?" } ?? others]))
  }
}
