import Foundation

/// Which addresses requests may go to; asked after the name lookup, for every connection.
///
/// Private networks are allowed, since a target may stand in one. Loopback needs the development switch. What is not
/// encrypted goes nowhere else.
struct AddressPolicy: Sendable {
  let allowLoopback: Bool
  /// For plain HTTP: anybody on the way could read the token.
  var onlyLoopback = false

  /// Why no connection may go to this socket address; nil when it may.
  func refusal(socketAddress bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.count >= MemoryLayout<sockaddr>.size else { return "an address that is cut short" }
    switch Int32(bytes.loadUnaligned(as: sockaddr.self).sa_family) {
    case AF_INET:
      let address = bytes.loadUnaligned(as: sockaddr_in.self).sin_addr
      return withUnsafeBytes(of: address) { refusal(address: Array($0)) }
    case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
      let address = bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      return withUnsafeBytes(of: address) { refusal(address: Array($0)) }
    default:
      return "an address that is not of the internet"
    }
  }

  /// Why no connection may go to this address of 4 or 16 bytes in network order; nil when it may.
  func refusal(address: [UInt8]) -> String? {
    if let reason = refusalOfPlace(address) { return reason }
    return onlyLoopback && !Self.isLoopback(address)
      ? "another machine, and plain HTTP is for this machine only" : nil
  }

  private static func isLoopback(_ address: [UInt8]) -> Bool {
    if address.count == 4 { return address[0] == 127 }
    return address.count == 16
      && (address == [UInt8](repeating: 0, count: 15) + [1]
        || embeddedIPv4(address)?.first == 127)
  }

  private func refusalOfPlace(_ address: [UInt8]) -> String? {
    if address.count == 4 { return refusalOfIPv4(address) }
    guard address.count == 16 else { return "an address that is not of the internet" }
    if address[..<15].allSatisfy({ $0 == 0 }) {
      switch address[15] {
      case 0: return "the unspecified address"
      case 1: return allowLoopback ? nil : "a loopback address"
      default: break
      }
    }
    if let embedded = Self.embeddedIPv4(address) { return refusalOfIPv4(embedded) }
    if address[0] == 0xFE, address[1] & 0xC0 == 0x80 { return "a link-local address" }
    if address[0] == 0xFF { return "a multicast address" }
    if Self.metadataIPv6.contains(address) { return "the address of a metadata service" }
    return nil
  }

  private func refusalOfIPv4(_ address: [UInt8]) -> String? {
    switch (address[0], address[1]) {
    case (0, _): return "the unspecified address"
    case (127, _): return allowLoopback ? nil : "a loopback address"
    case (169, 254): return "a link-local address, where metadata services are"
    case (224..., _): return "a multicast or reserved address"
    default:
      return Self.metadataIPv4.contains(address) ? "the address of a metadata service" : nil
    }
  }

  /// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 one, which leads to the same host.
  private static func embeddedIPv4(_ address: [UInt8]) -> [UInt8]? {
    let zeros = [UInt8](repeating: 0, count: 10)
    if address.starts(with: zeros + [0xFF, 0xFF]) || address.starts(with: zeros + [0, 0]) {
      return Array(address[12...])
    }
    if address.starts(with: [0x00, 0x64, 0xFF, 0x9B] + zeros[..<8]) {
      return Array(address[12...])
    }
    if address.starts(with: [0x20, 0x02]) { return Array(address[2..<6]) }
    return nil
  }

  /// Alibaba Cloud's metadata and Azure's host service, which lie outside the link-local range.
  private static let metadataIPv4: [[UInt8]] = [[100, 100, 100, 200], [168, 63, 129, 16]]

  /// `fd00:ec2::254`, the metadata service of AWS.
  private static let metadataIPv6: [[UInt8]] = [
    [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]
  ]
}
