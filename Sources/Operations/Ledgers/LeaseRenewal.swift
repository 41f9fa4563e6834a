import Engine

/// Keeps a lease alive until the task is cancelled.
///
/// If a renewal fails because the disk or another process is busy, it is tried again until the lease has really expired. A
/// lease that another process has taken is not renewed: the next write is refused.
struct LeaseRenewal: Sendable {
  let length: Duration
  let clock: any Timekeeper
  /// Returns `false` when another process has the lease.
  let renew: @Sendable () async throws -> Bool

  func keep() async {
    var end = clock.monotonic + length
    var wait = length / 3
    while !Task.isCancelled {
      do { try await clock.sleep(for: wait) } catch { return }
      let asked = clock.monotonic
      do {
        guard try await renew() else { return }
        end = asked + length
        wait = length / 3
      } catch {
        guard clock.monotonic < end else { return }
        wait = min(.seconds(1), length / 30)
      }
    }
  }
}
