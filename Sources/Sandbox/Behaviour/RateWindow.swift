/// A published limit: so many calls in so much time, for the calls that match.
public struct RateWindow: Sendable, Hashable {
  public var name: String
  public var calls: Int
  public var per: Duration
  /// Which calls it counts; none given means every call.
  public var patterns: [CallPattern]

  public init(_ name: String, calls: Int, per: Duration, matching patterns: [CallPattern] = []) {
    self.name = name
    self.calls = calls
    self.per = per
    self.patterns = patterns
  }

  func counts(_ call: Call) -> Bool {
    patterns.isEmpty || patterns.contains { $0.matches(call) }
  }
}

/// Several sliding windows, each strict: no stretch of its length, wherever it begins, holds more than its calls.
///
/// A call must be admitted by every window that counts it, and then counts in all of them; a refused one in none.
struct RateLimiter: Sendable {
  enum Verdict: Sendable, Hashable {
    /// The window with the fewest calls left, if any counts this call.
    case admitted(RateWindow?, remaining: Int)
    case refused(RateWindow, wait: Duration)
  }

  private struct Counter: Sendable {
    let window: RateWindow
    /// When the calls that still count arrived, the oldest at `first`.
    var arrivals: [Duration] = []
    var first = 0

    var count: Int { arrivals.count - first }

    mutating func forget(before limit: Duration) {
      while first < arrivals.count, arrivals[first] <= limit { first += 1 }
      if first > 1024, first > arrivals.count / 2 {
        arrivals.removeFirst(first)
        first = 0
      }
    }
  }

  private var counters: [Counter]

  /// - Parameter timeScale: Every window's length is divided by it.
  init(_ windows: [RateWindow], timeScale: Double = 1) {
    counters = windows.map { window in
      var scaled = window
      if timeScale > 0 { scaled.per = window.per / timeScale }
      return Counter(window: scaled)
    }
  }

  mutating func admit(_ call: Call, at now: Duration) -> Verdict {
    var counting: [Int] = []
    var refusal: (window: RateWindow, wait: Duration)?
    for index in counters.indices where counters[index].window.counts(call) {
      let window = counters[index].window
      counters[index].forget(before: now - window.per)
      counting.append(index)
      guard counters[index].count >= window.calls else { continue }
      let oldest = counters[index].arrivals.dropFirst(counters[index].first).first ?? now
      let wait = window.per - (now - oldest)
      if wait > refusal?.wait ?? .zero { refusal = (window, wait) }
    }
    if let refusal { return .refused(refusal.window, wait: refusal.wait) }
    var tightest: (window: RateWindow, remaining: Int)?
    for index in counting {
      counters[index].arrivals.append(now)
      let remaining = counters[index].window.calls - counters[index].count
      if remaining < tightest?.remaining ?? .max {
        tightest = (counters[index].window, remaining)
      }
    }
    return .admitted(tightest?.window, remaining: tightest?.remaining ?? 0)
  }
}
