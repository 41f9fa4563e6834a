/// `PATCH /fleet/drivers/*`: a method and a path, `*` for any stretch without a slash; `*` alone as method is any.
public struct RoutePattern: Sendable, Hashable {
  private let method: String
  private let segments: [Substring]

  public init(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    method = parts.first.map { $0.uppercased() } ?? "*"
    segments = (parts.count > 1 ? parts[1] : "").split(separator: "/")
  }

  public func matches(_ route: String) -> Bool {
    let parts = route.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, method == "*" || method == parts[0] else { return false }
    let path = parts[1].split(separator: "/")
    return path.count == segments.count
      && zip(segments, path).allSatisfy { $0 == "*" || $0 == $1 }
  }
}
