import Mappings

/// Which of the calls that wait at a target may leave, and when: the limits, the pauses, the breaker and the order of the
/// queue, as a value that never looks at a clock.
///
/// Calls leave first come, first served within a priority; every eighth goes to whoever has waited longest, so that nobody
/// waits for ever. A call that a window holds back lets others pass that this window does not count.
public struct Admission: Sendable {
  /// The right to make one call.
  public struct Pass: Sendable {
    /// Not before this.
    public let departure: Duration
    /// Which of the calls that were let go it is.
    let number: UInt64
    fileprivate let claims: [Claim]
    fileprivate let isProbe: Bool
  }

  /// What the end of a call tells about the target.
  public enum Ending: Sendable, Hashable {
    case well
    /// It did not answer, or not sensibly.
    case unwell(after: Duration? = nil)
    /// It refused the call as one too many.
    case throttled(after: Duration?)
  }

  public struct Ticket: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  /// What a call takes of one window.
  fileprivate struct Claim: Sendable {
    let window: Int
    let cost: Int
  }

  private struct Limited: Sendable {
    let name: String
    let patterns: [RoutePattern]
    let costs: [(pattern: RoutePattern, cost: Int)]
    var window: SlidingWindow
    var pausedUntil = Duration.zero

    func cost(of route: String) -> Int? {
      guard patterns.isEmpty || patterns.contains(where: { $0.matches(route) }) else { return nil }
      return costs.first { $0.pattern.matches(route) }?.cost ?? 1
    }

    mutating func wait(at now: Duration, cost: Int) -> Duration? {
      window.wait(at: now, cost: cost).map { max($0, pausedUntil - now) }
    }
  }

  private struct Waiting: Sendable {
    let ticket: Ticket
    let priority: CallPriority
    let claims: [Claim]
  }

  private var limits: [Limited]
  public private(set) var breaker: Breaker
  private let retry: RetryDefinition
  private let lead: Duration
  private let atOnce: Int
  private var underWay = 0
  private var pausedUntil = Duration.zero
  /// Refusals as too many since a call went well.
  private var throttles = 0
  private var lastThrottle: Duration?
  /// By priority, and then by who came first.
  private var queue: [Waiting] = []
  private var tickets: UInt64 = 0
  private var admitted = 0
  private var claims: [String: [Claim]] = [:]

  /// - Parameters:
  ///   - scale: Divides the length of every window.
  ///   - lead: A call is let go so long before it may leave, for what has to be done before.
  ///   - atOnce: How many calls may be under way.
  public init(
    limits: [LimitDefinition], breaker: BreakerDefinition = BreakerDefinition(),
    retry: RetryDefinition = RetryDefinition(), scale: Double = 1, lead: Duration = .zero,
    atOnce: Int = .max
  ) {
    let scale = max(scale, 0.001)
    self.limits = limits.map { limit in
      Limited(
        name: limit.name.value,
        patterns: limit.match.map { RoutePattern($0.value) },
        costs: limit.costs.map { (RoutePattern($0.call.value), $0.calls) },
        window: SlidingWindow(
          calls: limit.calls, per: limit.per / scale, recovery: .seconds(10) / scale))
    }
    self.breaker = Breaker(breaker)
    self.retry = retry
    self.lead = lead
    self.atOnce = atOnce
  }

  // MARK: The queue

  public mutating func join(_ route: String, _ priority: CallPriority) -> Ticket {
    let ticket = draw()
    join(ticket, route, priority)
    return ticket
  }

  /// A ticket for somebody who is going to join.
  mutating func draw() -> Ticket {
    tickets += 1
    return Ticket(number: tickets)
  }

  mutating func join(_ ticket: Ticket, _ route: String, _ priority: CallPriority) {
    let waiting = Waiting(ticket: ticket, priority: priority, claims: claims(of: route))
    let place = queue.firstIndex { priority < $0.priority } ?? queue.endIndex
    queue.insert(waiting, at: place)
  }

  public mutating func withdraw(_ ticket: Ticket) { queue.removeAll { $0.ticket == ticket } }

  /// Lets go whoever may leave by now, or within the lead; and when to ask again, `nil` for not before something ends.
  public mutating func release(at now: Duration) -> (
    passes: [(ticket: Ticket, pass: Pass)], again: Duration?
  ) {
    var passes: [(Ticket, Pass)] = []
    while true {
      var again: Duration?
      guard let (place, wait) = next(at: now, &again) else {
        return (passes, again.map { now + max(.zero, $0 - lead) })
      }
      let waiting = queue.remove(at: place)
      for claim in waiting.claims { limits[claim.window].window.leave(cost: claim.cost) }
      let pass = Pass(
        departure: now + wait, number: waiting.ticket.number, claims: waiting.claims,
        isProbe: breaker.leave())
      admitted += 1
      underWay += 1
      passes.append((waiting.ticket, pass))
    }
  }

