/// The names of a query's columns, as far as the text alone tells them.
///
/// Without a database there are no types; but a column that a mapping misspells can be found all the same.
public struct SelectList: Sendable, Hashable {
  public struct Item: Sendable, Hashable {
    public var name: String
    /// Of the whole item in the text.
    public var range: Range<Int>
  }
  public var items: [Item]

  /// `nil` when a name cannot be told, e.g. because of `*`.
  public init?(of text: String) { self.init(of: SQLScanner.tokens(of: text)) }

  /// The same of a text that has been split already.
  public init?(of tokens: [SQLToken]) {
    guard let items = Self.items(of: tokens), !items.contains(nil) else { return nil }
    self.items = items.compactMap(\.self)
  }

  /// The items whose names can be told, whatever stands between them.
  public static func namedItems(of tokens: [SQLToken]) -> [Item] {
    items(of: tokens)?.compactMap(\.self) ?? []
  }

  /// An item, or `nil` where its name cannot be told; `nil` of a text without a select list.
  private static func items(of tokens: [SQLToken]) -> [Item?]? {
    guard let select = tokens.firstIndex(where: { $0.depth == 0 && $0.kind == .word("select") })
    else { return nil }
    var rest = tokens[(select + 1)...]
    if rest.first?.kind == .word("all") { rest.removeFirst() }
    if rest.first?.kind == .word("distinct") {
      rest.removeFirst()
      if rest.first?.kind == .word("on") {
        rest.removeFirst()
        guard
          let close = rest.firstIndex(where: {
            $0.depth == 0 && $0.kind == .symbol(UInt8(ascii: ")"))
          })
        else { return nil }
        rest = rest[(close + 1)...]
      }
    }
    var items: [Item?] = []
    var item: [SQLToken] = []
    for token in rest {
      if token.depth == 0, ends(token.kind) { break }
      if token.depth == 0, token.kind == .symbol(UInt8(ascii: ",")) {
        items.append(name(item))
        item = []
      } else {
        item.append(token)
      }
    }
    return items + [name(item)]
  }

  private static func ends(_ kind: SQLToken.Kind) -> Bool {
    switch kind {
    case .word(let word):
      ["from", "union", "intersect", "except", "where", "order", "limit", "group"].contains(word)
    case .symbol(let byte): byte == UInt8(ascii: ";")
    default: false
    }
  }

  private static func name(_ item: [SQLToken]) -> Item? {
    guard let first = item.first, let last = item.last, last.depth == 0 else { return nil }
    let range = first.range.lowerBound..<last.range.upperBound
    switch last.kind {
    case .quoted(let name): return Item(name: name, range: range)
    case .word(let word):
      guard word != "end", item.count == 1 || named(by: item[item.count - 2]) else { return nil }
      return Item(name: word, range: range)
    case .symbol(UInt8(ascii: ")")):
      guard item.count > 1, case .word(let function) = first.kind,
        item[1].range.lowerBound == first.range.upperBound,
        item.filter({ $0.depth == 0 }).count == 3, !named(otherwise: function)
      else { return nil }
      return Item(name: function, range: range)
    default: return nil
    }
  }

  /// Whether PostgreSQL names what looks like a call otherwise: by what it is made of, or by the function behind it.
  private static func named(otherwise function: String) -> Bool {
    ["cast", "trim", "treat", "collation", "xmlserialize", "row"].contains(function)
  }

  /// Whether a word behind this token is a name: after `as`, a dot, or something that is complete in itself.
  private static func named(by token: SQLToken) -> Bool {
    switch token.kind {
    case .word, .quoted, .string, .number, .parameter: true
    case .symbol(let byte): byte == UInt8(ascii: ".") || byte == UInt8(ascii: ")")
    }
  }
}
