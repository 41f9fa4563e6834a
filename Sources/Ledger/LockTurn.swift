import Engine
import Foundation
import Synchronization

/// The turn of a process that waits for the right to write to a ledger.
///
/// Runs of single targets overlap, so a process that needs the whole project, or several targets, might never find all of
/// its locks free at one moment. Therefore a process that waits locks a file next to each of them, and those that come later
/// do not pass it. The operating system ends this lock with the process too.
public final class LockTurn: Sendable {
  /// Who waits before this process.
  enum First: Sendable {
    case nobody
    case other(String)
    /// The file system has no locks.
    case unavailable
  }

  private let ledger: String
  private let scope: LeaseScope
  private let holder: String
  /// Locked files, by the names of what is waited for.
  private let announced = Mutex<[String: Int32]>([:])

  /// Announces nothing yet.
  ///
  /// - Parameter holder: Names the process to others, such as `host:4711`.
  public init(ledger path: String, for scope: LeaseScope, holder: String) {
    ledger = path
    self.scope = scope
    self.holder = holder
  }

  deinit { announced.withLock { for file in $0.values { close(file) } } }

  /// Announces that this process waits, as far as nobody else is announced already. Never waits itself; call it again while
  /// the waiting lasts. Leaves the files `PATH.lock.waiting` and `PATH.lock-TARGET.waiting` behind.
  public func announce() {
    announced.withLock { announced in
      // In the order of the names, so that no two processes wait for each other.
      for name in scope.names where announced[name] == nil {
        let file = open(path(of: name), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        guard HolderLock.lock(file, LOCK_EX) == false else {
          close(file)
          return
        }
        let words = Array(holder.utf8)
        // Without its name the turn still counts.
        if ftruncate(file, 0) == 0 { _ = pwrite(file, words, words.count, 0) }
        announced[name] = file
      }
    }
  }

  /// Who else is announced for the whole project, or for what this process wants.
  var first: First {
    let own = announced.withLock { Set($0.keys) }
    for name in Set([""] + scope.names).subtracting(own).sorted() {
      let file = open(path(of: name), O_RDONLY | O_CLOEXEC)
      // Nobody has ever waited.
      if file < 0, errno == ENOENT { continue }
      guard file >= 0 else { return .unavailable }
      defer { close(file) }
      switch HolderLock.lock(file, LOCK_SH) {
      case false: continue
      case nil: return .unavailable
      case true: return .other(Self.name(in: file))
      }
    }
    return .nobody
  }

  private func path(of name: String) -> String { HolderLock.path(of: name, ledger) + ".waiting" }

  private static func name(in file: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let length = pread(file, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, length)), as: UTF8.self)
  }
}
