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
  public var remedy: String? {
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
        code: .sql, message: "The server does not say what it is.", remedy: "Check the server.")
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

  /// What the role can do, and what it could do after `set role`: with a membership that it does not inherit, a role has
  /// rights that show nowhere until it takes them.
  private func powers() throws(PostgresError) -> [String] {
    let own = try list(
      """
      select v.word from pg_catalog.pg_roles r, lateral (values
        (1, 'superuser', r.rolsuper), (2, 'the right to create databases', r.rolcreatedb),
        (3, 'the right to create roles', r.rolcreaterole),
        (4, 'BYPASSRLS, so that row security hides nothing from it', r.rolbypassrls),
        (5, 'REPLICATION, which reads everything', r.rolreplication)) as v (place, word, has)
      where r.rolname = current_user and v.has order by v.place
      """)
    if own.first == "superuser" { return ["superuser"] }
    let others = try list(
      """
      select r.rolname::text || ' (by SET ROLE): ' || pg_catalog.concat_ws(', ',
          case when r.rolsuper then 'superuser' end,
          case when r.rolcreatedb then 'creates databases' end,
          case when r.rolcreaterole then 'creates roles' end,
          case when r.rolbypassrls then 'BYPASSRLS' end,
          case when r.rolreplication then 'REPLICATION' end)
      from pg_catalog.pg_roles r
      where r.rolname <> current_user and pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')
        and (r.rolsuper or r.rolcreatedb or r.rolcreaterole or r.rolbypassrls
          or r.rolreplication)
      order by r.rolname limit 5
      """)
    let predefined = try list(
      """
      select 'membership in ' || r.rolname from pg_catalog.pg_roles r
      where r.rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_read_server_files',
          'pg_execute_server_program', 'pg_signal_backend', 'pg_checkpoint', 'pg_maintain',
          'pg_create_subscription', 'pg_use_reserved_connections')
        and pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')
      order by r.rolname
      """)
    return own + others + predefined + (try list(Self.writableTables))
      + (try list(Self.writableSchemas)) + (try list(Self.owned))
  }

  /// Every role whose rights it can have: itself, and those that it is a member of in any way.
  private static let reach = """
    reach as (
      select r.oid, r.rolname,
        case when r.rolname = current_user or pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')
          then '' else ' (by SET ROLE ' || r.rolname || ')' end as way
      from pg_catalog.pg_roles r
      where pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')
        and r.rolname !~ '^pg_')
    """

  /// The shortest way to each right: the empty one is first in the order of texts.
  private static let writableTables = """
    with \(reach), rights as (
      select n.nspname, c.relname, min(e.way) as way, pg_catalog.concat_ws(', ',
          case when bool_or(pg_catalog.has_any_column_privilege(e.oid, c.oid, 'INSERT'))
            then 'INSERT' end,
          case when bool_or(pg_catalog.has_any_column_privilege(e.oid, c.oid, 'UPDATE'))
            then 'UPDATE' end,
          case when bool_or(pg_catalog.has_table_privilege(e.oid, c.oid, 'DELETE'))
            then 'DELETE' end,
          case when bool_or(pg_catalog.has_table_privilege(e.oid, c.oid, 'TRUNCATE'))
            then 'TRUNCATE' end,
          case when bool_or(pg_catalog.has_table_privilege(e.oid, c.oid, 'TRIGGER'))
            then 'TRIGGER' end) as words
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join reach e
      where c.relkind in ('r', 'p', 'v', 'f') and n.nspname !~ '^pg_'
        and n.nspname <> 'information_schema'
        and (pg_catalog.has_any_column_privilege(e.oid, c.oid, 'INSERT, UPDATE')
          or pg_catalog.has_table_privilege(e.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER'))
      group by n.nspname, c.relname)
    select words || ' on ' || nspname || '.' || relname || way from rights
    order by nspname, relname limit 5
    """

  private static let writableSchemas = """
    with \(reach)
    select 'CREATE in schema ' || n.nspname || min(e.way)
    from pg_catalog.pg_namespace n cross join reach e
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and pg_catalog.has_schema_privilege(e.oid, n.oid, 'CREATE')
    group by n.nspname order by n.nspname limit 5
    """

  /// An owner may drop and change what it owns, whatever rights it has taken from itself.
  private static let owned = """
    with \(reach), owned as (
      select 1 as place, 'database ' || d.datname as word, d.datdba as owner
        from pg_catalog.pg_database d where d.datname = current_database()
      union all
      select 2, 'schema ' || n.nspname, n.nspowner from pg_catalog.pg_namespace n
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      union all
      select 3, n.nspname || '.' || c.relname, c.relowner
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'f', 'm') and n.nspname !~ '^pg_'
          and n.nspname <> 'information_schema')
    select 'ownership of ' || o.word || e.way
    from owned o join reach e on e.oid = o.owner
    order by o.place, o.word limit 5
    """

  private func list(_ sql: String) throws(PostgresError) -> [String] {
    let batch = try batch(sql)
    return (0..<batch.count).map { batch.text($0, 0) }
  }

  private func batch(_ sql: String) throws(PostgresError) -> RowBatch {
    try execute(SentText(text: sql), values: []) { (result) throws(PostgresError) in
      RowBatch(wholeResult: result)
    } ?? RowBatch(columns: [])
  }
}
