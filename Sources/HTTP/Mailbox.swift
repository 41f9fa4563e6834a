import CLibCurl
import Synchronization

/// A request with the continuation that waits for its outcome.
struct Ticket: Sendable {
  let id: UInt64
  let request: HTTPRequest
  let continuation: CheckedContinuation<Result<HTTPAnswer, HTTPError>, Never>
  let deadline: ContinuousClock.Instant

  init(
    id: UInt64, request: HTTPRequest,
    continuation: CheckedContinuation<Result<HTTPAnswer, HTTPError>, Never>
  ) {
    self.id = id
    self.request = request
    self.continuation = continuation
    deadline = .now + request.timeout.total
  }

  func fail(_ error: HTTPError) {
    continuation.resume(returning: .failure(error))
  }
}

/// Hands requests from any task to the thread that drives the transfers.
final class Mailbox: Sendable {
  enum Command: Sendable {
    case start(Ticket)
    case cancel(UInt64)
  }

  struct Mail: Sendable {
    var commands: [Command] = []
    var closing = false
  }

  private struct State: Sendable {
    var mail = Mail()
    /// The address of the multi handle while it may be woken; 0 before and after.
    var multi: UInt = 0

    /// Whoever comes first wakes the thread; those behind are taken with the first.
    mutating func add(_ command: Command) {
      if mail.commands.isEmpty { wake() }
      mail.commands.append(command)
    }

    /// Called under the lock, so that the handle cannot be freed meanwhile.
    func wake() {
      guard let multi = UnsafeMutableRawPointer(bitPattern: multi) else { return }
      curl_multi_wakeup(multi)
    }
  }

  private let state = Mutex(State())

  func start(_ ticket: Ticket) {
    let accepted = state.withLock { state in
      guard !state.mail.closing else { return false }
      state.add(.start(ticket))
      return true
    }
    if !accepted { ticket.fail(.shutDown(sent: .provablyNot)) }
  }

  func cancel(_ id: UInt64) {
    state.withLock { state in
      guard !state.mail.closing else { return }
      state.add(.cancel(id))
    }
  }

  func close() {
    state.withLock { state in
      state.mail.closing = true
      state.wake()
    }
  }

  /// Takes what has come since the last time; `closing` stays set.
  func take() -> Mail {
    state.withLock { state in
      defer { state.mail.commands = [] }
      return state.mail
    }
  }

  /// Names the multi handle to wake from now on; nil before it is freed.
  func setMulti(_ multi: UnsafeMutableRawPointer?) {
    let address = UInt(bitPattern: multi)
    state.withLock { $0.multi = address }
  }
}
