import Foundation
import Loopback
import Testing

@testable import HTTP

/// What libcurl would do by itself when a connection dies, and must not: send the request once more.
@Suite(.timeLimit(.minutes(5))) struct ResendTests {
  enum Death: String, CaseIterable, Sendable {
    case fin, rst
  }

  static let writes: [HTTPRequest.Method] = [.post, .put, .patch, .delete, .get]

  /// Answers the first request on each connection and lets the connection die after reading the second.
  private func dyingServer(_ death: Death) throws -> RawServer {
    try RawServer { connection, seen in
      if seen.index == 0, seen.target == "/warm" { return connection.answer(200, "warm") }
      switch death {
      case .fin: connection.end()
      case .rst: connection.reset()
      }
    }
  }

  @Test(arguments: writes, Death.allCases)
  func reusedConnectionThatDiesAfterTheRequest(_ method: HTTPRequest.Method, _ death: Death)
    async throws
  {
    for body in [
      nil, [], [UInt8](repeating: 65, count: 10), [UInt8](repeating: 65, count: 200_000),
    ] {
      let server = try dyingServer(death)
      let client = loopbackClient()
      _ = try await client.send(HTTPRequest(.get, server.url + "/warm"))
      let error = await failure(client, HTTPRequest(method, server.url + "/x", body: body))
      #expect(error?.sent == .perhaps)
      #expect(error?.kind == .closedEarly || error?.kind == .reset)
      #expect(server.seen.filter { $0.target == "/x" }.count == 1)
      #expect(server.seen.allSatisfy { $0.connection == 0 })
    }
  }

  @Test(arguments: writes, Death.allCases)
  func freshConnectionThatDiesAfterTheRequest(_ method: HTTPRequest.Method, _ death: Death)
    async throws
  {
    let server = try dyingServer(death)
    let error = await failure(
      loopbackClient(), HTTPRequest(method, server.url + "/x", body: [1, 2]))
    #expect(error?.sent == .perhaps)
    #expect(error?.kind == (death == .fin ? .closedEarly : .reset))
    #expect(server.seen.count == 1)
  }

  @Test(arguments: writes, Death.allCases)
  func idleConnectionThatTheServerClosed(_ method: HTTPRequest.Method, _ death: Death)
    async throws
  {
    let server = try RawServer { connection, seen in
      connection.answer(200, "ok")
      guard seen.target == "/warm" else { return }
      switch death {
      case .fin: connection.end()
      case .rst: connection.reset()
      }
    }
    let client = loopbackClient()
    for pause in [0, 0, 0, 1, 20] {
      let before = server.seen.filter { $0.target == "/x" }.count
      // The answer may itself be lost when the reset overtakes it.
      _ = try? await client.send(HTTPRequest(.get, server.url + "/warm"))
      try await Task.sleep(for: .milliseconds(pause))
      var failed: HTTPError?
      do {
        _ = try await client.send(HTTPRequest(method, server.url + "/x", body: [1, 2]))
      } catch {
        failed = error
      }
      let delivered = server.seen.filter { $0.target == "/x" }.count - before
      #expect(delivered <= 1)
      if let failed {
        #expect(failed.sent == .perhaps)
      } else {
        #expect(delivered == 1)
      }
    }
  }

  @Test(arguments: Death.allCases)
  func connectionThatDiesWhileTheBodyGoesOut(_ death: Death) async throws {
    // After the first request, only heads are read: a second sending would show as a second head.
    let heads = RawCounter()
    let onConnect: @Sendable (Connection) -> Void = { connection in
      if connection.number == 0 {
        guard connection.readRequest() != nil else { return }
        connection.answer(200, "warm")
      }
      if connection.readHeadOnly() { heads.add() }
      switch death {
      case .fin: connection.end()
      case .rst: connection.reset()
      }
    }
    let server = try RawServer(onConnect: onConnect) { _, _ in }
    let client = loopbackClient()
    _ = try await client.send(HTTPRequest(.get, server.url))
    let body = [UInt8](repeating: 65, count: 8_000_000)
    let error = await failure(client, HTTPRequest(.post, server.url, body: body))
    #expect(error?.sent == .perhaps)
    #expect(heads.count == 1)
  }
}
