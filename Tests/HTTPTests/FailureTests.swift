import Foundation
import Loopback
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5))) struct FailureTests {
  @Test func nameThatCannotBeLookedUp() async {
    // A label of more than 63 letters is refused without asking any name server.
    let host = String(repeating: "a", count: 64) + ".example"
    let error = await failure(loopbackClient(), HTTPRequest(.post, "https://\(host)/", body: [1]))
    #expect(error?.kind == .dns)
    #expect(error?.sent == .provablyNot)
  }

  @Test func nothingListens() async throws {
    var server: RawServer? = try RawServer { _, _ in }
    let url = try #require(server?.url)
    server = nil
    let error = await failure(loopbackClient(), HTTPRequest(.post, url, body: [1]))
    #expect(error?.kind == .refused)
    #expect(error?.sent == .provablyNot)
    #expect(error?.remedy.isEmpty == false)
  }

  @Test func handshakeThatNeverEnds() async throws {
    let server = try RawServer(onConnect: { _ in }, { _, _ in })
    let url = "https://127.0.0.1:\(server.port)"
    for timeout in [
      HTTPRequest.Timeout(connect: .milliseconds(100)),
      HTTPRequest.Timeout(total: .milliseconds(100)),
    ] {
      let error = await failure(
        loopbackClient(), HTTPRequest(.post, url, body: [1], timeout: timeout))
      #expect(error?.kind == .connectTimeout)
      #expect(error?.sent == .provablyNot)
    }
  }

  @Test func serverThatTricklesMissesTheDeadline() async throws {
    let server = try RawServer { connection, _ in
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      for _ in 0..<200 {
        connection.write("x")
        Thread.sleep(forTimeInterval: 0.02)
      }
      connection.end()
    }
    let error = await failure(
      loopbackClient(),
      HTTPRequest(.post, server.url, body: [1], timeout: .init(total: .milliseconds(300))))
    #expect(error?.kind == .timeout)
    #expect(error?.sent == .perhaps)
    #expect(error?.status == 200)
    #expect(server.seen.count == 1)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX: 1\r\n", "HTTP/1.1 2", "HT",
    "HTTP/1.1 100 Continue\r\n\r\n", "",
  ])
  func answersCutShort(_ text: String) async throws {
    let server = try RawServer { connection, _ in
      connection.write(text)
      connection.end()
    }
    let error = await failure(loopbackClient(), HTTPRequest(.post, server.url, body: [1]))
    #expect(error?.kind == .closedEarly || error?.kind == .reset || error?.kind == .unreadable)
    #expect(error?.sent == .perhaps)
    #expect(server.seen.count == 1)
  }

  @Test(arguments: [
    "220 mail ready\r\n\r\n", "<html>hello</html>\r\n\r\n", "HTTP/9.9 200\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
  ])
  func answersThatAreNotHTTP(_ text: String) async throws {
    let server = try RawServer { connection, _ in
      connection.write(text)
      connection.end()
    }
    let error = await failure(loopbackClient(), HTTPRequest(.post, server.url, body: [1]))
    #expect(error?.kind == .unreadable || error?.kind == .reset)
    #expect(error?.sent == .perhaps)
  }

  @Test func answersLargerThanAllowed() async throws {
    let server = try RawServer { connection, seen in
      if seen.target == "/endless" {
        connection.write("HTTP/1.1 200 OK\r\n\r\n")
        for _ in 0..<2000 { connection.write(String(repeating: "x", count: 10_000)) }
        return connection.end()
      }
      if seen.target == "/headers" {
        connection.write("HTTP/1.1 200 OK\r\n")
        for _ in 0..<10_000 { connection.write("X: \(String(repeating: "x", count: 90))\r\n") }
        return connection.end()
      }
      connection.answer(bytes: [UInt8](repeating: 1, count: 1000))
    }
    let client = loopbackClient()
    let fits = HTTPRequest(.get, server.url, maxAnswerBytes: 1000)
    #expect(try await client.send(fits).body.count == 1000)
    for (path, limit) in [("/", 999), ("/", 0), ("/endless", 1 << 20), ("/headers", 1 << 20)] {
      let error = await failure(
        client, HTTPRequest(.get, server.url + path, maxAnswerBytes: limit))
      #expect(error?.kind == .tooLarge)
      #expect(error?.remedy.contains("`max_answer`") == (path != "/headers"))
      #expect(error?.status == 200)
    }
  }

  @Test func decompressionIsBounded() async throws {
    let bomb = try shell("head -c 60000000 /dev/zero | gzip -9")
    let small = try shell("printf hello | gzip")
    let server = try RawServer { connection, seen in
      connection.answer(
        headers: ["Content-Encoding: gzip"], bytes: seen.target == "/bomb" ? bomb : small)
    }
    let client = loopbackClient()
    #expect(try await client.send(HTTPRequest(.get, server.url)).text == "hello")
    #expect(server.seen.first?.head.contains("Accept-Encoding: gzip, deflate") == true)
    let error = await failure(client, HTTPRequest(.get, server.url + "/bomb"))
    #expect(error?.kind == .tooLarge)
  }

  @Test func cancellationSaysWhetherBytesMayHaveLeft() async throws {
    let got = Signal()
    let server = try RawServer { _, _ in got.give() }
    let silent = try RawServer(onConnect: { _ in got.give() }, { _, _ in })
    let client = loopbackClient()
    for (url, sent) in [
      (server.url, HTTPError.Sent.perhaps), ("https://127.0.0.1:\(silent.port)", .provablyNot),
    ] {
      let task = Task { await failure(client, HTTPRequest(.post, url, body: [1])) }
      await got.wait()
      task.cancel()
      let error = await task.value
      #expect(error?.kind == .cancelled)
      #expect(error?.sent == sent)
    }
  }

  @Test func cancelledBeforeTheStart() async throws {
    let server = try RawServer { connection, _ in connection.answer(200, "x") }
    let client = loopbackClient()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(client, HTTPRequest(.post, server.url, body: [1]))
    }
    let error = await task.value
    #expect(error?.kind == .cancelled)
    #expect(error?.sent == .provablyNot)
    #expect(server.seen.isEmpty)
  }

  @Test func shutdownFailsWhatIsInFlight() async throws {
    let got = Signal()
    let server = try RawServer { _, _ in got.give() }
    let client = loopbackClient(maxConnections: 2)
    let tasks = (0..<4).map { _ in
      Task { await failure(client, HTTPRequest(.post, server.url, body: [1])) }
    }
    await got.wait()
    await got.wait()
    client.shutdown()
    var sent: [HTTPError.Sent?] = []
    for task in tasks {
      let error = await task.value
      #expect(error?.kind == .shutDown)
      sent.append(error?.sent)
    }
    #expect(sent.filter { $0 == .perhaps }.count == 2)
    #expect(sent.filter { $0 == .provablyNot }.count == 2)
    let late = await failure(client, HTTPRequest(.get, server.url))
    #expect(late?.kind == .shutDown)
    #expect(late?.sent == .provablyNot)
  }
}
