import CLibPQ
import Foundation

/// A result of libpq, freed when it goes out of scope.
struct ServerResult: ~Copyable {
  let pointer: OpaquePointer

  deinit { PQclear(pointer) }

  var status: ExecStatusType { PQresultStatus(pointer) }

  func field(_ code: Character) -> String? {
    guard let ascii = code.asciiValue else { return nil }
    return PQresultErrorField(pointer, Int32(ascii)).map { String(cString: $0) }
  }
}

/// Passwords of keys come from settings. Without this OpenSSL would ask for one at the terminal, and wait.
private enum KeyPasswords {
  private static let hook: Void = PQsetSSLKeyPassHook_OpenSSL(PQdefaultSSLKeyPassHook_OpenSSL)

  static func neverAsked() { hook }
}

/// One libpq connection. It is used from one thread at a time: that of its `PostgresConnection`.
final class Session {
  let connection: OpaquePointer
  private let interrupt: Interrupt
  /// The text at work, for mapping error positions.
  private var sent = SentText(text: "")
  /// How long the server may be silent while it works; -1 means for ever.
  private var patience: Int32 = -1
  private var isClosed = false

  init(_ settings: PostgresSettings, interrupt: Interrupt) throws(PostgresError) {
    self.interrupt = interrupt
    let pairs = try settings.keywords()
    ServerEnvironment.clear()
    KeyPasswords.neverAsked()
    connection = try withCStrings(pairs.map(\.keyword)) { keywords throws(PostgresError) in
      try withCStrings(pairs.map(\.value)) { values throws(PostgresError) in
        guard let connection = PQconnectStartParams(keywords, values, 0) else {
          throw PostgresError(
            code: .connection, message: "There is no memory for a connection.",
            remedy: "Give the process more memory.")
        }
        return connection
      }
    }
    // The long form carries the SQLSTATE, which libpq 15 does not give otherwise before it is connected.
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    // A notice on standard error is nobody's; errors come with results.
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
    do throws(PostgresError) {
      try connect(settings)
      // Such a server would end the whole query at the first text that is not UTF-8; its raw bytes are checked here.
      if countsBytes { try script("set client_encoding to 'SQL_ASCII'") }
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    PQfinish(connection)
  }

  var isOpen: Bool { !isClosed && PQstatus(connection) == CONNECTION_OK }

  /// Whether the server counts positions in bytes, because it does not know the encoding of its text.
  private var countsBytes: Bool { parameter("server_encoding") == "SQL_ASCII" }

  func parameter(_ name: String) -> String? {
    isClosed ? nil : PQparameterStatus(connection, name).map { String(cString: $0) }
  }

  // MARK: Connecting

  private func connect(_ settings: PostgresSettings) throws(PostgresError) {
    guard let limit = settings.connectTimeout.wholeMilliseconds, limit > 0 else {
      throw PostgresError(
        code: .settings, message: "The connect timeout cannot be \(settings.connectTimeout).",
        remedy: "Give a time of at least a millisecond.")
    }
    let deadline = ContinuousClock.now + settings.connectTimeout
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      guard state != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else {
        throw .connecting(String(cString: PQerrorMessage(connection)), to: settings)
      }
      let left = max(.zero, deadline - ContinuousClock.now).wholeMilliseconds ?? 0
      let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard try wait(for: Int16(events), milliseconds: left) else {
        throw PostgresError(
          code: .connection,
          message: "\(settings.host) port \(settings.port) did not answer within "
            + "\(settings.connectTimeout).",
          remedy: "Check host, port and firewall, or raise the connect timeout.")
      }
      state = PQconnectPoll(connection)
    }
    if settings.statementTimeout > .zero {
      let silence = settings.statementTimeout + settings.silenceAllowance
      patience = silence.wholeMilliseconds ?? -1
    }
  }

  // MARK: Waiting

