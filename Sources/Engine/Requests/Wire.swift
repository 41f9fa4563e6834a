import Synchronization

/// A request as the engine makes it: no address, no authentication, only what the call says.
public struct OutboundRequest: Sendable, Hashable {
  public var method: String
  /// With its query, percent-encoded, e.g. `/fleet/drivers/vistaEmployee:1-42?limit=1`.
  public var path: String
  public var body: [UInt8]?

  public init(method: String, path: String, body: [UInt8]? = nil) {
    self.method = method
    self.path = path
    self.body = body
  }

  /// Without the query: what limits are matched with.
  public var route: String {
    method + " " + (path.split(separator: "?", maxSplits: 1).first.map(String.init) ?? path)
  }
}

/// How an attempt on the wire ended.
public enum WireResult: Sendable {
  /// `location`: where a redirect points to.
  case answer(status: Int, retryAfter: Duration?, body: [UInt8], location: String? = nil)
  /// Nothing can have reached the target.
  case notSent(message: String, remedy: String)
  /// The request may have reached the target, and no whole answer came.
  case lost(message: String, remedy: String)
}

extension WireResult {
  /// Whether the answer says by its status that it has no body.
  var isWithoutContent: Bool {
    if case .answer(204, _, _, _) = self { true } else { false }
  }

  /// What to do about a call that ends in this way again and again.
  var remedy: String {
    switch self {
    case .notSent, .lost:
      "see whether the target is up and its address is right; `crosswalk check` asks it"
    case .answer(429, _, _, _):
      "the target asks for patience: run again later, or lower `limits` in the target's file"
    case .answer(408, _, _, _), .answer(425, _, _, _), .answer(500..., _, _, _):
      "the target failed internally: run again later, or report it there"
    case .answer:
      "the target answers, but not as its file says: compare the path of the call, and `base_url`, "
        + "with the API"
    }
  }
}

/// The way to one target. Sends each request at most once.
public protocol Wire: Sendable {
  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult
}

/// Time from outside. `monotonic` never jumps; `wall` is for the record.
public protocol Timekeeper: Sendable {
  var monotonic: Duration { get }
  var wall: Instant { get }
  func sleep(for duration: Duration) async throws
  /// A number from 0 up to 1, for jitter.
  func random() -> Double
}
