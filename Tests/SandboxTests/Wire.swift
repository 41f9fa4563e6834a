import Foundation
import JSON
import NIOCore
import NIOPosix
import Testing

@testable import Sandbox

/// What came back over a connection.
struct WireAnswer: Sendable {
  let status: Int
  let headers: [String: String]
  let body: [UInt8]
  /// Whether the body is as long as promised.
  let isWhole: Bool

  /// The connection was reset instead of ended.
  static let reset = WireAnswer(status: 0, headers: [:], body: [], isWhole: false)

  var json: JSON? { try? JSON(parsing: body) }
}

/// Sends texts one after the other over one connection, each after the answer to the one before.
///
/// An answer is nil where the connection was closed instead.
func converse(_ url: String, _ requests: [String]) async throws -> [WireAnswer?] {
  let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
  let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .connect(host: "127.0.0.1", port: port) { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
      }
    }
  return try await channel.executeThenClose { inbound, outbound in
    var answers: [WireAnswer?] = []
    var iterator = inbound.makeAsyncIterator()
    var received: [UInt8] = []
    for request in requests {
      do {
        try await outbound.write(ByteBuffer(string: request))
        while true {
          if let answer = WireAnswer(taking: &received, atEnd: false) {
            answers.append(answer)
            break
          }
          guard let more = try await iterator.next() else {
            answers.append(WireAnswer(taking: &received, atEnd: true))
            break
          }
          received += more.readableBytesView
        }
      } catch let error as IOError {
        answers.append(error.errnoCode == ECONNRESET ? WireAnswer.reset : nil)
      } catch is ChannelError {
        answers.append(nil)
      }
    }
    return answers
  }
}

extension WireAnswer {
  /// Takes one answer off the front; nil while it is not all there, unless nothing more comes.
  init?(taking bytes: inout [UInt8], atEnd: Bool) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    var lines = text[..<end.lowerBound].split(separator: "\r\n")
    let status = lines.removeFirst().split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = String(
        line[line.index(after: colon)...].drop { $0 == " " })
    }
    let start = text.utf8.distance(from: text.startIndex, to: end.upperBound)
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    guard bytes.count >= start + length || atEnd else { return nil }
    self.init(
      status: status.count > 1 ? Int(status[1]) ?? 0 : 0, headers: headers,
      body: Array(bytes[start..<min(bytes.count, start + length)]),
      isWhole: bytes.count >= start + length)
    bytes.removeFirst(min(bytes.count, start + length))
  }
}

extension PretendSystem {
  /// A request as text, with the headers that this system asks for.
  func request(_ line: String, _ body: JSON? = nil, _ more: String = "") -> String {
    let bytes = body?.description ?? ""
    var head = "\(line) HTTP/1.1\r\nHost: localhost\r\nUser-Agent: tests\r\n"
    head += "Authorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
    if let fqdn { head += "Fqdn: \(fqdn)\r\n" }
    return head + "Content-Length: \(bytes.utf8.count)\r\n\(more)\r\n\(bytes)"
  }

  /// The answers to requests over one connection.
  func answers(_ requests: String...) async throws -> [WireAnswer?] {
    try await converse(url, requests)
  }
}

/// Runs a test against a sandbox that is stopped afterwards, whatever happens.
func withSandbox(
  clock: some Clock<Duration> = ContinuousClock(),
  _ change: (inout SandboxConfiguration) -> Void = { _ in },
  _ body: (Sandbox) async throws -> Void
) async throws {
  var configuration = SandboxConfiguration()
  change(&configuration)
  let sandbox = try await Sandbox.start(configuration, clock: clock)
  do {
    try await body(sandbox)
  } catch {
    await sandbox.stop()
    throw error
  }
  await sandbox.stop()
}
