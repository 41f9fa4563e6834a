import Engine
import GRDB

/// The views that ``LedgerView`` promises, in SQLite.
extension Schema {
  /// Creates the views again, at the end of each migration that touches a table or a view.
  static func makeViews(_ database: Database) throws {
    for view in LedgerView.all {
      try database.execute(sql: "DROP VIEW IF EXISTS \(view.name)")
      guard let sql = views[view.name] else {
        throw LedgerError.corrupt("the view \(view.name) has no definition")
      }
      let columns = view.columns.map(\.name).joined(separator: ", ")
      try database.execute(sql: "CREATE VIEW \(view.name) (\(columns)) AS \(sql)")
    }
  }

  static let views = [
    "v1_links": """
    SELECT mapping.name, \(key(of: "link")), resource.name, target_id,
      iif(state = 0, 'active', 'inactive'), absences, CAST(change.fields AS TEXT)
    FROM link JOIN mapping ON mapping.id = link.mapping
    JOIN resource ON resource.id = link.resource LEFT JOIN change ON change.id = link.change
    """,
    "v1_changes": """
    SELECT change.id, run, mapping.name, \(key(of: "change")), operation, CAST(before AS TEXT),
      CAST(coalesce(after, fields) AS TEXT), \(moment("at"))
    FROM change JOIN mapping ON mapping.id = change.mapping WHERE operation IS NOT NULL
    """,
    "v1_writes": """
    SELECT intent.id, run, mapping.name, \(key(of: "intent")), resource.name, operation, state,
      \(isOpen), attempt, \(moment("sent_at")), \(moment("not_before"))
    FROM intent JOIN mapping ON mapping.id = intent.mapping
    JOIN resource ON resource.id = intent.resource
    """,
    "v1_failures": """
    SELECT mapping.name, \(key(of: "failure")), status, attempts, \(moment("first_at")),
      \(moment("last_at")), run, standing,
      (SELECT json_group_array(json_object('field', field, 'message', message)) FROM (
        SELECT field, message FROM failure_reason WHERE failure_reason.mapping = failure.mapping
        AND failure_reason.key = failure.key ORDER BY position))
    FROM failure JOIN mapping ON mapping.id = failure.mapping
    """,
    "v1_decisions": """
    SELECT decision.id, verb, mapping.name, \(key(of: "decision")), target_id, who, note,
      \(moment("at"))
    FROM decision JOIN mapping ON mapping.id = decision.mapping
    """,
    "v1_runs": """
    SELECT id, command, \(moment("started_at")), \(moment("finished_at")), status,
      CAST(report AS TEXT)
    FROM run
    """,
  ]

  private static func moment(_ column: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%SZ', \(column) / 1000, 'unixepoch')"
  }

  /// A table's key as text, see ``Key/description``: each step takes one column from the front. Invisible characters are not
  /// escaped.
  private static func key(of table: String) -> String {
    // Big-endian, with the sign bit flipped: the first digit is looked up in reverse order.
    let integer = (0..<16).map { place -> String in
      let digits = place == 0 ? "89ABCDEF01234567" : "0123456789ABCDEF"
      return
        "((instr('\(digits)', substr(hex(substr(rest, 2, 8)), \(place + 1), 1)) - 1) << \(60 - 4 * place))"
    }.joined(separator: " | ")
    return """
      (WITH RECURSIVE part (rest, text) AS (
        SELECT \(table).key, NULL UNION ALL
        SELECT
          CASE substr(rest, 1, 1)
            WHEN x'02' THEN substr(rest, 10)
            WHEN x'03' THEN iif(instr(rest, x'00') = 0, x'', substr(rest, instr(rest, x'00') + 1))
            ELSE substr(rest, 3) END,
          coalesce(text || '/', '') || CASE substr(rest, 1, 1)
            WHEN x'01' THEN iif(substr(rest, 2, 1) = x'00', 'false', 'true')
            WHEN x'02' THEN \(integer)
            ELSE iif(text IS NULL AND substr(rest, 2, 1) IN (x'2D', x'5B'), char(92), '')
              || replace(replace(CAST(substr(rest, 2, max(instr(rest, x'00') - 2, 0)) AS TEXT),
                char(92), char(92) || char(92)), '/', char(92) || '/') END
        FROM part WHERE length(rest) > 0)
      SELECT text FROM part WHERE length(rest) = 0)
      """
  }
}
