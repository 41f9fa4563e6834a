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
}
