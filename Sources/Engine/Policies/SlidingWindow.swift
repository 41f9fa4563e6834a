/// At most `calls` calls in any `per`, counted wherever in the journey the target counts them.
///
/// A slot is taken when a call leaves and becomes free one period after its *answer* came, because the target may have
/// counted the call at any moment between the two. A bucket that refills instead lets nearly twice the calls through.
public struct SlidingWindow: Sendable {
  public let calls: Int
  public let per: Duration
  private var underWay = 0
  /// Answer times in ascending order; those before `first` have been forgotten.
  private var answers: [Duration] = []
  private var first = 0

  public init(calls: Int, per: Duration) {
    self.calls = max(1, calls)
    self.per = per
  }

  /// How long until a slot is free: zero for now, `nil` when only an answer can free one.
  public mutating func wait(at now: Duration) -> Duration? {
    forget(before: now)
    let held = answers.count - first
    if underWay + held < calls { return .zero }
    guard held > 0 else { return nil }
    // The window is full of `underWay` calls and answered ones; the oldest answered one leaves first.
    return answers[first] + per - now
  }

  public mutating func leave() { underWay += 1 }

  public mutating func answered(at now: Duration) {
    underWay = max(0, underWay - 1)
    answers.append(now)
  }

  /// A call that was never counted, e.g. because no connection came about, or because it was refused as too many.
  public mutating func takeBack() { underWay = max(0, underWay - 1) }

  private mutating func forget(before now: Duration) {
    while first < answers.count, answers[first] + per <= now { first += 1 }
    if first > 1024, first * 2 > answers.count {
      answers.removeFirst(first)
      first = 0
    }
  }
}
