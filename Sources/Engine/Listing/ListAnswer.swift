import JSON
import Mappings

/// Why a listing cannot be relied on.
struct ListFault: Error {
  var message: String
  var remedy: String
}

/// One answer of a list, read as the target's file declares it. A declared path that the answer lacks is a fault of the
/// file: to take it for an empty list, or for the end, would leave objects out in silence.
struct ListAnswer {
  let items: [JSON]
  private let list: ListDefinition
  private let body: JSON?
  /// What came instead of a list, and stands for an empty one as the file says. It need not say what comes next.
  private let isStandIn: Bool

  /// `body` is `nil` for an answer without one.
  init(_ body: JSON?, of list: ListDefinition) throws(ListFault) {
    self.list = list
    self.body = body
    let found = try Self.items(of: body, list)
    items = found ?? []
    isStandIn = found == nil
  }

  enum Next: Hashable {
    case end
    /// The answer has no cursor, which the file allows on the last page.
    case missing
    case cursor(String)
  }

  /// `nil` for what stands for an empty list.
  private static func items(
    of body: JSON?, _ list: ListDefinition
  ) throws(ListFault) -> [JSON]? {
    let expected = list.items.isEmpty ? "list" : "list at `\(list.items)`"
    guard let body else {
      if list.emptyAs.contains(.nothing) { return nil }
      throw ListFault(
        message: "has no \(expected), as it has no body",
        remedy:
          "add `empty_as: [nothing]` to `list` if that is how the API says that there are no objects"
      )
    }
    let found = list.items.isEmpty ? body : body.value(at: list.items)
    switch found {
    case .array(let items)?: return items
    case .null? where list.emptyAs.contains(.null): return nil
    case .object(let members)? where members.isEmpty && list.emptyAs.contains(.object): return nil
    // The root of a tree may stand alone.
    case .object(let members)? where list.children != nil && !members.isEmpty:
      return found.map { [$0] }
    case nil where list.emptyAs.contains(.missing) && !body.holdsObjectsInLists: return nil
    default: break
    }
    var remedy = "compare `items` in the target's file with the answer"
    if let word = word(for: found), !body.holdsObjectsInLists {
      remedy +=
        "; add `empty_as: [\(word)]` to `list` if that is how the API says that there are no objects"
    }
    throw ListFault(
      message: "has no \(expected): \(body.outline(toward: list.items))",
      remedy: remedy)
  }

  private static func word(for found: JSON?) -> String? {
    switch found {
    case nil: ListDefinition.Emptiness.missing.rawValue
    case .null?: ListDefinition.Emptiness.null.rawValue
    case .object(let members)? where members.isEmpty: ListDefinition.Emptiness.object.rawValue
    default: nil
    }
  }

  /// The number of all objects; `nil` when the file declares no place for it.
  func total() throws(ListFault) -> Int? {
    guard let path = list.total else { return nil }
    let found = body?.value(at: path)
    if let number = found?.count { return number }
    if isStandIn, found == nil { return nil }
    throw fault("total", path, found, "number of objects")
  }

  /// Where the list goes on after this answer.
  func next(cursor path: String, more: String?, untilMissing: Bool) throws(ListFault) -> Next {
    guard let body else { return .end }
    var goesOn: Bool?
    if let more, !isStandIn || body.value(at: more) != nil {
      let found = body.value(at: more)
      guard let flag = found?.flag else { throw fault("more", more, found, "true or false") }
      if !flag { return .end }
      goesOn = true
    }
    let found = body.value(at: path)
    switch found {
    case .string(let text)? where !text.isEmpty: return .cursor(text)
    // As it is written: a cursor is opaque, and may have more digits than any number type.
    case .number(let digits)?: return .cursor(digits)
    case .string?, .null?, nil:
      if goesOn == true {
        throw ListFault(
          message: "says that there is more, and has no cursor at `\(path)`: "
            + body.outline(toward: path),
          remedy: "compare `cursor` under `page` in the target's file with the answer")
      }
      if found != nil { return .end }
      if isStandIn { return .end }
      if untilMissing { return .missing }
      throw fault(
        "cursor", path, found, "cursor", or: "write `until: missing` if the last page has none")
    case .bool?, .array?, .object?: throw fault("cursor", path, found, "text or number")
    }
  }

  private func fault(
    _ key: String, _ path: String, _ found: JSON?, _ wanted: String, or more: String? = nil
  ) -> ListFault {
    ListFault(
      message: "has no \(wanted) at `\(path)`: "
        + (body?.outline(toward: path) ?? "it has no body"),
      remedy: "compare `\(key)` in the target's file with the answer"
        + (more.map { "; \($0)" } ?? ""))
  }
}

extension JSON {
  /// A whole number of things, also written as text.
  fileprivate var count: Int? {
    let number: Int64?
    if case .string(let text) = self {
      number = text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int64(text) : nil
    } else {
      number = intValue
    }
    return number.flatMap { $0 < 0 ? nil : Int(exactly: $0) }
  }

  /// Yes or no, in the ways in which servers write it.
  fileprivate var flag: Bool? {
    switch self {
    case .bool(let value): value
    case .number: intValue == 1 ? true : intValue == 0 ? false : nil
    case .string(let text):
      switch text.lowercased() {
      case "true", "1": true
      case "false", "0": false
      default: nil
      }
    default: nil
    }
  }

  /// Whether a list with objects in it is somewhere near the top: then an answer is not empty, whatever its file says.
  fileprivate var holdsObjectsInLists: Bool { holdsObjectsInLists(depth: 4) }

  private func holdsObjectsInLists(depth: Int) -> Bool {
    switch self {
    case .array(let elements): elements.contains { $0.members != nil }
    case .object(let members):
      depth > 0 && members.contains { $0.value.holdsObjectsInLists(depth: depth - 1) }
    default: false
    }
  }

  // MARK: What came, in words

  /// What a value is, without telling any value: for objects the names of their members.
  var outline: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "text"
    case .array(let elements): elements.isEmpty ? "an empty list" : "a list"
    case .object(let members):
      members.isEmpty ? "an object without members" : "an object with " + Self.names(of: members)
    }
  }

  /// What there is at the first step of a path that leads nowhere.
  func outline(toward path: String) -> String {
    var value = self
    var walked: [Substring] = []
    for name in path.split(separator: ".") {
      guard let next = value.value(at: String(name)) else { break }
      value = next
      walked.append(name)
    }
    let place = walked.isEmpty ? "the answer" : "`\(walked.joined(separator: "."))`"
    return "\(place) is \(value.outline)"
  }

  /// Sorted and bounded; names come from outside, and are made safe to print.
  private static func names(of members: [JSON.Member]) -> String {
    let sorted = members.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let shown = sorted.prefix(12).map { name in
      var text = ""
      for scalar in name.unicodeScalars.prefix(40) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
          .unassigned:
          text += "\u{FFFD}"
        default: text.unicodeScalars.append(scalar)
        }
      }
      return "`\(text)\(name.unicodeScalars.count > 40 ? "…" : "")`"
    }
    let rest = sorted.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
