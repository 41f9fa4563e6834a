import Diagnostics
import Documents

/// The keys of `query` in a mapping.
enum QuerySpec {
  private static let sql = FieldSpec.required(
    "sql",
    Kind<SourceText>(shape: .sql) { node, reading in
      guard Kind<Located<String>>.text.read(node, &reading) != nil else { return nil }
      return SourceText(node)
    },
    "One SELECT; parameters are written `:name`.", example: "select id from jobs where id = :job")
  private static let parameters = FieldSpec.defaulted(
    "parameters",
    Kind<[MapEntry<Parameter>]>.map(.text, parameterObject.kind, of: "name of the parameter"), [],
    written: "{}", "Values that are bound to the statement, never put into its text.")

  static let object = ObjectSpec<QueryDefinition>(
    "query", "The SQL text and its parameters.", keys: [sql.key, parameters.key]
  ) { fields in
    let sql = fields.read(sql)
    let parameters = fields.read(parameters)
    let written = fields.node["parameters"]?.entries?.map(\.name) ?? []
    return sql.map {
      QueryDefinition(
        sql: $0,
        parameters: parameters.map { entry in
          ParameterDefinition(
            name: entry.key, kind: entry.value.kind, values: entry.value.values)
        },
        misreadParameters: written.filter { name in
          !parameters.contains { $0.key.value.utf8.elementsEqual(name.utf8) }
        })
    }
  }

  /// A parameter without its name.
  private struct Parameter: Sendable {
    var kind: ParameterDefinition.Kind
    var values: [Setting]
  }

  private static let type = FieldSpec.required(
    "type", Kind<ParameterDefinition.Kind>.choice(), "The type that the source is told.",
    example: "int")
  private static let value = FieldSpec.optional(
    "value", Kind<Setting>.uncutSetting, "The value.", example: "\"${VIEWPOINT_COMPANY:-1}\"")
  private static let values = FieldSpec.optional(
    "values", Kind<[Setting]>.list(.uncutSetting), "The values, where the type is a list.",
    example: "[1, 2]")

  private static let parameterObject = ObjectSpec<Parameter>(
    "parameter", "A value for `:name`.", exactlyOne: [["value", "values"]],
    keys: [type.key, value.key, values.key]
  ) { fields in
    let kind = fields.read(type)
    let single = fields.read(value)
    let several = fields.read(values)
    guard let kind else { return nil }
    let wanted = kind == .intList || kind == .textList ? "values" : "value"
    let given = fields.has("values") ? "values" : "value"
    if fields.has(given), given != wanted {
      fields.reading.report(
        Codes.exclusiveKeys, "a parameter of type `\(kind.rawValue)` takes `\(wanted)`",
        at: fields.keyRange(given), help: ["write `\(wanted)`"])
      return nil
    }
    if let several { return Parameter(kind: kind, values: several) }
    guard let single else { return nil }
    check(single, as: kind, &fields.reading)
    return Parameter(kind: kind, values: [single])
  }

  /// A value that is written out can be checked here, and so can a default; one from outside only when it is known.
  private static func check(
    _ setting: Setting, as kind: ParameterDefinition.Kind, _ reading: inout Reading
  ) {
    guard let written = setting.written else { return }
    let fits =
      switch kind {
      case .int, .intList: Int64(written) != nil
      case .bool: ["true", "false"].contains(written)
      case .double, .decimal: Double(written) != nil
      case .text, .date, .timestamp, .timestamptz, .uuid, .textList: true
      }
    guard !fits else { return }
    reading.report(
      Codes.wrongType, "`\(written)` is not of type `\(kind.rawValue)`",
      at: setting.range)
  }
}
