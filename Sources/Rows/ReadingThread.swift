import Dispatch
import Foundation
import Synchronization

/// Runs what reads a source on a thread of its own, because its calls block: those of libpq, and those to a disk.
///
/// An actor that names it as its executor does all its work there.
public final class ReadingThread: SerialExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var stopped = false
  }

  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)
  private let name: String

  /// `name`: of the thread, for people who look at the process.
  public init(_ name: String) { self.name = name }

  public func start() {
    let thread = Thread { [self] in
      while let job = next() { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
    thread.name = name
    thread.start()
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    arrivals.signal()
  }

  /// Lets the thread end after the jobs that it has.
  public func stop() {
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
