import Diagnostics

/// Makes nodes of events, and refuses what the language leaves out of YAML.
struct TreeReader {
  private(set) var diagnostics: [Diagnostic] = []
  private let file: SourceFile
  private let events: EventStream
  private var anchors: [String: Anchor] = [:]
  private var repeated = 0
  /// The nodes made so far, to measure what an anchor holds.
  private var made = 0

  private struct Anchor {
    /// Nil while the anchored node is still being read.
    var node: Node?
    var nodes = 0
    var depth = 0
  }

  /// A node and how many levels it has.
  private struct Built {
    var node: Node
    var depth: Int
  }

  init(_ file: SourceFile, from start: Int) {
    self.file = file
    events = EventStream(file.bytes, from: start)
  }

  /// The root; nil when the text is not YAML or is empty.
  mutating func read() -> Node? {
    var root: Node?
    while let event = next() {
      switch event.kind {
      case .streamEnd:
        if root == nil { reportEmpty() }
        return root
      case .documentStart:
        if root != nil {
          report(
            Codes.severalDocuments, "a second document begins here", event.start..<event.end,
            help: ["move it to its own file, or take the `---` out"])
          // What was meant to belong together is not known, so nothing is said of the first part alone.
          return nil
        }
      case .scalar, .sequenceStart, .mappingStart, .alias:
        guard let built = node(event, depth: 1) else { return nil }
        if built.node.range.start == built.node.range.end {
          reportEmpty()
          return nil
        }
        root = built.node
      case .end, .other:
        break
      }
    }
    return nil
  }

  private mutating func next() -> Event? {
    switch events.next() {
    case .success(let event):
      return event
    case .failure(let failure):
      diagnostics.append(SyntaxProblem(failure, in: file).diagnostic)
      return nil
    }
  }

  private mutating func node(_ event: Event, depth: Int) -> Built? {
    let start = skipProperties(of: event)
    if let tag = event.tag { reportTag(tag, event, valueStart: start) }
    if depth > Document.deepestNesting {
      report(
        Codes.tooDeep, "nested more than \(Document.deepestNesting) deep", start..<start + 1,
        help: ["flatten the structure"])
      return nil
    }
    if let name = event.anchor { anchors[name] = Anchor() }
    let before = made
    made += 1
    let built: Built?
    switch event.kind {
    case .alias(let name): built = alias(name, event, depth: depth)
    case .scalar(let scalar): built = Built(node: self.scalar(scalar, start, event.end), depth: 1)
    case .sequenceStart: built = sequence(from: start, end: event.end, depth: depth)
    case .mappingStart: built = mapping(from: start, end: event.end, depth: depth)
    case .documentStart, .end, .streamEnd, .other: built = nil
    }
    if let name = event.anchor, let built {
      anchors[name] = Anchor(node: built.node, nodes: made - before, depth: built.depth)
    }
    return built
  }

  private func scalar(_ scalar: Scalar, _ start: Int, _ end: Int) -> Node {
    var end = end
    if scalar.style == .literal || scalar.style == .folded {
      // libyaml's block ends where the next token's line begins.
      while end > start + 1, isBlank(file.bytes[end - 1]) { end -= 1 }
    }
    return Node(.scalar(scalar), at: SourceRange(file: file, start: start, end: end))
  }

  private mutating func sequence(from start: Int, end: Int, depth: Int) -> Built? {
    var elements: [Node] = []
    var deepest = 0
    var last = end
    while let event = next() {
      if case .end = event.kind {
        let end = collectionEnd(event, opening: UInt8(ascii: "["), start, last)
        let range = SourceRange(file: file, start: start, end: end)
        return Built(node: Node(.sequence(elements), at: range), depth: deepest + 1)
      }
      guard let element = node(event, depth: depth + 1) else { return nil }
      elements.append(element.node)
      deepest = max(deepest, element.depth)
      last = max(last, writtenEnd(of: event, element.node))
    }
    return nil
  }

  private mutating func mapping(from start: Int, end: Int, depth: Int) -> Built? {
    var entries = EntryList()
    var deepest = 0
    var last = end
    while let event = next() {
      if case .end = event.kind {
        let end = collectionEnd(event, opening: UInt8(ascii: "{"), start, last)
        let range = SourceRange(file: file, start: start, end: end)
        return Built(node: Node(.mapping(entries.entries), at: range), depth: deepest + 1)
      }
      guard let key = node(event, depth: depth + 1)?.node, let valueEvent = next(),
        let value = node(valueEvent, depth: depth + 1)
      else { return nil }
      deepest = max(deepest, value.depth)
      last = max(last, writtenEnd(of: event, key), writtenEnd(of: valueEvent, value.node))
      add(key, value.node, to: &entries)
    }
    return nil
  }

