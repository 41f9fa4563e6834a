import Engine
import Foundation

/// The machine's clocks and its random numbers.
struct SystemClock: Timekeeper {
  private static let start = ContinuousClock.now

  var monotonic: Duration { Self.start.duration(to: .now) }
  var wall: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded()) }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, tolerance: .zero, clock: .continuous)
  }

  func random() -> Double { .random(in: 0..<1) }
}
