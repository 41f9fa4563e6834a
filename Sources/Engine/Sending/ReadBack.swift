import JSON
import Programs

/// Looking up, by its id, an object to which a write of unknown outcome went.
extension Recovery {
  func lookUpByID(_ intent: Intent, _ objects: inout ObjectReader) async throws -> Intent {
    guard
      let known = try await ledger.remembered(of: program.name, keys: [intent.key])[
        intent.key]
    else { return try await found(.readBack, intent, "there is no link any more") }
    let held: ObjectReader.Held
    do {
      held = try await objects.read(known, for: intent, try naturalKey(of: intent))
    } catch let stopped as TargetStopped where target.gate.stopped == nil {
      return try await found(.inconclusive, intent, stopped.message)
    }
    switch held {
    case .gone: return try await missing(.gone, intent, known)
    case .notFound: return try await missing(.none, intent, known)
    case .object(let object): return try await compare(intent, known, with: object)
    case .unknown: return try await compareUnread(intent, known)
    case .another(.id(let words)):
      return try await found(
        .inconclusive, intent,
        "asked for the object \(known.link.targetID), the target answers "
          + "about another (\(words)): compare `get` in the target's file with the API")
    case .another(.key(let words)):
      // Whose it is now, only a person can tell; it is not to be written over.
      return try await found(
        .ambiguous, intent, "the object \(known.link.targetID) may be another's: \(words)")
    }
  }

  /// Nothing at the target has the intent's key.
  func notFound(_ intent: Intent) async throws -> Intent {
    let known = try await ledger.remembered(of: program.name, keys: [intent.key])[
      intent.key]
    if let known { return try await missing(.none, intent, known) }
    let words = "the target does not hold it"
    // Why it is being looked for is not to be forgotten.
    let evidence = intent.evidence.map { $0.hasPrefix(words) ? $0 : "\(words); before: \($0)" }
    return try await found(.none, intent, evidence ?? words)
  }

  /// The object is not there. After our own delete, that is what was wanted.
  private func missing(
    _ finding: Effect.Finding, _ intent: Intent, _ known: Remembered
  ) async throws -> Intent {
    var after = intent
    mapping.advance(&after, .lookedUp(finding))
    let words =
      intent.operation == .create
      ? "the target does not hold it" : "the object \(known.link.targetID) is not at the target"
    if after.state == .done { return try await giveUp(after, known, words) }
    // What its key shows comes next, and is written down with it.
    if finding != .gone || after.state != .resolving {
      try await mapping.settle(after, evidence: words)
    }
    return after
  }

  private func compare(
    _ intent: Intent, _ known: Remembered, with object: JSON
  ) async throws -> Intent {
    let words = "the outcome was unknown; what the target holds is compared again"
    switch intent.operation {
    case .deactivate where holdsWhatGivesUp(object):
      var intent = intent
      mapping.advance(&intent, .lookedUp(.asWritten))
      return try await giveUp(intent, known, "the target holds what was written")
    case .restore: return try await restored(intent, known, holding: object)
    case .create, .update, .deactivate, .delete:
      let restores = intent.operation == .deactivate || known.link.state == .inactive
      return try await compareAgain(
        intent, known.link, try held(by: object, intent, restoring: restores), words)
    }
  }

  /// The object cannot be read. What the write would have changed may be so or not, and differs from whatever is wanted.
  private func compareUnread(_ intent: Intent, _ known: Remembered) async throws -> Intent {
    let before = try known.record()
    var baseline = try intent.record()
    let requests = RequestBuilder(program: program)
    for member in baseline.members {
      // Whether an object is there at all shows when it is written to: a record that came back is sent whole.
      let isUnknown =
        intent.operation == .delete
        ? requests.canUpdate(member.name) : before[member.name] != member.value
      if isUnknown { baseline[member.name] = FlatRecord.unknown }
    }
    if intent.operation == .restore { return try await keepRestored(intent, known, baseline) }
    if intent.operation == .deactivate || known.link.state == .inactive {
      for field in program.whenAbsent?.restore ?? [] where !program.hasField(field.path) {
        baseline[field.path] = FlatRecord.unknown
      }
    }
    return try await compareAgain(
      intent, known.link, baseline, "the outcome is not known, and the object cannot be read")
  }

  // MARK: What follows

