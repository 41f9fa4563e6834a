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
  /// The target says that a value is taken; whether it is by our own write shows when the key is looked up there.
  case taken(TakenChange)
  /// Another write of the key, or of the natural key, has not come to its end.
  case busy(String)
  /// The plan that is applied does not say it.
  case unplanned
  /// The plan that is applied says it, and what it stands on has changed.
  case outdated(String)
}

/// A create that was refused because of a value that is in use.
struct TakenChange: Sendable {
  var change: PlannedChange
  var intent: Intent
  var status: Int
  var reasons: [Failure.Reason]
}

/// Sends one change at a time through the intent protocol: written down durably, sent once, settled with all that follows.
///
/// A class, since it is handed to every change and is large.
final class RecordSender: Sendable {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection
  /// Writes that an earlier run left planned, by their keys.
  let planned: [Key: Intent]
  /// Objects whose keys have no row any more, by the value of the match field: nobody makes them once more.
  let claims: [ExactText: AbsenceReview.Claim]
  /// Keys that the ledger knows to have failed when the run began; `nil` where nobody has asked.
  let failed: Set<Key>?
  let sensitive: Set<String>
  let comparison: RecordComparison
  let retryWithout: Set<String>
  let rules: EffectRules
  let reader: AnswerReader
  let requests: RequestBuilder
  let decider: ChangeDecider
  /// What was looked for at the target before the first create.
  let search: TargetSearch?
  /// Where creates meet that leave in one call.
  let rendezvous: Rendezvous?
  /// Shared by all who send the changes of one mapping.
  let halt: Halt
  let answered: AnsweredFields

  convenience init(_ other: RecordSender, meetingAt rendezvous: Rendezvous) {
    self.init(
      program: other.program, context: other.context, target: other.target,
      planned: other.planned, claims: other.claims, failed: other.failed, search: other.search,
      rendezvous: rendezvous,
      halt: other.halt, answered: other.answered)
  }

  init(
    program: MappingProgram, context: RunContext, target: TargetConnection,
    planned: [Key: Intent] = [:], claims: [ExactText: AbsenceReview.Claim] = [:],
    failed: Set<Key>? = nil, search: TargetSearch? = nil, rendezvous: Rendezvous? = nil,
    halt: Halt = Halt(),
    answered: AnsweredFields? = nil
  ) {
    self.answered = answered ?? AnsweredFields(program)
    self.halt = halt
    self.claims = claims
    self.failed = failed
    self.planned = planned
    self.search = search
    self.rendezvous = rendezvous
    requests = RequestBuilder(program: program)
    decider = ChangeDecider(
      program, masking: context.masking, requests: requests, claims: claims)
    self.program = program
    self.context = context
    self.target = target
    reader = AnswerReader(
      target: target.definition, resource: program.resource, fields: program.fields.map(\.path),
      isOfWrites: true)
    sensitive = Set(program.definition.sensitive.map(\.value))
    comparison = RecordComparison(program, context.masking)
    rules = EffectRules(program, target.definition)
    retryWithout = Set(program.definition.onReject?.retryWithout.map(\.value) ?? [])
  }

  var ledger: any LedgerStore { context.ledger }

  /// Asked before a change is written down as sent: whoever waited for his turn may have waited too long.
  var isHalted: Bool { halt.isCalled || context.isStopping() }

  func checkHalt() throws {
    try context.stop?.check()
    if halt.isCalled { throw RunInterrupted() }
  }

  // MARK: Creating

  func create(_ change: PlannedChange, _ namesakes: Namesakes) async throws -> RecordOutcome {
    let record = try change.record(of: program.name)
    switch decider.create(change, record, found: namesakes.objects, owner: namesakes.owner) {
    case .create:
      if let held = held(.create, change) { return held }
      return try await make(change, record, after: nil)
    case .link(let object):
      if context.gate != nil,
        let held = held(
          .adopt, change, id: object.id, sent: comparison.held(by: object.object).bytes)
      {
        return held
      }
      return try await adopt(change, object)
    case .refuse(let reason): return try await refuse(change, reason)
    case .conflict(let conflict): return try await refuse(change, conflict)
    }
  }

  func namesakes(_ found: [Listing.Found]) async throws -> Namesakes {
    guard found.count == 1 else { return Namesakes(objects: found) }
    return Namesakes(
      objects: found,
      owner: try await ledger.objectOwner(of: found[0].id, resource: program.resourceName))
  }

  func make(
    _ change: PlannedChange, _ record: FlatRecord, after taken: TakenChange?
  ) async throws -> RecordOutcome {
    guard let create = program.resource.create else { return .unchanged(adopted: false) }
    let onCreate =
      change.onCreate.isEmpty
      ? FlatRecord() : try FlatRecord(change.onCreate, of: program.name, change.key)
    return try await write(
      change, operation: .create, record: record, id: nil,
      object: create.object, wantsObject: true, taken: taken
    ) { withheld, _ in
      var record = record
      for field in withheld { record[field] = .null }
      return requests.create(record, onCreate: onCreate)
    }
  }

