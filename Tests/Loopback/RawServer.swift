import Foundation
import Synchronization

/// A server on a loopback port that does to its connections exactly what a test says, and remembers what it saw.
package final class RawServer: Sendable {
  package struct Seen: Sendable {
    package let method: String
    package let target: String
    package let head: String
    package let body: [UInt8]
    /// The number of the connection, from 0, and of the request on it.
    package let connection: Int
    package let index: Int
  }

  package typealias Handler = @Sendable (Connection, Seen) -> Void

  package let port: UInt16
  private let listener: Int32
  private let handler: Handler
  private let onConnect: (@Sendable (Connection) -> Void)?
  private let log = Mutex<[Seen]>([])
  private let connections = Mutex<[Connection]>([])

  package var seen: [Seen] { log.withLock { $0 } }
  package var connectionCount: Int { connections.withLock { $0.count } }
  package var url: String { "http://127.0.0.1:\(port)" }

  /// Serves each request by `handler`; `onConnect`, when given, replaces the reading of requests.
  package init(onConnect: (@Sendable (Connection) -> Void)? = nil, _ handler: @escaping Handler)
    throws
  {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let fd = listener
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, length) == 0 && listen(fd, 128) == 0 && getsockname(fd, $0, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    self.handler = handler
    self.onConnect = onConnect
    Thread { [weak self] in
      while true {
        let client = accept(fd, nil, nil)
        guard client >= 0 else { break }
        if let self { self.serve(client) } else { close(client) }
      }
      close(fd)
    }.start()
  }

  // A descriptor is closed only by its last user: a number that is free again may be another test's connection.
  deinit {
    Glibc.shutdown(listener, Int32(SHUT_RDWR))
    for connection in connections.withLock({ $0 }) { connection.end() }
  }

  private func serve(_ fd: Int32) {
    let connection = connections.withLock { all in
      let connection = Connection(fd: fd, number: all.count)
      all.append(connection)
      return connection
    }
    let (handler, onConnect) = (handler, onConnect)
    Thread { [weak self] in
      if let onConnect { return onConnect(connection) }
      var index = 0
      while let seen = connection.readRequest(index: index) {
        index += 1
        guard let self else { return connection.end() }
        self.log.withLock { $0.append(seen) }
        handler(connection, seen)
      }
      connection.end()
    }.start()
  }
}

/// The server's end of one connection.
package final class Connection: Sendable {
  package let number: Int
  private let fd: Int32
  private let left = Mutex<[UInt8]>([])

  init(fd: Int32, number: Int) {
    self.fd = fd
    self.number = number
  }

  package func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  package func write(_ text: String) { write(Array(text.utf8)) }

  package func answer(_ status: Int = 200, headers: [String] = [], _ body: String = "") {
    answer(status, headers: headers, bytes: Array(body.utf8))
  }

  package func answer(_ status: Int = 200, headers: [String] = [], bytes: [UInt8]) {
    let lines = ["HTTP/1.1 \(status) Fine", "Content-Length: \(bytes.count)"] + headers
    write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + bytes)
  }

  deinit {
    close(fd)
  }

  /// Closes the connection: FIN.
  package func end() {
    Glibc.shutdown(fd, Int32(SHUT_RDWR))
    release()
  }

  /// Breaks the connection: RST.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    release()
  }

  /// Closes the socket, but keeps the number of its descriptor taken by a file that gives and takes nothing.
  private func release() {
    let nothing = open("/dev/null", O_RDONLY)
    dup2(nothing, fd)
    close(nothing)
  }

  private func read() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(fd, &buffer, buffer.count, 0)
    if count > 0 { left.withLock { $0 += buffer[..<count] } }
    return count > 0
  }

  /// Reads until `enough` makes something of the bytes so far and says how many it used.
  private func take<T>(_ enough: ([UInt8]) -> (T, Int)?) -> T? {
    while true {
      let bytes = left.withLock { $0 }
      if let (value, used) = enough(bytes) {
        left.withLock { $0.removeFirst(used) }
        return value
      }
      if !read() { return nil }
    }
  }

  /// Reads up to the empty line and leaves the body where it is.
  package func readHeadOnly() -> Bool {
    take { bytes in
      bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }.map {
        (true, $0 + 4)
      }
    } ?? false
  }

  package func readRequest(index: Int = 0) -> RawServer.Seen? {
    let head: String? = take { bytes in
      guard
        let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
      else { return nil }
      return (String(decoding: bytes[..<end], as: UTF8.self), end + 4)
    }
    guard let head else { return nil }
    let lines = head.components(separatedBy: "\r\n")
    let length =
      lines.first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) } ?? 0
    let body: [UInt8]? = take { $0.count < length ? nil : (Array($0[..<length]), length) }
    guard let body else { return nil }
    let words = lines[0].split(separator: " ").map(String.init)
    return RawServer.Seen(
      method: words[0], target: words[1], head: head, body: body, connection: number, index: index)
  }
}
