import Foundation

/// Proof that the process that writes to a ledger is alive: a file next to the ledger, locked while the process lives.
///
/// The operating system releases the lock when the process ends, however it ends, and not before: a stopped process keeps it. A
/// process that gets the lock knows that no holder of this machine is left, and need not wait for a lease to expire.
public final class HolderLock: Sendable {
  public enum Attempt: Sendable {
    case taken(HolderLock)
    /// A live process holds it.
    case busy
    /// The file system has no locks, or the file cannot be created: nothing is known about other processes.
    case unavailable
  }

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Tries once, without waiting. Leaves the empty file `PATH.lock` behind.
  public static func attempt(ledger path: String) -> Attempt {
    let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return .unavailable }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let isBusy = errno == EWOULDBLOCK
      close(descriptor)
      return isBusy ? .busy : .unavailable
    }
    return .taken(HolderLock(descriptor: descriptor))
  }
}
