import Diagnostics
import Expressions
import JSON
import Mappings
import Rows
import SQLText

/// Compiles a mapping's fields against its columns and its resource's schemas.
struct FieldCompiler {
  let mapping: MappingDefinition
  let project: Project
  let settings: SettingResolver?
  let resource: ResourceDefinition
  let schemas: ResourceSchemas
  let columns: [Column]
  /// Whether the columns' types are known.
  let typed: Bool
  /// Whether at least the columns' names are known.
  let columnsAreKnown: Bool
  let parameters: [BoundParameter]
  let list: SelectList?
  let environment: Environment
  let sensitive: Set<String>
  let foresees: Bool

  var diagnostics: [Diagnostic] = []
  private(set) var linkedMappings: [String] = []
  private(set) var references: [LinkChecks.Reference] = []
  /// The variables that expressions read: columns first, then parameters.
  private(set) var usedSlots: Set<Int> = []
  /// The names of the columns that expressions read.
  var usedColumns: Set<String> {
    Set(usedSlots.filter { $0 < columns.count }.map { columns[$0].name })
  }

  init(
    mapping: MappingDefinition, project: Project, settings: SettingResolver?,
    resource: ResourceDefinition, schemas: ResourceSchemas, columns: [Column], typed: Bool,
    columnsAreKnown: Bool,
    parameters: [BoundParameter], list: SelectList?, identities: [String: CELType],
    foresees: Bool
  ) {
    self.foresees = foresees
    self.mapping = mapping
    self.project = project
    self.settings = settings
    self.resource = resource
    self.schemas = schemas
    self.columns = columns
    self.typed = typed
    self.columnsAreKnown = columnsAreKnown
    self.parameters = parameters
    self.list = list
    sensitive = Set(mapping.sensitive.map(\.value))
    let keys = Set(mapping.key.map(\.value))
    let row = columns.map { column in
      Variable(
        "row." + column.name,
        typed
          ? column.celType(nullable: !keys.contains(column.name) && column.nullable != false)
          : .dyn, maximumSize: column.maxLength.map { min($0, .max / 4) * 4 },
        extent: typed ? column.extent : .unknown)
    }
    let settings = parameters.map { Variable("parameters." + $0.name, $0.celType) }
    var variables = row + settings
    variables += mapping.extract.misreadParameters.map { Variable("parameters." + $0, .dyn) }
    // Where not even the columns' names are known, nothing can be said of what is read from a row.
    if !columnsAreKnown { variables.append(Variable("row", .dyn)) }
    environment = Environment(
      variables: variables, functions: .standard, identities: identities)
  }

  /// The fields that are compared and kept up.
  mutating func compile(_ definitions: [FieldDefinition]) -> [FieldProgram] {
    definitions.compactMap { compile($0, isKeptUp: true) }
  }

  /// The fields that only a create carries.
  mutating func compileOnCreate(_ definitions: [FieldDefinition]) -> [FieldProgram] {
    definitions.compactMap { compile($0, isKeptUp: false) }
  }

  private mutating func compile(_ field: FieldDefinition, isKeptUp: Bool) -> FieldProgram? {
    let path = field.path.value
    let create = schemas.create.node(at: path)
    let update = schemas.update.node(at: path)
    guard let schema = create ?? update else {
      diagnostics.append(.fieldUnknown(field.path, mapping, schemas.create))
      return nil
    }
    guard checkMarks(field, create, update, isKeptUp: isKeptUp),
      let (content, source) = content(of: field, schema)
    else { return nil }
    return FieldProgram(
      path: path, content: content, create: create, update: update,
      isRequired: isRequired(path, schema), isSensitive: sensitive.contains(path),
      definition: field, source: source)
  }

