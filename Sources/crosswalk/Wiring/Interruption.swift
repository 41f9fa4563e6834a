import Engine
import Foundation
import Synchronization

/// SIGINT and SIGTERM, as something to wait for and to ask about.
///
/// A handler counts them and those who wait look at the count. Signal sources of libdispatch stay silent from the second
/// one for the same signal on: each needs the signal's disposition set, and that undoes what the first had prepared.
enum Interruption {
  private static let count = Atomic<Int>(0)
  private static let isClaimed = Atomic(false)

  /// Set when a command is ended that only reads, so that its statements are cancelled.
  static let ending = StopSignal()

  private static let handlers: Void = {
    // Made here and not inside a handler, where nothing may be allocated.
    _ = count.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in Interruption.count.add(1, ordering: .relaxed) }
    }
  }()

  private static let interval = Duration.milliseconds(50)
  /// For telling the servers to leave their statements; whether they have is not waited for.
  private static let farewell = Duration.milliseconds(300)

  /// Waits until so many signals have come since the start; `false` when the waiting task is cancelled before.
  static func wait(for signals: Int = 1) async -> Bool {
    handlers
    while count.load(ordering: .relaxed) < signals {
      do {
        try await Task.sleep(for: interval)
      } catch {
        return false
      }
    }
    return true
  }

  /// From now on the caller decides what signals do, and ``endUnlessClaimed()`` lets them pass.
  static func claim() { isClaimed.store(true, ordering: .sequentiallyConsistent) }

  /// Ends the program by the first signal, unless that is for somebody else to do. What is at work then only reads, or comes
  /// to its end in one transaction.
  static func endUnlessClaimed() async {
    guard await wait(), !isClaimed.load(ordering: .sequentiallyConsistent) else { return }
    ending.set("interrupted")
    do { try await Task.sleep(for: farewell) } catch { return }
    Terminal.complain(CommandFailure.interrupted.description)
    Crosswalk.end(with: Exit.unavailable.rawValue)
  }
}

extension CommandFailure {
  static let interrupted = CommandFailure(
    exit: .unavailable, "interrupted before it was done",
    mend: "run it again when it may take its time")
}
