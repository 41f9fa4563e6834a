import FoundationEssentials

/// The time of a sandbox: a clock that counts from the start, and what the calendar said then.
struct SandboxTime: Sendable {
  let elapsed: @Sendable () -> Duration
  let sleep: @Sendable (Duration) async throws -> Void
  /// Seconds since 1970, UTC.
  let startedAt: Int64

  init(_ clock: some Clock<Duration>, startedAt: Int64?) {
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(for: $0) }
    self.startedAt = startedAt ?? Int64(Date.now.timeIntervalSince1970)
  }
}
