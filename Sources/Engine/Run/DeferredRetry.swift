import JSON
import Programs

/// Builds deferred rows once more, now that more links are there.
///
/// Rows that link to others of the same mapping wait for those first, so that each record is complete at once. What then
/// still waits goes without the link, as far as the field can be set later: one of each circle, and what links to a row that
/// will not come. As soon as the link leads somewhere the field is set by an update.
struct DeferredRetry {
  let program: MappingProgram
  let context: RunContext
  let open: OpenKeys
  /// What the ledger knows to have failed.
  private let failed: [Key: Failure]
  /// Keys with an open intent that the operator wants left alone.
  private let dismissed: Set<Key>
  private(set) var waiting: [DeferredRow]
  /// Rows whose record goes without a link to another row of the mapping.
  private(set) var incomplete: [DeferredRow] = []
  /// Keys of rows that cannot go without it.
  private var bound: Set<Key> = []
  private var changes: [PlannedChange] = []
  private var completions: [PlannedChange] = []
  private let builder: RecordBuilder
  private let plannedRows: PlannedRows?

  /// Of the rows that wait once all have been read.
  init(_ comparer: RowComparer) {
    program = comparer.program
    context = comparer.context
    open = comparer.open
    failed = comparer.failed
    dismissed = comparer.dismissed
    waiting = comparer.deferred
    plannedRows = PlannedRows(program, context)
    builder = RecordBuilder(
      program: program, integerIDs: context.project.integerIDs, links: context.links)
  }

  /// Changes of which the row has been counted already: they set what the record went without.
  var completing: Set<Key> { Set(completions.map(\.key)) }
  var count: Int { changes.count + completions.count }
  /// Natural keys of the rows that still wait.
  var naturalKeys: Set<ExactText> { Set(waiting.compactMap(\.naturalKey)) }

  /// Spools what can be sent now. Returns whether there may be more afterwards; the rows of what is to be sent count as
  /// deferred until then.
  mutating func spool(through sieve: ChangeSieve, _ report: inout MappingReport) async throws
    -> Bool
  {
    guard try await build(&report) else { return false }
    try await context.spool.clear(mapping: program.name)
    report.deferred += try await sieve.take(changes, [])
    report.add(await sieve.drain())
    _ = try await sieve.take(completions, [])
    _ = await sieve.drain()
    return true
  }

  /// Builds the rows of which something has changed, or else those that can go without a link. Returns whether there were
  /// any.
  private mutating func build(_ report: inout MappingReport) async throws -> Bool {
    changes = []
    completions = []
    let ready = waiting.filter(isReady)
    let completed = incomplete.filter(isReady)
    if !ready.isEmpty || !completed.isEmpty {
      waiting.removeAll(where: isReady)
      incomplete.removeAll(where: isReady)
      for row in ready { try await build(row, .awaited, &report) }
      for row in completed { try await build(row, .leftOut, isSent: true, &report) }
      return true
    }
    let keys = goingWithout()
    guard !keys.isEmpty else { return false }
    let rows = waiting.filter { keys.contains($0.key) }
    waiting.removeAll { keys.contains($0.key) }
    for row in rows { try await build(row, .leftOut, &report) }
    return true
  }

  /// Whether a reference of a row leads somewhere by now.
  private func isReady(_ row: DeferredRow) -> Bool {
    row.missing.contains { context.links.resolve($0.mapping, $0.key) != .missing }
  }

  // MARK: Circles

  /// The rows to go without a link now: those that link to nothing that will come, and one of each circle. Where there are
  /// none, all that wait for rows which wait for something else.
  private func goingWithout() -> Set<Key> {
    let own = waiting.filter { row in
      !bound.contains(row.key) && row.missing.allSatisfy { isOwn($0.mapping) }
    }
    let present = Set(waiting.map(\.key))
    var chosen = Set(
      own.filter { row in !row.missing.contains { present.contains($0.key) } }.map(\.key))
    chosen.formUnion(closingCircles(own))
    return chosen.isEmpty ? Set(own.map(\.key)) : chosen
  }

  private func isOwn(_ mapping: String) -> Bool { mapping.utf8.elementsEqual(program.name.utf8) }

  /// The rows whose links lead back to where a walk along the links has come from. Without these there are no circles.
  private func closingCircles(_ rows: [DeferredRow]) -> Set<Key> {
    let links = Dictionary(rows.map { ($0.key, $0.missing.map(\.key)) }) { first, _ in first }
    var closing: Set<Key> = []
    var seen: Set<Key> = []
    for row in rows where !seen.contains(row.key) {
      var path: Set<Key> = [row.key]
      var steps = [(key: row.key, rest: (links[row.key] ?? [])[...])]
      seen.insert(row.key)
      while let step = steps.last {
        guard let next = step.rest.first else {
          path.remove(step.key)
          steps.removeLast()
          continue
        }
        steps[steps.count - 1].rest.removeFirst()
        if path.contains(next) {
          closing.insert(step.key)
        } else if let further = links[next], seen.insert(next).inserted {
          path.insert(next)
          steps.append((next, further[...]))
        }
      }
    }
    return closing
  }

  // MARK: Records

