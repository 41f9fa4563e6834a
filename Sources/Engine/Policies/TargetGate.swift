import Mappings
import Synchronization

/// Lets calls to one target through, as its limits allow. Shared by all mappings that write to the target.
///
/// It sleeps until the very moment at which the next call may leave; only calls of another command, of whose ends nobody
/// tells, are looked at from time to time. A lock, not an actor: a call that may
/// leave at once goes on without having waited for a turn of its task.
public final class TargetGate: Sendable {
  private struct State: Sendable {
    var admission: Admission
    var waiting: [Admission.Ticket: CheckedContinuation<Admission.Pass, any Error>] = [:]
    var alarm: (time: Duration, task: Task<Void, Never>)?
    var callCount = 0
    var answerTime = (sum: Duration.zero, count: 0)
    var planned: Forecast?
    var stopped: TargetStopped?
    var interrupted: RunInterrupted?
    var announce: (@Sendable (_ reason: String, _ wait: Duration) -> Void)?
    /// Until when it has been said that nothing leaves.
    var announcedUntil = Duration.zero

    /// Why no further call is let through.
    var refusal: (any Error)? { stopped ?? interrupted }
  }

  private let state: Mutex<State>
  private let clock: any Timekeeper
  private let memory: (any CallMemory)?

  /// - Parameters:
  ///   - scale: Divides the length of every window: 1 for real targets.
  ///   - lead: So much earlier a call is let go for what has to be written down before it leaves.
  ///   - atOnce: How many calls may be under way.
  ///   - memory: Of the calls of all commands; without one this is the only one.
  public init(
    limits: [LimitDefinition], breaker: BreakerDefinition = BreakerDefinition(),
    retry: RetryDefinition = RetryDefinition(), scale: Double, lead: Duration = .zero,
    atOnce: Int = .max, clock: any Timekeeper, memory: (any CallMemory)? = nil
  ) {
    let admission = Admission(
      limits: limits, breaker: breaker, retry: retry, scale: scale, lead: lead, atOnce: atOnce)
    self.memory = memory
    state = Mutex(State(admission: admission))
    self.clock = clock
  }

  /// The calls let through so far, but for those that were not made after all.
  public var callCount: Int { state.withLock { $0.callCount } }

  /// Why no further call can succeed in this run.
  public var stopped: TargetStopped? { state.withLock { $0.stopped } }

  /// Waits for the call's turn, and counts it as under way. It may leave at the pass's departure, not before.
  public func admit(
    _ route: String, _ priority: CallPriority = CallPriority(.update)
  ) async throws -> Admission.Pass {
    try Task.checkCancellation()
    let ticket = state.withLock { $0.admission.draw() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { caller in
        let refusal: (any Error)? = state.withLock { state in
          if let refusal = state.refusal { return refusal }
          state.admission.join(ticket, route, priority)
          state.waiting[ticket] = caller
          return nil
        }
        if let refusal { return caller.resume(throwing: refusal) }
        // A cancellation before this point found nobody waiting.
        if Task.isCancelled { withdraw(ticket) } else { release() }
      }
    } onCancel: {
      withdraw(ticket)
    }
  }

  private func withdraw(_ ticket: Admission.Ticket) {
    let caller = state.withLock { state in
      let caller = state.waiting.removeValue(forKey: ticket)
      // Nobody is there any more when the call was let go meanwhile.
      if caller != nil { state.admission.withdraw(ticket) }
      return caller
    }
    guard let caller else { return }
    caller.resume(throwing: CancellationError())
    release()
  }

  /// `took`: from the first byte to the answer, where there was one. Returns whether the target has failed for so long that
  /// it is left alone for the rest of the run.
  @discardableResult
  public func ended(
    _ pass: Admission.Pass, _ ending: Admission.Ending, took: Duration? = nil
  ) -> Bool {
    release { state, now in
      if let took {
        state.answerTime = (state.answerTime.sum + took, state.answerTime.count + 1)
      }
      state.admission.ended(pass, ending, at: now)
      note(pass, state.admission) { $0.answered(pass.number, countedBy: $1.limit) }
    }
  }

  /// Nothing of the call can have reached the target; `isWell` unless that was the target's fault. Returns as ``ended(_:_:took:)`` does.
  @discardableResult
  public func takeBack(_ pass: Admission.Pass, isWell: Bool) -> Bool {
    release { state, now in
      if isWell { state.callCount -= 1 }
      state.admission.takeBack(pass, isWell: isWell, at: now)
      note(pass, state.admission) { $0.withdrawn(pass.number, countedBy: $1.limit) }
    }
  }

  /// Tells the memory of a call, for each limit that counts it.
  private func note(
    _ pass: Admission.Pass, _ admission: Admission,
    _ tell: (any CallMemory, (limit: String, cost: Int)) -> Void
  ) {
    guard let memory else { return }
    for counted in admission.counting(pass) { tell(memory, counted) }
  }

  /// Nothing leaves for so long.
  public func pause(for duration: Duration) {
    release { state, now in state.admission.pause(for: duration, at: now) }
  }

