import Foundation
import Synchronization

/// Wakes a connection that waits for its server, once and for good.
final class Interrupt: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32
  private let raised = Atomic(false)

  init() throws(PostgresError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw PostgresError(
        code: .connection, message: "No file descriptors are left.",
        remedy: "Raise the limit of open files.")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() {
    guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }
}
