import JSON
import Programs

/// What follows from the answer to a write.
extension RecordSender {
  /// Ends the intent, since the record is refused.
  func refuse(
    _ course: WriteCourse, _ reasons: [Failure.Reason], _ status: Int?
  ) async throws -> RecordOutcome {
    var intent = course.intent
    mapping.advance(&intent, .answered(.refused))
    return try await refuse(course.change, reasons, intent: intent, status: status)
  }

  /// A value is in use: the key is looked up at the target before anything is concluded.
  func postpone(
    _ course: WriteCourse, _ status: Int, _ reasons: [Failure.Reason]
  ) async throws -> RecordOutcome {
    var intent = course.intent
    mapping.advance(&intent, .answered(.taken))
    try await mapping.settle(intent, evidence: evidence(reasons))
    return .taken(
      TakenChange(change: course.change, intent: intent, status: status, reasons: reasons))
  }

  /// What has happened is not known, or not to the object that was meant.
  func doubt(
    _ course: WriteCourse, _ answer: Effect.Answer, _ reason: String
  ) async throws -> RecordOutcome {
    var intent = course.intent
    mapping.advance(&intent, .answered(answer))
    try await mapping.settle(intent, evidence: reason)
    return .unknown(reason)
  }

  /// The patience is used up: nothing changed, and nothing more can be sent now. Returns what stops the target.
  func giveUp(
    _ course: WriteCourse, _ reason: String, _ remedy: String
  ) async throws -> TargetStopped {
    var course = course
    try await end(&course, reason)
    return stop(reason, remedy)
  }

  private func stop(_ reason: String, _ remedy: String) -> TargetStopped {
    let stopped = TargetStopped(
      target: target.definition.name.value, message: reason, remedy: remedy)
    target.gate.stop(stopped)
    return stopped
  }

  // MARK: Gone

  /// The target says that it does not have the object.
  func missObject(_ course: WriteCourse, _ route: String) async throws -> RecordOutcome {
    var course = course
    let id = course.write.id ?? ""
    if course.write.operation == .delete, try await isStillThere(course) {
      let reason = Failure.Reason(
        field: nil,
        message: "\(route) answered 404, and the object \(id) is there: compare "
          + "`delete` in the target's file with the API")
      return try await refuse(course, [reason], 404)
    }
    mapping.advance(&course.intent, .answered(.gone))
    switch course.intent.state {
    case .done:
      course.withholdNothing()
      return try await finish(course, answer: nil)
    case .rejected:
      let reason = Failure.Reason(
        field: nil, message: "\(route) is not there (404): compare the target's file")
      return try await refuse(course.change, [reason], intent: course.intent, status: 404)
    case .planned, .sent, .unknown, .resolving, .absent, .quarantined:
      let reason = "the object \(id) is no longer at the target: its key is looked up there"
      try await mapping.settle(course.intent, evidence: reason)
      return .unknown(reason)
    }
  }

  /// Whether the target shows an object that it has just said not to have. What it does not say counts as no.
  private func isStillThere(_ course: WriteCourse) async throws -> Bool {
    guard let id = course.write.id else { return false }
    do {
      if case .object = try await target.object(id, of: program) { return true }
      return false
    } catch {
      _ = try await doubt(course, .unknown, "the object \(id) could not be read")
      throw error
    }
  }

  // MARK: Done

  /// The target says that it is done, perhaps with the object.
  func accept(_ answer: JSON?, of course: WriteCourse) async throws -> RecordOutcome {
    let write = course.write
    if let answer {
      let keys = naturalKeys(write.record, before: write.before)
      if let other = identity.difference(of: answer, keys: keys, id: write.id) {
        return try await doubt(
          course, .another, "the answer is about another object: \(other.words)")
      }
    }
    return try await finish(course, answer: answer)
  }

  /// Writes down that the write is done, and what is at the target now.
  private func finish(_ course: WriteCourse, answer: JSON?) async throws -> RecordOutcome {
    let identity = program.resource.identity.path
    guard let id = course.write.id ?? answer?.value(at: identity)?.identifier else {
      let came = answer.map { ": " + $0.outline(toward: identity) } ?? ""
      return try await doubt(course, .unknown, "the answer names no `\(identity)`\(came)")
    }
    if course.write.id == nil, let search, search.ids.contains(ExactText(id)) {
      let owner = try await ledger.owner(of: id, resource: program.resourceName)
      return try await doubt(
        course, .another,
        "the answer names object \(id), which "
          + (owner.map { "belongs to \($0.mapping) \($0.key)" } ?? "was at the target before"))
    }
    do {
      if let answer { try await noteShown(by: answer, course) }
      do {
        try await writer.settle(settlement(of: course, id, answer))
      } catch let linked as ObjectIsLinked where course.write.id == nil {
        return try await doubt(
          course, .another,
          "the answer names object \(id), which belongs to \(linked.mapping) \(linked.key)")
      }
    } catch {
      throw stop(
        "the target holds \(program.name) \(course.change.key) as \(id), and the ledger could not "
          + "write it down (intent \(course.intent.id)): \(error)",
        "repair the ledger's disk and run again: the intent is there and will be settled first")
    }
    return outcome(of: course, id)
  }

  /// The end of the write, with the link, what is remembered as sent, the line of history, and what the answer shows.
  private func settlement(
    of course: WriteCourse, _ id: String, _ answer: JSON?
  ) -> Settlement {
    let (write, change) = (course.write, course.change)
    var intent = course.intent
    mapping.advance(&intent, .answered(.done))
    var end = Settlement(
      intent, evidence: course.withheld.isEmpty ? nil : evidence(course.reasons))
    let (sent, after) = course.remembered()
    end.object = Remembered(
      link: Link(
        mapping: program.name, key: change.key, targetID: id,
        state: write.operation.leavesObject ? .active : .inactive,
        fingerprint: change.fingerprint),
      sent: sent.bytes)
    end.change = mapping.entry(change.key, write.operation, before: write.before, after: after)
    if let answer, answer.members != nil, write.operation.leavesObject {
      // What was not sent says nothing.
      var shown = after
      for field in course.withheld { shown[field] = nil }
      end.alterations = comparison.alterations(
        in: answer, of: change.key, sent: shown, before: write.before)
    }
    end.clearsFailure = true
    return end
  }

  /// Remembers which fields the target gives back.
  private func noteShown(by answer: JSON, _ course: WriteCourse) async throws {
    guard answer.members != nil, course.write.operation.leavesObject else { return }
    let shown = answered.newlyShown(by: answer)
    guard !shown.isEmpty else { return }
    try await writer.keep(ShownFields(answered: shown), of: program.resourceName)
  }

  /// What others are told of a write that is done.
  private func outcome(of course: WriteCourse, _ id: String) -> RecordOutcome {
    let key = course.change.key
    let operation = course.write.operation
    if operation == .create { gate?.noteMade(program.name, key) }
    if operation == .delete {
      mapping.links.remove(mapping: program.name, key: key)
    } else {
      mapping.links.add(id, mapping: program.name, key: key)
    }
    switch operation {
    case .create: return .created(withheld: course.reasons)
    case .update, .restore: return .updated(withheld: course.reasons, adopted: false)
    case .deactivate, .delete: return .deactivated
    }
  }
}

extension Operation {
  /// Whether the object stays in use.
  fileprivate var leavesObject: Bool {
    switch self {
    case .create, .update, .restore: true
    case .deactivate, .delete: false
    }
  }
}
