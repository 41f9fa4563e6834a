import Foundation

/// How a PostgreSQL server is reached, and how long anything there may take.
public struct PostgresSettings: Sendable, Hashable {
  /// A name, an address, or the folder of a local socket.
  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  public var password: String?
  public var tls: TLSSettings
  public var applicationName: String
  public var connectTimeout: Duration
  /// Counts while rows stream, and so the time that their reader takes, too; zero means none.
  public var statementTimeout: Duration
  public var lockTimeout: Duration
  public var idleInTransactionTimeout: Duration
  /// In which the server computes, by its IANA name.
  public var timeZone = "UTC"
  /// How much longer than the statement timeout a server may be silent before it is taken for dead.
  var silenceAllowance: Duration = .seconds(10)

  public init(
    host: String, port: Int = 5432, database: String, user: String, password: String? = nil,
    tls: TLSSettings = TLSSettings(.verifyFull), applicationName: String = "crosswalk",
    connectTimeout: Duration = .seconds(10),
    statementTimeout: Duration = .seconds(600), lockTimeout: Duration = .seconds(10),
    idleInTransactionTimeout: Duration = .seconds(600)
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.tls = tls
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.lockTimeout = lockTimeout
    self.idleInTransactionTimeout = idleInTransactionTimeout
  }

  /// Whether the host is a local socket or a loopback address, so that nothing crosses a wire.
  public var isLocal: Bool {
    host.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
      part.hasPrefix("/") || part.hasPrefix("@") || part == "::1"
        || part.lowercased() == "localhost" || Self.isLoopback(part)
    }
  }

  /// Whether the host is a local socket, which is never encrypted.
  private var isSocket: Bool {
    host.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
      $0.hasPrefix("/") || $0.hasPrefix("@")
    }
  }

  private static func isLoopback(_ host: Substring) -> Bool {
    let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
  }
}

extension PostgresSettings {
  /// The settings as libpq's keywords and values, or an error of code `settings`.
  func keywords() throws(PostgresError) -> [(keyword: String, value: String)] {
    guard tls.mode == .verifyFull || isLocal else {
      throw PostgresError(
        code: .settings,
        message: "sslmode \(tls.mode.rawValue) would let \"\(host)\" be impersonated.",
        remedy: "Use verify-full; weaker modes are for loopback and local sockets.")
    }
    guard (1...65535).contains(port) else {
      throw PostgresError(
        code: .settings, message: "\(port) is not a port.", remedy: "Give a port from 1 to 65535.")
    }
    var pairs = [
      ("host", host), ("port", "\(port)"), ("dbname", database), ("user", user),
      ("application_name", applicationName), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
      ("keepalives_idle", "30"),
      ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "60000"),
    ]
    if let password { pairs.append(("password", password)) }
    pairs += try tls.keywords(isSocket: isSocket)
    for (keyword, value) in pairs where value.utf8.contains(0) || value.isEmpty {
      throw PostgresError(
        code: .settings, message: "The setting \(keyword) is empty or contains a NUL character.",
        remedy: "Give \(keyword) a value.")
    }
    return pairs.map { (keyword: $0.0, value: $0.1) }
  }

  /// The server's timeouts, in its own words and in whole milliseconds.
  func timeouts() throws(PostgresError) -> [(name: String, milliseconds: Int32)] {
    var all: [(name: String, milliseconds: Int32)] = []
    for (name, duration) in [
      ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
      ("idle_in_transaction_session_timeout", idleInTransactionTimeout),
    ] {
      guard let milliseconds = duration.wholeMilliseconds else {
        throw PostgresError(
          code: .settings, message: "\(name) cannot be \(duration).",
          remedy: "Give a time from 0 (none) to 24 days.")
      }
      all.append((name, milliseconds))
    }
    return all
  }
}

extension Duration {
  /// The duration rounded up to milliseconds, or `nil` below zero and above 24 days.
  var wholeMilliseconds: Int32? {
    guard self >= .zero, self < .milliseconds(Int32.max) else { return nil }
    let (seconds, attoseconds) = components
    let rounded = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(exactly: seconds * 1000 + rounded)
  }
}
