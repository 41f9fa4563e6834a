/// The address of a target, judged as it is: in a file where it is written out, in a run with every setting in its place.
public struct TargetAddress: Sendable, Hashable {
  /// Without a slash at the end.
  public let text: String
  /// Whether what is sent can be read on its way, which is for this machine only.
  public let isPlain: Bool
  /// Whether it leads to this machine.
  public let isLoopback: Bool

  public enum Fault: Error, Sendable, Hashable {
    /// With what is wrong, to be read behind the name of the key.
    case malformed(String)
    case user
    case notHTTPS
    /// Plain HTTP; `isElsewhere`: to another machine, where no switch allows it.
    case plain(isElsewhere: Bool)
  }

  /// - Parameter isDevelopment: Whether plain HTTP to this machine is allowed.
  public init(_ text: String, isDevelopment: Bool) throws(Fault) {
    guard !text.isEmpty else { throw .malformed("is empty") }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw .malformed("holds a space, a backslash, a control character or one outside ASCII")
    }
    guard let scheme = text.firstRange(of: "://") else { throw .notHTTPS }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else { throw .user }
    switch text[..<scheme.lowerBound].lowercased() {
    case "https": isPlain = false
    case "http": isPlain = true
    default: throw .notHTTPS
    }
    guard !rest.contains(where: { "?#".contains($0) }) else {
      throw .malformed("holds a query or a fragment, which belong to the calls")
    }
    guard let host = Self.host(authority) else { throw .malformed("names no valid host and port") }
    isLoopback = LocalHost.isLoopback(host)
    if isPlain {
      guard isLoopback else { throw .plain(isElsewhere: true) }
      guard isDevelopment else { throw .plain(isElsewhere: false) }
    }
    self.text = String(text.reversed().drop { $0 == "/" }.reversed())
  }

  private static func host(_ authority: Substring) -> String? {
    let host: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else {
        return nil
      }
    } else {
      host = authority.prefix { $0 != ":" }
      guard !host.isEmpty,
        host.utf8.allSatisfy({
          Names.isDigit($0) || Names.isLower($0 | 0x20) || "-._".utf8.contains($0)
        })
      else { return nil }
    }
    let port = authority.dropFirst(host.count)
    guard !port.isEmpty else { return String(host) }
    guard port.hasPrefix(":"), port.utf8.dropFirst().allSatisfy(Names.isDigit),
      let number = Int(port.dropFirst()), (1...65_535).contains(number)
    else { return nil }
    return String(host)
  }
}
