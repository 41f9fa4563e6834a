import JSON

/// What a pretend system says to a call.
public struct Answer: Sendable, Hashable {
  public enum Body: Sendable, Hashable {
    case none
    case json(JSON)
    case bytes([UInt8], contentType: String)
  }

  public struct Header: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public var status: Int
  public var headers: [Header]
  public var body: Body

  public init(_ status: Int, headers: [Header] = [], body: Body = .none) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  init(_ status: Int, _ json: JSON, headers: [Header] = []) {
    self.init(status, headers: headers, body: .json(json))
  }

  /// The JSON of the body, where it is one.
  public var json: JSON? {
    if case .json(let json) = body { json } else { nil }
  }

  /// The first value of a header.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The same answer with a member taken out of the body and of each object directly inside it.
  func without(_ name: String) -> Answer {
    guard let json else { return self }
    var copy = self
    copy.body = .json(json.without(name, levels: 2))
    return copy
  }
}

extension JSON {
  /// An object made of a list, without the pairs whose value is nil.
  static func object(of pairs: [(String, JSON?)]) -> JSON {
    .object(pairs.compactMap { name, value in value.map { Member(name: name, value: $0) } })
  }

  fileprivate func without(_ name: String, levels: Int) -> JSON {
    guard levels > 0, let members else { return self }
    return .object(
      members.filter { $0.name != name }.map {
        Member(name: $0.name, value: $0.value.without(name, levels: levels - 1))
      })
  }
}
