import Dispatch

/// Runs the tasks of one seed on one thread, in the order in which they become ready. What they do side by side follows from
/// the seed, too.
final class InOrder: TaskExecutor {
  private let queue = DispatchQueue(label: "simulate")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
