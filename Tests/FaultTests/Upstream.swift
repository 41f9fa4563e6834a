import Foundation
import Loopback

/// Hands one call on over a connection of its own.
enum Upstream {
  static func answer(
    to seen: RawServer.Seen, body: [UInt8]? = nil, at port: UInt16
  ) -> (status: Int, contentType: String, body: [UInt8])? {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(fd) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    let body = body ?? seen.body
    let head = seen.head.components(separatedBy: "\r\n").filter {
      !$0.lowercased().hasPrefix("content-length:")
    }
    let length = "Content-Length: \(body.count)"
    let text = (head + [length, "Connection: close", "", ""]).joined(separator: "\r\n")
    guard connected, write(Array(text.utf8), to: fd), write(body, to: fd)
    else { return nil }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(fd, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      all += buffer[..<count]
    }
    return parts(of: all)
  }

  private static func write(_ bytes: [UInt8], to fd: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// The sandbox gives every body its length, so that it is all that stands behind the head.
  private static func parts(
    of answer: [UInt8]
  ) -> (status: Int, contentType: String, body: [UInt8])? {
    let text = String(decoding: answer, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
      return nil
    }
    let head = text[..<end.lowerBound]
    let type = head.components(separatedBy: "\r\n").first {
      $0.lowercased().hasPrefix("content-type:")
    }
    return (
      status, type.map { String($0.dropFirst(13)).trimmingCharacters(in: .whitespaces) } ?? "",
      Array(text[end.upperBound...].utf8)
    )
  }
}
