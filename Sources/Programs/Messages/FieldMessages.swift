import Diagnostics
import Expressions
import Mappings

extension Diagnostic {
  static func typeMismatch(_ fit: FieldFit, _ text: SourceText, _ type: CELType) -> Diagnostic {
    let schema = fit.schema
    let wanted = schema.kinds.map(\.rawValue).sorted().joined(separator: " or ")
    var help: [String] = []
    if schema.kinds.contains(.string) {
      help = ["write `string(\(text.text))`"]
    } else if schema.kinds.contains(.integer) {
      help = ["write `int(\(text.text))` if the text is always a number"]
    } else {
      help = ["give \(schema.wanted)"]
    }
    return Diagnostic(
      ProgramCodes.typeMismatch, "`\(fit.path)` takes \(wanted), and this is \(type)",
      at: text.range, label: "\(fit.mapping.resource.value) wants \(wanted)",
      notes: fit.declaration(of: "type"), help: help)
  }

  static func typeMismatchSometimes(
    _ fit: FieldFit, _ text: SourceText, _ type: CELType
  ) -> Diagnostic {
    let wanted = fit.schema.kinds.map(\.rawValue).sorted().joined(separator: " or ")
    return Diagnostic(
      ProgramCodes.typeMismatch, "`\(fit.path)` takes \(wanted), and this can be \(type)",
      at: text.range, label: "\(fit.mapping.resource.value) wants \(wanted)",
      notes: fit.declaration(of: "type"),
      help: ["give \(fit.schema.wanted) in each case, or `null` for no value"])
  }

  static func fieldUnknown(
    _ path: Located<String>, _ mapping: MappingDefinition, _ schema: SchemaNode
  ) -> Diagnostic {
    // A field that is mapped already was not meant.
    let names = schema.properties.keys.filter { name in
      !(mapping.fields + mapping.onCreate).contains { $0.path.value == name }
        && !mapping.misreadFields.contains(name)
    }.sorted()
    let resource = mapping.resource.value
    return Diagnostic(
      ProgramCodes.fieldUnknown, "`\(path.value)` is not a field of \(resource)", at: path.range,
      label: "\(mapping.target.value) does not know it",
      help: closest(to: path.value, in: names).map { ["did you mean `\($0)`?"] } ?? [
        "the fields are \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? " …" : "")"
      ])
  }

  static func requiredMissing(_ path: String, _ mapping: MappingDefinition) -> Diagnostic {
    Diagnostic(
      ProgramCodes.requiredMissing,
      "`\(path)` is required to create \(mapping.resource.value), and is not mapped",
      at: mapping.resource.range,
      help: ["add `\(path)` under `fields:`, or under `on_create:` if it is sent only once"])
  }

  static func retryWithoutRequired(
    _ field: Located<String>, _ mapping: MappingDefinition, _ schema: SchemaNode
  ) -> Diagnostic {
    Diagnostic(
      ProgramCodes.retryWithoutRequired,
      "`\(field.value)` cannot be left out of a second try: \(mapping.target.value) requires it",
      at: field.range,
      notes: schema.source.map { [Note("it is declared here", at: $0.range)] } ?? [],
      help: ["take it off the list"])
  }

  static func literal(_ path: String, _ problems: [String], at range: SourceRange) -> Diagnostic {
    Diagnostic(
      ProgramCodes.literal,
      "the value of `\(path)` does not fit: \(problems.joined(separator: "; "))",
      at: range, help: ["write a value that the target's schema allows"])
  }

