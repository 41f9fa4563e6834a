import Diagnostics

/// The keys of `list` in a resource.
enum ListSpec {
  private static let call = FieldSpec.optional(
    "call", Kind<CallDefinition>.call(), "The call that reads all objects.", example: "GET /users")
  private static let calls = FieldSpec.optional(
    "calls", Kind<[CallDefinition]>.list(.call(), nonEmpty: true),
    "Calls that together read all objects, one after the other.",
    example: "[GET /users?active=true, GET /users?active=false]")
  private static let items = FieldSpec.defaulted(
    "items", Kind<String>.listPath, "", written: "\"\"",
    "The path of the array in an answer; empty for the whole body.", example: "data")
  private static let children = FieldSpec.optional(
    "children", Kind<Located<String>>.valuePath,
    "The member in which an object holds objects of its own kind, where the answer is a tree.",
    example: "children")
  private static let page = FieldSpec.defaulted(
    "page", pageObject.kind, ListDefinition.Paging.none, written: "{ kind: none }",
    "How the list is cut into pages.")

  private static let atLeast = FieldSpec.defaulted(
    "at_least", Kind<Double>.number(0...100), 90, written: "90",
    "A reading counts with so many objects, in per cent of the last one that counted and of the linked ones; five fewer "
      + "are always allowed, none at all never.", example: "50")
  private static let total = FieldSpec.optional(
    "total", Kind<Located<String>>.valuePath,
    "The path of the number of all objects in an answer. A reading with fewer objects does not count.",
    example: "meta.total")
  private static let emptyAs = FieldSpec.defaulted(
    "empty_as",
    Kind<[ListDefinition.Emptiness]>.list(
      .choice([
        .null: "Null where the list would be.", .missing: "An answer without the list.",
        .object: "An object without members where the list would be.",
        .nothing: "An answer without a body, such as 204.",
      ]), nonEmpty: true), [], written: "[]",
    "What stands for a list without objects, besides `[]`.",
    example: "[null, nothing]")

  static let object = ObjectSpec<ListDefinition>(
    "list", "How to read all objects.", exactlyOne: [["call", "calls"]],
    keys: [
      call.key, calls.key, items.key, children.key, page.key, total.key, emptyAs.key, atLeast.key,
    ]
  ) { fields in
    let call = fields.read(call)
    let calls = fields.read(calls)
    let items = fields.read(items)
    let children = fields.read(children)
    let page = fields.read(page)
    let total = fields.read(total)
    let emptyAs = fields.read(emptyAs)
    let atLeast = fields.read(atLeast)
    guard let all = calls ?? call.map({ [$0] }) else { return nil }
    for call in all {
      for name in page.parameters where call.queryNames.contains(name) {
        fields.reading.report(
          Codes.parameterTwice, "the call has `\(name)`, and so has `page`", at: call.range,
          help: ["take `\(name)` out of the call: `page` adds it"])
      }
    }
    return ListDefinition(
      calls: all, items: items, children: children?.value, page: page, total: total?.value,
      emptyAs: Set(emptyAs), atLeast: atLeast)
  }

  private enum PageKind: String, Sendable, Hashable, CaseIterable {
    case number
    case cursor
    case none
  }

  private enum LastPage: String, Sendable, Hashable, CaseIterable {
    case empty
    case short
    case missing
  }

