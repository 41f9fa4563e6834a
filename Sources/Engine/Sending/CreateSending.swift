import JSON
import Programs

/// Creating objects, and linking those that are there already.
extension RecordSender {
  func create(_ change: PlannedChange, _ namesakes: Namesakes) async throws -> RecordOutcome {
    let record = try change.record(of: program.name)
    switch decider.create(change, record, found: namesakes.objects, owner: namesakes.owner) {
    case .create:
      if let held = held(.create, change) { return held }
      return try await make(change, record, after: nil)
    case .link(let object):
      if gate != nil,
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

  private func make(
    _ change: PlannedChange, _ record: FlatRecord, after taken: TakenChange?
  ) async throws -> RecordOutcome {
    guard let create = program.resource.create else { return .unchanged(adopted: false) }
    let onCreate =
      change.onCreate.isEmpty
      ? FlatRecord() : try FlatRecord(change.onCreate, of: program.name, change.key)
    var write = RecordWrite(change, .create, record: record)
    write.object = create.object
    write.wantsObject = true
    return try await self.write(write, after: taken) { withheld, _ in
      var record = record
      for field in withheld { record[field] = .null }
      return requests.create(record, onCreate: onCreate)
    }
  }

  /// Goes on with a create whose value is taken. `found`: objects at the target with the record's natural key.
  func resolve(
    _ taken: TakenChange, found: [Listing.Found]
  ) async throws -> RecordOutcome {
    let change = taken.change
    let record = try change.record(of: program.name)
    var intent = taken.intent
    if found.count > 1 {
      mapping.advance(&intent, .lookedUpTaken(.ambiguous))
      let words = "\(found.count) objects fit: \(found.map(\.id).joined(separator: ", "))"
      try await mapping.settle(intent, evidence: words)
      return .unknown(words)
    }
    // What a plan says to make is not to be linked with something that nobody has seen.
    if gate == nil,
      case .link(let object) = decider.create(
        change, record, found: found, owner: try await namesakes(found).owner)
    {
      mapping.advance(&intent, .lookedUpTaken(.one))
      return try await adopt(change, object, ending: intent)
    }
    if taken.reasons.allSatisfy(canGoWithout) {
      return try await make(change, record, after: taken)
    }
    return try await refuse(taken)
  }

  /// Links an object that was there, and writes what differs.
  private func adopt(
    _ change: PlannedChange, _ object: CreateDecision.Adopted, ending intent: Intent? = nil
  ) async throws -> RecordOutcome {
    let same = object.changes.isEmpty
    let link = Link(
      mapping: program.name, key: change.key, targetID: object.id,
      fingerprint: same ? change.fingerprint : Fingerprint.unknown)
    var intent = intent ?? known.planned[change.key]
    intent?.state = .done
    do {
      try await mapping.adopt(link, holding: object.held, ending: intent)
    } catch let linked as ObjectIsLinked {
      let owner = try await ledger.owner(named: linked.mapping, linked.key)
      return try await refuse(
        change,
        Failure.Conflict(
          naturalKey: naturalKey(try change.record(of: program.name))?.text, objects: [object.id],
          owner: "\(linked.mapping) \(linked.key), "
            + decider.wayOut(change, object.id, owner)))
    }
    if same {
      try await clearFailure(of: change.key)
      return .unchanged(adopted: true)
    }
    return try await update(change, adopted: true)
  }
}
