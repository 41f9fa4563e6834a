import Rows

/// A PostgreSQL database that is read.
public struct PostgresSource: Sendable {
  public let settings: PostgresSettings

  public init(_ settings: PostgresSettings) { self.settings = settings }

  public func connect() async throws(PostgresError) -> PostgresConnection {
    try await PostgresConnection.open(settings)
  }

  /// Connects, lends the connection for several queries in turn, and closes it in every case.
  public func withConnection<R: Sendable>(
    _ body: @Sendable (PostgresConnection) async throws -> R
  ) async throws -> R {
    let connection = try await connect()
    do {
      let result = try await body(connection)
      await connection.close()
      return result
    } catch {
      await connection.close()
      throw error
    }
  }
}

/// One connection with a thread of its own; it does one thing at a time.
///
/// Cancelling a task that waits here stops the statement on the server and closes the connection.
public actor PostgresConnection {
  public nonisolated let settings: PostgresSettings
  private nonisolated let thread: ReadingThread
  private nonisolated let interruption: Interrupt
  private var session: Session?
  private var stream: RowStream?
  private var streams = 0
  /// What was read of a stream before it was asked for.
  private var ahead: (stream: Int, result: Result<RowBatch?, PostgresError>)?

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  private init(_ settings: PostgresSettings) throws(PostgresError) {
    self.settings = settings
    interruption = try Interrupt()
    thread = ReadingThread("postgres")
    thread.start()
  }

  deinit { thread.stop() }

  static func open(_ settings: PostgresSettings) async throws(PostgresError) -> PostgresConnection {
    let connection = try PostgresConnection(settings)
    try await connection.interruptible { (connection) throws(PostgresError) in
      connection.session = try Session(settings, interrupt: connection.interruption)
    }
    return connection
  }

  /// Stops the statement at work on the server and ends the connection, from any thread. What waits for it is told that
  /// it was cancelled.
  public nonisolated func interrupt() { interruption.raise() }

  /// Stops what is under way and closes. Doing so twice is harmless.
  public func close() {
    if stream != nil { session?.cancelOnServer() }
    stream = nil
    ahead = nil
    session?.close()
    session = nil
  }

  // MARK: Queries

  /// Finds the columns that a query brings, without running it.
  ///
  /// The position of an error is an offset in `sql`.
  public func describe(_ sql: String, parameters: [String: ColumnType] = [:])
    async throws(PostgresError) -> [Column]
  {
    let prepared = try PreparedText(sql)
    let types = try prepared.types(parameters)
    return try await interruptible { (connection) throws(PostgresError) in
      try connection.reading { (session) throws(PostgresError) in
        let described = try session.described(prepared, types: types)
        try session.script("rollback; deallocate all")
        return described.map(\.column)
      }
    }
  }

  /// The table columns that a query uses, so far as the catalogue and its text tell; `origins` are those of its result.
  public func tables(usedBy sql: String, origins: [String]) async throws(PostgresError)
    -> [TableUse]
  {
    try await interruptible { (connection) throws(PostgresError) in
      try connection.reading { (session) throws(PostgresError) in
        let uses = try session.tables(usedBy: sql, origins: origins)
        try session.script("rollback")
        return uses
      }
    }
  }

  /// Those columns of a table that it still has and the role may read, in the table's order.
  public func columns(of use: TableUse) async throws(PostgresError) -> [Column] {
    try await interruptible { (connection) throws(PostgresError) in
      try connection.reading { (session) throws(PostgresError) in
        guard let existing = try session.existing(use) else {
          try session.script("rollback")
          return []
        }
        let described = try session.described(try PreparedText(existing.query), types: [])
        try session.script("rollback; deallocate all")
        return described.map { described in
          var column = described.column
          column.origin = nil
          return column
        }
      }
    }
  }

  /// Starts a query in a read-only snapshot of its own and returns its rows as they come.
  ///
  /// With `key`, rows are ordered by those columns, text by its UTF-8 bytes and NULLs last. The rows before belong to
  /// this connection: the next query on it ends a stream that was left half read.
  public func rows(
    _ query: Query, orderedBy key: [String] = [], limits: ReadLimits = ReadLimits()
  ) async throws(PostgresError) -> PostgresRows {
    let prepared = try PreparedText(query.sql)
    let values = try prepared.bind(query.parameters)
    return try await interruptible { (connection) throws(PostgresError) in
      try connection.reading { (session) throws(PostgresError) in
        let columns = try session.described(prepared, types: values.map(\.oid))
        let text = try OrderedQuery(prepared, columns: columns, key: key).text
        try session.prepare("crosswalk_rows", text, types: values.map(\.oid))
        try session.stream("crosswalk_rows", text, values: values)
        connection.streams += 1
        connection.stream = RowStream(
          number: connection.streams, columns: columns, limits: limits)
        return PostgresRows(
          columns: columns.map(\.column), connection: connection, stream: connection.streams)
      }
    }
  }

  /// The next rows of a stream, `nil` after the last.
  nonisolated func nextBatch(of number: Int) async throws(PostgresError) -> RowBatch? {
    // From outside: what is read ahead can be interrupted by whoever waits for it.
    let result: Result<RowBatch?, PostgresError> = await withTaskCancellationHandler {
      do throws(PostgresError) {
        return .success(try await takeBatch(of: number))
      } catch {
        return .failure(error)
      }
    } onCancel: {
      interruption.raise()
    }
    return try result.get()
  }

  private func takeBatch(of number: Int) throws(PostgresError) -> RowBatch? {
    let batch: RowBatch?
    if let ahead, ahead.stream == number {
      self.ahead = nil
      batch = try ahead.result.get()
    } else {
      batch = try read(number)
    }
    // The thread goes on at once, before whoever has asked asks again.
    if batch != nil { Task { readAhead(number) } }
    return batch
  }

  private func readAhead(_ number: Int) {
    guard ahead == nil, stream?.number == number else { return }
    do throws(PostgresError) {
      ahead = (number, .success(try read(number)))
    } catch {
      ahead = (number, .failure(error))
    }
  }

  private func read(_ number: Int) throws(PostgresError) -> RowBatch? {
    guard let session, stream?.number == number else {
      throw PostgresError(
        code: .cancelled, message: "The connection was given to another query or closed.",
        remedy: "Read a query's rows to their end before the next.")
    }
    do throws(PostgresError) {
      if let batch = try stream?.next(from: session) { return batch }
      try session.script("commit; deallocate all")
      stream = nil
      return nil
    } catch {
      abandonStream()
      throw error
    }
  }

  /// Runs one statement outside a transaction and returns its rows, all at once.
  ///
  /// For small results. Types that need a cast to text are unreadable here.
  public func execute(_ query: Query) async throws(PostgresError) -> RowBatch {
    let prepared = try PreparedText(query.sql)
    let values = try prepared.bind(query.parameters)
    return try await interruptible { (connection) throws(PostgresError) in
      let session = try connection.ready()
      let text = SentText(text: prepared.sql, prepared: prepared)
      return try session.execute(text, values: values) { (result) throws(PostgresError) in
        RowBatch(wholeResult: result)
      } ?? RowBatch(columns: [])
    }
  }

  /// Tells what the server is, and what the role could do beyond reading.
  public func check() async throws(PostgresError) -> ServerCheck {
    try await interruptible { (connection) throws(PostgresError) in
      try connection.reading { (session) throws(PostgresError) in
        let check = try session.serverCheck()
        try session.script("rollback")
        return check
      }
    }
  }

  // MARK: The session

  /// Runs `body` on the connection's thread so that cancelling the task interrupts it.
  private func interruptible<R: Sendable>(
    _ body: @Sendable (isolated PostgresConnection) throws(PostgresError) -> R
  ) async throws(PostgresError) -> R {
    let result: Result<R, PostgresError> = await withTaskCancellationHandler {
      do throws(PostgresError) {
        return .success(try body(self))
      } catch {
        return .failure(error)
      }
    } onCancel: {
      interruption.raise()
    }
    return try result.get()
  }

  /// The session, with no stream half read.
  private func ready() throws(PostgresError) -> Session {
    abandonStream()
    guard let session else {
      throw PostgresError(
        code: .lost, message: "The connection is closed.", remedy: "Connect again.")
    }
    return session
  }

  /// Runs `body` in a new read-only snapshot, and leaves the transaction only where `body` throws.
  private func reading<R>(_ body: (Session) throws(PostgresError) -> R) throws(PostgresError) -> R {
    let session = try ready()
    do throws(PostgresError) {
      try session.begin(
        timeouts: try settings.timeouts(), pins: SessionPins.values(timeZone: settings.timeZone))
      return try body(session)
    } catch {
      recover()
      throw error
    }
  }

  private func abandonStream() {
    ahead = nil
    guard stream != nil else { return }
    stream = nil
    session?.cancelOnServer()
    recover()
  }

  /// Takes what the last statement still brings and ends its transaction; closes if that fails.
  private func recover() {
    guard let session else { return }
    do throws(PostgresError) {
      guard session.isOpen else { return close() }
      try session.drain()
      try session.script("rollback; deallocate all")
    } catch {
      // The first error is on its way to the caller; this one only says that the connection is of no more use.
      close()
    }
  }
}

