import Engine
import Synchronization

/// A clock on which to wait is to move on: minutes of patience pass while a real request takes its milliseconds.
final class HurriedClock: Timekeeper {
  private let waited = Mutex(Duration.zero)
  private let start = ContinuousClock.now

  var monotonic: Duration { waited.withLock { $0 } + start.duration(to: .now) }
  var wall: Instant { Instant(milliseconds: 1_790_000_000_000).later(by: monotonic) }

  func advance(by duration: Duration) { waited.withLock { $0 += duration } }

  func sleep(for duration: Duration) async throws {
    advance(by: duration)
    // Who looks again and again must leave the others the time to answer.
    try await Task.sleep(for: .milliseconds(1))
  }

  func random() -> Double { 0.5 }
}
