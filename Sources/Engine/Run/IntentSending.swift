import JSON
import Mappings
import Programs

/// The way of one write: written down durably, sent at most once, settled with all that follows from the answer. What
/// follows, ``Effect`` decides.
extension RecordSender {
  func advance(_ intent: inout Intent, _ event: Effect.Event) {
    intent.effect.take(event, at: context.clock.wall, rules)
  }

  func settle(_ intent: Intent, evidence: String?) async throws {
    try await ledger.settle(
      Settlement(intent, evidence: evidence, epoch: context.lease.epoch))
  }

  /// - Parameters:
  ///   - before: The fields that differ, as they were sent before.
  ///   - after: The same as they are now; `nil` for the whole record.
  ///   - readsFirst: Whether the request is made of the object as it is.
  func write(
    _ change: PlannedChange, operation: Operation, record: FlatRecord, id: String?,
    object: String, wantsObject: Bool, before: FlatRecord = FlatRecord(),
    after: FlatRecord? = nil, alreadyMasked: Bool = false, taken: TakenChange? = nil,
    readsFirst: Bool = false, request: ([String], JSON?) -> OutboundRequest?
  ) async throws -> RecordOutcome {
    let masked = alreadyMasked ? record : comparison.masked(record)
    var intent = Intent(
      run: context.run, mapping: program.name, key: change.key, operation: operation,
      resource: program.resourceName,
      naturalKey: operation == .create ? naturalKey(record)?.text : nil,
      targetID: id, fingerprint: change.fingerprint, sent: masked.bytes,
      epoch: context.lease.epoch)
    let reader = reader(hidingValuesOf: record)
    var withheld: [String] = []
    var reasons: [Failure.Reason] = []
    var refusal: Int?
    func withhold(_ refused: [Failure.Reason], _ status: Int) async throws {
      withheld = refused.compactMap(\.field)
      reasons = refused
      refusal = status
      intent.effect.take(.answered(.later(notBefore: 0)), at: context.clock.wall, rules)
      try await settle(intent, evidence: evidence(refused))
    }
    if let earlier = taken?.intent ?? planned[change.key] {
      intent.id = earlier.id
      intent.attempt = earlier.attempt
      intent.losses = earlier.losses
      intent.notBefore = earlier.notBefore
      intent.state = earlier.state
    }
    if let taken { try await withhold(taken.reasons, taken.status) }
    try await waitForTurn(intent)
    while true {
      var current: WholeObject.Answer?
      if readsFirst, let id {
        let whole = WholeObject(program: program, target: target, text: reader.text)
        if isHalted { throw RunInterrupted() }
        let answer = try await whole.read(
          id, CallPriority(of: operation, mapping: program.definition.priority))
        if case .unreadable(let reason) = answer {
          // The record is not to blame: it is tried again in every run.
          var change = change
          change.fingerprint = Fingerprint(of: change.key.bytes)
          return try await refuse(change, [Failure.Reason(field: nil, message: reason)])
        }
        current = answer
      }
      guard let outbound = request(withheld, current?.object) else {
        // Without the refused fields there is nothing to write.
        advance(&intent, .answered(.refused))
        return try await refuse(change, reasons, intent: intent, status: refusal)
      }
      let verdict: Verdict
      do {
        if case .gone? = current {
          // As if the write had been answered so.
          advance(&intent, .left)
          intent.id = try await ledger.begin(intent)
          verdict = .gone
        } else {
          verdict = try await attempt(outbound, &intent, object, wantsObject, reader)
        }
      } catch let busy as KeyIsBusy {
        return .busy(
          "waits for a write of unknown outcome with the same "
            + "\(busy.isNatural ? program.match?.path ?? "key" : "key"), number \(busy.intent)")
      }
      switch verdict {
      case .done(let answer):
        let keys = naturalKeys(record, before: before)
        if let answer, let other = identity.difference(of: answer, keys: keys, id: id) {
          let reason = "the answer is about another object: \(other.words)"
          advance(&intent, .answered(.another))
          try await settle(intent, evidence: reason)
          return .unknown(reason)
        }
        return try await done(
          change, intent, masked, withheld: withheld, reasons: reasons, answer: answer, id: id,
          before: before, after: after)
      case .taken(let status, let refused) where operation == .create && rules.canSearch:
        advance(&intent, .answered(.taken))
        try await settle(intent, evidence: evidence(refused))
        return .taken(
          TakenChange(change: change, intent: intent, status: status, reasons: refused))
      case .rejected(let status, let refused), .taken(let status, let refused):
        if withheld.isEmpty, refused.allSatisfy({ $0.field.map(retryWithout.contains) ?? false }) {
          try await withhold(refused, status)
          continue
        }
        advance(&intent, .answered(.refused))
        return try await refuse(change, refused, intent: intent, status: status)
      case .gone:
        if operation == .delete, try await isStillThere(id, intent) {
          let reason = Failure.Reason(
            field: nil,
            message: "\(outbound.route) answered 404, and the object \(id ?? "") is there: compare "
              + "`delete` in the target's file with the API")
          advance(&intent, .answered(.refused))
          return try await refuse(change, [reason], intent: intent, status: 404)
        }
        advance(&intent, .answered(.gone))
        switch intent.state {
        case .done:
          return try await done(
            change, intent, masked, withheld: [], reasons: [], answer: nil, id: id, before: before,
            after: after)
        case .rejected:
          let reason = Failure.Reason(
            field: nil, message: "\(outbound.route) is not there (404): compare the target's file")
          return try await refuse(change, [reason], intent: intent, status: 404)
        default:
          let reason =
            "the object \(id ?? "") is no longer at the target: its key is looked up there"
          try await settle(intent, evidence: reason)
          return .unknown(reason)
        }
      case .retry(_, let reason, let remedy), .stop(let reason, let remedy):
        // The patience is used up: nothing changed, and nothing more can be sent now.
        advance(&intent, .answered(.over))
        try await settle(intent, evidence: reason)
        let stopped = TargetStopped(
          target: target.definition.name.value, message: reason, remedy: remedy)
        target.gate.stop(stopped)
        throw stopped
      case .unknown(let reason):
        advance(&intent, .answered(.unknown))
        try await settle(intent, evidence: reason)
        return .unknown(reason)
      }
    }
  }

