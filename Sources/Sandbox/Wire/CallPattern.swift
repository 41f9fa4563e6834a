/// A method and a path that calls are compared with: `POST /api/users`, `PATCH /fleet/drivers/*`, `/api/**`.
///
/// The method may be missing or `*`, which means every method. In the path `*` stands for one element and `**`, at
/// the end, for any number of them. The query plays no part.
public struct CallPattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let description: String
  private let method: String?
  private let elements: [String]

  public init(_ text: String) {
    description = text
    var rest = text[...]
    var method: String?
    if let space = text.firstIndex(of: " ") {
      method = text[..<space].uppercased()
      rest = text[text.index(after: space)...]
    }
    self.method = method == "*" ? nil : method
    let path = rest.split(separator: "?", maxSplits: 1).first ?? ""
    elements = path.split(separator: "/").map(String.init)
  }

  public init(stringLiteral value: String) { self.init(value) }

  public func matches(_ call: Call) -> Bool {
    matches(method: call.method, segments: call.segments)
  }

  func matches(method: String, segments: [String]) -> Bool {
    if let expected = self.method, expected != method { return false }
    for (index, element) in elements.enumerated() {
      if element == "**", index == elements.count - 1 { return true }
      guard index < segments.count else { return false }
      if element != "*", element != segments[index] { return false }
    }
    return elements.count == segments.count
  }
}
