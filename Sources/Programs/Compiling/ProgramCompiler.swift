import Diagnostics
import Expressions
import JSON
import Mappings
import Rows
import SQLText

/// Makes programs of mappings, or says everything that is wrong with them.
public struct ProgramCompiler {
  let project: Project
  /// Resolves settings; `nil` when linting, where their values do not matter.
  let settings: SettingResolver?
  /// Whether what single records may do is said beforehand. A run goes on without it: there each record is checked.
  let foresees: Bool
  let schemas: [String: ResourceSchemas]
  /// What a link to each mapping gives.
  private let identities: [String: CELType]
  private var links = LinkChecks()
  private var found: [Diagnostic] = []
  public var diagnostics: [Diagnostic] { found + links.diagnostics }

  /// `read` gives the bytes of a schema file, by its path.
  public init(
    project: Project, settings: SettingResolver?, foresees: Bool? = nil,
    read: (String) throws -> [UInt8]
  ) {
    self.foresees = foresees ?? (settings == nil)
    self.project = project
    self.settings = settings
    var schemas: [String: ResourceSchemas] = [:]
    var files = SchemaFiles()
    var diagnostics: [Diagnostic] = []
    for target in project.targets {
      let used = Set(
        project.mappings.filter { $0.target.value == target.name.value }.map(\.resource.value))
      for resource in target.resources where used.contains(resource.name.value) {
        schemas[target.name.value + "/" + resource.name.value] = files.schemas(
          of: resource, directory: target.file.path.directory, read: read)
      }
      Self.checkAnswers(target, &diagnostics)
    }
    self.schemas = schemas
    found = files.diagnostics + diagnostics
    identities = Self.identities(project)
  }

