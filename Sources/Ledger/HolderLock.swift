import Foundation

/// Proof that the process which writes to a ledger lives: a file beside the ledger, locked as long as it does.
///
/// The operating system ends the lock with the process, however that ends, and not before: a process that is only stopped
/// keeps it. So whoever gets the lock knows that no holder of this machine is left, and need not wait for a lease to expire.
public final class HolderLock: Sendable {
  public enum Attempt: Sendable {
    case taken(HolderLock)
    /// A living process has it.
    case busy
    /// The file system has no locks, or the file cannot be made: nothing is known of other processes.
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
