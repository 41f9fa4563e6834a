/// An expression with every name resolved and every call decided.
struct ResolvedTree: Sendable {
  let range: Range<Int>
  var type: CELType
  let kind: Kind
  /// Whether a test around it proves that it is not null here.
  var isTested = false

  /// The type, without null where a test proves it.
  var provenType: CELType { isTested ? type.base : type }

  indirect enum Kind: Sendable {
    case constant(Value)
    case variable(Int)
    case local(Int)
    /// Fails whenever it is evaluated: an unknown name in an unchecked expression.
    case failure(EvaluationError)
    case select(ResolvedTree, field: String)
    case optionalSelect(ResolvedTree, field: String)
    case has(ResolvedTree, field: String)
    case call(Function, [ResolvedTree])
    case conditional(ResolvedTree, ResolvedTree, ResolvedTree)
    case logical(isAnd: Bool, [ResolvedTree])
    case list([Element])
    case map([Entry])
    case loop(Loop)
    case bind(local: Int, ResolvedTree, in: ResolvedTree)
    case optionalMap(ResolvedTree, local: Int, ResolvedTree, isFlat: Bool)
  }

  struct Element: Sendable {
    let value: ResolvedTree
    let isOptional: Bool
  }

  struct Entry: Sendable {
    let key: ResolvedTree
    let value: ResolvedTree
    let isOptional: Bool
  }

  struct Loop: Sendable {
    let kind: LoopKind
    let source: ResolvedTree
    let locals: [Int]
    let filter: ResolvedTree?
    let body: ResolvedTree
  }
}
