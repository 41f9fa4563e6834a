/// Paths as people type them, without the file system.
extension String {
  /// The path without `.`, without empty parts and without a slash at its end; `..` stays, as links may lead elsewhere.
  public var tidiedPath: String {
    let parts = split(separator: "/").filter { $0 != "." }
    if hasPrefix("/") { return "/" + parts.joined(separator: "/") }
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// The same also without `x/..`.
  var withoutDetours: String {
    var parts: [Substring] = []
    for part in tidiedPath.split(separator: "/") {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    if hasPrefix("/") { return "/" + parts.joined(separator: "/") }
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}
