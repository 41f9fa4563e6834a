import Rows
import SQLText

/// The columns of a table that queries use, by their places in the table.
public struct TableUse: Sendable, Hashable {
  public var schema: String
  public var table: String
  public var columns: [String]

  public init(schema: String, table: String, columns: [String]) {
    self.schema = schema
    self.table = table
    self.columns = columns
  }

  /// `viewpoint.bPREH`
  public var name: String { "\(schema).\(table)" }
}

/// The names in a query's text that tables and columns can have.
struct UsedNames {
  /// `schema.table`, and whatever else stands on both sides of a dot.
  private(set) var qualified: Set<String> = []
  /// What stands where a table may stand.
  private(set) var unqualified: Set<String> = []
  /// All names.
  private(set) var names: Set<String> = []

  init(_ sql: String) {
    let dot = SQLToken.Kind.symbol(UInt8(ascii: "."))
    let tokens = SQLScanner.tokens(of: sql)
    for (index, token) in tokens.enumerated() {
      guard let name = token.name else { continue }
      names.insert(name)
      let before = index > 0 ? tokens[index - 1].kind : nil
      if before == dot, index > 1, let owner = tokens[index - 2].name {
        qualified.insert("\(owner).\(name)")
      }
      switch before {
      case .word("from"), .word("join"), .word("only"), .word("lateral"),
        .symbol(UInt8(ascii: ",")), .symbol(UInt8(ascii: "(")):
        unqualified.insert(name)
      default: break
      }
    }
  }
}

extension SQLToken {
  fileprivate var name: String? {
    switch kind {
    case .word(let name), .quoted(let name): name
    default: nil
    }
  }
}

extension Session {
  /// The table columns that a query uses: those that its result comes from, and all that its text names of the tables
  /// that it names. A name that two of its tables have counts for both.
  func tables(usedBy sql: String, origins: [String]) throws(PostgresError) -> [TableUse] {
    let used = UsedNames(sql)
    let text = """
      select n.nspname::text, c.relname::text, a.attname::text
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and n.nspname not in ('pg_catalog', 'information_schema')
        and pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
        and (n.nspname || '.' || c.relname || '.' || a.attname = any ($4)
          or a.attname = any ($3)
            and (n.nspname || '.' || c.relname = any ($1)
              or c.relname = any ($2) and pg_catalog.pg_table_is_visible(c.oid)))
      order by n.nspname, c.relname, a.attnum
      """
    let lists = [Array(used.qualified), Array(used.unqualified), Array(used.names), origins]
    let values = lists.map { BoundValue(oid: 1009, bytes: ParameterValue.texts($0).binary) }
    let batch =
      try execute(SentText(text: text), values: values) { (result) throws(PostgresError) in
        RowBatch(wholeResult: result)
      } ?? RowBatch(columns: [])
    var uses: [TableUse] = []
    for row in 0..<batch.count {
      let (schema, table) = (batch.text(row, 0), batch.text(row, 1))
      if uses.last?.schema != schema || uses.last?.table != table {
        uses.append(TableUse(schema: schema, table: table, columns: []))
      }
      uses[uses.count - 1].columns.append(batch.text(row, 2))
    }
    return uses
  }

  /// Those of the columns that the table still has and the role may read, in the table's order; `nil` when it has none.
  func existing(_ use: TableUse) throws(PostgresError) -> TableUse? {
    let origins = use.columns.map { "\(use.name).\($0)" }
    return try tables(usedBy: "", origins: origins).first {
      $0.schema == use.schema && $0.table == use.table
    }
  }
}

extension TableUse {
  /// The query that returns exactly these columns.
  var query: String {
    let names = columns.map(\.quotedName).joined(separator: ", ")
    return "select \(names) from \(schema.quotedName).\(table.quotedName)"
  }
}

extension String {
  fileprivate var quotedName: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
