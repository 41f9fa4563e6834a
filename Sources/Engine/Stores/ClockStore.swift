/// How the clock stood when somebody last wrote.
public protocol ClockStore: Sendable {
  /// Compares the clock with the last writer's, and remembers it. When it was set since, the moments of open intents and of
  /// failures are moved to it: what rests goes on resting as long as it would have, or rests again.
  ///
  /// - Returns: How the clock was set; `nil` when nothing tells that it was.
  func observe(_ clock: ClockReading, epoch: LeaseEpoch) async throws -> ClockJump?
}
