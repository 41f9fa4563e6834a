/// A way to a value inside a JSON document, such as `data.id` or `tags[].id`.
///
/// Names are separated by dots; `[]` after a name (or alone, at the start) means every element of that array.
public struct JSONPath: Sendable, Hashable {
  enum Step: Sendable, Hashable {
    case member(String)
    case everyElement
  }

  let steps: [Step]

  /// Reads a path; nil when a name is empty or brackets hold anything.
  public init?(_ text: String) {
    var steps: [Step] = []
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      var name = part
      var lists = 0
      while name.hasSuffix("[]") {
        name.removeLast(2)
        lists += 1
      }
      if name.contains(where: { $0 == "[" || $0 == "]" }) { return nil }
      if name.isEmpty, index > 0 || lists == 0 { return nil }
      if !name.isEmpty { steps.append(.member(String(name))) }
      steps.append(contentsOf: repeatElement(.everyElement, count: lists))
    }
    self.steps = steps
  }
}

extension JSON {
  /// The value that a path leads to; nil when there is none.
  ///
  /// With `[]` the answer is one flat array of everything found, without the elements that lack the rest of the path;
  /// nil when what `[]` stands after is no array.
  public func value(at path: JSONPath) -> JSON? {
    value(at: path.steps[...])
  }

  /// Like `value(at:)` of a path; nil also when the text is no path.
  public func value(at path: String) -> JSON? {
    // Most paths are one name, which needs no reading.
    let isName = path.utf8.allSatisfy {
      $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]")
    }
    if isName, !path.isEmpty { return self[path] }
    return JSONPath(path).flatMap { value(at: $0) }
  }

  private func value(at steps: ArraySlice<JSONPath.Step>) -> JSON? {
    guard let step = steps.first else { return self }
    let rest = steps.dropFirst()
    switch step {
    case .member(let name):
      return self[name]?.value(at: rest)
    case .everyElement:
      guard let elements = arrayValue else { return nil }
      let found = elements.compactMap { $0.value(at: rest) }
      guard rest.contains(.everyElement) else { return .array(found) }
      return .array(found.flatMap { $0.arrayValue ?? [] })
    }
  }
}
