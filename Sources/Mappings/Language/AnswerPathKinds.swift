import Diagnostics
import Documents
import JSON

extension Kind where Value == Located<String> {
  /// The path of one value inside an answer.
  static let valuePath = Kind(shape: .fieldPath) { node, reading in
    guard let path = Kind.fieldPath.read(node, &reading),
      AnswerPath.check(path, mayHoldLists: false, &reading)
    else { return nil }
    return path
  }

  /// The name of one member of a body.
  static let memberName = Kind(shape: .text) { node, reading in
    guard let name = Kind.text.read(node, &reading) else { return nil }
    if name.value.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) {
      reading.report(
        Codes.pathAsMember, "`\(name.value)` is a path, and \(reading.quotedSubject) is one member",
        at: name.range, help: ["write the name of a member of the body, such as `user`"])
      return nil
    }
    return name
  }
}

extension Kind where Value == String {
  /// The path of one value inside an answer; empty for the whole answer.
  static let objectPath = path(mayHoldLists: false)

  /// The path of a list inside an answer; empty for the whole answer. `[]` goes into each element of a list on the way.
  static let listPath = path(mayHoldLists: true)

  private static func path(mayHoldLists: Bool) -> Kind {
    Kind(shape: .fieldPath) { node, reading in
      if let scalar = node.scalar, scalar.style != .plain, scalar.text.isEmpty { return "" }
      guard let path = Kind<Located<String>>.fieldPath.read(node, &reading),
        AnswerPath.check(path, mayHoldLists: mayHoldLists, &reading)
      else { return nil }
      return path.value
    }
  }

  static let memberName = Kind(shape: .text) { node, reading in
    Kind<Located<String>>.memberName.read(node, &reading)?.value
  }
}

/// What a path into an answer may be: names with dots between them.
private enum AnswerPath {
  /// Returns whether the path can be followed; a number in it is only warned about.
  static func check(
    _ path: Located<String>, mayHoldLists: Bool, _ reading: inout Reading
  ) -> Bool {
    let names = path.value.split(separator: ".", omittingEmptySubsequences: false)
    guard JSONPath(path.value) != nil, names.first != "$", !names.contains("*") else {
      reading.report(
        Codes.badAnswerPath, "`\(path.value)` cannot be followed into an answer", at: path.range,
        help: [
          names.first == "$"
            ? "leave `$.` out: a path begins with a member of the answer"
            : "write names with dots between them, such as `meta.next`; one element of a list cannot be chosen"
        ])
      return false
    }
    if !mayHoldLists, path.value.contains("[]") {
      reading.report(
        Codes.pathToList,
        "`\(path.value)` leads to a list, and \(reading.quotedSubject) is one value",
        at: path.range, help: ["write a path without `[]`"])
      return false
    }
    if let number = names.first(where: { $0.utf8.allSatisfy(Names.isDigit) }) {
      reading.report(
        Codes.numberInPath, severity: .warning,
        "`\(number)` in `\(path.value)` is taken for the name of a member", at: path.range,
        help: ["an element of a list cannot be chosen by its place"])
    }
    return true
  }
}
