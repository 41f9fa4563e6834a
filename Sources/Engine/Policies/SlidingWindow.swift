/// At most `calls` calls in any `per`, counted wherever in the journey the target counts them.
///
/// A slot is taken when a call is let go and becomes free one period after its *answer* came, because the target may have
/// counted the call at any moment between departure and answer. A bucket that refills instead lets nearly twice the calls
/// through.
///
/// When the target refuses calls all the same, somebody else shares the window or counts differently: it then holds fewer
/// slots for a while, and gains them back one by one.
public struct SlidingWindow: Sendable {
  /// As the target's file says.
  public let calls: Int
  public let per: Duration
  /// As many as are used at present.
  public private(set) var allowed: Int
  /// How long it takes to gain back one step.
  private let recovery: Duration
  private var lastChange: Duration?
  private var underWay = 0
  private var held = 0
  /// Answer times in ascending order, with what each call counted; those before `first` have been forgotten.
  private var answers: [(time: Duration, cost: Int)] = []
  private var first = 0
  /// The same of other commands' calls.
  private var others: [(time: Duration, cost: Int)] = []
  private var firstOther = 0

  public init(calls: Int, per: Duration, recovery: Duration = .seconds(10)) {
    self.calls = max(1, calls)
    self.per = per
    self.recovery = max(per, recovery)
    allowed = self.calls
  }

  /// How long until a call that counts `cost` may leave: zero for now, `nil` when only an answer can make room.
  public mutating func wait(at now: Duration, cost: Int = 1) -> Duration? {
    forget(before: now)
    recover(at: now)
    let heldByOthers = others[firstOther...].reduce(0) { $0 + $1.cost }
    // What counts more than the window holds would wait for ever.
    var excess = underWay + held + heldByOthers + min(cost, allowed) - allowed
    guard excess > 0 else { return .zero }
    var (place, other) = (first, firstOther)
    while place < answers.count || other < others.count {
      let isOthers =
        place == answers.count
        || other < others.count && others[other].time < answers[place].time
      let next = isOthers ? others[other] : answers[place]
      excess -= next.cost
      if excess <= 0 { return next.time + per - now }
      if isOthers { other += 1 } else { place += 1 }
    }
    return nil
  }

  /// All calls of other commands that are known, with the time at which each was counted at the latest.
  mutating func recall(_ calls: [(time: Duration, cost: Int)]) {
    others = calls.sorted { $0.time < $1.time }
    firstOther = 0
  }

  public mutating func leave(cost: Int = 1) { underWay += cost }

  public mutating func answered(at now: Duration, cost: Int = 1) {
    underWay = max(0, underWay - cost)
    held += cost
    answers.append((now, cost))
  }

  /// A call that was never counted, e.g. because no connection came about.
  public mutating func takeBack(cost: Int = 1) { underWay = max(0, underWay - cost) }

  /// The target refused a call as one too many. Calls that left before the last such refusal tell nothing new.
  public mutating func refused(departure: Duration, at now: Duration) {
    recover(at: now)
    if allowed < calls, let lastChange, departure <= lastChange { return }
    allowed = max(1, min(allowed - 1, allowed * 3 / 4))
    lastChange = now
  }

  private mutating func recover(at now: Duration) {
    guard allowed < calls, let last = lastChange, now - last >= recovery else { return }
    let steps = Int(((now - last) / recovery).rounded(.down))
    let (gain, overflow) = steps.multipliedReportingOverflow(by: max(1, calls / 20))
    allowed = overflow || gain >= calls - allowed ? calls : allowed + gain
    lastChange = last + recovery * steps
  }

  private mutating func forget(before now: Duration) {
    while first < answers.count, answers[first].time + per <= now {
      held -= answers[first].cost
      first += 1
    }
    while firstOther < others.count, others[firstOther].time + per <= now { firstOther += 1 }
    if first > 1024, first * 2 > answers.count {
      answers.removeFirst(first)
      first = 0
    }
  }
}
