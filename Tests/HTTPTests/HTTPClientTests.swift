import Foundation
import Loopback
import Synchronization
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5))) struct HTTPClientTests {
  @Test func carriesStatusHeadersAndBodies() async throws {
    let server = try RawServer { connection, seen in
      connection.answer(
        201, headers: ["X-A: 1", "x-a:  two \t", "Empty:"], bytes: seen.body.reversed())
    }
    let client = loopbackClient()
    let answer = try await client.send(
      HTTPRequest(
        .post, server.url + "/a/b?c=d", headers: ["X-Token": "t t", "X-Empty": ""], body: [1, 0, 3])
    )
    #expect(answer.status == 201)
    #expect(answer.body == [3, 0, 1])
    #expect(answer.headers["X-A"] == "1")
    #expect(answer.headers.values(of: "x-A") == ["1", "two"])
    #expect(answer.headers["empty"] == "")
    #expect(answer.httpVersion == "1.1")
    let seen = try #require(server.seen.first)
    #expect(seen.method == "POST")
    #expect(seen.target == "/a/b?c=d")
    #expect(seen.head.contains("\r\nX-Token: t t\r\n"))
    #expect(seen.head.contains("\r\nX-Empty:"))
    let head = seen.head.lowercased()
    for absent in ["expect:", "content-type:", "cookie:", "transfer-encoding:"] {
      #expect(!head.contains(absent))
    }
  }

  @Test(arguments: HTTPRequest.Method.allCases)
  func methodsWithAndWithoutBody(_ method: HTTPRequest.Method) async throws {
    let server = try RawServer { connection, seen in connection.answer(204, "") }
    let client = loopbackClient()
    #expect(try await client.send(HTTPRequest(method, server.url)).status == 204)
    if method != .head {
      #expect(try await client.send(HTTPRequest(method, server.url, body: [7])).status == 204)
    }
    #expect(server.seen.allSatisfy { $0.method == method.rawValue })
    #expect(server.seen.map(\.body) == (method == .head ? [[]] : [[], [7]]))
  }

  @Test func reusesConnections() async throws {
    let server = try RawServer { connection, _ in connection.answer(200, "x") }
    let client = loopbackClient()
    var reused: [Bool] = []
    for _ in 0..<5 {
      reused.append(try await client.send(HTTPRequest(.get, server.url)).connectionReused)
    }
    #expect(reused == [false, true, true, true, true])
    #expect(server.connectionCount == 1)
  }

  @Test func concurrentRequestsShareABoundedNumberOfConnections() async throws {
    let server = try RawServer { connection, seen in
      Thread.sleep(forTimeInterval: 0.01)
      connection.answer(200, seen.target)
    }
    let client = loopbackClient(maxConnections: 4)
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for i in 0..<16 {
        let request = HTTPRequest(.post, server.url + "/\(i)", body: [UInt8(i)])
        group.addTask { try await client.send(request).text }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(texts) == Set((0..<16).map { "/\($0)" }))
    #expect(server.seen.count == 16)
    #expect(server.connectionCount <= 4)
  }

  @Test func bigBodiesBothWays() async throws {
    let server = try RawServer { connection, seen in connection.answer(bytes: seen.body) }
    let client = loopbackClient()
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let answer = try await client.send(HTTPRequest(.put, server.url, body: body))
    #expect(answer.body == body)
  }

  @Test func redirectIsAnAnswer() async throws {
    let server = try RawServer { connection, seen in
      connection.answer(302, headers: ["Location: /login"], "go")
    }
    let answer = try await loopbackClient().send(HTTPRequest(.post, server.url, body: [1]))
    #expect(answer.status == 302)
    #expect(answer.headers["location"] == "/login")
    #expect(server.seen.count == 1)
  }

  @Test func interimAnswersAreSkipped() async throws {
    let server = try RawServer { connection, _ in
      connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
      connection.answer(200, headers: ["X-Late: 1"], "x")
    }
    let answer = try await loopbackClient().send(HTTPRequest(.get, server.url))
    #expect(answer.status == 200)
    #expect(answer.headers.fields.map(\.name) == ["Content-Length", "X-Late"])
  }

  @Test func chunkedAnswers() async throws {
    let server = try RawServer { connection, _ in
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      connection.write("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
    }
    let answer = try await loopbackClient().send(HTTPRequest(.get, server.url))
    #expect(answer.text == "abcde")
    #expect(answer.headers["X-Trailer"] == nil)
  }

  @Test func requestsWaitForAFreeConnectionNoLongerThanTheirTime() async throws {
    let release = Signal()
    let server = try RawServer { connection, _ in
      release.waitInThread()
      connection.answer(200, "x")
    }
    let client = loopbackClient(maxConnections: 1)
    async let first = client.send(HTTPRequest(.get, server.url))
    while server.seen.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    let error = await failure(
      client,
      HTTPRequest(.post, server.url, body: [1], timeout: .init(total: .milliseconds(100))))
    #expect(error?.kind == .connectTimeout)
    #expect(error?.sent == .provablyNot)
    release.give()
    #expect(try await first.status == 200)
    #expect(server.seen.count == 1)
  }
}
