extension RecordOutcome {
  var isFailure: Bool {
    switch self {
    case .rejected, .unknown: true
    case .created, .updated, .deactivated, .unchanged, .taken, .busy, .unplanned, .outdated: false
    }
  }

  /// Whether it was to be sent at all.
  var isOfPlan: Bool {
    switch self {
    case .unplanned, .outdated: false
    case .created, .updated, .deactivated, .unchanged, .rejected, .unknown, .taken, .busy: true
    }
  }
}

extension MappingReport {
  /// - Parameter approved: What the operator has approved, where that is less than what is found now.
  mutating func block(
    _ tripped: [GuardTripped], approved: [PlanSection.ShownGuard] = []
  ) {
    status = .blocked
    guards = tripped.compactMap(\.shown)
    let (message, remedy) = GuardTripped.summary(tripped, approved: approved)
    self.message = message
    self.remedy = remedy
  }

  mutating func fail(_ stopped: TargetStopped) {
    status = .failed
    message = "\(stopped.target): \(stopped.message)"
    remedy = stopped.remedy
  }

  /// Counts a change that came to an end, and until now as one that waits.
  mutating func count(_ outcome: RecordOutcome, of change: PlannedChange) {
    let key = change.key
    switch outcome {
    case .busy(let reason):
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .deferred)
      return
    case .unplanned:
      // It waits for a plan that says it.
      unplanned += 1
      return
    case .created, .updated, .deactivated: reconciled?.pending.remove(key)
    case .unchanged, .rejected, .unknown, .taken, .outdated: break
    }
    if change.kind == .deactivate {
      count(deactivation: outcome, key: key)
      return
    }
    deferred -= 1
    switch outcome {
    case .created(let withheld):
      created += 1
      note(withheld, key)
    case .updated(let withheld, let adopts):
      updated += 1
      if adopts { adopted += 1 }
      note(withheld, key)
    case .unchanged(let adopts):
      unchanged += 1
      if adopts { adopted += 1 }
    case .rejected(let reasons):
      rejected += 1
      for reason in reasons { add(reason, key: key.description) }
    case .unknown(let reason):
      unknown += 1
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .unknown)
    case .outdated(let reason):
      rejected += 1
      outdated += 1
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .outdated)
    case .deactivated, .taken, .busy, .unplanned: break
    }
  }

  /// Counts a record that is left alone, since the end of an earlier write for it is not known.
  mutating func leave(_ key: Key, _ open: OpenKeys) {
    unknown += 1
    let message =
      open.quarantined.contains(key)
      ? "an earlier write may have landed; look at the target, then decide with `crosswalk failures`"
      : "an earlier write may have landed; the next run looks at the target"
    add(Failure.Reason(field: nil, message: message), key: key.description, kind: .unknown)
  }

  /// Counts what became of a link that was set after its record had been sent: the row itself has been counted.
  mutating func count(completion outcome: RecordOutcome, of change: PlannedChange) {
    let key = change.key.description
    switch outcome {
    case .created, .updated, .unchanged, .deactivated:
      completed += 1
      return
    case .rejected(let reasons):
      for reason in reasons { add(reason, key: key, kind: .withheld) }
    case .unknown(let reason):
      add(Failure.Reason(field: nil, message: reason), key: key, kind: .unknown)
    case .busy(let reason):
      add(Failure.Reason(field: nil, message: reason), key: key, kind: .deferred)
      return
    case .outdated(let reason):
      outdated += 1
      add(Failure.Reason(field: nil, message: reason), key: key, kind: .outdated)
    case .unplanned:
      unplanned += 1
      return
    case .taken: return
    }
    if status == .succeeded { status = .partial }
  }

  /// A key that has no row any more counts as absent until it has been given up.
  mutating func count(deactivation outcome: RecordOutcome, key: Key) {
    switch outcome {
    case .rejected(let reasons):
      rejected += 1
      rejectedAbsent += 1
      for reason in reasons { add(reason, key: key.description) }
    case .unknown(let reason):
      unknown += 1
      unknownAbsent += 1
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .unknown)
    case .outdated(let reason):
      rejected += 1
      rejectedAbsent += 1
      outdated += 1
      add(Failure.Reason(field: nil, message: reason), key: key.description, kind: .outdated)
    case .taken, .busy, .unplanned: return
    case .created, .updated, .unchanged, .deactivated:
      absent -= 1
      deactivated += 1
      return
    }
    if status == .succeeded { status = .partial }
  }

  private mutating func note(_ reasons: [Failure.Reason], _ key: Key) {
    guard !reasons.isEmpty else { return }
    withheld += 1
    for reason in reasons {
      add(reason, key: key.description, kind: .withheld)
    }
  }
}
