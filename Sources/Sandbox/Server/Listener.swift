import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// A port on which one pretend system answers HTTP/1.1.
final class Listener: Sendable {
  private let task: Task<Void, any Error>

  private init(_ task: Task<Void, any Error>) {
    self.task = task
  }

  static func start(
    _ system: PretendSystem, host: String, port: Int, time: SandboxTime
  ) async throws(SandboxError) -> Listener {
    let (bound, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
    let service = SandboxResponder(system: system, time: time)
    let task = Task {
      do {
        let server = try HTTPServerBuilder.http1().buildServer(
          configuration: ServerConfiguration(address: .hostname(host, port: port), backlog: 1024),
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
          logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() },
          responder: { request, writer, channel in
            try await service.respond(to: request, writer, over: channel)
          },
          onServerRunning: { channel in
            continuation.yield(channel.localAddress?.port ?? port)
            continuation.finish()
          })
        try await server.run()
      } catch {
        continuation.finish(throwing: error)
        throw error
      }
    }
    do {
      for try await port in bound {
        system.listens(at: "http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        return Listener(task)
      }
    } catch {
      throw SandboxError.cannotListen(host, port, "\(error)")
    }
    throw SandboxError.cannotListen(host, port, "the server ended at once")
  }

  func stop() async {
    task.cancel()
    _ = await task.result
  }
}

/// Turns requests into calls, and reactions into what happens on the connection.
struct SandboxResponder: Sendable {
  /// The connection is to end here; nothing else is meant by throwing it.
  private struct Hangup: Error {}

  let system: PretendSystem
  let time: SandboxTime

  func respond(
    to request: Request, _ writer: consuming ResponseWriter, over channel: any Channel
  ) async throws {
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    let body = try await request.body.collect(upTo: 64 << 20)
    var headers: [String: String] = [:]
    for field in request.headers { headers[field.name.canonicalName] = field.value }
    let call = Call(
      method: request.method.rawValue, target: request.head.path ?? "", headers: headers,
      body: Array(body.readableBytesView))
    guard let call else {
      return try await write(Answer(400), writer, request)
    }
    if call.segments.first == "_sandbox" {
      let isLocal = channel.remoteAddress.map(Self.isLoopback) ?? false
      let answer = isLocal ? Control(system: system).answer(call) : Answer(403)
      return try await write(answer, writer, request)
    }
    let reaction = system.react(to: call)
    if let landing = reaction.landing {
      let (system, time) = (system, time)
      // The connection that brought the call is gone when it lands, so nothing waits for this task.
      Task {
        try await time.sleep(landing)
        system.land(call)
      }
    }
    if reaction.delay > .zero { try await time.sleep(reaction.delay) }
    guard let answer = reaction.answer else { throw await close(channel, reaction) }
    if let cut = reaction.cut {
      try await write(answer, cutAfter: cut, writer)
      throw await close(channel, reaction)
    }
    try await write(answer, writer, request)
    if reaction.hangUp { throw await close(channel, reaction) }
  }

  /// Prepares the end of a connection; throwing what it answers brings the end about.
  private func close(_ channel: any Channel, _ reaction: PretendState.Reaction) async -> Hangup {
    guard reaction.resets, let options = channel as? any SocketOptionProvider else {
      return Hangup()
    }
    // Closing without lingering makes the kernel send RST, unless a half-closing FIN has gone out before.
    do {
      try await options.setSoLinger(NIOLinger(l_onoff: 1, l_linger: 0)).get()
      try await channel.close().get()
    } catch {
      // The client has gone already: there is nobody left to send a reset to.
    }
    return Hangup()
  }

  private func write(
    _ answer: Answer, _ writer: consuming ResponseWriter, _ request: Request
  ) async throws {
    let (head, bytes) = head(of: answer)
    if bytes.isEmpty || request.method == .head {
      try await writer.writeResponse(head)
    } else {
      try await writer.write(
        response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
  }

  /// Promises the whole body and sends its beginning.
  private func write(
    _ answer: Answer, cutAfter count: Int, _ writer: consuming ResponseWriter
  ) async throws {
    let (head, bytes) = head(of: answer)
    var body = try await writer.writeHead(head)
    try await body.write(ByteBuffer(bytes: bytes.prefix(count)))
  }

  private func head(of answer: Answer) -> (HTTPResponse, [UInt8]) {
    var head = HTTPResponse(status: .init(code: answer.status))
    var bytes: [UInt8] = []
    switch answer.body {
    case .none: break
    case .json(let json):
      bytes = json.compactBytes
      head.headerFields[.contentType] = "application/json"
    case .bytes(let given, let contentType):
      bytes = given
      head.headerFields[.contentType] = contentType
    }
    for header in answer.headers {
      guard let name = HTTPField.Name(header.name) else { continue }
      head.headerFields[name] = header.value
    }
    head.headerFields[.date] = system.now().httpDate()
    if answer.status != 204 { head.headerFields[.contentLength] = String(bytes.count) }
    return (head, bytes)
  }

  static func isLoopback(_ address: SocketAddress) -> Bool {
    guard let ip = address.ipAddress else { return true }
    return ip == "::1" || ip.hasPrefix("127.") || ip.hasPrefix("::ffff:127.")
  }
}
