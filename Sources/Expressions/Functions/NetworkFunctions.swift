/// The network extension: `ip(…)` and `cidr(…)`.
enum NetworkFunctions {
  private static let ip = CELType.opaque("net.IP", [])
  private static let cidr = CELType.opaque("net.CIDR", [])

  static let all: [Function] = [
    Function(
      "ip", [.function(.string, returns: ip), .method(cidr, returns: ip)],
      .one { value, _ throws(EvaluationError) in
        if case .address(let network) = value, network.isNetwork {
          return .address(NetworkAddress(network.octets))
        }
        return .address(try address(value))
      }),
    Function(
      "cidr", [.function(.string, returns: cidr)],
      .one { value, _ throws(EvaluationError) in .address(try network(value)) }),
    textTest("isIP") { NetworkAddress(address: $0) != nil },
    textTest("isCIDR") { NetworkAddress(network: $0) != nil },
    Function(
      "ip.isCanonical", [.function(.string, returns: .bool)],
      .one { value, _ throws(EvaluationError) in
        guard case .string(let text) = value else { throw .noOverload }
        return .bool(sameText(try address(value).description, text))
      }),
    Function(
      "family", [.method(ip, returns: .int)],
      .one { value, _ throws(EvaluationError) in
        guard case .address(let address) = value, !address.isNetwork else { throw .noOverload }
        return .int(address.octets.count == 4 ? 4 : 6)
      }),
    test("isUnspecified") { isUnspecified($0) },
    test("isLoopback") { isLoopback($0) },
    test("isLinkLocalMulticast") {
      $0.count == 4 ? $0.starts(with: [224, 0, 0]) : $0[0] == 0xFF && $0[1] & 0x0F == 0x02
    },
    test("isLinkLocalUnicast") { isLinkLocal($0) },
    test("isGlobalUnicast") {
      !isUnspecified($0) && !isLoopback($0) && !isLinkLocal($0)
        && ($0.count == 4 ? $0[0] & 0xF0 != 0xE0 && $0 != [255, 255, 255, 255] : $0[0] != 0xFF)
    },
    Function(
      "containsIP", [.method(cidr, ip, returns: .bool), .method(cidr, .string, returns: .bool)],
      .two { network, other, _ throws(EvaluationError) in
        guard case .address(let network) = network, network.isNetwork else { throw .noOverload }
        return .bool(network.contains(try address(other)))
      }),
    Function(
      "containsCIDR",
      [.method(cidr, cidr, returns: .bool), .method(cidr, .string, returns: .bool)],
      .two { container, other, _ throws(EvaluationError) in
        guard case .address(let container) = container, container.isNetwork else {
          throw .noOverload
        }
        return .bool(container.contains(try network(other)))
      }),
    Function(
      "masked", [.method(cidr, returns: cidr)],
      .one { value, _ throws(EvaluationError) in
        guard case .address(let network) = value, network.isNetwork else { throw .noOverload }
        return .address(NetworkAddress(network.masked, prefixLength: network.prefixLength))
      }),
    Function(
      "prefixLength", [.method(cidr, returns: .int)],
      .one { value, _ throws(EvaluationError) in
        guard case .address(let network) = value, let length = network.prefixLength else {
          throw .noOverload
        }
        return .int(Int64(length))
      }),
  ]

  private static func address(_ value: Value) throws(EvaluationError) -> NetworkAddress {
    switch value {
    case .address(let address) where !address.isNetwork: return address
    case .string(let text):
      guard let address = NetworkAddress(address: text) else {
        throw .invalid("IP Address '\(text)' parse error during conversion from string")
      }
      return address
    default: throw .noOverload
    }
  }

  private static func network(_ value: Value) throws(EvaluationError) -> NetworkAddress {
    switch value {
    case .address(let network) where network.isNetwork: return network
    case .string(let text):
      guard let network = NetworkAddress(network: text) else {
        throw .invalid("network address parse error during conversion from string: '\(text)'")
      }
      return network
    default: throw .noOverload
    }
  }

  private static func textTest(
    _ name: String, _ holds: @escaping @Sendable (String) -> Bool
  ) -> Function {
    Function(
      name, [.function(.string, returns: .bool)],
      .one { value, _ throws(EvaluationError) in
        guard case .string(let text) = value else { throw .noOverload }
        return .bool(holds(text))
      })
  }

  private static func test(
    _ name: String, _ holds: @escaping @Sendable ([UInt8]) -> Bool
  ) -> Function {
    Function(
      name, [.method(ip, returns: .bool)],
      .one { value, _ throws(EvaluationError) in
        guard case .address(let address) = value, !address.isNetwork else { throw .noOverload }
        return .bool(holds(address.octets))
      })
  }

  private static func isUnspecified(_ octets: [UInt8]) -> Bool {
    octets.allSatisfy { $0 == 0 }
  }

  private static func isLoopback(_ octets: [UInt8]) -> Bool {
    octets.count == 4
      ? octets[0] == 127 : octets.dropLast().allSatisfy { $0 == 0 } && octets[15] == 1
  }

  private static func isLinkLocal(_ octets: [UInt8]) -> Bool {
    octets.count == 4
      ? octets[0] == 169 && octets[1] == 254 : octets[0] == 0xFE && octets[1] & 0xC0 == 0x80
  }
}
