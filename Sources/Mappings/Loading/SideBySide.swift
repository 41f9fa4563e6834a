import Dispatch
import Synchronization

extension Array where Element: Sendable {
  /// What becomes of each element, in their order, worked out on all cores at once. For work that only computes.
  package func mapSideBySide<Result: Sendable>(
    _ transform: @Sendable (Element) -> Result
  ) -> [Result] {
    // A few are done before another thread has begun.
    let stretch = 8
    guard count > stretch else { return map(transform) }
    let results = Mutex<[[Result]]>(
      .init(repeating: [], count: (count + stretch - 1) / stretch))
    DispatchQueue.concurrentPerform(iterations: (count + stretch - 1) / stretch) { number in
      let part = self[number * stretch..<Swift.min((number + 1) * stretch, count)].map(transform)
      results.withLock { $0[number] = part }
    }
    return results.withLock { $0.flatMap { $0 } }
  }
}
