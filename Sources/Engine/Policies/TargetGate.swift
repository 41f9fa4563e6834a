import Mappings

/// Lets calls to one target through, as its limits allow. Shared by all mappings that write to the target.
public actor TargetGate {
  private struct Limited {
    let name: String
    let patterns: [RoutePattern]
    var window: SlidingWindow

    func covers(_ route: String) -> Bool {
      patterns.isEmpty || patterns.contains { $0.matches(route) }
    }
  }

  private var limits: [Limited]
  private let clock: any Timekeeper
  private let breaker: BreakerDefinition
  private var failuresInARow = 0
  private var pausedUntil: Duration = .zero
  private var calls = 0
  /// Why no further call can succeed in this run.
  public private(set) var stopped: TargetStopped?

  /// `scale` divides the length of every window: 1 for real targets.
  public init(
    limits: [LimitDefinition], breaker: BreakerDefinition = BreakerDefinition(), scale: Double,
    clock: any Timekeeper
  ) {
    self.breaker = breaker
    self.limits = limits.map { limit in
      Limited(
        name: limit.name.value, patterns: limit.match.map { RoutePattern($0.value) },
        window: SlidingWindow(calls: limit.calls, per: limit.per / max(scale, 0.001)))
    }
    self.clock = clock
  }

  /// Waits until the call may leave, and counts it as under way.
  public func admit(_ route: String) async throws {
    while true {
      if let stopped { throw stopped }
      try Task.checkCancellation()
      let now = clock.monotonic
      guard let wait = wait(for: route, at: now) else {
        for place in limits.indices where limits[place].covers(route) {
          limits[place].window.leave()
        }
        calls += 1
        return
      }
      try await clock.sleep(for: wait)
    }
  }

  private func wait(for route: String, at now: Duration) -> Duration? {
    var longest = max(.zero, pausedUntil - now)
    for place in limits.indices where limits[place].covers(route) {
      // Only an answer can free a slot: look again in a moment.
      longest = max(longest, limits[place].window.wait(at: now) ?? .milliseconds(2))
    }
    return longest > .zero ? longest : nil
  }

  public func answered(_ route: String) {
    let now = clock.monotonic
    for place in limits.indices where limits[place].covers(route) {
      limits[place].window.answered(at: now)
    }
  }

  public func takeBack(_ route: String) {
    for place in limits.indices where limits[place].covers(route) {
      limits[place].window.takeBack()
    }
  }

  /// Whether the target answered sensibly. After too many failures in a row it is left alone for a while.
  public func noteHealth(isWell: Bool) {
    failuresInARow = isWell ? 0 : failuresInARow + 1
    if failuresInARow >= max(1, breaker.failures) {
      failuresInARow = 0
      pause(for: breaker.openFor)
    }
  }

  /// The target asked for quiet.
  public func pause(for duration: Duration) {
    pausedUntil = max(pausedUntil, clock.monotonic + duration)
  }

  public func stop(_ reason: TargetStopped) { stopped = stopped ?? reason }

  /// The calls let through so far.
  public var callCount: Int { calls }

  /// How long the windows need for so many calls of each route, from a standing start, and which limit decides.
  public nonisolated static func forecast(
    _ calls: [(route: String, count: Int)], limits: [LimitDefinition], scale: Double
  ) -> (time: Duration, pace: String?) {
    var longest = Duration.zero
    var slowest: (interval: Duration, pace: String)?
    for limit in limits {
      let patterns = limit.match.map { RoutePattern($0.value) }
      let count = calls.reduce(0) { sum, call in
        patterns.isEmpty || patterns.contains { $0.matches(call.route) } ? sum + call.count : sum
      }
      guard count > 0 else { continue }
      let period = limit.per / max(scale, 0.001)
      let interval = period / max(1, limit.calls)
      if interval > slowest?.interval ?? .zero {
        slowest = (interval, "\(limit.calls) per \(period.shown)")
      }
      longest = max(longest, period * ((count - 1) / max(1, limit.calls)))
    }
    return (longest, slowest?.pace)
  }
}

/// Why nothing more can be done at a target in this run.
public struct TargetStopped: Error, Sendable, Hashable {
  public var target: String
  public var message: String
  public var mend: String

  public init(target: String, message: String, mend: String) {
    self.target = target
    self.message = message
    self.mend = mend
  }
}

extension Duration {
  /// `61 s`, `0.61 s`
  fileprivate var shown: String {
    let seconds = self / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
