import Dispatch
import Foundation
import Synchronization

/// Runs one connection's work on a thread of its own, because libpq's calls block.
final class ConnectionThread: SerialExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var stopped = false
  }

  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  func start() {
    let thread = Thread { [self] in
      while let job = next() { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
    thread.name = "postgres"
    thread.start()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    arrivals.signal()
  }

  /// Lets the thread end after the jobs that it has.
  func stop() {
    state.withLock { $0.stopped = true }
    arrivals.signal()
  }

  private func next() -> UnownedJob? {
    while true {
      arrivals.wait()
      let (job, stopped) = state.withLock { state in
        (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.stopped)
      }
      if job != nil || stopped { return job }
    }
  }
}

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
        mend: "Raise the limit of open files.")
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