  /// Whether the target takes the field in the bodies that would carry it.
  private mutating func checkMarks(
    _ field: FieldDefinition, _ create: SchemaNode?, _ update: SchemaNode?, isKeptUp: Bool
  ) -> Bool {
    let name = mapping.resource.value
    guard let schema = create ?? update else { return false }
    if schema.marks.isReadOnly {
      diagnostics.append(.fieldReadOnly(field.path, schema))
      return false
    }
    if create == nil, resource.create != nil {
      diagnostics.append(.fieldNotInCreate(field.path, name))
      return false
    }
    // What finds an object has to be among the fields, and does not change.
    let isMatch = (mapping.match ?? resource.match)?.field.value == field.path.value
    if isKeptUp, !isMatch, resource.update != nil, update == nil || schema.marks.isImmutable {
      diagnostics.append(.fieldImmutable(field.path, name, create))
      return false
    }
    if schema.marks.isUnique, case .literal(let literal) = field.content, !literal.isNull {
      diagnostics.append(.uniqueConstant(field.path, schema))
      return false
    }
    if schema.marks.isSensitive, !sensitive.contains(field.path.value) {
      diagnostics.append(.fieldSensitive(field.path, schema))
    }
    return true
  }

  /// Whether a body without the field is refused, when it is made or whenever it is written.
  func isRequired(_ path: String, _ schema: SchemaNode) -> Bool {
    guard !schema.kinds.contains(.null), !path.utf8.contains(UInt8(ascii: ".")) else {
      return false
    }
    return schemas.create.requires(path)
      || resource.update?.always.contains { $0.value == path } == true
  }

  private mutating func content(
    of field: FieldDefinition, _ schema: SchemaNode
  ) -> (FieldProgram.Content, SourceText?)? {
    switch field.content {
    case .literal(let literal):
      guard let content = constant(literal, at: field.range, path: field.path.value, schema) else {
        return nil
      }
      return (content, nil)
    case .expression(let text):
      guard let expression = compile(text) else { return nil }
      // What always fails has been reported, and says nothing of the field.
      if expression.warnings.isEmpty {
        let findings = fit(field, schema).findings(of: expression, text)
        diagnostics += findings.filter { foresees || !FieldFit.concernsSingleRecords($0.code) }
      }
      switch expression.form {
      case .variable(let slot) where slot < columns.count && typed && columns[slot].isPlain:
        return (.column(slot), text)
      default: return (.expression(expression), text)
      }
    case .table(let text, let entries, let otherwise):
      guard let expression = compile(text) else { return nil }
      let known = diagnostics.count
      var values: [String: [UInt8]] = [:]
      for entry in entries { values[entry.key.value] = tableBytes(entry.value, field, schema) }
      let rest = otherwise.flatMap { tableBytes($0, field, schema) }
      if diagnostics.count == known, foresees {
        diagnostics += fit(field, schema).tableFindings(
          expression, text, entries, otherwise: otherwise)
      }
      return (.table(expression, values: values, otherwise: rest), text)
    }
  }

  private func fit(_ field: FieldDefinition, _ schema: SchemaNode) -> FieldFit {
    FieldFit(
      field: field, mapping: mapping, schema: schema,
      isRequired: isRequired(field.path.value, schema), columns: columns, typed: typed)
  }

  /// A literal of a table; null only where the field may be without a value.
  private mutating func tableBytes(
    _ literal: Located<FieldDefinition.Literal>, _ field: FieldDefinition, _ schema: SchemaNode
  ) -> [UInt8]? {
    let path = field.path.value
    if literal.value.isNull, isRequired(path, schema) {
      diagnostics.append(
        .literal(path, ["is null, and the field is required"], at: literal.range))
      return nil
    }
    return constantBytes(literal.value, at: literal.range, path, schema)
  }

  // MARK: Expressions

  private mutating func compile(_ text: SourceText) -> CompiledExpression? {
    switch compiled(text) {
    case .success(let expression):
      usedSlots.formUnion(expression.slots)
      for risk in expression.nullRisks {
        diagnostics.append(.nullRisk(risk, text, columns: columns))
      }
      for warning in expression.warnings {
        diagnostics.append(finding(warning, text))
      }
      if foresees {
        for remark in expression.remarks {
          diagnostics.append(finding(remark, text))
        }
      }
      for call in expression.hostCalls {
        check(call, text, waits: expression.type.isOptional)
      }
      return expression
    case .failure(let issues):
      for issue in issues.all {
        diagnostics.append(
          .expression(
            issue, text, columns: columns, parameters: parameters, extract: mapping.extract,
            mappings: project.mappings.map(\.name.value)))
      }
      return nil
    }
  }

