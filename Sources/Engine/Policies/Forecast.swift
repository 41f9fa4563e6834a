import Mappings

/// How long a target's calls will take: they go through the same admission as in a run, in a time that is only counted.
///
/// One forecast is for one target; calls that are added later find the windows as those before have left them.
public struct Forecast: Sendable {
  /// Calls of one kind.
  public struct Calls: Sendable, Hashable {
    public var route: String
    public var count: Int
    /// How many of them may be under way at once.
    public var atOnce: Int

    public init(_ route: String, count: Int, atOnce: Int) {
      self.route = route
      self.count = count
      self.atOnce = atOnce
    }
  }

  private var admission: Admission
  private var now = Duration.zero
  private let latency: Duration
  private let isLimited: Bool
  /// What follows goes on at the pace that the calls before had reached.
  private static let mostSimulated = 20_000

  /// - Parameters:
  ///   - scale: Divides the length of every window.
  ///   - latency: From a call's departure to its answer.
  public init(limits: [LimitDefinition], scale: Double = 1, latency: Duration) {
    admission = Admission(limits: limits, scale: scale)
    self.latency = latency
    isLimited = !limits.isEmpty
  }

  /// How long these calls take, one kind after the other, from the end of those before.
  public mutating func add(_ calls: [Calls]) -> Duration {
    let start = now
    for calls in calls where calls.count > 0 {
      guard isLimited else {
        let atOnce = max(1, calls.atOnce)
        now += latency * ((calls.count - 1) / atOnce + 1)
        continue
      }
      let simulated = min(calls.count, Self.mostSimulated)
      play(calls.route, simulated / 2, calls.atOnce)
      let half = now
      play(calls.route, simulated - simulated / 2, calls.atOnce)
      if calls.count > simulated {
        now += (now - half) * Double(calls.count - simulated) / Double(simulated - simulated / 2)
      }
    }
    return now - start
  }

  private mutating func play(_ route: String, _ count: Int, _ atOnce: Int) {
    var left = count
    var open = 0
    var answers: [(time: Duration, pass: Admission.Pass)] = []
    while left > 0 || open > 0 {
      while left > 0, open < max(1, atOnce) {
        _ = admission.join(route, CallPriority(.update))
        left -= 1
        open += 1
      }
      let (passes, again) = admission.release(at: now)
      for (_, pass) in passes { answers.append((max(now, pass.departure) + latency, pass)) }
      guard let next = [answers.first?.time, again].compactMap({ $0 }).min() else { return }
      now = max(now, next)
      while let first = answers.first, first.time <= now {
        admission.ended(first.pass, .well, at: now)
        answers.removeFirst()
        open -= 1
      }
    }
  }

  /// The slowest of the windows that count these calls, as `60 per 61 s`.
  public static func pace(
    of calls: [Calls], limits: [LimitDefinition], scale: Double = 1
  ) -> String? {
    var slowest: (interval: Duration, pace: String)?
    for limit in limits {
      let patterns = limit.match.map { RoutePattern($0.value) }
      let isCounted = calls.contains { calls in
        calls.count > 0
          && (patterns.isEmpty || patterns.contains { $0.matches(calls.route) })
      }
      guard isCounted else { continue }
      let period = limit.per / max(scale, 0.001)
      let interval = period / max(1, limit.calls)
      if interval > slowest?.interval ?? .zero {
        slowest = (interval, "\(limit.calls) per \(period.shown)")
      }
    }
    return slowest?.pace
  }
}

extension Duration {
  /// `61 s`, `0.61 s`
  fileprivate var shown: String {
    let seconds = self / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
