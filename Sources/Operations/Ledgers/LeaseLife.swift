import Engine
import Foundation

extension HeldLease {
  /// Whether its holder may still be at work. A dead process of this machine is known at once, one of another machine when
  /// its lease has expired.
  func isAlive(at now: Instant) -> Bool {
    guard expires > now else { return false }
    let host = ProcessInfo.processInfo.hostName + ":"
    guard lease.holder.hasPrefix(host), let process = Int32(lease.holder.dropFirst(host.count)),
      process > 0
    else { return true }
    return kill(process, 0) == 0 || errno == EPERM
  }
}

extension LeaseStore {
  /// Those under which somebody is at work.
  func liveLeases(at now: Instant) async throws -> LiveLeases {
    LiveLeases(try await leases(against: .project).filter { $0.isAlive(at: now) })
  }
}
