import Mappings

/// One target as a mapping uses it: its wire, its limits, its patience.
public struct TargetConnection: Sendable {
  public let definition: TargetDefinition
  public let wire: any Wire
  public let gate: TargetGate
  public let clock: any Timekeeper
  /// Divides the length of every window.
  public let windowScale: Double
  /// Says when nothing new may be begun.
  public var stop: StopSignal?
  /// Takes down how long calls wait and last.
  public var times = StageTimes()
  /// Takes what there is to be told while a run goes on.
  var report: @Sendable (RunEvent) -> Void = { _ in }

  public init(
    definition: TargetDefinition, wire: any Wire, gate: TargetGate, clock: any Timekeeper,
    windowScale: Double
  ) {
    self.windowScale = windowScale
    self.definition = definition
    self.wire = wire
    self.gate = gate
    self.clock = clock
  }

  /// Sends one request at most once, as soon as the limits allow. `leaving` runs when its turn has come, before the first
  /// byte leaves, and may say after which moment it must not leave any more. What the answer tells about the target,
  /// `reader` reads out of it.
  func attempt(
    _ request: OutboundRequest, priority: CallPriority = CallPriority(.read),
    reader: AnswerReader? = nil, leaving: () async throws -> Duration? = { nil }
  ) async throws -> WireResult {
    try await attempt(request.route, priority: priority, reader: reader) {
      (request, try await leaving())
    }
  }

  /// The same for a request that is made only when its turn has come.
  func attempt(
    _ route: String, priority: CallPriority, reader: AnswerReader?,
    leaving: () async throws -> (request: OutboundRequest, latest: Duration?)
  ) async throws -> WireResult {
    let asked = clock.monotonic
    let pass = try await gate.admit(route, priority)
    times.add(clock.monotonic - asked, to: .limits)
    let request: OutboundRequest
    do {
      try stop?.check()
      let latest: Duration?
      (request, latest) = try await leaving()
      // A timer may ring a little early, and a moment early is one call too many.
      while clock.monotonic < pass.departure {
        try await clock.sleep(for: pass.departure - clock.monotonic)
      }
      if let latest, clock.monotonic > latest {
        gate.takeBack(pass, isWell: true)
        return .notSent(
          message: "this program stood still before it could send", remedy: "it is tried again")
      }
    } catch {
      gate.takeBack(pass, isWell: true)
      throw error
    }
    let result: WireResult
    let departed = clock.monotonic
    defer { times.add(clock.monotonic - departed, to: .wire) }
    do {
      result = try await wire.send(request)
    } catch {
      gate.ended(pass, .well)
      throw error
    }
    let hasGivenUp: Bool
    if case .notSent = result {
      hasGivenUp = gate.takeBack(pass, isWell: false)
    } else {
      let reader = reader ?? AnswerReader(target: definition, resource: nil)
      // Before the call's place is free: who waits for it would fare the same.
      if let reason = stopped(result, reader) { gate.stop(reason) }
      hasGivenUp = gate.ended(
        pass, reader.ending(of: result), took: clock.monotonic - departed)
    }
    if hasGivenUp { gate.stop(givenUp(request, result)) }
    return result
  }

  /// How long so many calls will take, after all that has been asked for before, and which limit decides.
  func forecast(_ calls: [Forecast.Calls]) -> (time: Duration, pace: String?) {
    let time = gate.forecast(calls) { seen in
      Forecast(
        limits: definition.limits, scale: windowScale,
        latency: definition.latency ?? seen ?? .milliseconds(200))
    }
    return (time, Forecast.pace(of: calls, limits: definition.limits, scale: windowScale))
  }

  private func stopped(_ result: WireResult, _ reader: AnswerReader) -> TargetStopped? {
    guard reader.meaning(of: result) == .stop,
      case .stop(let message, let remedy) = reader.read(result, object: "", wantsObject: false)
    else { return nil }
    return TargetStopped(target: definition.name.value, message: message, remedy: remedy)
  }

  private func givenUp(_ request: OutboundRequest, _ result: WireResult) -> TargetStopped {
    let reason =
      switch result {
      case .answer(let status, _, _, _): "answered \(status)"
      case .notSent(let message, _), .lost(let message, _): message
      }
    return TargetStopped(
      target: definition.name.value,
      message: "it fails call after call, after pauses too; the last, \(request.route): \(reason)",
      remedy: "wait until the target is well again; the next run goes on from here")
  }

  /// Reads: a call without effect is tried again whatever happened, up to the target's patience.
  func read(
    _ request: OutboundRequest, object: String, reader: AnswerReader,
    priority: CallPriority = CallPriority(.read), wantsObject: Bool = true,
    wantsBody: Bool = false
  ) async throws -> Verdict {
    var patience = Patience(definition.retry, at: clock.monotonic)
    while true {
      let result = try await attempt(request, priority: priority, reader: reader)
      let verdict = reader.read(result, object: object, wantsObject: wantsObject)
      let after: Duration?
      let reason: String
      switch verdict {
      case .retry(let delay, let words, _): (after, reason) = (delay, words)
      case .unknown(let words): (after, reason) = (nil, words)
      case .stop(let message, let remedy):
        throw TargetStopped(target: definition.name.value, message: message, remedy: remedy)
      // It may have been cut off on the way; a 204 has none on purpose.
      case .done(nil) where wantsBody && !result.isWithoutContent:
        (after, reason) = (nil, "the answer has no body")
      case .done, .rejected, .taken, .gone: return verdict
      }
      guard let wait = patience.wait(after: after, at: clock.monotonic, random: clock.random())
      else {
        if case .done = verdict { return verdict }
        let stopped = TargetStopped(
          target: definition.name.value, message: "\(request.route) failed: \(reason)",
          remedy: result.remedy)
        // Who lets no call through lets none of the other mappings through either. What answers, and not sensibly, may
        // be this one call only: for the others the breaker decides.
        if case .retry = verdict { gate.stop(stopped) }
        throw stopped
      }
      gate.announce(reason, for: wait)
      try await stop.sleep(for: wait, by: clock)
    }
  }
}

extension TargetConnection {
  /// Makes the target's probing call once: whether it is well, in words, with the remedy.
  public func check() async throws -> (isWell: Bool, words: String, remedy: String?) {
    guard let probe = definition.probe else {
      return (true, "no `probe` is declared, so it was not asked", nil)
    }
    let request = RequestBuilder.request(probe, values: [:])
    let result = try await attempt(request)
    let reader = AnswerReader(target: definition, resource: nil)
    switch result {
    case .notSent(let message, let remedy), .lost(let message, let remedy):
      return (false, message, remedy)
    case .answer(let status, _, _, _):
      switch reader.read(result, object: "", wantsObject: true) {
      case .done: return (true, "\(request.route) answered \(status)", nil)
      case .stop(let words, let remedy): return (false, words, remedy)
      case .retry(_, let words, _):
        return (false, words, "it asks for patience: try again in a minute")
      case .unknown(let words):
        return (false, words, "is the address right, and is it the API rather than a web page?")
      case .rejected(_, let reasons), .taken(_, let reasons):
        return (
          false, reasons.map(\.message).joined(separator: "; "),
          "correct the probe in the target's file"
        )
      case .gone:
        return (false, "\(request.route) answered \(status)", "is the address right?")
      }
    }
  }
}
