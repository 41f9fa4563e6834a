import Programs

extension MappingReport {
  /// Counts a record that our own checks refuse, and returns what is to be remembered of it; `nil` where a person has said
  /// that such a record is to be left alone.
  ///
  /// - Parameter known: What the ledger knows of the key to have failed.
  mutating func refuse(
    _ key: Key, _ fingerprint: Fingerprint, _ reasons: [Failure.Reason], known: Failure? = nil,
    in context: RunContext
  ) -> Failure? {
    if known?.isDismissed(fingerprint) == true {
      dismissed += 1
      return nil
    }
    rejected += 1
    for reason in reasons { add(reason, key: key.description) }
    let now = context.clock.wall
    return Failure(
      mapping: mapping, key: key, fingerprint: fingerprint, reasons: reasons, status: nil,
      attempts: 0, firstAt: now, lastAt: now, run: context.run)
  }

  /// Counts a change that waits because its record was refused before, its object is gone, or the operator wants it left alone.
  /// Returns whether it waits.
  ///
  /// - Parameters:
  ///   - failure: What the ledger knows of the key to have failed.
  ///   - read: The number of the mapping's read that is under way.
  ///   - conflictStands: Whether what stood against the record at the target still does.
  mutating func holdBack(
    _ change: PlannedChange, _ failure: Failure?, read: Int, now: Instant,
    conflictStands: Bool
  ) -> Bool {
    guard change.kind != .deactivate, let failure,
      failure.holdsBack(change.fingerprint, read: read, now: now, conflictStands: conflictStands)
    else { return false }
    if failure.isDismissed(change.fingerprint) {
      dismissed += 1
      return true
    }
    rejected += 1
    // Without the ids, so that many of them are one line.
    let reasons =
      failure.missingObject == nil
      ? failure.reasons
      : [Failure.Reason(field: nil, message: "its object is no longer at the target")]
    for reason in reasons { add(reason, key: change.key.description) }
    return true
  }
}