  /// Waits for the socket or an interrupt, and tells whether it came in time.
  private func wait(for events: Int16, milliseconds: Int32) throws(PostgresError) -> Bool {
    var files = [
      pollfd(fd: PQsocket(connection), events: events, revents: 0),
      pollfd(fd: interrupt.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    var ready: Int32
    repeat { ready = poll(&files, 2, milliseconds) } while ready < 0 && errno == EINTR
    try checkInterrupt()
    return ready != 0
  }

  /// Stops the server's work and closes, if the task was cancelled.
  func checkInterrupt() throws(PostgresError) {
    guard interrupt.isRaised else { return }
    cancelOnServer()
    close()
    throw .cancelled
  }

  /// Asks the server to stop its statement. Waits for the request two seconds at most: the server may be out of reach.
  func cancelOnServer() {
    guard isOpen, let request = PQgetCancel(connection) else { return }
    // A PGcancel may be used by any thread, and only the one below has it.
    nonisolated(unsafe) let owned = request
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      var reason = [CChar](repeating: 0, count: 256)
      // A request that fails changes nothing: the connection is closed or drained next.
      _ = PQcancel(owned, &reason, 256)
      PQfreeCancel(owned)
      done.signal()
    }
    _ = done.wait(timeout: .now() + 2)
  }

  /// The next result of the statement at work, `nil` after the last.
  @inline(__always)
  func nextResult() throws(PostgresError) -> ServerResult? {
    // What has arrived already is taken without asking whether there is any.
    while PQisBusy(connection) == 1 {
      // When the connection broke, PQgetResult turns its end into a result with the reason.
      guard PQconsumeInput(connection) == 1, PQisBusy(connection) == 1 else { break }
      guard try wait(for: Int16(POLLIN), milliseconds: patience) else {
        cancelOnServer()
        close()
        throw PostgresError(
          code: .lost, message: "The server fell silent.",
          remedy: "Check the server and the network, then run it again.")
      }
    }
    guard let pointer = PQgetResult(connection) else { return nil }
    return ServerResult(pointer: pointer)
  }

  // MARK: Statements

  /// Runs one or more statements that bring no rows worth having.
  func script(_ sql: String) throws(PostgresError) {
    try send(SentText(text: sql)) { PQsendQuery(connection, sql) }
    try finish()
  }

  func prepare(_ name: String, _ text: SentText, types: [Oid]) throws(PostgresError) {
    try send(text) {
      PQsendPrepare(connection, name, text.text, Int32(types.count), types)
    }
    try finish()
  }

  /// Calls `body` with the description of a prepared statement's result.
  func describe<R>(
    _ name: String, _ body: (borrowing ServerResult) throws(PostgresError) -> R
  ) throws(PostgresError) -> R? {
    try send(sent) { PQsendDescribePrepared(connection, name) }
    var described: R?
    while let result = try nextResult() {
      try check(result)
      described = try body(result)
    }
    return described
  }

  /// Starts a prepared statement whose rows come one at a time and in binary.
  func stream(_ name: String, _ text: SentText, values: [BoundValue]) throws(PostgresError) {
    try withBound(values) { count, pointers, lengths, formats throws(PostgresError) in
      try send(text) {
        PQsendQueryPrepared(connection, name, count, pointers, lengths, formats, 1)
      }
    }
    PQsetSingleRowMode(connection)
  }

  /// Runs one statement and calls `body` with its result, in binary.
  func execute<R>(
    _ text: SentText, values: [BoundValue],
    _ body: (borrowing ServerResult) throws(PostgresError) -> R
  ) throws(PostgresError) -> R? {
    let types = values.map(\.oid)
    try withBound(values) { count, pointers, lengths, formats throws(PostgresError) in
      try send(text) {
        PQsendQueryParams(connection, text.text, count, types, pointers, lengths, formats, 1)
      }
    }
    var answer: R?
    while let result = try nextResult() {
      try check(result)
      answer = try body(result)
    }
    return answer
  }

  private func send(_ text: SentText, _ call: () -> Int32) throws(PostgresError) {
    try checkInterrupt()
    guard !isClosed else {
      throw PostgresError(
        code: .lost, message: "The connection is closed.", remedy: "Connect again.")
    }
    sent = text
    guard call() == 1 else { throw failure() }
  }

  private func finish() throws(PostgresError) {
    while let result = try nextResult() { try check(result) }
  }

  /// Reads what the statement at work still brings, and forgets it.
  func drain() throws(PostgresError) {
    while try nextResult() != nil { try checkInterrupt() }
  }

  // MARK: Errors

  /// Throws if the result is an error, after the rest of the statement's results has been taken.
  func check(_ result: borrowing ServerResult) throws(PostgresError) {
    switch result.status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_SINGLE_TUPLE:
      return
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
      let error = failure(of: result)
      try drain()
      throw error
    default:
      cancelOnServer()
      close()
      throw .statement("A query must bring rows: COPY and the like do not.", at: nil)
    }
  }

  private func failure(of result: borrowing ServerResult) -> PostgresError {
    guard let sqlstate = result.field("C") else { return failure() }
    let message = result.field("M") ?? "The server gave no reason."
    let (code, remedy) = PostgresError.meaning(of: sqlstate, message: message)
    let position = result.field("P").flatMap { Int($0) }
      .flatMap { sent.originalOffset(ofPosition: $0, inBytes: countsBytes) }
    return PostgresError(
      code: code, message: message, detail: result.field("D"), hint: result.field("H"),
      sqlstate: sqlstate, position: position, remedy: remedy)
  }

  /// The failure that libpq itself found.
  private func failure() -> PostgresError {
    let message = String(cString: PQerrorMessage(connection)).trimmingCharacters(
      in: .whitespacesAndNewlines)
    return PostgresError(
      code: isOpen ? .sql : .lost,
      message: message.isEmpty ? "The connection to the server broke." : message,
      remedy: "Check the server and the network, then run it again.")
  }
}