  static func absenceWithoutRestore(_ path: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.absence,
      "`\(path.value)` is set when a key is absent, and nothing sets it back when the key returns",
      at: path.range,
      help: ["map `\(path.value)` under `fields:`, or give it under `when_absent.restore:`"])
  }

  static func absenceExpression(_ path: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.absence, "`\(path.value)` must be a literal here: an absent key has no row",
      at: path.range, help: ["write `{ value: … }`"])
  }

  static func sensitiveNeeded(_ name: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.sensitive,
      "`\(name.value)` cannot be sensitive: the target needs it on every write, or it finds existing objects",
      at: name.range, help: ["take it off the list"])
  }

  static func matchMissing(_ resource: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.match,
      "nothing says how to find an object of `\(resource.value)` that exists already",
      at: resource.range,
      help: ["add `match: { field: … }` to the mapping, or to the resource in the target's file"])
  }

  static func searchMissing(_ resource: Located<String>) -> Diagnostic {
    Diagnostic(
      ProgramCodes.match, severity: .warning,
      "`\(resource.value)` can be neither listed nor searched: objects that exist already would be made again",
      at: resource.range,
      help: ["declare `list:` or `find:` at the resource in the target's file"])
  }

  static func updateClears(
    _ update: WriteDefinition, _ lost: [String], _ mapping: MappingDefinition
  ) -> Diagnostic {
    let fields = lost.prefix(4).map { "`\($0)`" }.joined(separator: ", ")
    let isPart = update.send == .changed
    return Diagnostic(
      ProgramCodes.updateClears, severity: .warning,
      isPart
        ? "`\(update.call.method)` with `send: changed` may clear every field that has not changed"
        : "an update by `\(update.call.method)` may clear what `\(mapping.name.value)` does not send: "
          + fields + (lost.count > 4 ? ", …" : ""),
      at: update.call.range,
      notes: [Note("the mapping is here", at: mapping.name.range)],
      help: [
        "write `send: whole`: the object is read first, and sent back with what differs",
        "or write `unsent: kept` if the target keeps what an update leaves out",
      ])
  }

  static func matchFieldMissing(_ field: Located<String>, _ resource: Located<String>) -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.match, "`\(field.value)` finds existing objects, and is not mapped here",
      at: resource.range, notes: [Note("it is named here", at: field.range)],
      help: ["add `\(field.value)` under `fields:`"])
  }

  static func fieldImmutable(_ path: Located<String>, _ resource: String, _ schema: SchemaNode?)
    -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.fieldImmutable,
      "`\(path.value)` can be given when \(resource) are made, and never changed", at: path.range,
      label: "a change in the source could not be sent",
      notes: schema?.source.map { [Note("it is declared here", at: $0.range)] } ?? [],
      help: ["move it under `on_create:`"])
  }

  static func updateMissing(_ resource: Located<String>, _ fields: [String]) -> Diagnostic {
    let names = fields.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      ProgramCodes.fieldImmutable, severity: .warning,
      "`\(resource.value)` has no `update` call, so a change of \(names) can't be sent",
      at: resource.range, label: "a row that changes would be refused",
      help: [
        "declare `update:` of the resource in the target's file, or move the fields under `on_create:`"
      ])
  }

  static func fieldNotInCreate(_ path: Located<String>, _ resource: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.fieldNotInCreate,
      "`\(path.value)` cannot be given when \(resource) are made", at: path.range,
      label: "only an update takes it", help: ["leave it out, or set it under `when_absent:`"])
  }

  static func fieldReadOnly(_ path: Located<String>, _ schema: SchemaNode) -> Diagnostic {
    Diagnostic(
      ProgramCodes.fieldReadOnly, "`\(path.value)` is the target's own and cannot be written",
      at: path.range,
      notes: schema.source.map { [Note("it is declared here", at: $0.range)] } ?? [],
      help: ["leave it out"])
  }

  static func fieldSensitive(_ path: Located<String>, _ schema: SchemaNode) -> Diagnostic {
    Diagnostic(
      ProgramCodes.fieldSensitive, severity: .warning,
      "`\(path.value)` is sensitive, and is not listed under `sensitive:`", at: path.range,
      notes: schema.source.map { [Note("it is declared here", at: $0.range)] } ?? [],
      help: ["add it: `sensitive: [\(path.value)]`"])
  }

  static func uniqueConstant(_ path: Located<String>, _ schema: SchemaNode) -> Diagnostic {
    Diagnostic(
      ProgramCodes.uniqueConstant,
      "`\(path.value)` is unique, and this gives every record the same",
      at: path.range,
      notes: schema.source.map { [Note("it is declared here", at: $0.range)] } ?? [],
      help: ["make it of the row's key: `external_id([row.…])`"])
  }
}
