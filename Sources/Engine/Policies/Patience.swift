import Mappings

/// How often, and after which waits, one call is tried again.
public struct Patience: Sendable {
  private let definition: RetryDefinition
  private let start: Duration
  private var attempts = 1

  /// Begins with the first attempt.
  public init(_ definition: RetryDefinition, at now: Duration) {
    self.definition = definition
    start = now
  }

  /// The wait before the next attempt, `nil` when patience is used up.
  ///
  /// - Parameters:
  ///   - after: What the target asked for.
  ///   - random: From 0 up to 1; the wait is that share of a bound that doubles.
  public mutating func wait(after: Duration?, at now: Duration, random: Double) -> Duration? {
    guard attempts < definition.attempts else { return nil }
    let backoff = definition.delay(afterAttempt: attempts, random: random)
    let wait = max(definition.kept(after) ?? .zero, backoff)
    guard now + wait - start <= definition.within else { return nil }
    attempts += 1
    return wait
  }
}

extension RetryDefinition {
  /// How long to wait before attempt `attempt + 1`: a random stretch below a bound that doubles.
  public func delay(afterAttempt attempt: Int, random: Double) -> Duration {
    bound(afterAttempt: attempt) * random
  }

  func bound(afterAttempt attempt: Int) -> Duration {
    let doublings = Swift.min(Swift.max(attempt - 1, 0), 20)
    return Swift.min(base * (1 << doublings), max)
  }

  /// As much of a `Retry-After` as is kept to.
  func kept(_ after: Duration?) -> Duration? { after.map { Swift.min($0, retryAfterMax) } }
}