  /// Whether the target shows an object that it has just said not to have. What it does not say counts as no.
  private func isStillThere(_ id: String?, _ intent: Intent) async throws -> Bool {
    guard let id else { return false }
    do {
      if case .object = try await target.object(id, of: program) { return true }
      return false
    } catch {
      var intent = intent
      advance(&intent, .answered(.unknown))
      try await settle(intent, evidence: "the object \(id) could not be read")
      throw error
    }
  }

  /// An earlier run may have been told to come back later.
  private func waitForTurn(_ intent: Intent) async throws {
    guard case .wait(let until) = intent.effect.next(at: context.clock.wall, rules) else { return }
    let wait = until.since(context.clock.wall)
    let kept = min(wait, target.definition.retry.retryAfterMax)
    target.gate.announce("an earlier run was told to come back later", for: kept)
    try await context.pause(for: kept)
  }

  /// Tries until there is an answer that is not "later", or the patience is used up.
  private func attempt(
    _ request: OutboundRequest, _ intent: inout Intent, _ object: String, _ wantsObject: Bool,
    _ reader: AnswerReader
  ) async throws -> Verdict {
    let priority = CallPriority(of: intent.operation, mapping: program.definition.priority)
    var patience = Patience(target.definition.retry, at: context.clock.monotonic)
    while true {
      var written = intent
      let result: WireResult
      var meaning: AnswerMeaning?
      do {
        if intent.operation == .create, let batches = BatchSender(self) {
          let entry = BatchSender.Entry(
            intent: intent, request: request, hide: reader.text.hide)
          let ending =
            if let rendezvous { try await rendezvous.send(entry) } else {
              try await batches.send(alone: entry)
            }
          (written, result, meaning) = (ending.intent, ending.part.result, ending.part.meaning)
        } else {
          result = try await target.attempt(request, priority: priority, reader: reader) {
            try checkHalt()
            let latest = rules.latestDeparture(after: context.clock.monotonic)
            advance(&written, .left)
            written.id = try await ledger.begin(written)
            return latest
          }
        }
      } catch  where error is TargetStopped || error is RunInterrupted {
        // The target, or the whole run, has been stopped meanwhile; of this change nothing is under way.
        if intent.id != 0 {
          advance(&intent, .answered(.over))
          let reason = (error as? TargetStopped)?.message ?? "the run is to end"
          try await settle(intent, evidence: reason)
        }
        throw error
      }
      intent = written
      let verdict = reader.read(result, object: object, wantsObject: wantsObject, as: meaning)
      guard case .retry(let after, let reason, _) = verdict,
        let wait = patience.wait(
          after: after, at: context.clock.monotonic, random: context.clock.random())
      else { return verdict }
      advance(&intent, .answered(.later(notBefore: context.clock.wall.later(by: wait))))
      try await settle(intent, evidence: reason)
      target.gate.announce(reason, for: wait)
      do {
        try await context.pause(for: wait)
      } catch let interrupted as RunInterrupted {
        advance(&intent, .answered(.over))
        try await settle(intent, evidence: reason)
        throw interrupted
      }
    }
  }

