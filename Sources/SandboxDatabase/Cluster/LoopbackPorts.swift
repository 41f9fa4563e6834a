import Foundation

/// Ports of the loopback interface that nobody listens on.
enum LoopbackPorts {
  /// Asks the kernel for free ports, holding all at once so that they differ.
  ///
  /// A port may be taken again before it is used; the caller tries the next.
  static func free(count: Int) -> [Int] {
    let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
    defer { for socket in sockets { close(socket) } }
    return sockets.compactMap(portBound)
  }

  private static func portBound(to socket: Int32) -> Int? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(socket, generic, length) == 0 && getsockname(socket, generic, &length) == 0
      }
    } ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }
}