  /// The first in the queue that may leave, and in how long; else how long until one may.
  private mutating func next(at now: Duration, _ again: inout Duration?) -> (Int, Duration)? {
    guard !queue.isEmpty, underWay < atOnce, let pause = breaker.wait(at: now) else { return nil }
    let base = max(pause, pausedUntil - now)
    // Windows for which somebody further in front waits: whoever comes behind takes none of their slots.
    var waitedFor: Set<Int> = []
    for place in turns() {
      let claims = queue[place].claims
      var wait: Duration? = base
      for claim in claims {
        let one =
          waitedFor.contains(claim.window)
          ? nil : limits[claim.window].wait(at: now, cost: claim.cost)
        wait = wait.flatMap { longest in one.map { max(longest, $0) } }
        if one.map({ $0 > lead }) ?? true { waitedFor.insert(claim.window) }
      }
      guard let wait else { continue }
      if wait <= lead { return (place, wait) }
      again = min(again ?? wait, wait)
    }
    return nil
  }

  /// The places of the queue in the order in which they are looked at.
  private func turns() -> [Int] {
    guard admitted % 8 == 7,
      let oldest = queue.indices.min(by: {
        queue[$0].ticket.number < queue[$1].ticket.number
      })
    else { return Array(queue.indices) }
    return [oldest] + queue.indices.filter { $0 != oldest }
  }

  private mutating func claims(of route: String) -> [Claim] {
    if let known = claims[route] { return known }
    let found = limits.indices.compactMap { index in
      limits[index].cost(of: route).map { Claim(window: index, cost: $0) }
    }
    // Routes carry ids; what was remembered is soon of no use.
    if claims.count >= 256 { claims.removeAll() }
    claims[route] = found
    return found
  }

  /// Why the queue waits, as a clause.
  public func reason(at now: Duration) -> String {
    if let pause = breaker.wait(at: now), pause > .zero { return "it failed call after call" }
    if pausedUntil > now || limits.contains(where: { $0.pausedUntil > now }) {
      return "it asked for a pause"
    }
    return "its limits let no call leave earlier"
  }

  // MARK: Other commands

  /// The clocks of two commands agree to so much.
  private static let tolerance = Duration.milliseconds(5)

  /// Takes into account what other commands have sent.
  public mutating func recall(_ memory: any CallMemory, at now: Duration) {
    for place in limits.indices {
      guard let others = memory.others(countedBy: limits[place].name) else { continue }
      limits[place].window.recall(others.map { (now - $0.ago + Self.tolerance, $0.cost) })
    }
  }

  /// Whether anybody waits.
  var hasQueue: Bool { !queue.isEmpty }

  /// The limits that count a call, and how much.
  func counting(_ pass: Pass) -> [(limit: String, cost: Int)] {
    pass.claims.map { (limits[$0.window].name, $0.cost) }
  }

  // MARK: What comes back

  public mutating func ended(_ pass: Pass, _ ending: Ending, at now: Duration) {
    underWay -= 1
    for claim in pass.claims { limits[claim.window].window.answered(at: now, cost: claim.cost) }
    note(pass, ending, at: now)
  }

  /// Nothing of the call can have reached the target. `isWell` says whether that was the target's fault.
  public mutating func takeBack(_ pass: Pass, isWell: Bool, at now: Duration) {
    underWay -= 1
    for claim in pass.claims { limits[claim.window].window.takeBack(cost: claim.cost) }
    if isWell {
      breaker.takeBack(isProbe: pass.isProbe, at: now)
    } else {
      note(pass, .unwell(), at: now)
    }
  }

  /// Nothing leaves for so long.
  public mutating func pause(for duration: Duration, at now: Duration) {
    pausedUntil = max(pausedUntil, now + duration)
  }

  private mutating func note(_ pass: Pass, _ ending: Ending, at now: Duration) {
    switch ending {
    case .well:
      throttles = 0
      breaker.ended(isWell: true, isProbe: pass.isProbe, at: now)
    case .unwell(let after):
      if let after = retry.kept(after) { pause(for: after, at: now) }
      breaker.ended(isWell: false, isProbe: pass.isProbe, at: now)
    case .throttled(let after):
      // Busy, but alive.
      breaker.ended(isWell: true, isProbe: pass.isProbe, at: now)
      throttled(pass, after, at: now)
    }
  }

  private mutating func throttled(_ pass: Pass, _ after: Duration?, at now: Duration) {
    // Of calls that left together each may be refused: that is one refusal.
    if lastThrottle.map({ pass.departure > $0 }) ?? true {
      throttles += 1
      lastThrottle = now
    }
    let quiet = retry.kept(after) ?? retry.bound(afterAttempt: throttles)
    for claim in pass.claims {
      limits[claim.window].window.refused(departure: pass.departure, at: now)
      limits[claim.window].pausedUntil = max(limits[claim.window].pausedUntil, now + quiet)
    }
    if pass.claims.isEmpty { pause(for: quiet, at: now) }
  }
}