  private mutating func build(
    _ row: DeferredRow, _ ownLinks: RecordBuilder.OwnLinks, isSent: Bool = false,
    _ report: inout MappingReport
  ) async throws {
    var row = row
    builder.setBatch(row.batch)
    builder.ownLinks = ownLinks
    switch builder.build(row: 0) {
    case .deferred(let missing):
      if ownLinks == .leftOut { bound.insert(row.key) }
      row.missing = missing
      row.naturalKey = try row.naturalKey ?? builder.naturalKey()
      if isSent { incomplete.append(row) } else { waiting.append(row) }
      return
    case .rejected(let reasons):
      if isSent {
        for reason in reasons { report.add(reason, key: row.key.description, kind: .withheld) }
        return
      }
      try await reject(row.key, Fingerprint(of: builder.bytes), reasons, &report)
    case .built(let fingerprint):
      let unset = builder.unset
      let missing = try await plan(row, fingerprint, isSent: isSent, &report)
      if let missing {
        if ownLinks == .leftOut { bound.insert(row.key) }
        row.missing = missing
        waiting.append(row)
        return
      }
      if !unset.isEmpty {
        row.missing = unset
        incomplete.append(row)
      }
    }
    if !isSent { report.deferred -= 1 }
  }

  /// Returns what the fields that only a create carries wait for.
  private mutating func plan(
    _ row: DeferredRow, _ fingerprint: Fingerprint, isSent: Bool, _ report: inout MappingReport
  ) async throws -> [MissingLink]? {
    let key = row.key
    let link = try await context.ledger.link(of: program.name, key: key)
    if isSent {
      // What was not made after all is not completed; in a plan the object is only pretended.
      let isThere = link != nil || context.links.resolve(program.name, key) != .missing
      guard isThere, link?.fingerprint != fingerprint else { return nil }
      plannedRows?.noteUpdate(row.batch, row: 0, builder.ownLinks, of: key)
      completions.append(
        PlannedChange(kind: .update, key: key, fingerprint: fingerprint, record: builder.bytes))
      return nil
    }
    let decision = RowDecision(
      record: fingerprint, link: link.map { RowDecision.KnownLink($0) },
      isOpen: open.keys.contains(key), isDismissed: dismissed.contains(key),
      isHeldOtherwise: context.foreseen.held[key] != nil,
      deletes: program.whenAbsent?.delete == true)
    switch decision {
    case .unknown: report.leave(key, open)
    case .dismissed: report.dismissed += 1
    case .unchanged: report.unchanged += 1
    case .update(let returns):
      try await update(row, fingerprint, returns: returns, &report)
    case .create: return try await create(row, fingerprint, &report)
    }
    return nil
  }

  private mutating func update(
    _ row: DeferredRow, _ fingerprint: Fingerprint, returns: Bool, _ report: inout MappingReport
  ) async throws {
    let key = row.key
    let record = try await keeping(builder.leftOut, of: key, in: builder.bytes)
    let reasons = try builder.brokenRules(inUpdateTo: record)
    guard reasons.isEmpty else {
      return try await reject(key, fingerprint, reasons, &report)
    }
    if let plannedRows {
      for version in plannedRows.versions
      where plannedRows.build(version, row.batch, row: 0, builder.ownLinks) {
        let planned = plannedRows.builder
        plannedRows.note(
          try await keeping(planned.leftOut, of: key, in: planned.bytes), of: key)
      }
    }
    changes.append(
      PlannedChange(
        kind: .update, key: key, fingerprint: fingerprint, record: record, returns: returns))
  }

  /// Returns what the fields that only a create carries wait for.
  private mutating func create(
    _ row: DeferredRow, _ fingerprint: Fingerprint, _ report: inout MappingReport
  ) async throws -> [MissingLink]? {
    let key = row.key
    let record = builder.bytes
    switch try builder.buildOnCreate(row: 0) {
    case .deferred(let missing): return missing
    case .rejected(let reasons): try await reject(key, fingerprint, reasons, &report)
    case .built:
      try plannedRows?.noteCreate(row.batch, row: 0, builder.ownLinks, of: key)
      changes.append(
        PlannedChange(
          kind: .create, key: key, fingerprint: fingerprint, record: record,
          onCreate: builder.onCreateBytes))
    }
    return nil
  }

  /// A record in which fields that go without a value stay as they were last sent.
  private func keeping(
    _ fields: [String], of key: Key, in record: [UInt8]
  ) async throws -> [UInt8] {
    guard !fields.isEmpty else { return record }
    let sent = try await context.ledger.sent(of: program.name, keys: [key])
    let known = try FlatRecord(remembered: sent[key] ?? [], of: program.name, key)
    var kept = try FlatRecord(record, of: program.name, key)
    for field in fields { kept[field] = known[field] ?? .null }
    return kept.bytes
  }

  private func reject(
    _ key: Key, _ fingerprint: Fingerprint, _ reasons: [Failure.Reason],
    _ report: inout MappingReport
  ) async throws {
    try report.name(key, by: builder.bytes, of: program)
    let refused = report.refuse(key, fingerprint, reasons, known: failed[key], in: context)
    if let refused { try await context.record([refused]) }
  }

  // MARK: What is left

  /// Says what the rows wait for that were not sent, or not whole.
  func explain(in report: inout MappingReport) {
    let present = Set(waiting.map(\.key))
    for row in waiting {
      for missing in row.missing {
        let inCircle =
          bound.contains(row.key) && isOwn(missing.mapping) && present.contains(missing.key)
        report.add(
          Failure.Reason(
            field: nil,
            message: context.options.gate?.awaited(missing.mapping, missing.key)?.reason
              ?? (inCircle
                ? "waits for \(missing.mapping), and the field cannot be set later"
                : "waits for \(missing.mapping)")),
          key: "\(missing.key)", kind: .deferred)
      }
    }
    for row in incomplete {
      for missing in row.missing {
        report.add(
          Failure.Reason(
            field: nil, message: "sent without its link to \(missing.mapping), which is not there"),
          key: "\(missing.key)", kind: .deferred)
      }
    }
  }
}
