import Foundation
import Synchronization

/// What libpq would take out of the environment: where to connect (`PGHOSTADDR`, `PGSERVICE`), as whom, how securely, and
/// with which settings of the session (<https://www.postgresql.org/docs/current/libpq-envars.html>).
///
/// A source is what its file says. Most of these variables give way to a parameter of the connection; `PGSERVICE`, `PGTZ`,
/// `PGDATESTYLE` and `PGGEQO` do not, and newer releases know more of them.
enum ServerEnvironment {
  /// All of libpq's variables begin like this.
  private static let prefix = "PG"
  private static let lock = Mutex(())

  /// Takes the variables out of the process's environment. Settings that name them, such as `${PGHOST}`, have been read by
  /// then.
  static func clear() {
    lock.withLock { _ in
      for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix(prefix) {
        unsetenv(name)
      }
    }
  }
}
