import JSON
import Programs

/// What became of one change.
enum RecordOutcome: Sendable {
  case created(withheld: [Failure.Reason])
  case updated(withheld: [Failure.Reason], adopted: Bool)
  case deactivated
  /// Nothing had to be sent; perhaps the object was there and has been linked.
  case unchanged(adopted: Bool)
  case rejected([Failure.Reason])
  case unknown(String)
}

/// Sends one change at a time through the intent protocol: written down durably, sent once, settled with all that follows.
struct RecordSender: Sendable {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection
  private let sensitive: Set<String>
  private let retryWithout: Set<String>
  private let reader: AnswerReader
  /// Where creates meet that leave in one call.
  private let rendezvous: Rendezvous?

  init(
    program: MappingProgram, context: RunContext, target: TargetConnection,
    rendezvous: Rendezvous? = nil
  ) {
    self.rendezvous = rendezvous
    self.program = program
    self.context = context
    self.target = target
    reader = AnswerReader(target: target.definition, resource: program.resource)
    sensitive = Set(program.definition.sensitive.map(\.value))
    retryWithout = Set(program.definition.onReject?.retryWithout.map(\.value) ?? [])
  }

  private var requests: RequestBuilder { RequestBuilder(program: program) }
  private var ledger: any LedgerStore { context.ledger }

  // MARK: Creating

  /// `found`: objects at the target with the record's natural key.
  func create(
    _ change: PlannedChange, found: [(id: String, object: JSON)]
  ) async throws -> RecordOutcome {
    let record = FlatRecord(change.record)
    if found.count > 1 {
      let ids = found.map(\.id).joined(separator: ", ")
      return try await conflict(
        change, "\(found.count) objects at the target fit (\(ids)): remove all but one there")
    }
    if let object = found.first {
      return try await adopt(change, record, id: object.id, object: object.object)
    }
    guard let create = program.resource.create else { return .unchanged(adopted: false) }
    return try await write(
      change, operation: .create, record: record, id: nil,
      object: create.object, wantsObject: true
    ) { withheld in
      var record = record
      for field in withheld { record[field] = .null }
      return requests.create(record, onCreate: FlatRecord(change.onCreate))
    }
  }

  /// Links an object that was there, and writes what differs.
  func adopt(
    _ change: PlannedChange, _ record: FlatRecord, id: String, object: JSON
  ) async throws -> RecordOutcome {
    if let owner = try await ledger.owner(of: id, resource: program.resourceName) {
      return try await conflict(
        change, "the object \(id) at the target fits, and belongs to \(owner.mapping) \(owner.key)")
    }
    let conflict = program.definition.onConflict
    let baseline = Difference.yielding(
      Difference.baseline(of: object, for: record, program: program), to: record,
      conflict: conflict)
    let masked = context.masking.mask(baseline, sensitive: sensitive)
    let same = Difference.sinceSent(
      record, sent: masked, masking: context.masking, sensitive: sensitive,
      conflict: conflict
    ).changes.isEmpty
    let link = Link(
      mapping: program.name, key: change.key, targetID: id,
      fingerprint: same ? change.fingerprint : Fingerprint(high: 0, low: 0))
    try await ledger.keep(
      link, resource: program.resourceName, sent: masked.bytes,
      change: entry(change, "adopt", before: FlatRecord(), after: masked),
      epoch: context.lease.epoch)
    context.links.add(id, mapping: program.name, key: change.key)
    if same { return .unchanged(adopted: true) }
    return try await update(change, adopted: true)
  }

  // MARK: Updating

