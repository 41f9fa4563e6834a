import Engine
import Expressions
import Mappings
import Postgres
import Programs
import Rows

/// A PostgreSQL source, as the engine reads it: one connection per query.
struct PostgresRowSource: LiveSource {
  let name: String
  let source: PostgresSource
  let limits: ReadLimits
  /// Ends a read by cancelling the server's statement.
  let stop: StopSignal

  /// The server sorts.
  var deliversInOrder: Bool { true }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] {
    let query = try query(of: extract)
    do throws(PostgresError) {
      return try await withConnection { connection throws(PostgresError) in
        try await connection.describe(query.sql, parameters: query.columnTypes)
      }
    } catch {
      throw failure(error, of: query)
    }
  }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    let query = try query(of: extract)
    let connection: PostgresConnection
    do {
      connection = try await connect()
    } catch let error as PostgresError {
      throw failure(error, of: query)
    }
    let watch = stop.watch { _ in connection.interrupt() }
    defer { stop.forget(watch) }
    do {
      let rows = try await connection.rows(
        try bound(query), orderedBy: query.orderedBy, limits: limits)
      for try await batch in rows { try await each(batch) }
      await connection.close()
    } catch {
      await connection.close()
      try stop.check()
      if let error = error as? PostgresError { throw failure(error, of: query) }
      throw error
    }
  }

  private func connect() async throws -> PostgresConnection {
    return try await stop.interrupting { [source] in try await source.connect() }
  }

  /// Reads the first rows of a query as a sample.
  func sample(_ extract: Extract) async throws(SourceFailure) -> Int {
    let query = try query(of: extract)
    do throws(PostgresError) {
      return try await withConnection { connection throws(PostgresError) in
        var rows = try await connection.rows(
          try bound(query), limits: ReadLimits(batchRows: 3)
        ).makeAsyncIterator()
        return try await rows.next()?.count ?? 0
      }
    } catch {
      throw failure(error, of: query)
    }
  }

  func check() async throws(SourceFailure) -> SourceCheck {
    let server: ServerCheck
    do throws(PostgresError) {
      server = try await withConnection { connection throws(PostgresError) in
        try await connection.check()
      }
    } catch {
      throw failure(error)
    }
    return SourceCheck(
      words: "PostgreSQL \(server.serverVersion), database \(server.database) as \(server.user), "
        + (server.tls ?? "no TLS, which a local connection does not need"), remedy: server.remedy)
  }

  func survey(
    _ extracts: [Extract], tables given: [SurveyedTable]?
  ) async throws(SourceFailure) -> SourceSurvey {
    var queries: [BoundQuery] = []
    for extract in extracts { queries.append(try query(of: extract)) }
    do throws(PostgresError) {
      return try await withConnection { connection throws(PostgresError) in
        try await survey(queries, tables: given, on: connection)
      }
    } catch {
      throw failure(error)
    }
  }

  /// Opens a connection for a few statements, which are cancelled when the operation is stopped.
  private func withConnection<Value>(
    _ body: (PostgresConnection) async throws(PostgresError) -> Value
  ) async throws(PostgresError) -> Value {
    let connection = try await source.connect()
    let watch = stop.watch { _ in connection.interrupt() }
    defer { stop.forget(watch) }
    let value: Value
    do throws(PostgresError) {
      value = try await body(connection)
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    return value
  }

  private func survey(
    _ queries: [BoundQuery], tables given: [SurveyedTable]?, on connection: PostgresConnection
  ) async throws(PostgresError) -> SourceSurvey {
    var survey = SourceSurvey()
    var uses: [TableUse] = []
    for query in queries {
      do throws(PostgresError) {
        let columns = try await connection.describe(query.sql, parameters: query.columnTypes)
        survey.extracts.append(.success(columns))
        guard given == nil else { continue }
        for use in try await connection.tables(
          usedBy: query.sql, origins: columns.compactMap(\.origin))
        {
          if let known = uses.firstIndex(where: { $0.name == use.name }) {
            let new = use.columns.filter { !uses[known].columns.contains($0) }
            uses[known].columns += new
          } else {
            uses.append(use)
          }
        }
      } catch {
        let failure = failure(error, of: query)
        guard failure.kind == .extract else { throw error }
        survey.extracts.append(.failure(failure))
      }
    }
    let wanted =
      given?.map(TableUse.init)
      ?? uses.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for use in wanted {
      let columns = try await connection.columns(of: use)
      if !columns.isEmpty {
        survey.tables.append(SurveyedTable(name: use.name, columns: columns))
      }
    }
    return survey
  }

  private func query(of extract: Extract) throws(SourceFailure) -> BoundQuery {
    guard case .query(let query) = extract.definition else {
      throw SourceFailure(
        kind: .extract, source: name, message: "the source has queries, and no files",
        remedy: "write `query` in the mapping")
    }
    return BoundQuery(
      sql: query.sql.text, parameters: extract.parameters, orderedBy: extract.orderedBy,
      hidesValues: extract.hidesValues)
  }

  private func bound(_ query: BoundQuery) throws(PostgresError) -> Query {
    var values: [String: ParameterValue] = [:]
    for parameter in query.parameters { values[parameter.name] = try parameter.postgresValue() }
    return Query(query.sql, parameters: values)
  }

  private func failure(
    _ error: PostgresError, of query: BoundQuery? = nil
  ) -> SourceFailure {
    let error = query?.hidesValues == true ? error.withoutValues : error
    let kind: SourceFailure.Kind =
      switch error.code {
      case .sql, .statement, .parameter: .extract
      case .cancelled: .cancelled
      default: .unavailable
      }
    var message = error.message
    if let detail = error.detail { message += " \(detail)" }
    // libpq wraps its messages for a terminal.
    let line = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return SourceFailure(
      kind: kind, source: name, message: line, remedy: error.hint ?? error.remedy,
      offset: error.position)
  }
}