extension Session {
  /// Begins a read-only transaction that sees one state of the database, and in which values have one form.
  fileprivate func begin(
    timeouts: [(name: String, milliseconds: Int32)], pins: [(name: String, value: String)]
  ) throws(PostgresError) {
    try script("begin transaction isolation level repeatable read read only")
    let settings = pins + timeouts.map { (name: $0.name, value: "\($0.milliseconds)") }
    let sets = settings.indices.map { index in
      "pg_catalog.set_config($\(2 * index + 1), $\(2 * index + 2), true)"
    }
    let values = settings.flatMap { setting in
      [setting.name, setting.value].map { BoundValue(oid: 25, bytes: Array($0.utf8)) }
    }
    let sql = "select " + sets.joined(separator: ", ")
    let answer = try execute(SentText(text: sql), values: values) {
      (result) throws(PostgresError) in RowBatch(wholeResult: result)
    }
    for (column, pin) in pins.enumerated() {
      let held = answer.map { $0.count == 1 ? $0.text(0, column) : "" } ?? ""
      guard !SessionPins.isSame(pin.value, held) else { continue }
      throw PostgresError(
        code: .settings,
        message: "The server keeps \(pin.name) at \"\(held)\" instead of \"\(pin.value)\".",
        remedy: "Let the role change this setting for its own session.")
    }
  }

  fileprivate func described(_ prepared: PreparedText, types: [UInt32]) throws(PostgresError)
    -> [CataloguedColumn]
  {
    let text = SentText(text: prepared.sql, prepared: prepared)
    try prepare("crosswalk_query", text, types: types)
    return try columns(
      ofPrepared: "crosswalk_query", sql: prepared.sql, parameters: types.count)
  }
}
