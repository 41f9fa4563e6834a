/// Why a request got no complete answer, and whether the server may have acted on it.
public struct HTTPError: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The name of the host could not be looked up.
    case dns
    /// Nothing listens at the address, or no way leads there.
    case refused
    /// The host leads to an address that requests must not go to, e.g. that of a metadata service.
    case refusedAddress
    /// The proxy cannot be reached, or lets no connection through.
    case proxy
    case tlsExpired
    case tlsUntrusted
    case tlsWrongHost
    /// TLS failed for another reason.
    case tls
    /// No connection within the time allowed.
    case connectTimeout
    /// A connection, but no complete answer within the time allowed.
    case timeout
    /// The connection broke.
    case reset
    /// The server closed the connection before its answer was complete.
    case closedEarly
    /// The answer is larger than allowed.
    case tooLarge
    /// The answer is not HTTP, or its compression is broken.
    case unreadable
    case badURL
    /// A header or a time limit of the request cannot be used.
    case badRequest
    case cancelled
    /// The client was shut down.
    case shutDown
    /// libcurl refused to work, e.g. for want of memory or file descriptors.
    case setup
  }

  /// Whether bytes of the request can have reached the server.
  public enum Sent: String, Sendable, Hashable {
    case provablyNot
    case perhaps
  }

  public let kind: Kind
  /// What happened, for a person; names the host, never the path, a header or the body.
  public let message: String
  /// What a person can do about it.
  public let remedy: String
  public let sent: Sent
  /// The status, when at least the head of an answer had arrived.
  public let status: Int?

  init(_ kind: Kind, _ message: String, remedy: String, sent: Sent, status: Int? = nil) {
    self.kind = kind
    self.message = message
    self.remedy = remedy
    self.sent = sent
    self.status = status
  }

  /// A stable code, e.g. `http.tlsExpired`.
  public var code: String { "http.\(kind.rawValue)" }
}

extension HTTPError: CustomStringConvertible {
  public var description: String { "\(message) (\(code)). \(remedy)" }
}
