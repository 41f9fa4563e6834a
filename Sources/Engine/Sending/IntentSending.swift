import JSON
import Mappings
import Programs

/// The way of one write: written down durably, sent at most once, settled with all that follows from the answer. What
/// follows, ``Effect`` decides.
extension RecordSender {
  /// - Parameters:
  ///   - taken: The create of which this is the repetition, where a value was in use.
  ///   - request: Makes the request without the fields that the target has refused, over the object as it was read; `nil` when
  ///     there is nothing left to write.
  func write(
    _ write: RecordWrite, after taken: TakenChange? = nil,
    request: ([String], JSON?) -> OutboundRequest?
  ) async throws -> RecordOutcome {
    var course = course(of: write, after: taken)
    if let taken { try await withhold(taken.reasons, taken.status, in: &course) }
    try await waitForTurn(course.intent)
    while true {
      let current = try await readFirst(course)
      if case .unreadable(let reason)? = current {
        return try await refuse(write.change, Failure.Reason(field: nil, message: reason))
      }
      guard let outbound = request(course.withheld, current?.object) else {
        return try await refuse(course, course.reasons, course.refusal)
      }
      let verdict: Verdict
      do {
        if case .gone? = current {
          verdict = try await findGone(&course)
        } else {
          verdict = try await attempt(outbound, &course)
        }
      } catch let busy as KeyIsBusy {
        return .busy(words(busy))
      }
      switch verdict {
      case .done(let answer): return try await accept(answer, of: course)
      case .taken(let status, let refused) where write.operation == .create && rules.canSearch:
        return try await postpone(course, status, refused)
      case .rejected(let status, let refused), .taken(let status, let refused):
        guard course.withheld.isEmpty, refused.allSatisfy(canGoWithout) else {
          return try await refuse(course, refused, status)
        }
        try await withhold(refused, status, in: &course)
      case .gone: return try await missObject(course, outbound.route)
      case .retry(_, let reason, let remedy), .stop(let reason, let remedy):
        throw try await giveUp(course, reason, remedy)
      case .unknown(let reason): return try await doubt(course, .unknown, reason)
      }
    }
  }

  // MARK: Before it leaves

  /// The write as it is to be written down; an earlier attempt that changed nothing is taken up again.
  private func course(of write: RecordWrite, after taken: TakenChange?) -> WriteCourse {
    let masked = write.isMasked ? write.record : comparison.masked(write.record)
    var intent = Intent(
      run: writer.run, mapping: program.name, key: write.change.key, operation: write.operation,
      resource: program.resourceName,
      naturalKey: write.operation == .create ? naturalKey(write.record)?.text : nil,
      targetID: write.id, fingerprint: write.change.fingerprint, sent: masked.bytes)
    if let earlier = taken?.intent ?? known.planned[write.change.key] {
      intent.id = earlier.id
      intent.attempt = earlier.attempt
      intent.losses = earlier.losses
      intent.notBefore = earlier.notBefore
      intent.state = earlier.state
    }
    return WriteCourse(write, intent, reader(hidingValuesOf: write.record), masked: masked)
  }

  /// The fields that were refused are left out of the next attempt.
  private func withhold(
    _ refused: [Failure.Reason], _ status: Int, in course: inout WriteCourse
  ) async throws {
    course.withhold(refused, status)
    mapping.advance(&course.intent, .answered(.later(notBefore: 0)))
    try await mapping.settle(course.intent, evidence: evidence(refused))
  }

  /// An earlier run may have been told to come back later.
  private func waitForTurn(_ intent: Intent) async throws {
    let now = mapping.clock.wall
    guard case .wait(let until) = intent.effect.next(at: now, rules) else { return }
    let kept = min(until.since(now), target.definition.retry.retryAfterMax)
    target.gate.announce("an earlier run was told to come back later", for: kept)
    try await mapping.pause(for: kept)
  }

  /// The object as it is, where the request is made of it.
  private func readFirst(_ course: WriteCourse) async throws -> WholeObject.Answer? {
    guard course.write.readsFirst, let id = course.write.id else { return nil }
    let whole = WholeObject(program: program, target: target, text: course.reader.text)
    if isHalted { throw RunInterrupted() }
    return try await whole.read(
      id, CallPriority(of: course.write.operation, mapping: program.definition.priority))
  }

  /// The object that was read first is gone: as if the write had been answered so.
  private func findGone(_ course: inout WriteCourse) async throws -> Verdict {
    mapping.advance(&course.intent, .left)
    course.intent.id = try await writer.begin(course.intent)
    return .gone
  }

  private func words(_ busy: KeyIsBusy) -> String {
    "waits for a write of unknown outcome with the same "
      + "\(busy.isNatural ? program.match?.path ?? "key" : "key"), number \(busy.intent)"
  }

  // MARK: Leaving

  /// Tries until there is an answer that is not "later", or the patience is used up.
  private func attempt(
    _ request: OutboundRequest, _ course: inout WriteCourse
  ) async throws -> Verdict {
    let clock = mapping.clock
    var patience = Patience(target.definition.retry, at: clock.monotonic)
    while true {
      let ending: BatchSender.Ending
      do {
        ending = try await leave(request, course)
      } catch  where error is TargetStopped || error is RunInterrupted {
        // The target, or the whole run, has been stopped meanwhile; of this change nothing is under way.
        if course.intent.id != 0 {
          let reason = (error as? TargetStopped)?.message ?? "the run is to end"
          try await end(&course, reason)
        }
        throw error
      }
      course.intent = ending.intent
      let verdict = course.reader.read(
        ending.part.result, object: course.write.object, wantsObject: course.write.wantsObject,
        as: ending.part.meaning)
      guard case .retry(let after, let reason, _) = verdict,
        let wait = patience.wait(after: after, at: clock.monotonic, random: clock.random())
      else { return verdict }
      let turn = Effect.Answer.later(notBefore: clock.wall.later(by: wait))
      mapping.advance(&course.intent, .answered(turn))
      try await mapping.settle(course.intent, evidence: reason)
      target.gate.announce(reason, for: wait)
      do {
        try await mapping.pause(for: wait)
      } catch let interrupted as RunInterrupted {
        try await end(&course, reason)
        throw interrupted
      }
    }
  }

  /// Sends once: alone, or in one call with others.
  private func leave(
    _ request: OutboundRequest, _ course: WriteCourse
  ) async throws -> BatchSender.Ending {
    if course.write.operation == .create, let batches = BatchSender(self) {
      let entry = BatchSender.Entry(
        intent: course.intent, request: request, hide: course.reader.text.hide)
      if let rendezvous { return try await rendezvous.send(entry) }
      return try await batches.send(alone: entry)
    }
    var intent = course.intent
    let result = try await target.attempt(
      request,
      priority: CallPriority(of: course.write.operation, mapping: program.definition.priority),
      reader: course.reader
    ) {
      try checkHalt()
      let latest = rules.latestDeparture(after: mapping.clock.monotonic)
      mapping.advance(&intent, .left)
      intent.id = try await writer.begin(intent)
      return latest
    }
    return BatchSender.Ending(intent: intent, part: BatchAnswer.Part(result: result))
  }

  /// Nothing changed, and nothing more can be sent now.
  func end(_ course: inout WriteCourse, _ reason: String) async throws {
    mapping.advance(&course.intent, .answered(.over))
    try await mapping.settle(course.intent, evidence: reason)
  }
}
