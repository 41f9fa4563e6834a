/// Addresses of this machine, so that nothing crosses a wire.
public enum LocalHost {
  /// Whether a host of PostgreSQL is a socket or a loopback address; of several, separated by commas, each has to be.
  public static func isLocal(_ hosts: String) -> Bool {
    hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
      host.hasPrefix("/") || host.hasPrefix("@") || isLoopback(String(host))
    }
  }

  /// Whether a host of an address is this machine.
  public static func isLoopback(_ host: String) -> Bool {
    if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { $0.utf8.allSatisfy(Names.isDigit) && UInt8($0) != nil }
  }
}