  /// What may cost too much works all the same: an evaluation that does is stopped, and its record refused. So a column
  /// that becomes wider does not stop a mapping; only what costs too much whatever the row holds is an error.
  private mutating func compiled(_ text: SourceText) -> Result<CompiledExpression, Issues> {
    let result = Compiler.compile(text.text, in: environment)
    guard case .failure(let issues) = result,
      issues.all.allSatisfy({ $0.kind == .tooCostly }),
      case .success(let unlimited) = Compiler.compile(text.text, in: environment.unlimited),
      unlimited.cost.least <= environment.costLimit
    else { return result }
    if foresees {
      diagnostics += issues.all.map {
        var finding = self.finding($0, text)
        finding.severity = .warning
        return finding
      }
    }
    return .success(unlimited)
  }

  private func finding(_ issue: Issue, _ text: SourceText) -> Diagnostic {
    .expression(
      issue, text, columns: columns, parameters: parameters, extract: mapping.extract)
  }

  private mutating func check(_ call: HostCall, _ text: SourceText, waits: Bool) {
    guard let name = call.literal else {
      diagnostics.append(.linkNotLiteral(text.range(of: call.range)))
      return
    }
    guard let linked = project.mappings.first(where: { $0.name.value == name }) else {
      // It may be that of a file with a mistake.
      guard project.hasAllMappings else { return }
      diagnostics.append(
        .linkUnknown(name, text.range(of: call.range), project.mappings.map(\.name.value)))
      return
    }
    let key = Array(call.argumentTypes.dropFirst())
    if key.count != linked.key.count {
      diagnostics.append(.linkKeyCount(name, text.range(of: call.range), linked.key, key.count))
    }
    references.append(
      LinkChecks.Reference(
        from: mapping.name.value, to: name, noun: mapping.extract.noun,
        range: text.range(of: call.range), key: key, waits: waits))
    if !linkedMappings.contains(name) { linkedMappings.append(name) }
  }

  // MARK: Literals

  private mutating func constant(
    _ literal: FieldDefinition.Literal, at range: SourceRange, path: String, _ schema: SchemaNode
  ) -> FieldProgram.Content? {
    guard let bytes = constantBytes(literal, at: range, path, schema) else { return nil }
    if case .json(.null) = literal, isRequired(path, schema) {
      diagnostics.append(.literal(path, ["is null, and the field is required"], at: range))
      return nil
    }
    if case .setting(let setting) = literal,
      setting.parts.contains(where: { if case .secret = $0 { true } else { false } })
    {
      return .secret(bytes)
    }
    return .constant(bytes)
  }

  private mutating func constantBytes(
    _ literal: FieldDefinition.Literal, at range: SourceRange, _ path: String, _ schema: SchemaNode
  ) -> [UInt8]? {
    constantValue(literal, at: range, path, schema)?.compactBytes
  }

  /// The literal's value. Text from a setting takes the type that the schema asks for.
  mutating func constantValue(
    _ literal: FieldDefinition.Literal, at range: SourceRange, _ path: String, _ schema: SchemaNode
  ) -> JSON? {
    let value: JSON
    switch literal {
    case .json(let json): value = json
    case .setting(let setting):
      guard let settings else { return .null }
      guard let text = settings.resolve(setting, &diagnostics) else { return nil }
      value = schema.value(of: text)
    }
    if value.isNull { return value }
    let problems = schema.problems(with: value)
    if !problems.isEmpty {
      diagnostics.append(.literal(path, problems, at: range))
      return nil
    }
    return value
  }
}

extension FieldDefinition.Literal {
  fileprivate var isNull: Bool {
    if case .json(.null) = self { true } else { false }
  }
}

extension CELType {
  fileprivate var isOptional: Bool {
    if case .optional = self { true } else { false }
  }
}