  func update(_ change: PlannedChange, adopted: Bool = false) async throws -> RecordOutcome {
    guard let link = try await ledger.link(of: program.name, key: change.key) else {
      return .unknown("the link of \(change.key) is gone")
    }
    let record = FlatRecord(change.record)
    let sent = try await ledger.sent(of: program.name, keys: [change.key])[change.key] ?? []
    let difference = Difference.sinceSent(
      record, sent: FlatRecord(sent), masking: context.masking, sensitive: sensitive,
      conflict: program.definition.onConflict)
    var changed = difference.changed
    if change.returns {
      for field in program.whenAbsent?.restore ?? [] {
        changed[field.path] = (try? JSON(parsing: field.value)) ?? .null
      }
    }
    guard let update = program.resource.update,
      requests.update(id: link.targetID, changed: changed, record: record) != nil
    else {
      // Nothing of it can be written: remember it, so that it is not planned for ever.
      try await remember(link, change, record, FlatRecord(sent))
      return .unchanged(adopted: adopted)
    }
    let before = FlatRecord(
      difference.changes.compactMap { change in
        change.before.map { JSON.Member(name: change.path, value: $0) }
      })
    let outcome = try await write(
      change, operation: .update, record: record, id: link.targetID, object: update.object,
      wantsObject: false, before: before, changedPaths: difference.changes.map(\.path)
    ) { withheld in
      var changed = changed
      var record = record
      for field in withheld {
        changed[field] = nil
        record[field] = nil
      }
      return requests.update(id: link.targetID, changed: changed, record: record)
    }
    if case .updated(let withheld, _) = outcome {
      return .updated(withheld: withheld, adopted: adopted)
    }
    return outcome
  }

  // MARK: Deactivating

  func deactivate(_ change: PlannedChange) async throws -> RecordOutcome {
    guard let absence = program.whenAbsent,
      let link = try await ledger.link(of: program.name, key: change.key)
    else { return .unknown("the link of \(change.key) is gone") }
    var record = FlatRecord(
      try await ledger.sent(of: program.name, keys: [change.key])[change.key] ?? [])
    let before = record
    var changed = FlatRecord()
    for field in absence.set {
      let value = (try? JSON(parsing: field.value)) ?? .null
      record[field.path] = value
      changed[field.path] = value
    }
    if !absence.delete, changed.members.isEmpty {
      var link = link
      link.state = .inactive
      try await ledger.keep(
        link, resource: program.resourceName, sent: before.bytes, change: nil,
        epoch: context.lease.epoch)
      return .deactivated
    }
    return try await write(
      change, operation: absence.delete ? .delete : .deactivate, record: record,
      id: link.targetID, object: "", wantsObject: false,
      before: FlatRecord(before.members.filter { changed[$0.name] != nil }),
      changedPaths: changed.members.map(\.name), alreadyMasked: true
    ) { _ in
      absence.delete
        ? requests.delete(id: link.targetID)
        : requests.update(id: link.targetID, changed: changed, record: record)
    }
  }

  // MARK: The protocol

  private func write(
    _ change: PlannedChange, operation: Operation, record: FlatRecord, id: String?,
    object: String, wantsObject: Bool, before: FlatRecord = FlatRecord(),
    changedPaths: [String]? = nil, alreadyMasked: Bool = false,
    request: ([String]) -> OutboundRequest?
  ) async throws -> RecordOutcome {
    var withheld: [String] = []
    var reasons: [Failure.Reason] = []
    var refusal: Int?
    let masked =
      alreadyMasked ? record : context.masking.mask(record, sensitive: sensitive)
    var intent = Intent(
      run: context.run, mapping: program.name, key: change.key, operation: operation,
      resource: program.resourceName, naturalKey: operation == .create ? naturalKey(record) : nil,
      targetID: id, fingerprint: change.fingerprint, sent: masked.bytes, state: .sent,
      epoch: context.lease.epoch)
    while true {
      guard let outbound = request(withheld) else {
        // Without the refused fields there is nothing to write.
        return try await refuse(change, reasons, intent: intent, status: refusal)
      }
      let verdict = try await attempt(
        outbound, operation, intent: &intent, object, wantsObject)
      switch verdict {
      case .done(let answer):
        return try await done(
          change, intent, masked, withheld: withheld, reasons: reasons, answer: answer, id: id,
          before: before, changedPaths: changedPaths)
      case .rejected(let status, let words), .taken(let status, let words):
        let refused = hiding(sensitiveValuesOf: record, in: words)
        let blamed = refused.compactMap(\.field)
        if withheld.isEmpty, !blamed.isEmpty, blamed.allSatisfy(retryWithout.contains) {
          withheld = blamed
          reasons = refused
          refusal = status
          try await settle(intent, .planned, evidence: evidence(refused))
          continue
        }
        return try await refuse(change, refused, intent: intent, status: status)
      case .gone where operation == .delete || operation == .deactivate:
        return try await done(
          change, intent, masked, withheld: [], reasons: [], answer: nil, id: id, before: before,
          changedPaths: changedPaths)
      case .gone:
        return try await refuse(
          change,
          [
            Failure.Reason(
              field: nil,
              message: "the object is no longer at the target")
          ], intent: intent, status: 404)
      case .retry(_, let reason), .stop(let reason, _):
        // The patience is used up: nothing changed, and nothing more can be sent now.
        try await settle(intent, .absent, evidence: reason)
        let stopped = TargetStopped(
          target: target.definition.name.value, message: reason, mend: verdict.mend)
        await target.gate.stop(stopped)
        throw stopped
      case .unknown(let reason):
        try await settle(intent, .unknown, evidence: reason)
        return .unknown(reason)
      }
    }
  }

