import Foundation
import Synchronization

/// A proxy on a loopback port that makes tunnels, and remembers who asked for which.
package final class ConnectProxy: Sendable {
  package let port: UInt16
  private let listener: Int32
  /// `Basic` and what follows, where it wants to know who asks.
  private let authorization: String?
  private let log = Mutex<[String]>([])

  /// The heads of the requests for a tunnel.
  package var heads: [String] { log.withLock { $0 } }
  package var url: String { "http://127.0.0.1:\(port)" }

  package init(user: String? = nil) throws {
    authorization = user.map { "Basic " + Data($0.utf8).base64EncodedString() }
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let fd = listener
    var address = Self.address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, length) == 0 && listen(fd, 16) == 0 && getsockname(fd, $0, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    Thread { [weak self] in
      while true {
        let client = accept(fd, nil, nil)
        guard client >= 0, let self else { break }
        Thread { self.serve(client) }.start()
      }
    }.start()
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func address(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private func serve(_ client: Int32) {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard recv(client, &byte, 1, 0) == 1 else { return }
      head.append(byte)
    }
    let text = String(decoding: head, as: UTF8.self)
    log.withLock { $0.append(text) }
    if let authorization, !text.contains("Proxy-Authorization: \(authorization)\r\n") {
      answer(client, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
      shutdown(client, Int32(SHUT_RDWR))
      return
    }
    let goal = text.split(separator: " ").dropFirst().first ?? ""
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.address(port: UInt16(goal.split(separator: ":").last ?? "") ?? 0)
    let isOpen = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isOpen else {
      answer(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
      return
    }
    answer(client, "HTTP/1.1 200 Connection established\r\n\r\n")
    Thread { Self.pump(from: server, to: client) }.start()
    Self.pump(from: client, to: server)
  }

  private func answer(_ client: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  private static func pump(from source: Int32, to sink: Int32) {
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = recv(source, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      var sent = 0
      while sent < count {
        let part = buffer[sent..<count].withUnsafeBytes {
          send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard part > 0 else { return }
        sent += part
      }
    }
    shutdown(sink, Int32(SHUT_RDWR))
  }
}
