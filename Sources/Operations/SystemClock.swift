import Engine
import Foundation

/// The machine's clocks and its random numbers.
struct SystemClock: Timekeeper {
  private static let start = ContinuousClock.now
  /// Read once: setting the clock while the program runs must not change how long a write rests.
  private static let wallAtStart = Instant(
    milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))

  init() {
    _ = Self.start
    _ = Self.wallAtStart
  }

  var monotonic: Duration { Self.start.duration(to: .now) }
  var wall: Instant { Self.wallAtStart.later(by: monotonic) }

  /// Compared with the last writer's clocks. If the system does not say since when it has been running, only a wall clock that
  /// goes back is noticed.
  var reading: ClockReading {
    let now = wall
    guard let boot = Self.line("/proc/sys/kernel/random/boot_id"),
      let uptime = Self.line("/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) }),
      uptime.isFinite, uptime >= 0, uptime < 1e12
    else { return ClockReading(wall: now) }
    return ClockReading(
      wall: now, boot: boot,
      started: now.later(by: .zero - .milliseconds(Int64((uptime * 1000).rounded()))))
  }

  private static func line(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, tolerance: .zero, clock: .continuous)
  }

  func random() -> Double { .random(in: 0..<1) }
}