  /// Tries until there is an answer that is not "later", or the patience is used up.
  private func attempt(
    _ request: OutboundRequest, _ operation: Operation, intent: inout Intent, _ object: String,
    _ wantsObject: Bool
  ) async throws -> Verdict {
    let priority = CallPriority(of: operation, mapping: program.definition.priority)
    var patience = Patience(target.definition.retry, at: context.clock.monotonic)
    while true {
      var written = intent
      written.attempt += 1
      written.sentAt = context.clock.wall
      var id = written.id
      let result: WireResult
      do {
        if operation == .create, let rendezvous {
          (id, result) = try await rendezvous.send(
            BatchSender.Entry(intent: written, request: request, key: written.naturalKey))
        } else {
          result = try await target.attempt(request, priority: priority, reader: reader) {
            id = try await ledger.begin(written)
          }
        }
      } catch let stopped as TargetStopped {
        // Others have stopped the target meanwhile; of this change nothing is under way.
        if intent.id != 0 { try await settle(intent, .absent, evidence: stopped.message) }
        throw stopped
      }
      written.id = id
      intent = written
      let verdict = reader.read(result, object: object, wantsObject: wantsObject)
      guard case .retry(let after, let reason) = verdict,
        let wait = patience.wait(
          after: after, at: context.clock.monotonic, random: context.clock.random())
      else { return verdict }
      if context.isStopping() {
        try await settle(intent, .absent, evidence: reason)
        throw RunInterrupted()
      }
      try await settle(intent, .planned, evidence: reason)
      context.report(.waiting(target: target.definition.name.value, reason: reason, for: wait))
      try await context.clock.sleep(for: wait)
    }
  }

  private func done(
    _ change: PlannedChange, _ intent: Intent, _ masked: FlatRecord, withheld: [String],
    reasons: [Failure.Reason], answer: JSON?, id: String?, before: FlatRecord,
    changedPaths: [String]?
  ) async throws -> RecordOutcome {
    let targetID: String
    if let id {
      targetID = id
    } else if let made = answer?.value(at: program.resource.identity.path)?.identifier {
      if let owner = try await ledger.owner(of: made, resource: program.resourceName) {
        let reason =
          "the answer names object \(made), which belongs to \(owner.mapping) \(owner.key)"
        try await settle(intent, .unknown, evidence: reason)
        return .unknown(reason)
      }
      targetID = made
    } else {
      let reason = "the answer names no `\(program.resource.identity.path)`"
      try await settle(intent, .unknown, evidence: reason)
      return .unknown(reason)
    }
    var sent = masked
    // An update that leaves a field out leaves it as it was.
    for field in withheld { sent[field] = before[field] ?? .null }
    let isGone = intent.operation == .deactivate || intent.operation == .delete
    let after = changedPaths.map { paths in
      FlatRecord(sent.members.filter { paths.contains($0.name) })
    }
    do {
      try await ledger.settle(
        Settlement(
          intent: intent.id, state: .done, attempt: intent.attempt,
          evidence: withheld.isEmpty ? nil : evidence(reasons),
          link: Link(
            mapping: program.name, key: change.key, targetID: targetID,
            state: isGone ? .inactive : .active, fingerprint: change.fingerprint),
          resource: program.resourceName, sent: sent.bytes,
          change: entry(change, intent.operation.rawValue, before: before, after: after ?? sent),
          clearsFailure: true, epoch: context.lease.epoch))
    } catch {
      let stopped = TargetStopped(
        target: target.definition.name.value,
        message:
          "the target holds \(program.name) \(change.key) as \(targetID), and the ledger could not "
          + "write it down (intent \(intent.id)): \(error)",
        mend: "mend the ledger's disk and run again: the intent is there and will be settled first")
      await target.gate.stop(stopped)
      throw stopped
    }
    context.links.add(targetID, mapping: program.name, key: change.key)
    switch intent.operation {
    case .create: return .created(withheld: reasons)
    case .update: return .updated(withheld: reasons, adopted: false)
    case .deactivate, .delete: return .deactivated
    }
  }

