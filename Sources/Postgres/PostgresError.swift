/// Why a source in PostgreSQL cannot be read.
public struct PostgresError: Error, Sendable, Hashable {
  /// A stable name for the kind of failure.
  public enum Code: String, Sendable {
    /// The settings contradict themselves or the rules for safe connections.
    case settings
    /// The server cannot be reached, or takes no connections now.
    case connection
    case authentication
    /// The database does not exist.
    case database
    case tls
    /// The statement, a lock or the connection took longer than the settings allow.
    case timeout
    /// The task was cancelled, or another query took the connection.
    case cancelled
    /// The connection broke or the server ended it.
    case lost
    /// The role lacks a right.
    case permission
    /// The server refused or failed the statement.
    case sql
    /// Text that the server or the database's encoding cannot take.
    case encoding
    /// The SQL text was refused before it was sent.
    case statement
    /// A parameter is missing or its value has the wrong form.
    case parameter
    /// The result is larger than the caller allowed.
    case limit
  }

  public var code: Code
  public var message: String
  public var detail: String?
  public var hint: String?
  public var sqlstate: String?
  /// The UTF-8 offset in the caller's SQL text, where the trouble has a place.
  public var position: Int?
  /// What a person can do.
  public var remedy: String

  public init(
    code: Code, message: String, detail: String? = nil, hint: String? = nil,
    sqlstate: String? = nil, position: Int? = nil, remedy: String
  ) {
    self.code = code
    self.message = message
    self.detail = detail
    self.hint = hint
    self.sqlstate = sqlstate
    self.position = position
    self.remedy = remedy
  }

  static func statement(_ message: String, at position: Int?, remedy: String? = nil)
    -> PostgresError
  {
    PostgresError(
      code: .statement, message: message, position: position,
      remedy: remedy ?? "Correct the SQL text.")
  }

  static func parameter(_ name: String, _ message: String) -> PostgresError {
    PostgresError(
      code: .parameter, message: "Parameter :\(name) \(message).",
      remedy: "Give :\(name) a value of the declared type.")
  }

  static let cancelled = PostgresError(
    code: .cancelled, message: "Reading was cancelled.", remedy: "Run it again.")
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    var parts = [message]
    if let detail { parts.append(detail) }
    if let hint { parts.append(hint) }
    if let sqlstate { parts.append("(SQLSTATE \(sqlstate))") }
    parts.append(remedy)
    return parts.joined(separator: " ")
  }
}

extension PostgresError {
  /// The kind of failure behind an SQLSTATE, and what a person can do about it.
  static func meaning(of sqlstate: String, message: String) -> (code: Code, remedy: String) {
    switch sqlstate {
    case "28P01", "28000":
      return (
        .authentication, "Check the user name and the password, and the server's pg_hba.conf."
      )
    case "3D000":
      return (.database, "Check the database name; `psql --list` shows those that exist.")
    case "53300":
      return (.connection, "Wait until other sessions end, or raise the role's connection limit.")
    case "57P03":
      return (.connection, "The server is starting or stopping: try again shortly.")
    case "57014":
      // The server words a timeout and a cancel request differently, and gives both one state.
      if message.contains("user request") {
        return (.cancelled, "The statement was cancelled on the server: run it again.")
      }
      return (.timeout, "Make the query cheaper (filter, index), or raise the statement timeout.")
    case "55P03":
      return (.timeout, "Another session holds a lock: try later, or raise the lock timeout.")
    case "25P03":
      return (.timeout, "Rows were fetched too slowly: raise the idle-in-transaction timeout.")
    case "57P01", "57P02", "57P04", "57P05":
      return (.lost, "An administrator ended the session: run it again when the server is back.")
    case "42501":
      return (.permission, "Grant the role SELECT on what the query reads.")
    case "25006":
      return (.sql, "Sources are only read: take the writing out of the query.")
    case "22021", "22P05":
      return (.encoding, "Take out the characters that the database's encoding cannot hold.")
    case _ where sqlstate.hasPrefix("08"):
      return (.lost, "Check the network and the server, then run it again.")
    case _ where sqlstate.hasPrefix("40"):
      return (.sql, "The server gave way to another transaction: run it again.")
    case "42P01", "3F000":
      return (
        .sql,
        "Check that the source points to the right database and search path, then the name in the query."
      )
    default:
      return (.sql, "Correct the query.")
    }
  }
}