  /// Goes on with a create whose value is taken. `found`: objects at the target with the record's natural key.
  func resolve(
    _ taken: TakenChange, found: [(id: String, object: JSON)]
  ) async throws -> RecordOutcome {
    let change = taken.change
    let record = try change.record(of: program.name)
    var intent = taken.intent
    if found.count > 1 {
      advance(&intent, .lookedUpTaken(.ambiguous))
      let words = "\(found.count) objects fit: \(found.map(\.id).joined(separator: ", "))"
      try await settle(intent, evidence: words)
      return .unknown(words)
    }
    // What a plan says to make is not to be linked with something that nobody has seen.
    if context.gate == nil,
      case .link(let object) = decider.create(
        change, record, found: found, owner: try await namesakes(found).owner)
    {
      advance(&intent, .lookedUpTaken(.one))
      return try await adopt(change, object, ending: intent)
    }
    if taken.reasons.allSatisfy({ $0.field.map(retryWithout.contains) ?? false }) {
      return try await make(change, record, after: taken)
    }
    return try await refuse(taken)
  }

  /// Links an object that was there, and writes what differs.
  func adopt(
    _ change: PlannedChange, _ object: CreateDecision.Adopted, ending intent: Intent? = nil
  ) async throws -> RecordOutcome {
    let masked = object.held
    let same = object.changes.isEmpty
    let link = Link(
      mapping: program.name, key: change.key, targetID: object.id,
      fingerprint: same ? change.fingerprint : Fingerprint.unknown)
    let entry = entry(change, "adopt", before: FlatRecord(), after: masked)
    do {
      if var intent = intent ?? planned[change.key] {
        intent.state = .done
        var end = Settlement(intent, evidence: "found at the target", epoch: context.lease.epoch)
        end.object = Remembered(link: link, sent: masked.bytes)
        end.change = entry
        end.clearsFailure = true
        try await ledger.settle(end)
      } else {
        try await ledger.keep(
          link, resource: program.resourceName, sent: masked.bytes, change: entry,
          epoch: context.lease.epoch)
      }
    } catch let linked as ObjectIsLinked {
      return try await refuse(
        change,
        Failure.Conflict(
          naturalKey: naturalKey(try change.record(of: program.name))?.text, objects: [object.id],
          owner: "\(linked.mapping) \(linked.key), "
            + decider.wayOut(
              change, object.id, try await ledger.owner(named: linked.mapping, linked.key))))
    }
    context.links.add(object.id, mapping: program.name, key: change.key)
    if same {
      try await clearFailure(of: change.key)
      return .unchanged(adopted: true)
    }
    return try await update(change, adopted: true)
  }

  // MARK: Updating

  /// `remembered`: what the ledger holds of the key, where that has been asked for already. `operation`: an update, or an
  /// undo's `restore`.
  func update(
    _ change: PlannedChange, remembered: Remembered? = nil, adopted: Bool = false,
    operation: Operation = .update
  ) async throws -> RecordOutcome {
    guard let known = try await self.remembered(change.key, remembered) else {
      return .unknown("the link of \(change.key) is gone")
    }
    let link = known.link
    let planned: (Difference, record: FlatRecord, changed: FlatRecord, OutboundRequest)
    switch try decider.update(change, id: link.targetID, sent: known.sent) {
    case .claimed(let reason): return try await refuse(change, reason)
    case .refuse(let reasons): return try await refuse(change, reasons)
    case .remember:
      // The target cannot be told of a value that is gone: remember it, so that it is not planned for ever.
      try await remember(link, change, sent: known.sent)
      return .unchanged(adopted: adopted)
    case .write(let difference, let changed, let request):
      if !adopted, operation == .update,
        let held = held(.update, change, id: link.targetID, sent: known.sent)
      {
        return held
      }
      planned = (difference, try change.record(of: program.name), changed, request)
    }
    let (difference, record, changed, whole) = planned
    let before = FlatRecord(
      difference.changes.compactMap { change in
        change.before.map { JSON.Member(name: change.path, value: $0) }
      })
    let after = FlatRecord(
      difference.changes.map { JSON.Member(name: $0.path, value: $0.after) })
    let outcome = try await write(
      change, operation: operation, record: record, id: link.targetID,
      object: program.resource.update?.object ?? "",
      wantsObject: false, before: before, after: after, readsFirst: requests.updatesWhole
    ) { withheld, object in
      if withheld.isEmpty, object == nil { return whole }
      var changed = changed
      var record = record
      for field in withheld {
        changed[field] = nil
        record[field] = nil
      }
      return requests.update(
        id: link.targetID, changed: changed, record: record, over: object)
    }
    if case .updated(let withheld, _) = outcome {
      return .updated(withheld: withheld, adopted: adopted)
    }
    return outcome
  }

