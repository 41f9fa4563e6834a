import Engine
import Synchronization

/// A clock that moves to the next waking of a sleeper as soon as nobody has anything left to do before it.
///
/// That nobody has is told by the clock's not being looked at for some milliseconds. On a busy machine it may move on while
/// somebody writes to a disk; then virtual time passes for what takes none, and never the other way round.
final class VirtualClock: Timekeeper {
  private struct Sleeper {
    let wakes: Duration
    let caller: CheckedContinuation<Void, any Error>
  }
  private struct State {
    var now = Duration.zero
    var sleepers: [Int: Sleeper] = [:]
    var cancelled: Set<Int> = []
    var next = 0
    var looks = 0
  }
  private let state = Mutex(State())
  private let generator = Mutex(SplitMix(state: 1))

  var monotonic: Duration {
    state.withLock {
      $0.looks += 1
      return $0.now
    }
  }
  var wall: Instant { Instant(milliseconds: 1_700_000_000_000).later(by: monotonic) }
  func random() -> Double { generator.withLock { Double.random(in: 0..<1, using: &$0) } }

  func advance(by duration: Duration) { state.withLock { $0.now += duration } }

  func sleep(for duration: Duration) async throws {
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { caller in
        let isCancelled = state.withLock { state in
          state.looks += 1
          if state.cancelled.remove(number) != nil { return true }
          state.sleepers[number] = Sleeper(wakes: state.now + duration, caller: caller)
          return false
        }
        if isCancelled { caller.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: number)
        if sleeper == nil { state.cancelled.insert(number) }
        return sleeper
      }
      sleeper?.caller.resume(throwing: CancellationError())
    }
  }

  /// Lets time pass for as long as `body` takes.
  func running<Value>(_ body: () async throws -> Value) async throws -> Value {
    let driver = Task { try await drive() }
    defer { driver.cancel() }
    return try await body()
  }

  private func drive() async throws {
    while true {
      var looks = -1
      while true {
        let seen = state.withLock { $0.looks }
        if seen == looks { break }
        looks = seen
        try await Task.sleep(for: .milliseconds(2))
      }
      let woken = state.withLock { state -> [Sleeper] in
        guard let first = state.sleepers.values.map(\.wakes).min() else { return [] }
        state.now = max(state.now, first)
        state.looks += 1
        let due = state.sleepers.filter { $0.value.wakes <= state.now }
        for number in due.keys { state.sleepers[number] = nil }
        return due.sorted { $0.key < $1.key }.map(\.value)
      }
      for sleeper in woken { sleeper.caller.resume() }
    }
  }
}
