/// An IP address, or a network with the length of its prefix.
public final class NetworkAddress: Sendable, Hashable {
  /// 4 or 16 octets; an IPv4 address written as IPv6 has 4.
  let octets: [UInt8]
  /// Nil for an address.
  let prefixLength: Int?

  var isNetwork: Bool { prefixLength != nil }

  init(_ octets: [UInt8], prefixLength: Int? = nil) {
    self.octets = octets
    self.prefixLength = prefixLength
  }

  public static func == (left: NetworkAddress, right: NetworkAddress) -> Bool {
    left.octets == right.octets && left.prefixLength == right.prefixLength
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(octets)
    hasher.combine(prefixLength)
  }

  /// Nil for what is not an address, has a zone, or mixes both notations.
  convenience init?(address text: String) {
    guard let octets = text.contains(":") ? Self.six(text) : Self.four(text) else { return nil }
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    self.init(octets.starts(with: mapped) ? Array(octets[12...]) : octets)
  }

  /// Reads `192.168.0.0/24`.
  convenience init?(network text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = NetworkAddress(address: String(parts[0])),
      let length = Self.number(parts[1], upTo: address.octets.count * 8)
    else { return nil }
    self.init(address.octets, prefixLength: length)
  }

  private static func number(_ text: Substring, upTo limit: Int) -> Int? {
    guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy(isDigit),
      text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), let value = Int(text),
      value <= limit
    else { return nil }
    return value
  }

  private static func four(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { number($0, upTo: 255) }
    return parts.count == 4 && numbers.count == 4 ? numbers.map { UInt8($0) } : nil
  }

  private static func six(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    let gap = bytes.indices.dropLast().first {
      bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: ":")
    }
    func groups(_ part: ArraySlice<UInt8>) -> [UInt8]? {
      if part.isEmpty { return [] }
      var octets: [UInt8] = []
      for group in part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
        guard (1...4).contains(group.count), group.allSatisfy(isHexDigit),
          let value = UInt16(String(bytes: group), radix: 16)
        else { return nil }
        octets += [UInt8(value >> 8), UInt8(value & 0xFF)]
      }
      return octets
    }
    guard let gap else {
      let octets = groups(bytes[...])
      return octets?.count == 16 ? octets : nil
    }
    guard let head = groups(bytes[..<gap]), let tail = groups(bytes[(gap + 2)...]),
      head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  /// The network's address with every bit beyond the prefix cleared.
  var masked: [UInt8] {
    guard let prefixLength else { return octets }
    return octets.enumerated().map { index, octet in
      let kept = max(0, min(8, prefixLength - index * 8))
      return octet & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
    }
  }

  /// Whether an address, or a whole network, lies in this network.
  func contains(_ other: NetworkAddress) -> Bool {
    guard let prefixLength, octets.count == other.octets.count else { return false }
    let reach = other.prefixLength ?? octets.count * 8
    return reach >= prefixLength
      && NetworkAddress(other.octets, prefixLength: prefixLength).masked == masked
  }
}

extension NetworkAddress: CustomStringConvertible {
  /// The canonical form of RFC 5952.
  public var description: String {
    let suffix = prefixLength.map { "/\($0)" } ?? ""
    if octets.count == 4 { return octets.map { String($0) }.joined(separator: ".") + suffix }
    let groups = stride(from: 0, to: 16, by: 2).map {
      UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1])
    }
    // The longest run of at least two zero groups, the first of several.
    var best = 0..<0
    var start = 0
    while start < 8 {
      let end = groups[start...].firstIndex { $0 != 0 } ?? 8
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard !best.isEmpty else { return text(groups[...]) + suffix }
    return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...]) + suffix
  }
}
