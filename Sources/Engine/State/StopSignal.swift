import Synchronization

/// Says once that a run is to end: nothing new is begun then, and whatever only waits is woken.
///
/// Calls that are under way are not broken off, since their outcome would be unknown; their own time limits bound them.
public final class StopSignal: Sendable {
  private struct State {
    var reason: String?
    var watchers: [Int: @Sendable (RunInterrupted) -> Void] = [:]
    var count = 0
  }
  private let flag = Atomic(false)
  private let state = Mutex(State())

  public init() {}

  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Sets the signal, and wakes whatever waits. A second reason changes nothing.
  ///
  /// - Parameter reason: Why, as a clause, e.g. `interrupted`.
  public func set(_ reason: String) {
    let watchers = state.withLock { state -> [@Sendable (RunInterrupted) -> Void] in
      guard state.reason == nil else { return [] }
      state.reason = reason
      flag.store(true, ordering: .relaxed)
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher(RunInterrupted(reason: reason)) }
  }

  /// Throws ``RunInterrupted`` when the signal is set.
  public func check() throws {
    if let interruption { throw interruption }
  }

  private var interruption: RunInterrupted? {
    isSet ? state.withLock { $0.reason }.map { RunInterrupted(reason: $0) } : nil
  }

  /// Calls `body` when the signal is set: at once, if it is already.
  ///
  /// - Returns: The number to ``forget(_:)`` it by.
  @discardableResult
  public func watch(_ body: @escaping @Sendable (RunInterrupted) -> Void) -> Int {
    let number: Int? = state.withLock { state in
      guard state.reason == nil else { return nil }
      state.count += 1
      state.watchers[state.count] = body
      return state.count
    }
    if let number { return number }
    if let interruption { body(interruption) }
    return 0
  }

  public func forget(_ number: Int) {
    state.withLock { _ = $0.watchers.removeValue(forKey: number) }
  }

  /// Runs what only waits, in a task that is cancelled and left to itself when the signal is set: then it throws
  /// ``RunInterrupted`` at once, however long the task takes to notice.
  public func interrupting<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try check()
    let (results, result) = AsyncThrowingStream<Value, any Error>.makeStream()
    let work = Task {
      do {
        result.yield(try await body())
        result.finish()
      } catch {
        result.finish(throwing: error)
      }
    }
    let number = watch { interrupted in result.finish(throwing: interrupted) }
    defer {
      forget(number)
      work.cancel()
    }
    for try await value in results { return value }
    // The stream ends without a value when the task that waits for it is cancelled.
    throw CancellationError()
  }
}

extension StopSignal? {
  /// Sleeps, unless the signal is set or comes meanwhile: then it throws ``RunInterrupted``.
  func sleep(for duration: Duration, by clock: any Timekeeper) async throws {
    guard let self else { return try await clock.sleep(for: duration) }
    try await self.interrupting { try await clock.sleep(for: duration) }
  }
}

/// The run was asked to end.
public struct RunInterrupted: Error, Sendable, Hashable {
  /// Why, as a clause.
  public var reason: String

  public init(reason: String = "interrupted") { self.reason = reason }
}

extension MappingReport {
  /// The rest of the mapping waits for the next run.
  mutating func interrupt(_ interrupted: RunInterrupted) {
    status = .failed
    message =
      "\(interrupted.reason); nothing is half-sent, and the next run goes on from here"
  }
}
