/// One request as a pretend system sees it.
public struct Call: Sendable, Hashable {
  /// A member of the query, percent-decoded.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// Upper case, e.g. `POST`.
  public let method: String
  /// As it was sent: still percent-encoded, without the query.
  public let path: String
  /// The elements of the path, percent-decoded one by one.
  public let segments: [String]
  public let query: [Parameter]
  /// By lower-case name; of a repeated header the last one.
  public let headers: [String: String]
  public let body: [UInt8]

  /// Reads a request line's parts; nil when the target holds a broken percent-encoding or bytes that are not UTF-8.
  public init?(
    method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first.map(String.init) ?? ""
    var segments: [String] = []
    for segment in path.split(separator: "/") {
      guard let text = Self.percentDecoded(segment, plusIsSpace: false) else { return nil }
      segments.append(text)
    }
    var query: [Parameter] = []
    for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.percentDecoded(halves[0], plusIsSpace: true),
        let value = Self.percentDecoded(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
      else { return nil }
      query.append(Parameter(name: name, value: value))
    }
    self.method = method
    self.path = path
    self.segments = segments
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// The first value of a query member.
  public func parameter(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  /// The values of a query member that may be repeated or hold several, separated by commas.
  func list(_ name: String) -> [String]? {
    let values = query.filter { $0.name == name }
    guard !values.isEmpty else { return nil }
    return values.flatMap { $0.value.split(separator: ",").map(String.init) }
  }

  /// Whether the `Authorization` header is exactly this bearer token.
  func bears(_ token: String) -> Bool {
    guard let header = headers["authorization"] else { return false }
    let parts = header.split(separator: " ", maxSplits: 1)
    return parts.count == 2 && parts[0].lowercased() == "bearer" && parts[1] == token
  }

  private static func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    let percent = UInt8(ascii: "%")
    let plus = UInt8(ascii: "+")
    guard text.utf8.contains(where: { $0 == percent || $0 == plus && plusIsSpace }) else {
      return String(text)
    }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == percent {
        guard let value = UInt8(hexadecimal: rest.prefix(2)) else { return nil }
        rest = rest.dropFirst(2)
        bytes.append(value)
      } else {
        bytes.append(byte == plus && plusIsSpace ? UInt8(ascii: " ") : byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension UInt8 {
  /// The byte that two hexadecimal digits stand for; nil for anything else.
  init?(hexadecimal digits: some Collection<UInt8>) {
    guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    self.init(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
