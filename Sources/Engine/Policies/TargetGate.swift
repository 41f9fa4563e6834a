import Mappings

/// Lets calls to one target through, as its limits allow. Shared by all mappings that write to the target.
///
/// It sleeps until the very moment at which the next call may leave; nothing is polled.
public actor TargetGate {
  private var admission: Admission
  private let clock: any Timekeeper
  private var waiting: [Admission.Ticket: CheckedContinuation<Admission.Pass, any Error>] = [:]
  private var alarm: (time: Duration, task: Task<Void, Never>)?
  /// The calls let through so far.
  public private(set) var callCount = 0
  private var answerTime = (sum: Duration.zero, count: 0)
  private var planned: Forecast?
  /// Why no further call can succeed in this run.
  public private(set) var stopped: TargetStopped?

  /// - Parameters:
  ///   - scale: Divides the length of every window: 1 for real targets.
  ///   - lead: So much earlier a call is let go for what has to be written down before it leaves.
  public init(
    limits: [LimitDefinition], breaker: BreakerDefinition = BreakerDefinition(),
    retry: RetryDefinition = RetryDefinition(), scale: Double, lead: Duration = .zero,
    clock: any Timekeeper
  ) {
    admission = Admission(
      limits: limits, breaker: breaker, retry: retry, scale: scale, lead: lead)
    self.clock = clock
  }

  /// Waits for the call's turn, and counts it as under way. It may leave at the pass's departure, not before.
  public func admit(
    _ route: String, _ priority: CallPriority = CallPriority(.update)
  ) async throws -> Admission.Pass {
    if let stopped { throw stopped }
    try Task.checkCancellation()
    let ticket = admission.join(route, priority)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { caller in
        waiting[ticket] = caller
        release()
      }
    } onCancel: {
      Task { await self.withdraw(ticket) }
    }
  }

  private func withdraw(_ ticket: Admission.Ticket) {
    // Nobody is there any more when the call was let go meanwhile.
    guard let caller = waiting.removeValue(forKey: ticket) else { return }
    admission.withdraw(ticket)
    caller.resume(throwing: CancellationError())
    release()
  }

  /// `took`: from the first byte to the answer, where there was one. Returns whether the target has failed for so long that
  /// it is left alone for the rest of the run.
  @discardableResult
  public func ended(
    _ pass: Admission.Pass, _ ending: Admission.Ending, took: Duration? = nil
  ) -> Bool {
    if let took { answerTime = (answerTime.sum + took, answerTime.count + 1) }
    admission.ended(pass, ending, at: clock.monotonic)
    release()
    return admission.breaker.hasGivenUp
  }

  /// Nothing of the call can have reached the target; `isWell` unless that was the target's fault. Returns as ``ended(_:_:took:)`` does.
  @discardableResult
  public func takeBack(_ pass: Admission.Pass, isWell: Bool) -> Bool {
    admission.takeBack(pass, isWell: isWell, at: clock.monotonic)
    release()
    return admission.breaker.hasGivenUp
  }

  /// Nothing leaves for so long.
  public func pause(for duration: Duration) {
    admission.pause(for: duration, at: clock.monotonic)
    release()
  }

  /// How long these calls will take, after all that has been asked for before.
  ///
  /// - Parameters:
  ///   - fresh: A forecast of no calls yet, made with how long an answer takes: what this run has seen on the mean.
  public func forecast(
    _ calls: [Forecast.Calls], fresh: (_ seen: Duration?) -> Forecast
  ) -> Duration {
    let seen = answerTime.count > 0 ? answerTime.sum / answerTime.count : nil
    var forecast = planned ?? fresh(seen)
    defer { planned = forecast }
    return forecast.add(calls)
  }

  /// No further call is let through; whoever waits is told why.
  public func stop(_ reason: TargetStopped) {
    guard stopped == nil else { return }
    stopped = reason
    setAlarm(nil)
    for (ticket, caller) in waiting {
      admission.withdraw(ticket)
      caller.resume(throwing: reason)
    }
    waiting.removeAll()
  }

  private func release() {
    guard stopped == nil else { return }
    let (passes, again) = admission.release(at: clock.monotonic)
    callCount += passes.count
    for (ticket, pass) in passes {
      waiting.removeValue(forKey: ticket)?.resume(returning: pass)
    }
    setAlarm(again)
  }

  private func setAlarm(_ time: Duration?) {
    if let alarm, alarm.time == time { return }
    alarm?.task.cancel()
    alarm = time.map { time in
      let task = Task {
        do { try await clock.sleep(for: max(.zero, time - clock.monotonic)) } catch { return }
        ring(time)
      }
      return (time, task)
    }
  }

  private func ring(_ time: Duration) {
    guard alarm?.time == time else { return }
    alarm = nil
    release()
  }
}

/// Why nothing more can be done at a target in this run.
public struct TargetStopped: Error, Sendable, Hashable {
  public var target: String
  public var message: String
  public var mend: String

  public init(target: String, message: String, mend: String) {
    self.target = target
    self.message = message
    self.mend = mend
  }
}
