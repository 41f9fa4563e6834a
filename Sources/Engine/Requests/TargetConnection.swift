import Mappings

/// One target as a mapping uses it: its wire, its limits, its patience.
public struct TargetConnection: Sendable {
  public let definition: TargetDefinition
  public let wire: any Wire
  public let gate: TargetGate
  public let clock: any Timekeeper
  /// Divides the length of every window.
  public let windowScale: Double

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
  /// byte leaves.
  func attempt(
    _ request: OutboundRequest, leaving: () async throws -> Void = {}
  ) async throws -> WireResult {
    let route = request.route
    try await gate.admit(route)
    do {
      try await leaving()
    } catch {
      await gate.takeBack(route)
      throw error
    }
    let result: WireResult
    do {
      result = try await wire.send(request)
    } catch {
      await gate.answered(route)
      throw error
    }
    switch result {
    case .notSent:
      await gate.takeBack(route)
      await gate.noteHealth(isWell: false)
    case .lost:
      await gate.answered(route)
      await gate.noteHealth(isWell: false)
    case .answer(let status, _, _):
      await gate.answered(route)
      await gate.noteHealth(isWell: status < 500)
    }
    return result
  }

  /// Reads: a call without effect is tried again whatever happened, up to the target's patience.
  func read(_ request: OutboundRequest, object: String, reader: AnswerReader) async throws
    -> Verdict
  {
    var attempt = 1
    while true {
      let result = try await self.attempt(request)
      let verdict = reader.read(result, object: object, wantsObject: true)
      let delay: Duration?
      let reason: String
      switch verdict {
      case .retry(let after, let words, _): (delay, reason) = (after, words)
      case .unknown(let words): (delay, reason) = (nil, words)
      case .stop(let message, let mend):
        let stopped = TargetStopped(target: definition.name.value, message: message, mend: mend)
        await gate.stop(stopped)
        throw stopped
      case .done, .rejected, .taken, .gone: return verdict
      }
      guard attempt < definition.retry.attempts else {
        throw TargetStopped(
          target: definition.name.value, message: "\(request.route) failed: \(reason)",
          mend: "see whether the target is up and its address is right; `crosswalk check` asks it")
      }
      let backoff = definition.retry.delay(afterAttempt: attempt, random: clock.random())
      try await clock.sleep(for: max(delay ?? .zero, backoff))
      attempt += 1
    }
  }
}

extension TargetConnection {
  /// Makes the target's probing call once: whether it is well, in words, with the mend.
  public func check() async throws -> (isWell: Bool, words: String, mend: String?) {
    guard let probe = definition.probe else {
      return (true, "no `probe` is declared, so it was not asked", nil)
    }
    let request = RequestBuilder.request(probe, values: [:])
    let result = try await attempt(request)
    let reader = AnswerReader(target: definition, resource: nil)
    switch result {
    case .notSent(let message, let mend), .lost(let message, let mend):
      return (false, message, mend)
    case .answer(let status, _, _):
      switch reader.read(result, object: "", wantsObject: true) {
      case .done: return (true, "\(request.route) answered \(status)", nil)
      case .stop(let words, let mend): return (false, words, mend)
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
