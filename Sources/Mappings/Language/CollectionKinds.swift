import Diagnostics
import Documents

extension Kind {
  /// A list; elements that are wrong are reported and left out.
  static func list<Element: Sendable>(_ element: Kind<Element>, nonEmpty: Bool = false) -> Kind
  where Value == [Element] {
    let shape = Shape.list(element.shape, nonEmpty: nonEmpty)
    return Kind(shape: shape) { node, reading in
      guard let nodes = node.elements else {
        reading.reportWrongType(node, shape)
        return nil
      }
      if nonEmpty, nodes.isEmpty {
        reading.report(Codes.emptyValue, "\(reading.quotedSubject) is empty", at: node.range)
      }
      let owner = reading.subjectRange
      defer { reading.subjectRange = owner }
      return nodes.compactMap {
        reading.subjectRange = SourceRange(
          file: $0.range.file, start: $0.range.start, end: min($0.range.end, $0.range.start + 1))
        return element.read($0, &reading)
      }
    }
  }

  /// A list, or one element for a list of one.
  static func oneOrMany<Element: Sendable>(_ element: Kind<Element>) -> Kind
  where Value == [Element] {
    let many = list(element, nonEmpty: true)
    return Kind(shape: .oneOrMany(element.shape)) { node, reading in
      if node.elements != nil { return many.read(node, &reading) }
      if node.entries != nil {
        reading.reportWrongType(node, .oneOrMany(element.shape))
        return nil
      }
      return element.read(node, &reading).map { [$0] }
    }
  }

  /// Free keys with values, in the order of the file; what is wrong is reported and left out.
  static func map<Element: Sendable>(
    _ keyKind: Kind<Located<String>>, _ element: Kind<Element>, of keys: String
  ) -> Kind where Value == [MapEntry<Element>] {
    let shape = Shape.map(keys, element.shape)
    return Kind(shape: shape) { node, reading in
      guard let entries = node.entries else {
        reading.reportWrongType(node, shape)
        return nil
      }
      let subject = (reading.subject, reading.subjectRange)
      defer { (reading.subject, reading.subjectRange) = subject }
      return entries.compactMap { entry in
        reading.subject = entry.name
        reading.subjectRange = entry.key.range
        let key = keyKind.read(entry.key, &reading)
        let value = element.read(entry.value, &reading)
        guard let key, let value else { return nil }
        return MapEntry(key: key, value: value)
      }
    }
  }

  /// The same with something else made of the value, or nothing.
  func map<Other>(
    _ transform: @escaping @Sendable (Value, Node, inout Reading) -> Other?
  ) -> Kind<Other> {
    Kind<Other>(shape: shape) { node, reading in
      read(node, &reading).flatMap { transform($0, node, &reading) }
    }
  }
}

struct MapEntry<Value: Sendable>: Sendable {
  var key: Located<String>
  var value: Value
}

extension Kind where Value == [Located<String>] {
  /// The same, refusing an element that stands twice.
  func unique() -> Kind {
    let unique: Shape =
      switch shape {
      case .list(let element, _, let nonEmpty): .list(element, unique: true, nonEmpty: nonEmpty)
      case .oneOrMany(let element, _): .oneOrMany(element, unique: true)
      default: shape
      }
    return Kind(shape: unique) { node, reading in
      guard let elements = read(node, &reading) else { return nil }
      var kept: [Located<String>] = []
      for element in elements {
        if let first = kept.first(where: { $0.value.utf8.elementsEqual(element.value.utf8) }) {
          reading.report(
            Codes.repeatedElement, "\(reading.quotedSubject) names `\(element.value)` twice",
            at: element.range, notes: [Diagnostic.Note("the first one is here", at: first.range)])
        } else {
          kept.append(element)
        }
      }
      return kept
    }
  }
}