  /// How long these calls will take, after all that has been asked for before.
  ///
  /// - Parameters:
  ///   - fresh: A forecast of no calls yet, made with how long an answer takes: what this run has seen on the mean.
  public func forecast(
    _ calls: [Forecast.Calls], fresh: (_ seen: Duration?) -> Forecast
  ) -> Duration {
    state.withLock { state in
      let (sum, count) = state.answerTime
      var forecast = state.planned ?? fresh(count > 0 ? sum / count : nil)
      defer { state.planned = forecast }
      return forecast.add(calls)
    }
  }

  /// No further call is let through; whoever waits is told why.
  public func stop(_ reason: TargetStopped) {
    close(telling: reason) { $0.stopped = $0.stopped ?? reason }
  }

  /// The run is to end: no further call is let through, and what waits is woken.
  public func interrupt(_ reason: RunInterrupted) {
    close(telling: reason) { $0.interrupted = reason }
  }

  private func close(telling reason: any Error, _ mark: (inout State) -> Void) {
    let callers = state.withLock { state in
      mark(&state)
      setAlarm(nil, &state)
      defer { state.waiting.removeAll() }
      for ticket in state.waiting.keys { state.admission.withdraw(ticket) }
      return Array(state.waiting.values)
    }
    for caller in callers { caller.resume(throwing: reason) }
  }

  // MARK: Saying that it waits

  /// Takes down who is told when nothing leaves for a while.
  public func announce(_ body: @escaping @Sendable (_ reason: String, _ wait: Duration) -> Void) {
    state.withLock { $0.announce = body }
  }

  /// Says that nothing leaves for so long: once, however many wait for the same.
  public func announce(_ reason: String, for wait: Duration) {
    let announce = state.withLock { state in
      Self.announcement(of: wait, at: clock.monotonic, &state)
    }
    announce?(reason, wait)
  }

  /// Shorter waits are not worth a line.
  private static let shortestAnnounced = Duration.seconds(3)

  private static func announcement(
    of wait: Duration, at now: Duration, _ state: inout State
  ) -> (@Sendable (String, Duration) -> Void)? {
    guard wait >= shortestAnnounced, now + wait > state.announcedUntil + shortestAnnounced,
      let announce = state.announce
    else { return nil }
    state.announcedUntil = now + wait
    return announce
  }

  /// Takes something down, and lets go whoever may leave now. Returns whether the target has failed for too long.
  @discardableResult
  private func release(after event: (inout State, Duration) -> Void = { _, _ in }) -> Bool {
    let (callers, hasGivenUp, announcement) = state.withLock { state in
      // Asked inside, so that what is taken down later is never earlier.
      let now = clock.monotonic
      event(&state, now)
      var callers: [(CheckedContinuation<Admission.Pass, any Error>, Admission.Pass)] = []
      var announcement: (@Sendable () -> Void)?
      if state.refusal == nil {
        let (passes, again) = decide(at: now, &state.admission)
        state.callCount += passes.count
        for (ticket, pass) in passes {
          if let caller = state.waiting.removeValue(forKey: ticket) {
            callers.append((caller, pass))
          }
        }
        setAlarm(again, &state)
        if let again, let announce = Self.announcement(of: again - now, at: now, &state) {
          let reason = state.admission.reason(at: now)
          announcement = { announce(reason, again - now) }
        }
      }
      return (callers, state.admission.breaker.hasGivenUp, announcement)
    }
    announcement?()
    for (caller, pass) in callers { caller.resume(returning: pass) }
    return hasGivenUp
  }

  /// How often the calls of another command are looked at, which end at any moment.
  private static let look = Duration.milliseconds(250)
  /// How soon this one asks again when another command is just deciding.
  private static let turn = Duration.milliseconds(10)

  /// Releases the calls that may leave now, next to those of other commands.
  private func decide(
    at now: Duration, _ admission: inout Admission
  ) -> (passes: [(ticket: Admission.Ticket, pass: Admission.Pass)], again: Duration?) {
    guard let memory, admission.hasQueue else { return admission.release(at: now) }
    let decided = memory.deciding {
      admission.recall(memory, at: now)
      var released = admission.release(at: now)
      for (_, pass) in released.passes {
        note(pass, admission) { $0.left(pass.number, countedBy: $1.limit, cost: $1.cost) }
      }
      if let next = released.again, memory.othersAreCalling {
        released.again = min(next, now + Self.look)
      }
      return released
    }
    return decided ?? ([], now + Self.turn)
  }

  private func setAlarm(_ time: Duration?, _ state: inout State) {
    if let alarm = state.alarm, alarm.time == time { return }
    state.alarm?.task.cancel()
    state.alarm = time.map { time in
      let task = Task {
        do { try await clock.sleep(for: max(.zero, time - clock.monotonic)) } catch { return }
        ring(time)
      }
      return (time, task)
    }
  }

  private func ring(_ time: Duration) {
    let isDue = state.withLock { state in
      guard state.alarm?.time == time else { return false }
      state.alarm = nil
      return true
    }
    if isDue { release() }
  }
}

/// Why nothing more can be done at a target in this run.
public struct TargetStopped: Error, Sendable, Hashable {
  public var target: String
  public var message: String
  public var remedy: String

  public init(target: String, message: String, remedy: String) {
    self.target = target
    self.message = message
    self.remedy = remedy
  }
}
