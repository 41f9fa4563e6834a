import Engine
import Foundation
import Ledger

/// The right to write to the project's ledger, kept alive until it is given back.
struct LedgerClaim {
  let lease: Lease
  private let ledger: SQLiteLedger
  private let renewal: Task<Void, Never>

  private static let length = Duration.seconds(30)

  /// Takes the lease, or says who holds it. `wait`: until the other process has ended.
  static func take(
    _ ledger: SQLiteLedger, _ clock: SystemClock, wait: Bool
  ) async throws -> LedgerClaim {
    let holder = "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
    var hasSaidSo = false
    while true {
      switch try await ledger.acquireLease(holder: holder, for: length, now: clock.wall) {
      case .acquired(let lease):
        return LedgerClaim(
          lease: lease, ledger: ledger, renewal: keepRenewing(lease, ledger, clock))
      case .held(let other, let until):
        let left = Duration.milliseconds(max(0, until - clock.wall))
        guard wait || isDead(other) else {
          throw CommandFailure(
            exit: .unavailable, "another process is running this project: \(other)",
            mend: "wait for it, or use `--wait`; should it be dead, its claim ends in \(left.words)"
          )
        }
        if !hasSaidSo {
          Terminal.complain("waiting for \(other), at most \(left.words) if it is dead")
          hasSaidSo = true
        }
        try await clock.sleep(for: .milliseconds(200))
      }
    }
  }

  func stopRenewing() { renewal.cancel() }

  func end() async throws {
    renewal.cancel()
    try await ledger.releaseLease(lease)
  }

  /// Whether the holder was a process of this machine that is gone: its claim then ends by itself within moments.
  private static func isDead(_ holder: String) -> Bool {
    let parts = holder.split(separator: ":")
    guard parts.count == 2, parts[0] == ProcessInfo.processInfo.hostName,
      let process = Int32(parts[1])
    else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  private static func keepRenewing(
    _ lease: Lease, _ ledger: SQLiteLedger, _ clock: SystemClock
  ) -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        do {
          try await clock.sleep(for: length / 3)
          // A lease that is lost shows at the next write, which is refused.
          guard try await ledger.renewLease(lease, for: length, now: clock.wall) else { return }
        } catch {
          return
        }
      }
    }
  }
}
