import JSON
import Programs

/// Builds deferred rows once more, now that more links are there.
struct DeferredRetry {
  let program: MappingProgram
  let context: RunContext
  let open: OpenKeys
  /// What the ledger knows to have failed, and the number of this read.
  private let failed: [Key: Failure]
  private let read: Int
  /// Natural keys of this run's creates.
  private var taken: Set<ExactText>
  private(set) var waiting: [DeferredRow]
  private(set) var changes: [PlannedChange] = []
  /// Natural keys of the creates among the changes.
  private(set) var naturalKeys: Set<ExactText> = []

  init(
    program: MappingProgram, context: RunContext, open: OpenKeys, failed: [Key: Failure],
    read: Int, taken: Set<ExactText>, waiting: [DeferredRow]
  ) {
    self.failed = failed
    self.read = read
    self.program = program
    self.context = context
    self.open = open
    self.taken = taken
    self.waiting = waiting
  }

  /// Whether a reference of a waiting row leads somewhere by now.
  var canGoOn: Bool {
    waiting.contains { row in
      row.missing.contains { context.links.resolve($0.mapping, $0.key) != .missing }
    }
  }

  /// Puts what can be sent now into ``changes``; the rest still waits, or is counted in the report.
  mutating func build(_ report: inout MappingReport) async throws {
    let builder = RecordBuilder(
      program: program, integerIDs: context.integerIDs, links: context.links)
    let rows = waiting
    waiting = []
    changes = []
    naturalKeys = []
    for var row in rows {
      builder.setBatch(row.batch)
      var bytes: [UInt8] = []
      // A row without a key has never been deferred.
      guard builder.key(of: 0, in: row.batch, into: &bytes) else { continue }
      let key = Key(bytes: bytes)
      switch builder.build(row: 0) {
      case .deferred(let missing):
        row.missing = missing
        waiting.append(row)
        continue
      case .rejected(let reasons):
        try await reject(key, Fingerprint(of: builder.bytes), reasons, &report)
      case .built(let fingerprint):
        try await plan(key, fingerprint, builder, &report)
      }
      report.deferred -= 1
    }
  }

  private mutating func plan(
    _ key: Key, _ fingerprint: Fingerprint, _ builder: RecordBuilder,
    _ report: inout MappingReport
  ) async throws {
    let link = try await context.ledger.link(of: program.name, key: key)
    if open.keys.contains(key) {
      report.unknown += 1
      return
    }
    if let link, link.state == .active, link.fingerprint == fingerprint {
      report.unchanged += 1
      return
    }
    let record = builder.bytes
    let isDeleted = link?.state == .inactive && program.whenAbsent?.delete == true
    if let link, !isDeleted {
      let reasons = builder.brokenRules(inUpdateTo: record)
      if !reasons.isEmpty { return try await reject(key, fingerprint, reasons, &report) }
      let change = PlannedChange(
        kind: .update, key: key, fingerprint: fingerprint, record: record,
        returns: link.state == .inactive)
      if !holdsBack(change, &report) { changes.append(change) }
      return
    }
    let create = PlannedChange(
      kind: .create, key: key, fingerprint: fingerprint, record: record)
    if holdsBack(create, &report) { return }
    if let match = program.match, let natural = match.normalised(FlatRecord(record)[match.path]) {
      if open.naturalKeys.contains(natural) {
        report.unknown += 1
        return
      }
      guard taken.insert(natural).inserted else {
        try await reject(key, Fingerprint(of: key.bytes), [.twin(match)], &report)
        return
      }
      naturalKeys.insert(natural)
    }
    if case .rejected(let reasons) = builder.buildOnCreate(row: 0, record: record) {
      try await reject(key, fingerprint, reasons, &report)
      return
    }
    changes.append(
      PlannedChange(
        kind: .create, key: key, fingerprint: fingerprint, record: record, onCreate: builder.bytes))
  }

  private func holdsBack(_ change: PlannedChange, _ report: inout MappingReport) -> Bool {
    report.holdBack(change, failed[change.key], read: read, now: context.clock.wall)
  }

  private func reject(
    _ key: Key, _ fingerprint: Fingerprint, _ reasons: [Failure.Reason],
    _ report: inout MappingReport
  ) async throws {
    let refused = report.refuse(key, fingerprint, reasons, in: context)
    guard let refused, !context.isPlan else { return }
    try await context.ledger.record([refused], epoch: context.lease.epoch)
  }
}
