import Diagnostics
import Expressions
import JSON
import Mappings
import Rows
import SQLText

/// What one mapping comes to by itself; whether its links fit is known only with the others.
struct MappingDraft: Sendable {
  /// `nil` when it cannot be executed.
  var program: MappingProgram?
  var diagnostics: [Diagnostic] = []
  /// The key's columns, where their types are known.
  var key: [Column]?
  var references: [LinkChecks.Reference] = []
}

/// Compiles one mapping, or says everything that is wrong with it by itself.
struct MappingCompiler {
  let mapping: MappingDefinition
  let project: Project
  let settings: SettingResolver?
  let foresees: Bool
  /// `nil` where they cannot be read, which has been reported.
  let schemas: ResourceSchemas?
  let identities: [String: CELType]
  private var found: [Diagnostic] = []

  init(
    mapping: MappingDefinition, project: Project, settings: SettingResolver?, foresees: Bool,
    schemas: ResourceSchemas?, identities: [String: CELType]
  ) {
    self.mapping = mapping
    self.project = project
    self.settings = settings
    self.foresees = foresees
    self.schemas = schemas
    self.identities = identities
  }

  /// `described` is what the source says of what is read.
  consuming func draft(columns described: [Column]?) -> MappingDraft {
    guard
      let target = project.targets.first(where: { $0.name.value == mapping.target.value }),
      let declared = target.resources.first(where: { $0.name.value == mapping.resource.value }),
      let schemas
    else { return MappingDraft() }
    let resource = declared.carrying(
      schemas.update.carriedAlways(isOwnSchema: declared.updateSchema != nil), of: mapping)
    checkCalls(of: resource)
    if let update = declared.update, let lost = update.cleared(mapping, declared, schemas.update) {
      found.append(.updateClears(update, lost, mapping))
    }
    let read = readColumns(described)
    let parameters = bindParameters()
    let keyColumns = keyColumns(mapping.key, read)
    let previousKeyColumns = self.keyColumns(mapping.previousKey, read, isFormer: true)
    var compiler = FieldCompiler(
      mapping: mapping, project: project, settings: settings, resource: resource,
      schemas: schemas, columns: read.columns, typed: read.areTyped,
      columnsAreKnown: read.areKnown, parameters: parameters, list: read.list,
      identities: identities, foresees: foresees)
    let fields = compiler.compile(mapping.fields).sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    let onCreate = compiler.compileOnCreate(mapping.onCreate)
    compiler.checkRequired()
    compiler.checkReject()
    let whenAbsent = compiler.absence()
    // What a text that cannot be read uses is not known.
    if read.query.fault == nil { compiler.checkUse() }
    found += compiler.diagnostics
    if let described {
      found += read.query.twins(
        among: described, used: compiler.usedColumns.union(mapping.key.map(\.value)))
    }
    let match = matchProgram(resource, fields)
    checkSensitive(resource, match)

    var draft = MappingDraft(
      diagnostics: found, key: read.areTyped ? keyColumns.map { read.columns[$0] } : nil,
      references: references(compiler))
    // What is not known whole can be checked in part, and not be executed.
    guard !found.contains(where: { $0.severity == .error }), read.areKnown,
      mapping.misreadFields.isEmpty, mapping.extract.misreadParameters.isEmpty
    else { return draft }
    draft.program = MappingProgram(
      definition: mapping, resource: resource, schemas: schemas, columns: read.columns,
      columnsAreTyped: read.areTyped, keyColumns: keyColumns,
      previousKeyColumns: previousKeyColumns, parameters: parameters, fields: fields,
      onCreate: onCreate, whenAbsent: whenAbsent, match: match,
      dependencies: dependencies(compiler.linkedMappings),
      linkedMappings: compiler.linkedMappings)
    return draft
  }

  private mutating func checkCalls(of resource: ResourceDefinition) {
    if resource.lacks("list", "find") { found.append(.searchMissing(mapping.resource)) }
    if resource.lacks("create") { found.append(.resourceWithoutCreate(mapping.resource)) }
    let keptUp = mapping.fields.map(\.path.value)
      .filter { $0 != (mapping.match ?? resource.match)?.field.value }
    if resource.lacks("update"), !keptUp.isEmpty {
      found.append(.updateMissing(mapping.resource, keptUp))
    }
    if let absence = mapping.whenAbsent, absence.delete || !absence.set.isEmpty,
      resource.lacks(absence.delete ? "delete" : "update")
    {
      found.append(.absenceCallMissing(absence, resource))
    }
  }

  /// The links to other mappings, and the mappings that this one waits for.
  private func references(_ compiler: FieldCompiler) -> [LinkChecks.Reference] {
    compiler.references
      + mapping.after.map { name in
        LinkChecks.Reference(
          from: mapping.name.value, to: name.value, noun: mapping.extract.noun, range: name.range,
          key: [], waits: true)
      }
  }

  private func dependencies(_ linked: [String]) -> [String] {
    var names: [String] = []
    for name in linked + mapping.after.map(\.value)
    where name != mapping.name.value && !names.contains(name) { names.append(name) }
    return names
  }

  // MARK: The query

  /// The columns of what is read, as far as they are known.
  private struct ReadColumns {
    let query: QueryCheck
    var list: SelectList?
    var columns: [Column]
    let areTyped: Bool
    let areKnown: Bool
  }

  private mutating func readColumns(_ described: [Column]?) -> ReadColumns {
    let query = QueryCheck(mapping)
    found += query.diagnostics + (query.fault.map { [$0] } ?? [])
    let list =
      described == nil && query.fault == nil
      ? mapping.query.flatMap { SelectList(of: $0.sql.text) } : nil
    return ReadColumns(
      query: query, list: list,
      columns: described
        ?? list?.items.map { Column(name: $0.name, type: .text, declared: "unknown") } ?? [],
      areTyped: described != nil, areKnown: described != nil || list != nil)
  }

  mutating func bindParameters() -> [BoundParameter] {
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
    _ names: [Located<String>], _ read: ReadColumns, isFormer: Bool = false
  ) -> [Int] {
    let columns = read.columns
    var places: [Int] = []
    for name in names {
      guard let place = columns.firstIndex(where: { $0.name == name.value }) else {
        if read.areKnown {
          found.append(.keyColumnUnknown(name, columns.map(\.name), in: mapping.extract))
        }
        continue
      }
      if read.areTyped {
        switch columns[place].type {
        case .int, .text, .date, .uuid, .bool: break
        default: found.append(.keyColumnType(name, columns[place], in: mapping.extract))
        }
        if foresees, !isFormer, columns[place].nullable == true {
          found.append(.keyColumnNullable(name, columns[place], in: mapping.extract))
        }
      }
      places.append(place)
    }
    return places
  }

  // MARK: The resource

  private mutating func matchProgram(
    _ resource: ResourceDefinition, _ fields: [FieldProgram]
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
      field: fields.firstIndex { $0.path == field.path } ?? 0, path: match.field.value,
      readPath: readPath, compare: match.compare)
  }

  private mutating func checkSensitive(
    _ resource: ResourceDefinition, _ match: MatchProgram?
  ) {
    for name in mapping.sensitive
    where match?.path == name.value
      || resource.update?.always.contains(where: { $0.value == name.value }) == true
    {
      found.append(.sensitiveNeeded(name))
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
