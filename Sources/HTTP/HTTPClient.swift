import CLibCurl
import Foundation
import Synchronization

/// Sends requests over kept connections, each at most once.
///
/// Nothing is ever repeated here, whatever the method: a request whose connection dies ends with an error that says
/// whether bytes may have left. Redirects are answers like any other; there are no cookies. One thread of its own
/// drives all transfers, so that no thread of the cooperative pool ever blocks.
public final class HTTPClient: Sendable {
  public struct Configuration: Sendable {
    public enum Proxy: Sendable, Hashable {
      case none
      /// What `https_proxy`, `http_proxy` and `no_proxy` say.
      case environment
      /// The URL of a proxy. The address check then covers the proxy, as only that looks up the host.
      case url(String)
    }

    /// The number of requests in flight and of connections open at any time; further requests wait their turn.
    public var maxConnections: Int
    /// How long an unused connection may be taken up again; below the 5 s after which some servers close theirs.
    public var idleLifetime: Duration
    /// For development: allows `http` URLs.
    public var allowPlainHTTP: Bool
    /// For development: allows loopback addresses.
    public var allowLoopback: Bool
    /// A PEM file of the authorities to trust in place of the system's.
    public var caFile: String?
    public var proxy: Proxy
    public var userAgent: String

    public init(
      maxConnections: Int = 8, idleLifetime: Duration = .seconds(4), allowPlainHTTP: Bool = false,
      allowLoopback: Bool = false, caFile: String? = nil, proxy: Proxy = .none,
      userAgent: String = "crosswalk"
    ) {
      self.maxConnections = maxConnections
      self.idleLifetime = idleLifetime
      self.allowPlainHTTP = allowPlainHTTP
      self.allowLoopback = allowLoopback
      self.caFile = caFile
      self.proxy = proxy
      self.userAgent = userAgent
    }
  }

  private let configuration: Configuration
  private let mailbox = Mailbox()
  private let lastID = Atomic<UInt64>(0)

  /// Starts the client's thread, which lasts until `shutdown` or the client's end.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    let thread = Thread { [mailbox] in
      TransferLoop(configuration: configuration, mailbox: mailbox).run()
    }
    thread.name = "crosswalk-http"
    thread.start()
  }

  deinit {
    mailbox.close()
  }

  /// Sends one request once and waits for the complete answer, whatever its status.
  ///
  /// Cancelling the task ends the request at once.
  public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPAnswer {
    try request.check(allowPlainHTTP: configuration.allowPlainHTTP)
    if configuration.proxy != .none {
      // Nobody here looks the host up, but one that is written as an address can be judged.
      try request.checkHost(AddressPolicy(allowLoopback: configuration.allowLoopback))
    }
    if Task.isCancelled { throw .cancelled(sent: .provablyNot) }
    let id = lastID.add(1, ordering: .relaxed).newValue
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        mailbox.start(Ticket(id: id, request: request, continuation: continuation))
        // A cancellation between the check above and this point found no ticket to cancel.
        if Task.isCancelled { mailbox.cancel(id) }
      }
    } onCancel: {
      mailbox.cancel(id)
    }
    return try outcome.get()
  }

  /// Fails the requests in flight and all later ones, and closes the connections.
  public func shutdown() {
    mailbox.close()
  }
}