extension TableUse {
  fileprivate init(_ table: SurveyedTable) {
    let parts = table.name.split(separator: ".", maxSplits: 1)
    self.init(
      schema: String(parts.first ?? ""), table: String(parts.count > 1 ? parts[1] : ""),
      columns: table.columns.map(\.name))
  }
}

/// A query to execute, with its bound parameters.
private struct BoundQuery: Sendable {
  var sql: String
  var parameters: [BoundParameter]
  var orderedBy: [String]
  var hidesValues: Bool

  var columnTypes: [String: ColumnType] {
    Dictionary(
      parameters.map { ($0.name, $0.columnType) }, uniquingKeysWith: { first, _ in first })
  }
}

extension BoundParameter {
  fileprivate var columnType: ColumnType {
    switch kind {
    case .bool: .bool
    case .int: .int
    case .double: .double
    case .decimal: .decimal
    case .text: .text
    case .date: .date
    case .timestamp: .timestamp
    case .timestamptz: .timestamptz
    case .uuid: .uuid
    case .intList: .array(.int)
    case .textList: .array(.text)
    }
  }

  fileprivate func postgresValue() throws(PostgresError) -> ParameterValue {
    switch value {
    case nil: return .null(columnType)
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .intList(let values): return .ints(values)
    case .textList(let values): return .texts(values)
    case .text(let text):
      switch kind {
      case .decimal: return .decimal(text)
      case .date: return .date(text)
      case .timestamp: return .timestamp(text)
      case .uuid: return .uuid(text)
      case .timestamptz:
        guard let moment = Timestamp(rfc3339: text) else {
          throw PostgresError(
            code: .parameter,
            message: "The parameter \(name) is `\(text)`, which is not a valid moment.",
            remedy: "Write it as 2026-01-31T12:00:00Z.")
        }
        return .timestamptz(moment.seconds * 1_000_000 + Int64(moment.nanoseconds) / 1000)
      default: return .text(text)
      }
    }
  }
}
