import Engine
import Foundation
import Ledger
import Synchronization

/// The calls that a target's limits count, in a file next to the ledger. They outlast a command, and concurrent commands see
/// each other's calls.
///
/// Each call has one line for when it was sent and one for its end. The lines are appended without forcing them to disk. They
/// outlive the process, and the failure of a whole machine costs at most a few refusals. A command holds the file's lock while
/// it decides which calls to send. Before the first run the folder does not exist, and the calls of a plan are not kept. If
/// they cannot be kept for another reason, that is reported once and stops nothing.
final class CallFile: CallMemory {
  private let path: String
  private let patience: Duration
  private let longest: Duration
  private let clock: any Timekeeper
  /// Distinguishes this command's calls from others.
  private let command = UInt32.random(in: 0...UInt32.max)
  private let report: @Sendable (OperationEvent) -> Void
  private let state = Mutex(State())

  private struct State {
    var file: CallLog?
    /// Whether it was reported that nothing is kept.
    var hasFailed = false
    /// The calls of other commands, by limit.
    var others: [UInt64: [UInt64: OtherCall]] = [:]
    /// Limits with new calls of other commands since they were last asked for.
    var changed: Set<UInt64> = []
    /// Limits that have been asked for.
    var asked: Set<UInt64> = []
    /// Since when another command has held the lock.
    var heldSince: Duration?
  }

  private struct OtherCall {
    var time: Instant
    var cost: UInt32
    var isUnderWay: Bool
  }

  /// - Parameters:
  ///   - patience: How long a call may take. One without a known end may have been counted that much later.
  ///   - longest: The longest window.
  init(
    path: String, patience: Duration, longest: Duration, clock: any Timekeeper,
    report: @escaping @Sendable (OperationEvent) -> Void = { _ in }
  ) {
    self.report = report
    self.path = path
    self.patience = patience
    self.longest = longest
    self.clock = clock
  }

  // MARK: Other commands

  /// A command that decides needs a moment, on a busy machine some more. One that was paused while it did is not waited
  /// for any longer than this.
  private static let longestDecision = Duration.seconds(5)

  func deciding<Result>(_ body: () -> Result) -> Result? {
    let file = lock()
    if case .held = file { return nil }
    defer { if case .locked(let file) = file { file.unlock() } }
    return body()
  }

  private enum Locking {
    case locked(CallLog)
    /// Another command is deciding.
    case held
    /// There is no file, or a paused process holds the lock.
    case without
  }

  private func lock() -> Locking {
    let now = clock.monotonic
    return use { state in
      try openIfPossible(&state)
      guard let file = state.file else { return .without }
      if try file.lock() {
        state.heldSince = nil
        return .locked(file)
      }
      let since = state.heldSince ?? now
      state.heldSince = since
      return now - since < Self.longestDecision ? .held : .without
    } ?? .without
  }

  func others(countedBy limit: String) -> [EarlierCall]? {
    let limit = CallEntry.hash(limit)
    let now = clock.wall
    return use { state in
      try openIfPossible(&state)
      try read(&state)
      let isNew = state.asked.insert(limit).inserted
      guard state.changed.remove(limit) != nil || isNew else { return nil }
      let oldest = now.later(by: .zero - longest - patience)
      state.others[limit] = state.others[limit]?.filter { $0.value.time >= oldest }
      return (state.others[limit] ?? [:]).values.map { call in
        // A clock that was set back must not keep a place longer than a call can take.
        EarlierCall(
          ago: max(now.since(call.time), .zero - patience), cost: Int(clamping: call.cost))
      }
    }
  }

  var othersAreCalling: Bool {
    let now = clock.wall
    return state.withLock { state in
      state.others.values.contains { calls in
        calls.values.contains { $0.isUnderWay && $0.time > now }
      }
    }
  }

  /// Reads what was written since the last time.
  private func read(_ state: inout State) throws {
    guard let file = state.file else { return }
    let (entries, isAnother) = try file.entries()
    if isAnother {
      state.others = [:]
      state.changed = state.asked
    }
    for entry in entries where UInt32(truncatingIfNeeded: entry.call >> 32) != command {
      state.changed.insert(entry.limit)
      switch entry.kind {
      case .left:
        state.others[entry.limit, default: [:]][entry.call] = OtherCall(
          time: entry.time.later(by: patience), cost: entry.cost, isUnderWay: true)
      case .answered:
        state.others[entry.limit]?[entry.call]?.time = entry.time
        state.others[entry.limit]?[entry.call]?.isUnderWay = false
      case .withdrawn: state.others[entry.limit]?[entry.call] = nil
      }
    }
  }

  // MARK: This command

  func left(_ call: UInt64, countedBy limit: String, cost: Int) {
    append(call, limit, .left, cost: cost)
  }

  func answered(_ call: UInt64, countedBy limit: String) { append(call, limit, .answered) }

  func withdrawn(_ call: UInt64, countedBy limit: String) { append(call, limit, .withdrawn) }

  private func append(_ call: UInt64, _ limit: String, _ kind: CallEntry.Kind, cost: Int = 0) {
    let entry = CallEntry(
      call: UInt64(command) << 32 | call & 0xFFFF_FFFF, limit: CallEntry.hash(limit),
      time: clock.wall, kind: kind, cost: UInt32(clamping: cost))
    use { state -> Void? in
      try openIfPossible(&state)
      try state.file?.append(entry)
      return nil
    }
  }

  /// The first run creates the folder.
  private func openIfPossible(_ state: inout State) throws {
    guard state.file == nil, !state.hasFailed else { return }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else { return }
    let oldest = clock.wall.later(by: .zero - longest - patience)
    state.file = try CallLog(path: path, oldest: oldest)
  }

  /// Reports a failure once; from then on nothing is kept.
  @discardableResult
  private func use<Value>(_ body: (inout State) throws -> Value?) -> Value? {
    let (value, failure): (Value?, (any Error)?) = state.withLock { state in
      do {
        return (try body(&state), nil)
      } catch {
        defer {
          state.hasFailed = true
          state.file = nil
        }
        return (nil, state.hasFailed ? nil : error)
      }
    }
    if let failure {
      report(
        .warning(
          "the calls of this command cannot be kept in \(path) (\(failure.localizedDescription)), "
            + "so other commands do not leave them their places in the target's limits"))
    }
    return value
  }
}