  private static let kind = FieldSpec.required(
    "kind",
    Kind<PageKind>.choice([
      .number: "Pages are numbered.", .cursor: "An answer names the next page.",
      .none: "There is one page.",
    ]), "What kind of pages there are.", example: "cursor")
  private static let parameter = FieldSpec.optional(
    "parameter", Kind<String>.words, "The query parameter that chooses the page.", example: "after")
  private static let first = FieldSpec.defaulted(
    "first", Kind<Int>.int(0...1), 0, written: "0", "The number of the first page.", example: "0")
  private static let cursor = FieldSpec.optional(
    "cursor", Kind<Located<String>>.valuePath, "The path of the cursor in the answer.",
    example: "pagination.endCursor")
  private static let more = FieldSpec.optional(
    "more", Kind<Located<String>>.valuePath,
    "The path of the flag that says whether to go on: true or false, also as text, or 1 and 0.",
    example: "pagination.hasNextPage")
  private static let sizeParameter = FieldSpec.optional(
    "size_parameter", Kind<String>.words, "The query parameter that chooses the size.",
    example: "limit")
  private static let size = FieldSpec.optional(
    "size", Kind<Int>.int(1...10_000), "Objects a page.", example: "25")
  private static let until = FieldSpec.optional(
    "until",
    Kind<LastPage>.choice([
      .empty: "Numbered pages end with an empty page; a short one is not the end. The default.",
      .short: "Numbered pages end with one that has fewer objects than those before it.",
      .missing: "The last page has no cursor; by default it has an empty one, or null.",
    ]), "What the last page looks like.", example: "short")

  private static let pageObject = ObjectSpec<ListDefinition.Paging>(
    "page", "How a list is cut into pages.",
    keys: [
      kind.key, parameter.key, first.key, cursor.key, more.key, sizeParameter.key, size.key,
      until.key,
    ]
  ) { fields in
    let kind = fields.read(kind)
    let parameter = fields.read(parameter)
    let first = fields.read(first)
    let cursor = fields.read(cursor)
    let more = fields.read(more)
    let sizeParameter = fields.read(sizeParameter)
    let size = fields.read(size)
    let until = fields.read(until)
    guard let kind else { return nil }
    let needed = needed(by: kind)
    for key in needed where !fields.has(key) {
      fields.reading.report(
        Codes.missingKey, "pages of kind `\(kind.rawValue)` need `\(key)`",
        at: fields.keyRange("kind"), help: ["add `\(key)`"])
    }
    for key in foreign(to: kind) where fields.has(key) {
      fields.reading.report(
        Codes.exclusiveKeys, "pages of kind `\(kind.rawValue)` have no `\(key)`",
        at: fields.keyRange(key), help: ["take it out"])
    }
    if let until, kind != .none, (until == .missing) != (kind == .cursor) {
      fields.reading.report(
        Codes.exclusiveKeys,
        "pages of kind `\(kind.rawValue)` do not end with `until: \(until.rawValue)`",
        at: fields.keyRange("until"),
        help: [kind == .cursor ? "leave it out, or write `missing`" : "write `empty` or `short`"])
    }
    switch kind {
    case .none:
      return ListDefinition.Paging.none
    case .number:
      guard let parameter, let size else { return nil }
      return .number(
        parameter: parameter, first: first, sizeParameter: sizeParameter, size: size,
        untilEmpty: until != .short)
    case .cursor:
      guard let parameter, let cursor, let size else { return nil }
      return .cursor(
        parameter: parameter, cursor: cursor.value, more: more?.value,
        sizeParameter: sizeParameter, size: size, untilMissing: until == .missing)
    }
  }

  private static func needed(by kind: PageKind) -> [String] {
    switch kind {
    case .none: []
    case .number: ["parameter", "size"]
    case .cursor: ["parameter", "cursor", "size"]
    }
  }

  private static func foreign(to kind: PageKind) -> [String] {
    switch kind {
    case .none:
      ["parameter", "first", "cursor", "more", "size_parameter", "size", "until"]
    case .number: ["cursor", "more"]
    case .cursor: ["first"]
    }
  }
}

extension ListDefinition.Paging {
  /// The query parameters that are added to a call.
  fileprivate var parameters: [String] {
    switch self {
    case .none: []
    case .number(let parameter, _, let size, _, _), .cursor(let parameter, _, _, let size, _, _):
      [parameter] + (size.map { [$0] } ?? [])
    }
  }
}

extension CallDefinition {
  /// The names in the query.
  fileprivate var queryNames: [String] {
    let parts = path.split(separator: "?", maxSplits: 1)
    guard parts.count > 1 else { return [] }
    return parts[1].split(separator: "&").map { pair in String(pair.prefix { $0 != "=" }) }
  }
}
