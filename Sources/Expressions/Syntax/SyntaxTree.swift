/// An expression as it was written, with macros expanded.
struct SyntaxTree: Sendable {
  let range: Range<Int>
  let kind: Kind
  /// Levels below and including this one.
  let depth: Int

  indirect enum Kind: Sendable {
    case literal(Value)
    /// A name; `isRoot` for `.name`, which no container and no loop variable hides.
    case name(String, isRoot: Bool)
    case select(SyntaxTree, field: String, isOptional: Bool)
    case has(SyntaxTree, field: String)
    case call(String, target: SyntaxTree?, arguments: [SyntaxTree])
    case conditional(SyntaxTree, SyntaxTree, SyntaxTree)
    /// A chain of `&&`, or of `||`.
    case logical(isAnd: Bool, [SyntaxTree])
    case list([Element])
    case map([Entry])
    /// A message literal, which needs protobuf.
    case message(String)
    case loop(Loop)
    case bind(String, SyntaxTree, in: SyntaxTree)
    /// `optMap` and `optFlatMap`.
    case optionalMap(SyntaxTree, variable: String, SyntaxTree, isFlat: Bool)
  }

  struct Element: Sendable {
    let value: SyntaxTree
    let isOptional: Bool
  }

  struct Entry: Sendable {
    let key: SyntaxTree
    let value: SyntaxTree
    let isOptional: Bool
  }

  struct Loop: Sendable {
    let kind: LoopKind
    let source: SyntaxTree
    /// One variable: the element or key. Two: index or key, and value.
    let variables: [String]
    let filter: SyntaxTree?
    /// The test, or what each round gives.
    let body: SyntaxTree
  }

  init(_ kind: Kind, _ range: Range<Int>) {
    self.kind = kind
    self.range = range
    depth = 1 + (kind.children.lazy.map(\.depth).max() ?? 0)
  }
}

/// What a loop makes of its rounds.
enum LoopKind: Sendable {
  case all, exists, existsOne
  /// `map`, `filter` and `transformList`.
  case list
  case transformMap
  case transformMapEntry
  /// `sortBy`.
  case sorted
}

extension SyntaxTree.Kind {
  var children: [SyntaxTree] {
    switch self {
    case .literal, .name, .message: []
    case .select(let operand, _, _), .has(let operand, _): [operand]
    case .call(_, let target, let arguments): (target.map { [$0] } ?? []) + arguments
    case .conditional(let condition, let yes, let no): [condition, yes, no]
    case .logical(_, let terms): terms
    case .list(let elements): elements.map(\.value)
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .loop(let loop): [loop.source, loop.body] + (loop.filter.map { [$0] } ?? [])
    case .bind(_, let value, let body): [value, body]
    case .optionalMap(let target, _, let body, _): [target, body]
    }
  }
}