  /// The program of one mapping; `nil` when it cannot be executed. `columns` is what the source says of what is read.
  public mutating func compile(
    _ mapping: MappingDefinition, columns described: [Column]?
  ) -> MappingProgram? {
    let before = (found: found.count, links: links.diagnostics.count)
    guard
      let target = project.targets.first(where: { $0.name.value == mapping.target.value }),
      let declared = target.resources.first(where: { $0.name.value == mapping.resource.value }),
      let schemas = schemas[mapping.target.value + "/" + mapping.resource.value]
    else { return nil }
    let resource = declared.carrying(
      schemas.update.carriedAlways(isOwnSchema: declared.updateSchema != nil), of: mapping)
    if resource.lacks("list", "find") {
      found.append(.searchMissing(mapping.resource))
    }
    if resource.lacks("create") {
      found.append(.resourceWithoutCreate(mapping.resource))
    }
    let keptUp = mapping.fields.map(\.path.value)
      .filter { $0 != (mapping.match ?? resource.match)?.field.value }
    if resource.lacks("update"), !keptUp.isEmpty {
      found.append(.updateMissing(mapping.resource, keptUp))
    }
    if let update = declared.update, let lost = update.cleared(mapping, declared, schemas.update) {
      found.append(.updateClears(update, lost, mapping))
    }
    if let absence = mapping.whenAbsent, absence.delete || !absence.set.isEmpty,
      resource.lacks(absence.delete ? "delete" : "update")
    {
      found.append(.absenceCallMissing(absence, resource))
    }
    let query = QueryCheck(mapping)
    found += query.diagnostics + (query.fault.map { [$0] } ?? [])
    let list =
      described == nil && query.fault == nil
      ? mapping.query.flatMap { SelectList(of: $0.sql.text) } : nil
    let columns =
      described
      ?? list?.items.map { Column(name: $0.name, type: .text, declared: "unknown") } ?? []
    let columnsAreKnown = described != nil || list != nil

    let parameters = bindParameters(of: mapping)
    let keyColumns = keyColumns(mapping.key, columns, typed: described != nil, columnsAreKnown)
    let previousKeyColumns = self.keyColumns(
      mapping.previousKey, columns, typed: described != nil, columnsAreKnown, isFormer: true)
    var fieldCompiler = FieldCompiler(
      mapping: mapping, project: project, settings: settings, resource: resource,
      schemas: schemas,
      columns: columns, typed: described != nil, columnsAreKnown: columnsAreKnown,
      parameters: parameters, list: list, identities: identities, foresees: foresees)
    let fields = fieldCompiler.compile(mapping.fields)
    let onCreate = fieldCompiler.compileOnCreate(mapping.onCreate)
    fieldCompiler.checkRequired()
    fieldCompiler.checkReject()
    let whenAbsent = fieldCompiler.absence()
    // What a text that cannot be read uses is not known.
    if query.fault == nil { fieldCompiler.checkUse() }
    found += fieldCompiler.diagnostics
    if let described {
      found += query.twins(
        among: described,
        used: fieldCompiler.usedColumns.union(mapping.key.map(\.value)))
    }
    if described != nil { links.add(key: keyColumns.map { columns[$0] }, of: mapping) }
    for reference in fieldCompiler.references { links.add(reference) }
    for name in mapping.after {
      links.add(
        LinkChecks.Reference(
          from: mapping.name.value, to: name.value, range: name.range, key: [], waits: true))
    }
    let match = matchProgram(of: mapping, resource, fields)
    checkSensitive(mapping, resource, match)

    // A link of another mapping to this one may turn out to be wrong now. That is the other's mistake.
    let isWrong =
      found[before.found...].contains { $0.severity == .error }
      || links.diagnostics[before.links...].contains { $0.isError(in: mapping) }
    // What is not known whole can be checked in part, and not be executed.
    guard !isWrong, columnsAreKnown, mapping.misreadFields.isEmpty,
      mapping.extract.misreadParameters.isEmpty
    else { return nil }
    return MappingProgram(
      definition: mapping, resource: resource, schemas: schemas, columns: columns,
      columnsAreTyped: described != nil, keyColumns: keyColumns,
      previousKeyColumns: previousKeyColumns, parameters: parameters,
      fields: fields.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) },
      onCreate: onCreate, whenAbsent: whenAbsent,
      match: match.flatMap { wanted in
        let sorted = fields.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return sorted.firstIndex { $0.path == wanted.path }.map {
          MatchProgram(
            field: $0, path: wanted.path, readPath: wanted.readPath, compare: wanted.compare)
        }
      },
      dependencies: dependencies(of: mapping, fieldCompiler.linkedMappings),
      linkedMappings: fieldCompiler.linkedMappings)
  }

  private static func identities(_ project: Project) -> [String: CELType] {
    var types: [String: CELType] = [:]
    for mapping in project.mappings {
      let resource = project.targets.first { $0.name.value == mapping.target.value }?
        .resources.first { $0.name.value == mapping.resource.value }
      types[mapping.name.value] = resource.map { $0.identity.kind == .int ? .int : .string }
    }
    return types
  }

  private func dependencies(of mapping: MappingDefinition, _ linked: [String]) -> [String] {
    var names: [String] = []
    for name in linked + mapping.after.map(\.value)
    where name != mapping.name.value && !names.contains(name) { names.append(name) }
    return names
  }

  // MARK: The query

  /// A mapping's parameters with their values; what cannot be had is reported when the mapping is compiled.
  public mutating func parameters(of mapping: MappingDefinition) -> [BoundParameter] {
    let before = found
    defer { found = before }
    return bindParameters(of: mapping)
  }

  private mutating func bindParameters(of mapping: MappingDefinition) -> [BoundParameter] {
    var bound: [BoundParameter] = []
    for parameter in mapping.extract.parameters {
      var texts: [String]? = []
      for value in parameter.values {
        guard let settings else {
          // Without settings, as in an example, what is written as their default counts.
          guard let text = value.defaultText else {
            texts = nil
            break
          }
          texts?.append(text)
          continue
        }
        if let text = settings.resolve(value, &found) {
          texts?.append(text)
        } else {
          texts = nil
        }
      }
      var value: BoundParameter.Bound?
      if let texts {
        value = ParameterReader.read(texts, kind: parameter.kind)
        if value == nil {
          found.append(
            .parameterValue(parameter.name, texts.joined(separator: ", "), parameter.kind.rawValue))
        }
      }
      bound.append(BoundParameter(name: parameter.name.value, kind: parameter.kind, value: value))
    }
    guard let query = mapping.query else { return bound }
    let declared = Set(query.parameters.map(\.name.value) + query.misreadParameters)
    for token in SQLScanner.tokens(of: query.sql.text) {
      guard case .parameter(let name) = token.kind, !declared.contains(name) else { continue }
      found.append(
        .parameterMissing(name, query.sql.range(of: token.range), declared: declared))
    }
    return bound
  }

  /// `isFormer`: of a row's former key, which most rows may be without.
  private mutating func keyColumns(
    _ names: [Located<String>], _ columns: [Column], typed: Bool, _ known: Bool,
    isFormer: Bool = false
  ) -> [Int] {
    var places: [Int] = []
    for name in names {
      guard let place = columns.firstIndex(where: { $0.name == name.value }) else {
        if known { found.append(.keyColumnUnknown(name, columns.map(\.name))) }
        continue
      }
      if typed {
        switch columns[place].type {
        case .int, .text, .date, .uuid, .bool: break
        default: found.append(.keyColumnType(name, columns[place]))
        }
        if foresees, !isFormer, columns[place].nullable == true {
          found.append(.keyColumnNullable(name, columns[place]))
        }
      }
      places.append(place)
    }
    return places
  }

  // MARK: The resource

  private mutating func matchProgram(
    of mapping: MappingDefinition, _ resource: ResourceDefinition, _ fields: [FieldProgram]
  ) -> MatchProgram? {
    guard let match = mapping.match ?? resource.match else {
      if resource.lacks("match") { found.append(.matchMissing(mapping.resource)) }
      return nil
    }
    guard let field = fields.first(where: { $0.path == match.field.value }) else {
      // A field that is there and has a mistake of its own has been reported, and so has a `match` of the mapping's own.
      if mapping.match == nil,
        !mapping.fields.contains(where: { $0.path.value == match.field.value }),
        !mapping.misreadFields.contains(match.field.value)
      {
        found.append(.matchFieldMissing(match.field, mapping.resource))
      }
      return nil
    }
    var readPath = match.field.value
    if case .path(let path) = field.schema?.readPath { readPath = path }
    return MatchProgram(
      field: 0, path: match.field.value, readPath: readPath, compare: match.compare)
  }

  private mutating func checkSensitive(
    _ mapping: MappingDefinition, _ resource: ResourceDefinition, _ match: MatchProgram?
  ) {
    for name in mapping.sensitive
    where match?.path == name.value
      || resource.update?.always.contains(where: { $0.value == name.value }) == true
    {
      found.append(.sensitiveNeeded(name))
    }
  }

  private static func checkAnswers(_ target: TargetDefinition, _ diagnostics: inout [Diagnostic]) {
    for rule in target.answers + target.resources.flatMap(\.answers) {
      guard let body = rule.body else { continue }
      do {
        _ = try Pattern(body.value)
      } catch {
        diagnostics.append(.answerPattern(body, error.message))
      }
    }
  }
}