  private func refuse(
    _ change: PlannedChange, _ reasons: [Failure.Reason], intent: Intent? = nil, status: Int? = nil
  ) async throws -> RecordOutcome {
    let failure = Failure(
      mapping: program.name, key: change.key, fingerprint: change.fingerprint, reasons: reasons,
      status: status, attempts: intent?.attempt ?? 0, firstAt: context.clock.wall,
      lastAt: context.clock.wall, run: context.run)
    if let intent {
      try await ledger.settle(
        Settlement(
          intent: intent.id, state: .rejected, attempt: intent.attempt,
          evidence: evidence(reasons), resource: program.resourceName, failure: failure,
          epoch: context.lease.epoch))
    } else {
      try await ledger.record([failure], epoch: context.lease.epoch)
    }
    return .rejected(reasons)
  }

  /// A refusal of our own that the record is not to blame for: it is tried again in every run.
  private func conflict(_ change: PlannedChange, _ message: String) async throws -> RecordOutcome {
    var change = change
    change.fingerprint = Fingerprint(of: change.key.bytes)
    return try await refuse(
      change, [Failure.Reason(field: program.match?.path, message: message)])
  }

  /// A target's words may quote what it refuses.
  private func hiding(
    sensitiveValuesOf record: FlatRecord, in reasons: [Failure.Reason]
  ) -> [Failure.Reason] {
    let values = record.members.filter { sensitive.contains($0.name) && !$0.value.isNull }
      .map { $0.value.stringValue ?? $0.value.description }.filter { !$0.isEmpty }
    guard !values.isEmpty else { return reasons }
    return reasons.map { reason in
      let message = values.reduce(reason.message) { $0.replacing($1, with: "(masked)") }
      return Failure.Reason(field: reason.field, message: message)
    }
  }

  private func settle(_ intent: Intent, _ state: IntentState, evidence: String) async throws {
    try await ledger.settle(
      Settlement(
        intent: intent.id, state: state, attempt: intent.attempt, evidence: evidence,
        resource: program.resourceName, epoch: context.lease.epoch))
  }

  private func remember(
    _ link: Link, _ change: PlannedChange, _ record: FlatRecord, _ sent: FlatRecord
  ) async throws {
    var link = link
    link.fingerprint = change.fingerprint
    link.state = .active
    link.absences = 0
    try await ledger.keep(
      link, resource: program.resourceName, sent: sent.bytes, change: nil,
      epoch: context.lease.epoch)
  }

  private func naturalKey(_ record: FlatRecord) -> String? {
    program.match.flatMap { $0.normalised(record[$0.path]) }
  }

  private func evidence(_ reasons: [Failure.Reason]) -> String {
    reasons.map { reason in
      (reason.field.map { "\($0): " } ?? "") + reason.message
    }.joined(separator: "; ")
  }

  private func entry(
    _ change: PlannedChange, _ operation: String, before: FlatRecord, after: FlatRecord
  ) -> ChangeEntry {
    ChangeEntry(
      run: context.run, mapping: program.name, key: change.key, operation: operation,
      before: before.bytes, after: after.bytes, at: context.clock.wall)
  }
}

extension Verdict {
  fileprivate var mend: String {
    switch self {
    case .stop(_, let mend): mend
    default: "see whether the target is up and its address is right; `crosswalk check` asks it"
    }
  }
}
