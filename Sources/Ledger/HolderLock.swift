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
    /// A process that waits for it came first; its name, empty where it is not known.
    case behind(String)
    /// The file system has no locks, or the file cannot be created: nothing is known about other processes.
    case unavailable
  }

  private let descriptors: [Int32]

  private init(descriptors: [Int32]) { self.descriptors = descriptors }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Tries once, without waiting. Leaves the empty files `PATH.lock` and `PATH.lock-TARGET` behind.
  ///
  /// - Parameter turn: Of this process, where it waits. Those who announced themselves before it go first.
  public static func attempt(
    ledger path: String, for scope: LeaseScope = .project, in turn: LockTurn? = nil
  ) -> Attempt {
    switch (turn ?? LockTurn(ledger: path, for: scope, holder: "")).first {
    case .nobody: break
    case .other(let name): return .behind(name)
    case .unavailable: return .unavailable
    }
    var files = [(path: Self.path(of: "", path), kind: LOCK_EX)]
    if case .targets = scope {
      files[0].kind = LOCK_SH
      files += scope.names.map { (Self.path(of: $0, path), LOCK_EX) }
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

  /// The file of a target's lock, or of the project's, whose name is empty.
  static func path(of name: String, _ ledger: String) -> String {
    name.isEmpty ? ledger + ".lock" : "\(ledger).lock-\(name)"
  }

  /// Whether another has the lock; `nil` where the file system has none.
  static func lock(_ descriptor: Int32, _ kind: Int32) -> Bool? {
    while flock(descriptor, kind | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      return errno == EWOULDBLOCK ? true : nil
    }
    return false
  }
}
