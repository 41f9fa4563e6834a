import JSON
import Programs

/// What is known of a mapping's changes before the first of them is sent.
struct KnownBefore: Sendable {
  /// Writes that an earlier run left planned, by their keys.
  var planned: [Key: Intent] = [:]
  /// Objects whose keys have no row any more, by the value of the match field: nobody makes them once more.
  var claims: [ExactText: AbsenceReview.Claim] = [:]
  /// Keys that the ledger knows to have failed; `nil` where nobody has asked.
  var failed: Set<Key>?
}

/// Sends one change at a time through the intent protocol: written down durably, sent once, settled with all that follows.
///
/// A class, since it is handed to every change and is large.
final class RecordSender: Sendable {
  let mapping: MappingWriter
  let program: MappingProgram
  let target: TargetConnection
  let rules: EffectRules
  let known: KnownBefore
  /// What is let through, where a plan is applied.
  let gate: PlanGate?
  let sensitive: Set<String>
  let comparison: RecordComparison
  let retryWithout: Set<String>
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

  init(
    _ mapping: MappingWriter, _ known: KnownBefore = KnownBefore(), search: TargetSearch? = nil,
    gate: PlanGate? = nil
  ) {
    let program = mapping.program
    self.mapping = mapping
    self.program = program
    target = mapping.target
    rules = mapping.rules
    self.known = known
    self.gate = gate
    self.search = search
    rendezvous = nil
    halt = Halt()
    answered = AnsweredFields(program)
    requests = RequestBuilder(program: program)
    decider = ChangeDecider(
      program, masking: mapping.masking, requests: requests, claims: known.claims)
    reader = AnswerReader(
      target: mapping.target.definition, resource: program.resource,
      fields: program.fields.map(\.path), isOfWrites: true)
    sensitive = Set(program.definition.sensitive.map(\.value))
    comparison = RecordComparison(program, mapping.masking)
    retryWithout = Set(program.definition.onReject?.retryWithout.map(\.value) ?? [])
  }

  /// The same for records that leave in one call.
  init(_ other: RecordSender, meetingAt rendezvous: Rendezvous) {
    mapping = other.mapping
    program = other.program
    target = other.target
    rules = other.rules
    known = other.known
    gate = other.gate
    search = other.search
    self.rendezvous = rendezvous
    halt = other.halt
    answered = other.answered
    requests = other.requests
    decider = other.decider
    reader = other.reader
    sensitive = other.sensitive
    comparison = other.comparison
    retryWithout = other.retryWithout
  }

  var ledger: any LedgerStore { mapping.writer.ledger }
  var writer: LedgerWriter { mapping.writer }

  /// Asked before a change is written down as sent: it may have waited too long for its turn.
  var isHalted: Bool { halt.isCalled || mapping.isStopping }

  func checkHalt() throws {
    try target.stop?.check()
    if halt.isCalled { throw RunInterrupted() }
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
    switch try decider.update(change, id: link.targetID, sent: known.sent) {
    case .claimed(let reason): return try await refuse(change, reason)
    case .refuse(let reasons): return try await refuse(change, reasons)
    case .remember:
      // The target cannot be told of a value that is gone: remember it, so that it is not planned again in every run.
      try await remember(link, change, sent: known.sent)
      return .unchanged(adopted: adopted)
    case .write(let difference, let changed, let request):
      if !adopted, operation == .update,
        let held = held(.update, change, id: link.targetID, sent: known.sent)
      {
        return held
      }
      let outcome = try await send(change, operation, link.targetID, difference, changed, request)
      if case .updated(let withheld, _) = outcome {
        return .updated(withheld: withheld, adopted: adopted)
      }
      return outcome
    }
  }

  /// Sends an update. `changed`: what `whole`, the request without anything withheld, carries.
  private func send(
    _ change: PlannedChange, _ operation: Operation, _ id: String, _ difference: Difference,
    _ changed: FlatRecord, _ whole: OutboundRequest
  ) async throws -> RecordOutcome {
    let record = try change.record(of: program.name)
    var write = RecordWrite(change, operation, record: record)
    write.id = id
    write.object = program.resource.update?.object ?? ""
    write.before = FlatRecord(
      difference.changes.compactMap { change in
        change.before.map { JSON.Member(name: change.path, value: $0) }
      })
    write.after = FlatRecord(
      difference.changes.map { JSON.Member(name: $0.path, value: $0.after) })
    write.readsFirst = requests.updatesWhole
    return try await self.write(write) { withheld, object in
      if withheld.isEmpty, object == nil { return whole }
      var changed = changed
      var record = record
      for field in withheld {
        changed[field] = nil
        record[field] = nil
      }
      return requests.update(id: id, changed: changed, record: record, over: object)
    }
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
      try await mapping.keep(link, sent: before.bytes)
      try await clearFailure(of: change.key)
      return .deactivated
    }
    var write = RecordWrite(change, absence.delete ? .delete : .deactivate, record: record)
    write.isMasked = true
    write.id = link.targetID
    write.before = FlatRecord(before.members.filter { changed[$0.name] != nil })
    write.after = changed
    write.readsFirst = !absence.delete && requests.updatesWhole
    return try await self.write(write) { _, object in
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

  private func remember(
    _ link: Link, _ change: PlannedChange, sent: [UInt8]
  ) async throws {
    var link = link
    link.fingerprint = change.fingerprint
    link.state = .active
    link.absences = 0
    try await mapping.keep(link, sent: sent)
    try await clearFailure(of: change.key)
  }

  /// What was refused before is as it is wanted, and nothing had to be sent for it: else it would stand among the failures
  /// until the next run.
  func clearFailure(of key: Key) async throws {
    guard known.failed?.contains(key) ?? true else { return }
    try await writer.clearFailures(of: program.name, keys: [key])
  }

  // MARK: Natural keys

  func naturalKey(_ record: FlatRecord) -> ExactText? { decider.naturalKey(record) }

  /// The natural keys that an object may show after a write: the one that was written, or the one of before.
  func naturalKeys(_ record: FlatRecord, before: FlatRecord) -> [ExactText] {
    guard let match = program.match,
      program.definition.onConflict.winner(of: match.path) == .source
    else { return [] }
    return [naturalKey(record), match.normalised(before[match.path])].compactMap(\.self)
  }

  var identity: ObjectIdentity { ObjectIdentity(program: program) }
}
