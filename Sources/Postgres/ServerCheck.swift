import CLibPQ
import Rows

/// What a server is, and what the role could do beyond reading.
public struct ServerCheck: Sendable, Hashable {
  public var serverVersion: String
  public var database: String
  public var user: String
  /// The encoding of the database; `SQL_ASCII` means that its text was never checked.
  public var encoding: String
  /// The TLS version in use, `nil` without TLS.
  public var tls: String?
  public var isStandby: Bool
  /// Whether the role's transactions are read-only unless it says otherwise.
  public var isReadOnlyByDefault: Bool
  /// What the role could change, in words, e.g. `INSERT, DELETE on viewpoint.bPREH`; the first few.
  public var powers: [String]

  /// What a person should do, `nil` where nothing.
  public var mend: String? {
    powers.isEmpty
      ? nil
      : "Read with a role that has CONNECT, USAGE and SELECT only: \(user) has "
        + powers.joined(separator: "; ") + "."
  }
}

extension Session {
  func serverCheck() throws(PostgresError) -> ServerCheck {
    let facts = try batch(
      """
      select pg_catalog.current_setting('server_version'), current_database()::text,
        current_user::text, pg_catalog.current_setting('server_encoding'),
        pg_catalog.pg_is_in_recovery(),
        (select s.reset_val = 'on' from pg_catalog.pg_settings s
          where s.name = 'default_transaction_read_only')
      """)
    guard facts.count == 1 else {
      throw PostgresError(
        code: .sql, message: "The server does not say what it is.", mend: "Check the server.")
    }
    return ServerCheck(
      serverVersion: facts.text(0, 0), database: facts.text(0, 1), user: facts.text(0, 2),
      encoding: facts.text(0, 3), tls: tlsVersion, isStandby: facts.bool(0, 4),
      isReadOnlyByDefault: facts.bool(0, 5), powers: try powers())
  }

  private var tlsVersion: String? {
    guard PQsslInUse(connection) == 1 else { return nil }
    return PQsslAttribute(connection, "protocol").map { String(cString: $0) } ?? "TLS"
  }

  private func powers() throws(PostgresError) -> [String] {
    let attributes = try batch(
      """
      select v.word from pg_catalog.pg_roles r, lateral (values
        (1, 'superuser', r.rolsuper), (2, 'the right to create databases', r.rolcreatedb),
        (3, 'the right to create roles', r.rolcreaterole)) as v (place, word, has)
      where r.rolname = current_user and v.has order by v.place
      """)
    if attributes.count > 0, attributes.text(0, 0) == "superuser" { return ["superuser"] }
    let tables = try batch(
      """
      select pg_catalog.concat_ws(', ',
          case when pg_catalog.has_any_column_privilege(c.oid, 'INSERT') then 'INSERT' end,
          case when pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') then 'UPDATE' end,
          case when pg_catalog.has_table_privilege(c.oid, 'DELETE') then 'DELETE' end,
          case when pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') then 'TRUNCATE' end)
        || ' on ' || n.nspname || '.' || c.relname
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'f') and n.nspname !~ '^pg_'
        and n.nspname <> 'information_schema'
        and (pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE')
          or pg_catalog.has_table_privilege(c.oid, 'DELETE, TRUNCATE'))
      order by n.nspname, c.relname limit 5
      """)
    let schemas = try batch(
      """
      select 'CREATE in schema ' || n.nspname from pg_catalog.pg_namespace n
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and pg_catalog.has_schema_privilege(n.oid, 'CREATE')
      order by n.nspname limit 5
      """)
    return [attributes, tables, schemas].flatMap { batch in
      (0..<batch.count).map { batch.text($0, 0) }
    }
  }

  private func batch(_ sql: String) throws(PostgresError) -> RowBatch {
    try execute(SentText(text: sql), values: []) { (result) throws(PostgresError) in
      RowBatch(wholeResult: result)
    } ?? RowBatch(columns: [])
  }
}