  private func done(
    _ change: PlannedChange, _ intent: Intent, _ masked: FlatRecord, withheld: [String],
    reasons: [Failure.Reason], answer: JSON?, id: String?, before: FlatRecord,
    after: FlatRecord?
  ) async throws -> RecordOutcome {
    var intent = intent
    let made = id ?? answer?.value(at: program.resource.identity.path)?.identifier
    guard let made else {
      let path = program.resource.identity.path
      let came = answer.map { ": " + $0.outline(toward: path) } ?? ""
      let reason = "the answer names no `\(path)`\(came)"
      advance(&intent, .answered(.unknown))
      try await settle(intent, evidence: reason)
      return .unknown(reason)
    }
    if id == nil, let search, search.ids.contains(ExactText(made)) {
      let owner = try await ledger.owner(of: made, resource: program.resourceName)
      let reason =
        "the answer names object \(made), which "
        + (owner.map { "belongs to \($0.mapping) \($0.key)" } ?? "was at the target before")
      advance(&intent, .answered(.another))
      try await settle(intent, evidence: reason)
      return .unknown(reason)
    }
    do {
      var ended = intent
      advance(&ended, .answered(.done))
      var end = Settlement(
        ended, evidence: withheld.isEmpty ? nil : evidence(reasons), epoch: context.lease.epoch)
      var sent = masked
      // An update that leaves a field out leaves it as it was.
      var after = after
      for field in withheld {
        sent[field] = before[field] ?? .null
        if after?[field] != nil { after?[field] = before[field] ?? .null }
      }
      let isGone = intent.operation == .deactivate || intent.operation == .delete
      end.object = Remembered(
        link: Link(
          mapping: program.name, key: change.key, targetID: made,
          state: isGone ? .inactive : .active, fingerprint: change.fingerprint),
        sent: sent.bytes)
      end.change = entry(change, intent.operation.rawValue, before: before, after: after ?? sent)
      if let answer, answer.members != nil, !isGone {
        let shown = self.answered.newlyShown(by: answer)
        if !shown.isEmpty {
          try await ledger.keep(
            ShownFields(answered: shown), of: program.resourceName, epoch: context.lease.epoch)
        }
        end.alterations = alterations(
          in: answer, of: change, sent: after ?? sent, before: before, without: withheld)
      }
      end.clearsFailure = true
      do {
        try await ledger.settle(end)
      } catch let linked as ObjectIsLinked where id == nil {
        let reason =
          "the answer names object \(made), which belongs to \(linked.mapping) \(linked.key)"
        advance(&intent, .answered(.another))
        try await settle(intent, evidence: reason)
        return .unknown(reason)
      }
    } catch {
      let stopped = TargetStopped(
        target: target.definition.name.value,
        message:
          "the target holds \(program.name) \(change.key) as \(made), and the ledger could not "
          + "write it down (intent \(intent.id)): \(error)",
        remedy:
          "repair the ledger's disk and run again: the intent is there and will be settled first")
      target.gate.stop(stopped)
      throw stopped
    }
    if intent.operation == .create { context.gate?.noteMade(program.name, change.key) }
    switch intent.operation {
    case .delete: context.links.remove(mapping: program.name, key: change.key)
    default: context.links.add(made, mapping: program.name, key: change.key)
    }
    switch intent.operation {
    case .create: return .created(withheld: reasons)
    case .update, .restore: return .updated(withheld: reasons, adopted: false)
    case .deactivate, .delete: return .deactivated
    }
  }

  /// Values that the answer to a write shows otherwise than they were sent; what was not sent says nothing.
  private func alterations(
    in answer: JSON, of change: PlannedChange, sent: FlatRecord, before: FlatRecord,
    without withheld: [String]
  ) -> [Alteration] {
    var sent = sent
    for field in withheld { sent[field] = nil }
    return comparison.alterations(in: answer, of: change.key, sent: sent, before: before)
  }

  /// Refuses a create for the value that is taken.
  func refuse(_ taken: TakenChange) async throws -> RecordOutcome {
    var intent = taken.intent
    advance(&intent, .lookedUpTaken(.none))
    return try await refuse(taken.change, taken.reasons, intent: intent, status: taken.status)
  }

  /// Remembers why a record is refused, and ends its intent where it has one.
  func refuse(
    _ change: PlannedChange, _ reasons: [Failure.Reason], intent: Intent? = nil,
    status: Int? = nil, claims object: String? = nil, because conflict: Failure.Conflict? = nil
  ) async throws -> RecordOutcome {
    var failure = Failure(
      mapping: program.name, key: change.key, fingerprint: change.fingerprint, reasons: reasons,
      status: status, firstAt: context.clock.wall, lastAt: context.clock.wall, run: context.run)
    failure.claims = object
    failure.conflict = conflict
    if let intent {
      var end = Settlement(intent, evidence: evidence(reasons), epoch: context.lease.epoch)
      end.failure = failure
      try await ledger.settle(end)
    } else {
      try await ledger.record([failure], epoch: context.lease.epoch)
    }
    return .rejected(reasons)
  }
}

extension EffectRules {
  init(_ program: MappingProgram, _ target: TargetDefinition) {
    self.init(
      settle: target.settle, lookUps: target.lookUp.times, interval: target.lookUp.every,
      attempts: target.lookUp.attempts, canSearch: program.canSearch,
      canRead: program.resource.get != nil)
  }

  /// Until when a write may leave that is being written down now: a process that was paused on the way is not to send what
  /// another one has looked up meanwhile. One that takes a few seconds is busy, not paused.
  func latestDeparture(after now: Duration) -> Duration { now + max(settle / 4, .seconds(5)) }
}

extension MappingProgram {
  /// Whether the target can be asked which object has a key.
  var canSearch: Bool { match != nil && (resource.find != nil || resource.list != nil) }
}
