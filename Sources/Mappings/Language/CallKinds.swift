import Diagnostics
import Documents

extension Kind where Value == CallDefinition {
  /// A call whose path needs and takes these placeholders.
  /// `onlyReads`: for a call that is made to look, when nothing is to change.
  static func call(_ placeholders: Set<String> = [], onlyReads: Bool = false) -> Kind {
    Kind(shape: .call) { node, reading in
      guard let (method, path) = parseCall(node, .call, &reading) else { return nil }
      guard !onlyReads || method == "GET" else {
        reading.report(
          Codes.badCall, "`\(method)` may change something at the target", at: node.range,
          help: ["write a `GET`: this call is made only to look"])
        return nil
      }
      let call = CallDefinition(method: method, path: path, range: node.range)
      return checkPlaceholders(of: call, placeholders, &reading) ? call : nil
    }
  }

  private static func checkPlaceholders(
    of call: CallDefinition, _ wanted: Set<String>, _ reading: inout Reading
  ) -> Bool {
    var found: Set<String> = []
    var rest = call.path[...]
    while let opening = rest.firstIndex(of: "{") {
      guard let closing = rest[opening...].firstIndex(of: "}") else {
        reading.report(
          Codes.badPlaceholder, "`{` is not closed", at: call.range, help: ["close it with `}`"])
        return false
      }
      found.insert(String(rest[rest.index(after: opening)..<closing]))
      rest = rest[rest.index(after: closing)...]
    }
    for name in found.subtracting(wanted).sorted() {
      let help =
        wanted.isEmpty
        ? "nothing is known to fill in here"
        : "write " + wanted.sorted().map { "`{\($0)}`" }.joined(separator: " and ")
      reading.report(
        Codes.badPlaceholder, "`{\(name)}` is not a placeholder of this call", at: call.range,
        help: [help])
    }
    // The name of the field to match is often part of the path, its value never.
    for name in wanted.subtracting(found).subtracting(["match.name"]).sorted() {
      reading.report(
        Codes.badPlaceholder, "the call lacks `{\(name)}`", at: call.range,
        help: ["write `{\(name)}` where the path or the query names the object"])
    }
    return found.subtracting(["match.name"]) == wanted.subtracting(["match.name"])
  }
}

extension Kind where Value == Located<String> {
  /// `METHOD /path` with `*` for any stretch without a slash.
  static let callPattern = Kind(shape: .callPattern) { node, reading in
    parseCall(node, .callPattern, &reading).map { method, path in
      Located("\(method) \(path)", at: node.range)
    }
  }
}

private let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

private func parseCall(
  _ node: Node, _ shape: Shape, _ reading: inout Reading
) -> (method: String, path: String)? {
  guard let scalar = node.scalar, !node.isNull else {
    reading.reportWrongType(node, shape)
    return nil
  }
  let parts = scalar.text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  guard parts.count == 2, parts[1].hasPrefix("/") else {
    reading.report(
      Codes.badCall, "`\(scalar.text)` is not a call", at: node.range,
      help: ["write a method, a blank and a path that begins with `/`: `GET /users`"])
    return nil
  }
  guard methods.contains(parts[0]) else {
    let near = closest(to: parts[0], in: methods)
    let list = methods.map { "`\($0)`" }.joined(separator: ", ")
    reading.report(
      Codes.badCall, "`\(parts[0])` is not a method", at: node.range,
      help: [near.map { "did you mean `\($0)`?" } ?? "write one of \(list)"])
    return nil
  }
  guard parts[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    reading.report(
      Codes.badCall, "the path of `\(scalar.text)` holds characters that no address can hold",
      at: node.range, help: ["percent-encode them"])
    return nil
  }
  return (parts[0], parts[1])
}
