import Foundation
import Synchronization
import Testing

@testable import HTTP

/// Its connections stay usable for as long as a busy machine may take between two requests of a test.
func loopbackClient(maxConnections: Int = 8, caFile: String? = nil) -> HTTPClient {
  HTTPClient(
    .init(
      maxConnections: maxConnections, idleLifetime: .seconds(300), allowPlainHTTP: true,
      allowLoopback: true, caFile: caFile))
}

/// Sends a request that must fail, and gives the failure.
func failure(_ client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
  do {
    let answer = try await client.send(request)
    Issue.record("an answer with status \(answer.status) where a failure was expected")
    return nil
  } catch {
    return error
  }
}

/// Lets server threads and the test meet.
final class Signal: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  func give() { semaphore.signal() }

  func wait() async {
    await withCheckedContinuation { continuation in
      Thread { [semaphore] in
        semaphore.wait()
        continuation.resume()
      }.start()
    }
  }

  func waitInThread() { semaphore.wait() }
}

extension HTTPAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }
}

final class RawCounter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}
