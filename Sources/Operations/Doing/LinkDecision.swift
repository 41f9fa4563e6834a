import Engine
import Programs

/// The operator's decision which object belongs to a key.
struct LinkDecision {
  let request: DecisionRequest
  let open: OpenLedger
  let writer: ProjectWriter
  let targetID: String

  private var mapping: String { request.mapping }

  func adopt(_ record: WaitingRecord, moves: Bool) async throws -> Decided {
    let (program, target) = try open.program(mapping)
    try await LedgerTies(open.workspace, targets: [target.definition]).hold(
      writer, at: open.clock.wall, report: open.environment.report)
    let owner = try await open.ledger.owner(of: targetID, resource: program.resourceName)
    if moves || owner.map({ $0 != (mapping, record.key) }) ?? false {
      guard let owner, owner != (mapping, record.key), moves else {
        throw refusal(owner, record.key)
      }
      return try await move(from: owner, to: record.key, program, target)
    }
    let held = try await held(program, target)
    let now = open.clock.wall
    let decision = request.decision(.adopt, mapping, record.key, targetID: targetID, at: now)
    let link = Link(
      mapping: mapping, key: record.key, targetID: targetID, fingerprint: Fingerprint.unknown)
    try await writer.adopt(
      decision, AdoptedLink(link, holding: held ?? Array("{}".utf8), at: now),
      resource: program.resourceName)
    return Decided(
      decision: decision, consequence: "linked to \(targetID); the next run updates what differs")
  }

  /// Why the object cannot be this key's.
  private func refusal(_ owner: (mapping: String, key: Key)?, _ key: Key) -> OperationFailure {
    guard let owner, owner != (mapping, key) else {
      return OperationFailure(
        .rejected, "no other key has the object \(targetID)", remedy: "leave `--move` out")
    }
    return OperationFailure(
      .rejected,
      "the object \(targetID) belongs to \(owner.mapping) \(owner.key) already",
      remedy: "an object has one key: if that one has no row any more and this is the same, add "
        + "`--move`; otherwise correct one of the two rows in the source")
  }

  /// Moves the object's link if its key had no row when the source was last read.
  private func move(
    from old: (mapping: String, key: Key), to new: Key, _ program: MappingProgram,
    _ target: TargetConnection
  ) async throws -> Decided {
    let former = old.mapping == mapping ? "\(old.key)" : "\(old.mapping) \(old.key)"
    guard let link = try await open.ledger.link(of: old.mapping, key: old.key),
      link.state == .inactive || link.absences > 0
    else {
      throw OperationFailure(
        .rejected, "\(old.mapping) \(old.key) had a row when the source was last read",
        remedy: "an object has one key: correct one of the two rows in the source, and run again")
    }
    if let other = try await open.ledger.link(of: mapping, key: new) {
      throw OperationFailure(
        .rejected, "\(mapping) \(new) has an object already: \(other.targetID)",
        remedy: "`crosswalk failures absent` first, if that object is not there any more")
    }
    // An object that no longer exists has no key.
    _ = try await held(program, target)
    let now = open.clock.wall
    let revives = program.whenAbsent?.delete == true
    let isMoved =
      if old.mapping == mapping {
        try await writer.move(
          LinkMoves(
            mapping: mapping, moves: [LinkMove(from: old.key, to: new)], revives: revives,
            who: request.who, note: request.note, at: now)
        ).count == 1
      } else {
        try await writer.move(
          old.key, of: old.mapping, to: new, of: mapping, revives: revives, who: request.who,
          note: request.note, at: now)
      }
    guard isMoved else {
      throw OperationFailure(
        .rejected, "a write of \(former) or of \(new) has no known end yet",
        remedy: "run again first: the next run looks at the target; if the write is quarantined, "
          + "`crosswalk failures absent \(mapping) \(new.argument)` ends it")
    }
    return Decided(
      decision: request.decision(.move, mapping, new, targetID: targetID, at: now),
      consequence: "has the object \(targetID) of \(former) now; the next run updates what differs")
  }

  /// The object at the target; `nil` when the target cannot be asked.
  private func held(
    _ program: MappingProgram, _ target: TargetConnection
  ) async throws -> [UInt8]? {
    switch try await NamedObject.read(
      targetID, of: program, from: target, ledger: open.ledger, masking: open.masking)
    {
    case .held(let fields): return fields
    case .cannotAsk: return nil
    case .absent:
      throw OperationFailure(
        .rejected, "\(program.targetName) has no \(program.resource.name.value) \(targetID)",
        remedy: "give the id as the target shows it")
    }
  }
}