  // MARK: Deactivating

  func deactivate(
    _ change: PlannedChange, remembered: Remembered? = nil
  ) async throws -> RecordOutcome {
    guard let absence = program.whenAbsent,
      let known = try await self.remembered(change.key, remembered)
    else { return .unknown("the link of \(change.key) is gone") }
    let link = known.link
    let step = absence.delete ? Approval.Step.delete : .deactivate
    if let held = held(step, change, id: link.targetID, sent: known.sent) { return held }
    var record = try known.record()
    let before = record
    // A hash is not the value, and what is not known cannot be sent.
    var sendable = FlatRecord(
      record.members.filter { !sensitive.contains($0.name) && $0.value != FlatRecord.unknown })
    var changed = FlatRecord()
    for field in absence.set {
      record[field.path] = field.value
      sendable[field.path] = field.value
      changed[field.path] = field.value
    }
    if !absence.delete, changed.members.isEmpty {
      var link = link
      link.state = .inactive
      try await ledger.keep(
        link, resource: program.resourceName, sent: before.bytes, change: nil,
        epoch: context.lease.epoch)
      try await clearFailure(of: change.key)
      return .deactivated
    }
    return try await write(
      change, operation: absence.delete ? .delete : .deactivate, record: record,
      id: link.targetID, object: "", wantsObject: false,
      before: FlatRecord(before.members.filter { changed[$0.name] != nil }),
      after: changed, alreadyMasked: true,
      readsFirst: !absence.delete && requests.updatesWhole
    ) { _, object in
      absence.delete
        ? requests.delete(id: link.targetID)
        : requests.update(
          id: link.targetID, changed: changed, record: sendable, over: object)
    }
  }

  private func remembered(_ key: Key, _ known: Remembered?) async throws -> Remembered? {
    if let known { return known }
    return try await ledger.remembered(of: program.name, keys: [key])[key]
  }

  /// A refusal that the record is not to blame for: it is tried again when its cause is gone, see ``ConflictCheck``.
  private func refuse(
    _ change: PlannedChange, _ conflict: Failure.Conflict
  ) async throws -> RecordOutcome {
    try await refuse(
      change, [conflict.reason(program)],
      claims: conflict.owner == nil ? nil : conflict.objects.first, because: conflict)
  }

  /// A refusal of our own that the record is not to blame for: it is tried again in every run.
  private func refuse(
    _ change: PlannedChange, _ reason: Failure.Reason
  ) async throws -> RecordOutcome {
    var change = change
    change.fingerprint = Fingerprint(of: change.key.bytes)
    return try await refuse(change, [reason])
  }

  /// A target's words may quote what it refuses: sensitive values are not shown.
  func reader(hidingValuesOf record: FlatRecord) -> AnswerReader {
    let redaction = Redaction(
      record.members.filter { sensitive.contains($0.name) }
        .flatMap { Redaction.texts(of: $0.value) })
    guard !redaction.isEmpty else { return reader }
    var reader = reader
    reader.text.hide = { redaction($0) }
    return reader
  }

  private func remember(
    _ link: Link, _ change: PlannedChange, sent: [UInt8]
  ) async throws {
    var link = link
    link.fingerprint = change.fingerprint
    link.state = .active
    link.absences = 0
    try await ledger.keep(
      link, resource: program.resourceName, sent: sent, change: nil, epoch: context.lease.epoch)
    try await clearFailure(of: change.key)
  }

  /// What was refused before is as it is wanted, and nothing had to be sent for it: else it would stand among the failures
  /// until the next run.
  private func clearFailure(of key: Key) async throws {
    guard failed?.contains(key) ?? true else { return }
    try await ledger.clearFailures(of: program.name, keys: [key], epoch: context.lease.epoch)
  }

  func naturalKey(_ record: FlatRecord) -> ExactText? { decider.naturalKey(record) }

  /// The natural keys that an object may show after a write: the one that was written, or the one of before.
  func naturalKeys(_ record: FlatRecord, before: FlatRecord) -> [ExactText] {
    guard let match = program.match,
      program.definition.onConflict.winner(of: match.path) == .source
    else { return [] }
    return [naturalKey(record), match.normalised(before[match.path])].compactMap(\.self)
  }

  var identity: ObjectIdentity { ObjectIdentity(program: program) }

  func evidence(_ reasons: [Failure.Reason]) -> String {
    reasons.map { reason in
      (reason.field.map { "\($0): " } ?? "") + reason.message
    }.joined(separator: "; ")
  }

  func entry(
    _ change: PlannedChange, _ operation: String, before: FlatRecord, after: FlatRecord
  ) -> ChangeEntry {
    ChangeEntry(
      run: context.run, mapping: program.name, key: change.key, operation: operation,
      before: before.bytes, after: after.bytes, at: context.clock.wall)
  }
}