extension ResourceDefinition {
  /// The same, with fields of the mapping that every update carries beside those declared with the call.
  fileprivate func carrying(_ names: Set<String>, of mapping: MappingDefinition) -> Self {
    var copy = self
    let declared = update?.always.map(\.value) ?? []
    copy.update?.always += mapping.fields.map(\.path).filter {
      names.contains($0.value) && !declared.contains($0.value)
    }
    return copy
  }
}

extension WriteDefinition {
  /// Fields that an update may empty, since the mapping does not send them: those that it gives to new objects first. `nil`
  /// when it empties none, or the object is read first.
  fileprivate func cleared(
    _ mapping: MappingDefinition, _ resource: ResourceDefinition, _ schema: SchemaNode
  ) -> [String]? {
    guard send != .whole, unsent != .kept else { return nil }
    let sent = Set(mapping.fields.map(\.path.value) + mapping.misreadFields)
    let onCreate = mapping.onCreate.map(\.path.value).filter { !sent.contains($0) }
    guard clearsUnsent else {
      return send == .all && call.method != "PATCH" && !onCreate.isEmpty ? onCreate : nil
    }
    // Of the fields that are sent, all that have not changed.
    if send == .changed { return mapping.fields.map(\.path.value) }
    let others = schema.properties.filter { name, property in
      !property.marks.isReadOnly && !property.marks.isImmutable && name != resource.identity.path
        && !sent.contains { $0 == name || $0.hasPrefix(name + ".") } && !onCreate.contains(name)
    }
    let lost = onCreate + others.keys.sorted()
    return lost.isEmpty ? nil : lost
  }
}

extension SchemaNode {
  /// The fields with our mark for it, and those without which an update's own schema refuses any body.
  fileprivate func carriedAlways(isOwnSchema: Bool) -> Set<String> {
    let marked = properties.filter { $0.value.marks.isAlways }.keys
    return Set(marked).union(isOwnSchema ? required + allOf.flatMap(\.required) : [])
  }
}

extension String {
  /// The folder of a path.
  public var directory: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }
}

extension Diagnostic {
  /// Whether it is an error in a mapping's own file.
  public func isError(in mapping: MappingDefinition) -> Bool {
    guard severity == .error, let range else { return false }
    return range.file.path.utf8.elementsEqual(mapping.file.path.utf8)
  }
}
