import Diagnostics
import Documents
import Rows

/// The keys of a file in `tables/` of a source's snapshot.
enum TableSnapshotSpec {
  private static let name = FieldSpec.required(
    "table", Kind<Located<String>>.text, "The table or view, with its schema.",
    example: "viewpoint.bPREH")
  private static let columns = FieldSpec.required(
    "columns", Kind<[Column]>.list(ColumnSpec.object.kind),
    "The columns that queries use, in the table's order.")

  static let object = ObjectSpec<TableSnapshot>(
    "table-snapshot", "What a source says of the columns of a table that queries use.",
    keys: [name.key, columns.key]
  ) { fields in
    let name = fields.read(name)
    let columns = fields.read(columns)
    guard let name, let columns else { return nil }
    return TableSnapshot(name: name, columns: columns)
  }
}

/// The keys of a file in `queries/` of a source's snapshot.
enum QuerySnapshotSpec {
  private static let mapping = FieldSpec.required(
    "query", Kind<Located<String>>.name, "The mapping whose query it is.", example: "crm-users")
  private static let fingerprint = FieldSpec.required(
    "fingerprint", Kind<Located<String>>.text,
    "Of the SQL text and its parameters' types; another one makes the snapshot stale.",
    example: "9c56cc51b374c3ba189210d5b6d4bf57")
  private static let columns = FieldSpec.required(
    "columns", Kind<[Column]>.list(ColumnSpec.object.kind, nonEmpty: true),
    "The columns of the result, in their order.")

  static let object = ObjectSpec<QuerySnapshot>(
    "query-snapshot", "What a source says of the result of a mapping's query.",
    keys: [mapping.key, fingerprint.key, columns.key]
  ) { fields in
    let mapping = fields.read(mapping)
    let fingerprint = fields.read(fingerprint)
    let columns = fields.read(columns)
    guard let mapping, let fingerprint, let columns else { return nil }
    return QuerySnapshot(mapping: mapping, fingerprint: fingerprint, columns: columns)
  }
}

/// The keys of a column in either.
enum ColumnSpec {
  private static let name = FieldSpec.required(
    "name", Kind<Located<String>>.text, "The name of the column.", example: "first_name")
  private static let type = FieldSpec.required(
    "type",
    Kind<ColumnType>(shape: .text) { node, reading in
      if let type = node.scalar.flatMap({ ColumnType($0.text) }) { return type }
      reading.report(
        Codes.notAChoice, "`type` cannot be \(node.found)", at: node.range,
        help: [
          "write one of " + ColumnType.scalars.map { "`\($0)`" }.joined(separator: ", ")
            + ", or `array(…)` of one"
        ])
      return nil
    }, "The kind of value, as expressions see it.", example: "text")
  private static let declared = FieldSpec.required(
    "declared", Kind<Located<String>>.text, "The type in the source's own words.",
    example: "character varying(30)")
  private static let nullable = FieldSpec.optional(
    "nullable", Kind<Bool>.bool, "Whether NULL can occur; left out where the source cannot tell.",
    example: "true")
  private static let values = FieldSpec.optional(
    "values",
    Kind<[String]>.list(
      Kind<String>(shape: .text) { node, reading in
        if let scalar = node.scalar { return scalar.text }
        reading.reportWrongType(node, .text)
        return nil
      }),
    "All values that can occur, where the source declares a list.", example: "[M, F]")
  private static let origin = FieldSpec.optional(
    "from", Kind<Located<String>>.text, "The table column that the value comes from unchanged.",
    example: "viewpoint.bPREH.FirstName")

  static let object = ObjectSpec<Column>(
    "column", "A column.",
    keys: [name.key, type.key, declared.key, nullable.key, values.key, origin.key]
  ) { fields in
    let name = fields.read(name)
    let type = fields.read(type)
    let declared = fields.read(declared)
    let nullable = fields.read(nullable)
    let values = fields.read(values)
    let origin = fields.read(origin)
    guard let name, let type, let declared else { return nil }
    return Column(
      name: name.value, type: type, declared: declared.value, nullable: nullable,
      origin: origin?.value, values: values, stated: fields.node.range)
  }
}
