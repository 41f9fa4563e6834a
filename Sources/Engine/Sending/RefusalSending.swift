import JSON
import Programs

/// Remembering why a record is refused.
extension RecordSender {
  /// A refusal that the record is not to blame for: it is tried again when its cause is gone, see ``ConflictCheck``.
  func refuse(
    _ change: PlannedChange, _ conflict: Failure.Conflict
  ) async throws -> RecordOutcome {
    try await refuse(
      change, [conflict.reason(program)],
      claims: conflict.owner == nil ? nil : conflict.objects.first, because: conflict)
  }

  /// A refusal of our own that the record is not to blame for: it is tried again in every run.
  func refuse(
    _ change: PlannedChange, _ reason: Failure.Reason
  ) async throws -> RecordOutcome {
    var change = change
    change.fingerprint = Fingerprint(of: change.key.bytes)
    return try await refuse(change, [reason])
  }

  /// Refuses a create for the value that is taken.
  func refuse(_ taken: TakenChange) async throws -> RecordOutcome {
    var intent = taken.intent
    mapping.advance(&intent, .lookedUpTaken(.none))
    return try await refuse(taken.change, taken.reasons, intent: intent, status: taken.status)
  }

  /// Remembers why a record is refused, and ends its intent where it has one.
  func refuse(
    _ change: PlannedChange, _ reasons: [Failure.Reason], intent: Intent? = nil,
    status: Int? = nil, claims object: String? = nil, because conflict: Failure.Conflict? = nil
  ) async throws -> RecordOutcome {
    let now = mapping.clock.wall
    var failure = Failure(
      mapping: program.name, key: change.key, fingerprint: change.fingerprint, reasons: reasons,
      status: status, firstAt: now, lastAt: now, run: writer.run)
    failure.claims = object
    failure.conflict = conflict
    if let intent {
      var end = Settlement(intent, evidence: evidence(reasons))
      end.failure = failure
      try await writer.settle(end)
    } else {
      try await writer.record([failure])
    }
    return .rejected(reasons)
  }

  func evidence(_ reasons: [Failure.Reason]) -> String {
    reasons.map { reason in
      (reason.field.map { "\($0): " } ?? "") + reason.message
    }.joined(separator: "; ")
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

  /// Whether the record can be sent without the field that is blamed.
  func canGoWithout(_ reason: Failure.Reason) -> Bool {
    reason.field.map(retryWithout.contains) ?? false
  }
}