  private mutating func add(_ key: Node, _ value: Node, to entries: inout EntryList) {
    if let inner = doubleBrace(key, value) {
      _ = entries.insert(Node.Entry(key: key, name: inner, value: value))
      return
    }
    guard let scalar = key.scalar, key.range.end > key.range.start,
      scalar.style != .literal, scalar.style != .folded
    else {
      let range = key.range
      report(
        Codes.complexKey, "a key must be text on one line",
        range.start..<max(range.start + 1, range.end),
        help: ["write `key: value`; quote a key that begins with `[`, `{` or `?`"])
      return
    }
    if scalar.style == .plain, scalar.text == "<<" {
      report(
        Codes.mergeKey, "merge keys (`<<`) are not supported", key.range.start..<key.range.end,
        help: ["write the keys out, or repeat a whole value with `*name`"])
      return
    }
    if let first = entries.insert(Node.Entry(key: key, name: scalar.text, value: value)) {
      diagnostics.append(
        Diagnostic(
          Codes.duplicateKey, "the key `\(scalar.text)` stands twice", at: key.range,
          notes: [Diagnostic.Note("the first one is here", at: first.key.range)],
          help: ["keep one of the two"]))
    }
  }

  /// What stands in `{{ … }}`, which other tools fill in: a key that is a mapping of one key without values. It is kept
  /// under the inner name, so that whoever reads the value can say what was meant.
  private func doubleBrace(_ key: Node, _ value: Node) -> String? {
    guard let only = key.entries?.first, key.entries?.count == 1,
      only.value.range.start == only.value.range.end, value.range.start == value.range.end,
      key.range.start < file.bytes.count, file.bytes[key.range.start] == UInt8(ascii: "{")
    else { return nil }
    return only.name
  }

  private mutating func alias(_ name: String, _ event: Event, depth: Int) -> Built? {
    let place = event.start..<event.end
    guard let anchor = anchors[name] else {
      report(
        Codes.alias, "no anchor `&\(name)` stands before this alias", place,
        help: ["quote the text if it is an expression that begins with `*`"])
      return nil
    }
    guard let node = anchor.node else {
      report(Codes.alias, "the alias `*\(name)` stands inside its own anchor", place)
      return nil
    }
    let (sum, overflow) = repeated.addingReportingOverflow(anchor.nodes)
    repeated = sum
    if overflow || repeated > Document.mostRepeatedNodes {
      report(
        Codes.alias, "the aliases repeat more than \(Document.mostRepeatedNodes) nodes", place,
        help: ["write less by aliases that hold aliases"])
      return nil
    }
    made += anchor.nodes
    if depth + anchor.depth - 1 > Document.deepestNesting {
      report(
        Codes.tooDeep, "with this alias nested more than \(Document.deepestNesting) deep", place)
      return nil
    }
    return Built(node: node, depth: anchor.depth)
  }

  /// Where a node ends in the text at hand: for an alias that is not where the anchored node stands.
  private func writtenEnd(of event: Event, _ node: Node) -> Int {
    if case .alias = event.kind { event.end } else { node.range.end }
  }

  /// A block's end mark is the next token, so its last child counts; brackets have marks of their own.
  private func collectionEnd(_ event: Event, opening: UInt8, _ start: Int, _ last: Int) -> Int {
    start < file.bytes.count && file.bytes[start] == opening ? max(event.end, last) : last
  }

  /// libyaml's marks begin with the anchor or the tag.
  private func skipProperties(of event: Event) -> Int {
    var start = event.start
    for property in [event.anchor, event.tag] where property != nil {
      guard start < event.end, [UInt8(ascii: "&"), UInt8(ascii: "!")].contains(file.bytes[start])
      else { break }
      while start < file.bytes.count, !isBlank(file.bytes[start]) { start += 1 }
      while start < file.bytes.count, isBlank(file.bytes[start]) { start += 1 }
    }
    return start
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == 0x09 || byte == UInt8(ascii: "\n")
      || byte == UInt8(ascii: "\r")
  }

  private mutating func reportTag(_ tag: String, _ event: Event, valueStart: Int) {
    let end = file.bytes[event.start...].firstIndex(where: isBlank) ?? file.bytes.count
    report(
      Codes.tag, "tags such as `\(tag)` are not supported", event.start..<end,
      help: ["leave it out; quote the whole text if it is an expression that begins with `!`"])
  }

  private mutating func reportEmpty() {
    report(
      Codes.empty, "the file `\(file.path)` is empty", 0..<0,
      help: ["write the keys, or delete the file"])
  }

  private mutating func report(
    _ code: Code, _ message: String, _ place: Range<Int>, help: [String] = []
  ) {
    let range = SourceRange(file: file, start: place.lowerBound, end: place.upperBound)
    diagnostics.append(Diagnostic(code, message, at: range, help: help))
  }
}

/// Entries with different names, in the order of the file; names are compared by their bytes.
private struct EntryList {
  private(set) var entries: [Node.Entry] = []
  /// Only for mappings that are too long to search one by one.
  private var byName: [[UInt8]: Int] = [:]
  private static let fewEntries = 24

  /// The entry that has the name already; nil when there was none and the new one was added.
  mutating func insert(_ entry: Node.Entry) -> Node.Entry? {
    if entries.count < Self.fewEntries {
      if let first = entries.first(where: { $0.name.utf8.elementsEqual(entry.name.utf8) }) {
        return first
      }
    } else {
      if byName.isEmpty {
        for (index, entry) in entries.enumerated() { byName[Array(entry.name.utf8)] = index }
      }
      let name = Array(entry.name.utf8)
      if let index = byName[name] { return entries[index] }
      byName[name] = entries.count
    }
    entries.append(entry)
    return nil
  }
}
