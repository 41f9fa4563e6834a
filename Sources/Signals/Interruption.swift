import Foundation
import Synchronization

/// SIGINT and SIGTERM, as something to wait for.
///
/// A handler counts them and those who wait look at the count. Signal sources of libdispatch stay silent from the second
/// one for the same signal on: each needs the signal's disposition set, and that undoes what the first had prepared.
public enum Interruption {
  private static let count = Atomic<Int>(0)

  private static let handlers: Void = {
    // Made here and not inside a handler, where nothing may be allocated.
    _ = count.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in Interruption.count.add(1, ordering: .relaxed) }
    }
  }()

  /// Waits until so many signals have come since the start; `false` when the waiting task is cancelled before.
  public static func wait(for signals: Int = 1) async -> Bool {
    handlers
    while count.load(ordering: .relaxed) < signals {
      do {
        try await Task.sleep(for: .milliseconds(50))
      } catch {
        return false
      }
    }
    return true
  }
}
