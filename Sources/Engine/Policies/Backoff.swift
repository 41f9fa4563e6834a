import Mappings

extension RetryDefinition {
  /// How long to wait before attempt `attempt + 1`: a random stretch below a bound that doubles.
  func delay(afterAttempt attempt: Int, random: Double) -> Duration {
    let doublings = Swift.min(Swift.max(attempt - 1, 0), 20)
    let bound = Swift.min(base * (1 << doublings), max)
    return bound * random
  }
}
