import Engine
import Foundation

/// Proof that the process that writes to a ledger is alive: a file next to the ledger, locked while the process lives.
///
/// The operating system ends the lock with the process, however that ends, and not before: a process that is only stopped
/// keeps it. So whoever gets the lock knows that no holder of this machine is left, and need not wait for a lease to expire.
///
/// Who writes to some targets only shares the ledger's lock with others of the kind, and has one of each target alone.
public final class HolderLock: Sendable {
  public enum Attempt: Sendable {
    case taken(HolderLock)
    /// A live process holds it.
    case busy
    /// The file system has no locks, or the file cannot be created: nothing is known about other processes.
    case unavailable
  }

  private let descriptors: [Int32]

  private init(descriptors: [Int32]) { self.descriptors = descriptors }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Tries once, without waiting. Leaves the empty files `PATH.lock` and `PATH.lock-TARGET` behind.
  public static func attempt(ledger path: String, for scope: LeaseScope = .project) -> Attempt {
    var files = [(path: path + ".lock", kind: LOCK_EX)]
    if case .targets = scope {
      files[0].kind = LOCK_SH
      files += scope.names.map { ("\(path).lock-\($0)", LOCK_EX) }
    }
    var descriptors: [Int32] = []
    for file in files {
      let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      let isBusy = descriptor >= 0 ? lock(descriptor, file.kind) : nil
      if descriptor >= 0 { descriptors.append(descriptor) }
      guard isBusy == false else {
        for descriptor in descriptors { close(descriptor) }
        return isBusy == nil ? .unavailable : .busy
      }
    }
    return .taken(HolderLock(descriptors: descriptors))
  }

  /// Whether another has the lock; `nil` where the file system has none.
  private static func lock(_ descriptor: Int32, _ kind: Int32) -> Bool? {
    while flock(descriptor, kind | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      return errno == EWOULDBLOCK ? true : nil
    }
    return false
  }
}
