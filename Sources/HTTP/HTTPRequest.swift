/// One request, which is put on the wire at most once.
public struct HTTPRequest: Sendable {
  public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// How long a request may take.
  public struct Timeout: Sendable, Hashable {
    /// From the start to an established connection: name lookup, TCP and TLS.
    public var connect: Duration
    /// From `send` to the last byte of the answer, with any wait for a free connection.
    public var total: Duration

    public init(connect: Duration = .seconds(10), total: Duration = .seconds(60)) {
      self.connect = connect
      self.total = total
    }
  }

  public var method: Method
  /// An absolute `https` URL (or `http`, see `HTTPClient.Configuration`) in ASCII, without user information.
  public var url: String
  /// Content-Length, Transfer-Encoding, Host, Connection and Expect are the client's own business and refused.
  public var headers: HTTPHeaders
  public var body: [UInt8]?
  public var timeout: Timeout
  /// The longest body of an answer, in bytes, counted after decompression.
  public var maxAnswerBytes: Int

  public init(
    _ method: Method, _ url: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8]? = nil,
    timeout: Timeout = Timeout(), maxAnswerBytes: Int = 10 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maxAnswerBytes = maxAnswerBytes
  }
}
