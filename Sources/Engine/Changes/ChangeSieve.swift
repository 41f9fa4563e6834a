import JSON
import Programs

/// Takes out of a mapping's changes what waits in escrow, and what turns out to be no difference; spools the rest.
///
/// An actor, so that the ledger is asked and written to while the rows behind are being read and compared.
actor ChangeSieve {
  /// What came of all changes so far.
  struct Findings: Sendable {
    var creates = 0
    var updates = 0
    /// Records that could not be sent beside another.
    var invalid = 0
    /// Natural keys of the creates.
    var naturalKeys: Set<ExactText> = []
    /// Those of records that are not sent this time.
    var heldBack: Set<ExactText> = []
    /// What updates put into the match field, and what the object had there.
    var rematched = Rematched()
    /// Changes that are like what the ledger has under the names of other mappings.
    var lookalikes: [String: Lookalikes.Found] = [:]
  }

  /// Values of the match field that updates change.
  struct Rematched: Sendable {
    private(set) var count = 0
    private(set) var after: Set<ExactText> = []
    private var before: Set<ExactText> = []

    mutating func add(_ old: ExactText?, _ new: ExactText?) {
      guard old != new else { return }
      count += 1
      if let old { before.insert(old) }
      if let new { after.insert(new) }
    }

    /// Values that another of these objects had.
    var exchanged: Int { after.intersection(before).count }
  }

  private let program: MappingProgram
  private let context: RunContext
  private let open: OpenKeys
  /// What the ledger knows to have failed.
  private let failed: [Key: Failure]
  /// The number of this read.
  private let read: Int
  private let comparison: RecordComparison
  /// Keys against which something at the target still stands.
  private let conflicting: Set<Key>
  private let lookalikes: Lookalikes
  private(set) var findings = Findings()
  private var report: MappingReport
  private var failures: [Failure] = []

  init(
    program: MappingProgram, context: RunContext, open: OpenKeys, failed: [Key: Failure],
    read: Int, conflicting: Set<Key>, lookalikes: Lookalikes
  ) {
    self.conflicting = conflicting
    self.lookalikes = lookalikes
    self.program = program
    self.context = context
    self.open = open
    self.failed = failed
    self.read = read
    comparison = RecordComparison(program, context.masking)
    report = MappingReport(mapping: program.name, target: program.targetName)
    report.examplesKept = context.examplesKept
  }

  /// What has been counted since this was asked for last.
  func drain() -> MappingReport {
    let counted = report
    report = MappingReport(mapping: program.name, target: program.targetName)
    report.examplesKept = counted.examplesKept
    return counted
  }

  /// `failures`: of rows that lay between the changes, to be written down with what is found here. Returns how many changes
  /// were spooled.
  @discardableResult
  func take(_ changes: [PlannedChange], _ failures: [Failure]) async throws -> Int {
    self.failures = failures
    let updates = changes.filter { $0.kind == .update }.map(\.key)
    let sent =
      updates.isEmpty ? [:] : try await context.ledger.sent(of: program.name, keys: updates)
    var kept: [PlannedChange] = []
    for change in changes {
      if holdsBack(change) {
        try report.name(change.key, by: change.record, of: program)
        if change.kind == .create,
          let natural = try program.match?.value(in: change.record, of: program.name, change.key)
        {
          findings.heldBack.insert(natural)
        }
        continue
      }
      if try await keep(change, sent: context.foreseen.held[change.key] ?? sent[change.key]) {
        kept.append(change)
      }
    }
    if !kept.isEmpty {
      // An actor's own state is not lent out while it waits.
      var found = findings.lookalikes
      try await lookalikes.count(in: kept, into: &found)
      findings.lookalikes = found
      try await context.spool.add(kept, mapping: program.name)
    }
    try await context.record(self.failures)
    return kept.count
  }

  /// Whether a change waits because it was refused before.
  private func holdsBack(_ change: PlannedChange) -> Bool {
    let failure = failed[change.key]
    let isHeld = report.holdBack(
      change, failure, read: read, now: context.clock.wall,
      conflictStands: conflicting.contains(change.key))
    guard isHeld else { return false }
    if var failure, failure.missingObject != nil, failure.fingerprint != change.fingerprint {
      // What the operator may dismiss is the record as it is now.
      failure.fingerprint = change.fingerprint
      failures.append(failure)
    }
    return true
  }

  private func keep(_ change: PlannedChange, sent: [UInt8]?) async throws -> Bool {
    switch change.kind {
    case .create: return try keep(create: change)
    case .deactivate: return true
    case .update:
      let difference = try comparison.difference(change.record, since: sent ?? [], of: change.key)
      if difference.changes.isEmpty, !change.returns,
        try !program.needsRestoring(sent, of: change.key)
      {
        try await adoptFingerprint(of: change)
        report.unchanged += 1
        return false
      }
      findings.updates += 1
      if let match = program.match,
        let matched = difference.changes.first(where: { $0.path == match.path })
      {
        findings.rematched.add(match.normalised(matched.before), match.normalised(matched.after))
      }
      return true
    }
  }

  private func keep(create change: PlannedChange) throws(UnreadableRecord) -> Bool {
    if let match = program.match,
      let natural = try match.value(in: change.record, of: program.name, change.key)
    {
      if open.naturalKeys.contains(natural) {
        findings.heldBack.insert(natural)
        report.leave(change.key, open)
        return false
      }
      guard findings.naturalKeys.insert(natural).inserted else {
        return try refuseTwin(change, match)
      }
    }
    findings.creates += 1
    return true
  }

  /// Refuses the second of two rows with the same natural key.
  private func refuseTwin(
    _ change: PlannedChange, _ match: MatchProgram
  ) throws(UnreadableRecord) -> Bool {
    try report.name(change.key, by: change.record, of: program)
    // Not held in escrow: the other row may be gone the next time.
    let refused = report.refuse(
      change.key, Fingerprint(of: change.key.bytes), [.twin(match)], known: failed[change.key],
      in: context)
    if let refused {
      findings.invalid += 1
      failures.append(refused)
    }
    return false
  }

  /// The record reads differently and means the same, e.g. after a field was added that has no value yet.
  private func adoptFingerprint(of change: PlannedChange) async throws {
    guard let writer = context.writer,
      var link = try await context.ledger.link(of: program.name, key: change.key)
    else { return }
    link.fingerprint = change.fingerprint
    let sent = comparison.masked(try change.record(of: program.name))
    try await writer.keep(link, resource: program.resourceName, sent: sent.bytes)
  }
}
