/// What the server said, complete: any status, redirects included, and the whole body.
public struct HTTPAnswer: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  /// The body after decompression.
  public let body: [UInt8]
  /// From the request's turn at a connection to the last byte of the answer.
  public let elapsed: Duration
  /// Whether an earlier request had already used the connection.
  public let connectionReused: Bool
  /// `1.0`, `1.1` or `2`.
  public let httpVersion: String
}