  /// Ends the intent; the next comparison sends what differs from `baseline`.
  private func compareAgain(
    _ intent: Intent, _ link: Link, _ baseline: FlatRecord, _ words: String
  ) async throws -> Intent {
    var intent = intent
    mapping.advance(&intent, .lookedUp(.readBack))
    var link = link
    link.fingerprint = Fingerprint.unknown
    if link.state == .inactive {
      // The record may have come back with its access: should its row be gone again, that has to be taken away again.
      link.state = .active
      link.absences = 0
    }
    var end = Settlement(intent, evidence: words)
    end.object = Remembered(link: link, sent: baseline.bytes)
    try await mapping.writer.settle(end)
    return intent
  }

  /// Ends a deactivation, or a delete, that turns out to have happened.
  private func giveUp(
    _ intent: Intent, _ known: Remembered, _ words: String
  ) async throws -> Intent {
    let (before, after) = (try known.record(), try intent.record())
    let changed = after.members.filter { before[$0.name] != $0.value }
    var link = known.link
    link.state = .inactive
    link.absences = 0
    link.fingerprint = intent.fingerprint
    var end = Settlement(intent, evidence: words)
    end.object = Remembered(link: link, sent: intent.sent)
    let former = changed.compactMap { member in
      before[member.name].map { JSON.Member(name: member.name, value: $0) }
    }
    end.change = mapping.entry(
      intent.key, intent.operation, before: FlatRecord(former), after: FlatRecord(changed))
    // An undo's hold on a row that is still there outlasts its lost answer.
    end.clearsFailure = !(try await ledger.failures(of: program.name)).contains {
      $0.key == intent.key && $0.isDismissed(intent.fingerprint)
    }
    try await mapping.writer.settle(end)
    if intent.operation == .delete {
      mapping.links.remove(mapping: program.name, key: intent.key)
    }
    return intent
  }

  /// An undo that happened stays; one that did not has changed nothing, and can be asked for again.
  private func restored(
    _ intent: Intent, _ known: Remembered, holding object: JSON
  ) async throws -> Intent {
    let (before, after) = (try known.record(), try intent.record())
    let changed = FlatRecord(
      after.members.filter { before[$0.name] != $0.value })
    let comparison = RecordComparison(program, mapping.masking)
    let isThere = changed.members.allSatisfy { comparison.holds($0, in: object) ?? true }
    if isThere { return try await keepRestored(intent, known, after) }
    return try await found(
      .readBack, intent, "the former values were not written: `crosswalk undo` can be repeated")
  }

  /// The row's record counts as sent, so that the former values stay until the row has others.
  private func keepRestored(
    _ intent: Intent, _ known: Remembered, _ sent: FlatRecord
  ) async throws -> Intent {
    var intent = intent
    mapping.advance(&intent, .lookedUp(.asWritten))
    var sent = sent
    let sensitive = Set(program.definition.sensitive.map(\.value))
    for member in try known.record().members
    where sensitive.contains(member.name) && sent[member.name] == nil {
      sent[member.name] = member.value
    }
    var link = known.link
    link.state = .active
    link.fingerprint = intent.fingerprint
    var end = Settlement(
      intent, evidence: "the former values stay until the row has others")
    end.object = Remembered(link: link, sent: sent.bytes)
    end.clearsFailure = true
    try await mapping.writer.settle(end)
    return intent
  }

  // MARK: What the target holds

  /// What the target holds of the fields that were sent, masked like them; `restoring`: and of those that a key gets which
  /// comes back.
  func held(
    by object: JSON, _ intent: Intent, restoring: Bool
  ) throws(UnreadableRecord) -> FlatRecord {
    let comparison = RecordComparison(program, mapping.masking)
    var baseline = comparison.baseline(of: object, for: try intent.record(), isMasked: true)
    if restoring {
      for field in program.whenAbsent?.restore ?? [] where !program.hasField(field.path) {
        let held = object.value(at: field.path) ?? FlatRecord.unknown
        baseline[field.path] = comparison.masked(held, at: field.path)
      }
    }
    return baseline
  }

  /// Whether an object is as `when_absent.set` leaves it.
  private func holdsWhatGivesUp(_ object: JSON) -> Bool {
    guard let set = program.whenAbsent?.set, !set.isEmpty else { return false }
    return set.allSatisfy { field in
      guard let path = program.readPath(of: field.path) else { return false }
      let (held, meaning) = (object.value(at: path), program.meaning(of: field.path))
      return (held != nil || meaning.saysByAbsence) && meaning.equal(field.value, held: held)
    }
  }
}
