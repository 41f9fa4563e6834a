import Synchronization

/// One of the ways that an expression may go at a place.
public struct BranchPoint: Sendable, Hashable {
  /// UTF-8 offsets in the expression's text.
  public let range: Range<Int>
  /// When this way is taken, e.g. `this is null`.
  public let way: String
}

/// The ways of one expression, and which of them evaluations have gone.
final class BranchTrace: Sendable {
  private let state = Mutex((points: [BranchPoint](), reached: Set<Int>()))

  var points: [BranchPoint] { state.withLock { $0.points } }
  var reached: Set<Int> { state.withLock { $0.reached } }

  func add(_ point: BranchPoint) -> Int {
    state.withLock {
      $0.points.append(point)
      return $0.points.count - 1
    }
  }

  func reach(_ point: Int) {
    state.withLock { _ = $0.reached.insert(point) }
  }
}

/// An expression that notes which way each evaluation goes. Slower than the expression itself: for tests.
public struct TracedExpression: Sendable {
  private let trace: BranchTrace
  private let code: Code
  private let localCount: Int

  init(_ tree: ResolvedTree, localCount: Int) {
    trace = BranchTrace()
    var generator = Generator(trace: trace)
    code = generator.piece(tree).code
    self.localCount = localCount
  }

  public func evaluate(_ activation: some Activation) throws(EvaluationError) -> Value {
    var frame = Frame(
      activation: activation, locals: [Value](repeating: .null, count: localCount),
      meter: Meter(.standard))
    return try code(&frame)
  }

  /// Every way that an evaluation can go.
  public var points: [BranchPoint] { trace.points }

  /// The ways that no evaluation has gone so far.
  public var missed: [BranchPoint] {
    let reached = trace.reached
    return trace.points.enumerated().filter { !reached.contains($0.offset) }.map(\.element)
  }
}
