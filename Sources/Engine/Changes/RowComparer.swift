import JSON
import Programs
import Rows

/// Merges a mapping's rows, which come in key order, with its links, which lie in key order, and writes down what differs.
struct RowComparer {
  let program: MappingProgram
  let context: RunContext
  let open: OpenKeys

  private(set) var report: MappingReport
  /// The links without a row; known after the last batch, and then so is what becomes of them.
  private var missing: [MissingRow] = []
  private(set) var review = AbsenceReview()
  private(set) var present: [Key] = []
  /// What rows that have no link of their own, and are not sent, hold in the match field.
  private var matches: Set<ExactText> = []
  /// The same of rows without a key.
  private var keyless: [ExactText?] = []
  private var waiting = DeferredRows()
  var deferred: [DeferredRow] { waiting.rows }
  /// What has come of the changes; known after the last batch.
  private(set) var findings = ChangeSieve.Findings()

  private let builder: RecordBuilder
  private var links: LinkCursor
  let sieve: ChangeSieve
  private var feed: SieveFeed
  /// Rows that make no record that could be sent.
  private var unfit = 0
  private let earlier: EarlierFailures
  /// Keys with a failure whose record has not been seen refused again.
  private var stale: Set<Key>
  /// Whether the outcome of any key is open, so that to be as it was last sent says nothing of it.
  private let hasOpen: Bool
  /// After how many complete reads a key is given up; `nil` for never.
  private let patience: Int?
  /// The row before the present one, which waits until it is seen that the next has another key.
  private var held: (batch: RowBatch, row: Int)?
  private var heldKey: [UInt8] = []
  /// Of the row behind it.
  private var key: [UInt8] = []
  private var heldIsDuplicate = false
  /// The rows with its key, where there are several.
  private var duplicates = DuplicateRows()
  /// What was spent on the present batch for its records, and waiting for links.
  private var evaluating = Duration.zero
  private var untilTimed = 1
  /// Where only some records are worked on.
  private(set) var chosen: ChosenKeys?
  /// Where a plan is applied that was made before objects had their ids.
  private let plannedRows: PlannedRows?

  /// Asks the ledger what has failed before, and `target` what of it still stands.
  init(
    program: MappingProgram, context: RunContext, open: OpenKeys, target: TargetConnection? = nil
  ) async throws {
    self.program = program
    self.context = context
    self.open = open
    hasOpen = !open.keys.isEmpty
    earlier = try await EarlierFailures(program, context, target)
    // That an object is gone is not over because a row fits its record.
    stale = Set(earlier.failed.values.lazy.filter { $0.missingObject == nil }.map(\.key))
    patience = try await context.patience(with: program)
    sieve = ChangeSieve(
      program: program, context: context, open: open, failed: earlier.failed, read: earlier.read,
      conflicting: earlier.conflicting, lookalikes: try await Lookalikes(program, context))
    feed = SieveFeed(sieve)
    report = MappingReport(mapping: program.name, target: program.targetName)
    report.examplesKept = context.examplesKept
    builder = RecordBuilder(
      program: program, integerIDs: context.project.integerIDs, links: context.links)
    builder.ownLinks = .awaited
    self.links = LinkCursor(
      mapping: program.name, ledger: context.ledger, clock: context.clock)
    chosen = ChosenKeys(
      context.options.keys, of: program, gate: context.options.gate,
      names: context.project.known.names)
    plannedRows = PlannedRows(program, context)
  }

  // MARK: Rows

  mutating func add(_ batch: RowBatch) async throws {
    try program.check(batch)
    let begun = context.clock.monotonic
    let waitedBefore = links.waited
    evaluating = .zero
    // The row that waits is of the batch before.
    var isHeld = false
    var row = 0
    while row < batch.count {
      if isHeld {
        row = passUnchanged(before: row, of: batch)
        if row == batch.count { break }
      }
      if let isDuplicate = try await settleHeld(before: row, of: batch) {
        swap(&key, &heldKey)
        held = (batch, row)
        heldIsDuplicate = isDuplicate
        if !isHeld { builder.setBatch(batch) }
        isHeld = true
      }
      row += 1
    }
    context.times.add(evaluating, to: .evaluate)
    let others = evaluating + links.waited - waitedBefore
    context.times.add(max(.zero, context.clock.monotonic - begun - others), to: .compare)
    context.report(.read(mapping: program.name, rows: report.rows))
  }

  /// The usual rows, in one go and without a wait: as long as the row that waits has another key than the next, its link
  /// stands at the cursor, and nothing about it has changed, the next one waits in its place. Returns the first row that was
  /// not looked at.
  private mutating func passUnchanged(before first: Int, of batch: RowBatch) -> Int {
    guard let last = held?.row, !heldIsDuplicate, context.foreseen.isEmpty, chosen == nil else {
      return first
    }
    let passed = batch.withRows { rows in
      var (waiting, next) = (last, first)
      // Their own, or every row would copy the one and count the other.
      var links = links
      let builder = builder
      while next < rows.count, !hasOpen || !open.keys.contains(Key(bytes: heldKey)),
        let settled = links.settledFingerprint(of: heldKey),
        builder.key(of: next, in: rows, into: &key), Key.order(heldKey, key) < 0,
        case .built(let fingerprint) = build(row: waiting, in: rows),
        fingerprint == settled
      {
        links.advance()
        // The two keys change places, so that neither is made anew.
        swap(&key, &heldKey)
        waiting = next
        next += 1
      }
      self.links = links
      held?.row = waiting
      return next - first
    }
    report.rows += passed
    report.unchanged += passed
    return first + passed
  }

  /// Sees what becomes of the row that waits now that the next one is known, and leaves that one's key in ``key``. Returns
  /// whether the next one has the same key, or nothing when it has none.
  private mutating func settleHeld(before row: Int, of batch: RowBatch) async throws -> Bool? {
    guard batch.withRows({ builder.key(of: row, in: $0, into: &key) }) else {
      if chosen != nil { return nil }
      report.rows += 1
      report.rejected += 1
      if let reason = builder.whyNoKey(of: row, in: batch) {
        report.add(reason, key: batch.place(of: row) ?? "row \(report.rows)")
      }
      // The row that waits is of the batch that is set, which may be the one before.
      let other = builder.batch
      builder.setBatch(batch)
      _ = builder.build(row: row)
      keyless.append(try builder.matchValue())
      builder.setBatch(other)
      return nil
    }
    guard held != nil else { return false }
    let order = Key.order(heldKey, key)
    if order > 0 {
      throw SourceFailure(
        kind: .extract, source: program.sourceName,
        message:
          "the rows do not come in the order of their key: \(Key(bytes: heldKey)) before \(Key(bytes: key))",
        remedy: "this is a defect, or a source that sorts text in another way than by its bytes")
    }
    try await compareHeld(isDuplicate: heldIsDuplicate || order == 0, isLast: order != 0)
    return order == 0
  }

  /// After the last batch: whatever links are left have no row.
  mutating func finish() async throws {
    if held != nil { try await compareHeld(isDuplicate: heldIsDuplicate, isLast: true) }
    held = nil
    while try await links.hasLink() {
      miss()
      links.advance()
    }
    try await feed.finish()
    try chosen?.check()
    report.missingKeys = chosen?.missing ?? []
    try await reviewAbsences()
    findings = await sieve.findings
    report.add(await sieve.drain())
  }

  /// Now that all rows are known, sees who is really gone.
  private mutating func reviewAbsences() async throws {
    let found = await sieve.findings
    review = try await AbsenceReview(
      of: missing,
      matches: found.naturalKeys.union(found.heldBack).union(found.rematched.after).union(matches),
      keyless: keyless, program: program, ledger: context.ledger)
    missing = []
    if chosen != nil { review.leaveAlone() }
    report.absent += review.counted.count + review.spared
    report.absence = AbsenceReport(review, program, after: patience)
    for start in stride(from: 0, to: review.due.count, by: SieveFeed.chunk) {
      try await sieve.take(
        review.due[start..<min(start + SieveFeed.chunk, review.due.count)].map {
          PlannedChange(kind: .deactivate, key: $0.key, fingerprint: $0.fingerprint, record: [])
        }, [])
    }
  }

  /// After an error: waits until nothing is at work any more.
  func abandon() async { await feed.abandon() }

  var failed: [Key: Failure] { earlier.failed }
  var dismissed: Set<Key> { earlier.dismissed }
  var read: Int { earlier.read }
  var creates: Int { findings.creates }
  var deactivations: Int { review.due.count }
  var updates: Int { findings.updates }
  var naturalKeys: Set<ExactText> { findings.naturalKeys }
  /// Rows that make no record that could be sent, or none beside another.
  var invalid: Int { unfit + findings.invalid }

  /// The mapping's links that are in use; known after the last batch, when all have been passed.
  var activeLinks: Int { links.activeCount + context.foreseen.givenBack.count }

  /// Failures that are over: the record is as it was last sent, or the row is gone.
  var overcome: [Key] { Array(chosen.map { stale.intersection($0.taken) } ?? stale) }

  /// Makes the record, and looks at the clock now and then.
  @inline(__always)
  private mutating func build(row: Int, in rows: RowsInPlace) -> RecordBuilder.Outcome {
    untilTimed -= 1
    guard untilTimed == 0 else { return builder.build(row: row, in: rows) }
    untilTimed = StageTimes.sampling
    let begun = context.clock.monotonic
    let outcome = builder.build(row: row, in: rows)
    evaluating += (context.clock.monotonic - begun) * StageTimes.sampling
    return outcome
  }

  private mutating func build(row: Int, of batch: RowBatch) -> RecordBuilder.Outcome {
    batch.withRows { build(row: row, in: $0) }
  }

  /// `isLast`: whether the next row has another key. Rows with the same one are refused once all of them are known.
  private mutating func compareHeld(isDuplicate: Bool, isLast: Bool) async throws {
    guard let held else { return }
    defer { if isLast { duplicates = DuplicateRows() } }
    let heldKey = heldKey
    let isChosen = chosen?.takes(heldKey) ?? true
    if isChosen { report.rows += 1 }
    var isLinked = false
    while try await links.hasLink() {
      let order = links.compare(with: heldKey)
      if order > 0 { break }
      if order == 0 {
        isLinked = true
        break
      }
      miss()
      links.advance()
    }
    defer { if isLinked { links.advance() } }
    guard isChosen else { return }
    context.options.gate?.see(heldKey, of: program.name)
    if isLinked, links.absences > 0, links.state == .active {
      present.append(Key(bytes: heldKey))
    }
    // A row that has no object of its own may be that of one whose key is gone.
    let mayClaim = !isLinked || links.state == .inactive
    if isDuplicate {
      duplicates.add(held.batch.place(of: held.row))
      _ = build(row: held.row, of: held.batch)
      if mayClaim { claim(try builder.matchValue()) }
      guard isLast else { return }
      return try reject(
        Key(bytes: heldKey), Fingerprint(of: heldKey),
        [.duplicateKey(duplicates, in: program.definition.extract)], builder.bytes,
        rows: duplicates.count)
    }
    switch build(row: held.row, of: held.batch) {
    case .rejected(let reasons):
      if mayClaim { claim(try builder.matchValue()) }
      try reject(Key(bytes: heldKey), Fingerprint(of: builder.bytes), reasons, builder.bytes)
    case .deferred(let missing):
      if mayClaim { claim(try builder.matchValue()) }
      try postpone(held.batch, held.row, missing, isLinked: isLinked)
    case .built(let fingerprint):
      let key = Key(bytes: heldKey)
      let decision = RowDecision(
        record: fingerprint,
        link: isLinked
          ? RowDecision.KnownLink(state: links.state, fingerprint: links.fingerprint) : nil,
        isOpen: hasOpen && open.keys.contains(key), isDismissed: dismissed.contains(key),
        isHeldOtherwise: !context.foreseen.isEmpty && context.foreseen.held[key] != nil,
        deletes: program.whenAbsent?.delete == true)
      if decision != .unchanged { stale.remove(key) }
      switch decision {
      case .unknown, .dismissed:
        if mayClaim { claim(try builder.matchValue()) }
        if decision == .dismissed { report.dismissed += 1 } else { report.leave(key, open) }
      case .unchanged: report.unchanged += 1
      case .update(let returns): try update(key, fingerprint, held.batch, held.row, returns)
      case .create: try create(key, fingerprint, held.batch, held.row, isLinked: isLinked)
      }
    }
    try await feed.passOnIfFull()
  }

  /// The row waits for a link.
  private mutating func postpone(
    _ batch: RowBatch, _ row: Int, _ missing: [MissingLink], isLinked: Bool
  ) throws {
    let key = Key(bytes: heldKey)
    stale.remove(key)
    report.deferred += 1
    context.options.gate?.note(key, of: program.name, waitingFor: missing)
    guard !waiting.isFull else { return }
    waiting.add(
      DeferredRow(
        batch, row: row, key: key, missing: missing,
        naturalKey: isLinked ? nil : try builder.naturalKey()))
  }

  private mutating func update(
    _ key: Key, _ fingerprint: Fingerprint, _ batch: RowBatch, _ row: Int, _ returns: Bool
  ) throws {
    let record = builder.bytes
    let reasons = try builder.brokenRules(inUpdateTo: record)
    if !reasons.isEmpty { return try reject(key, fingerprint, reasons, record) }
    plannedRows?.noteUpdate(batch, row: row, .awaited, of: key)
    feed.add(
      PlannedChange(
        kind: .update, key: key, fingerprint: fingerprint, record: record, returns: returns))
  }

  private mutating func create(
    _ key: Key, _ fingerprint: Fingerprint, _ batch: RowBatch, _ row: Int, isLinked: Bool
  ) throws {
    let record = builder.bytes
    switch try builder.buildOnCreate(row: row) {
    case .rejected(let reasons):
      claim(try builder.matchValue())
      try reject(key, fingerprint, reasons, record)
    case .deferred(let missing):
      claim(try builder.matchValue())
      try postpone(batch, row, missing, isLinked: isLinked)
    case .built:
      try plannedRows?.noteCreate(batch, row: row, .awaited, of: key)
      feed.add(
        PlannedChange(
          kind: .create, key: key, fingerprint: fingerprint, record: record,
          onCreate: builder.onCreateBytes))
    }
  }

  /// The link at the cursor has no row.
  private mutating func miss() {
    let key = links.key
    let isGivenBack = context.foreseen.givenBack.contains(key)
    guard links.state == .active || isGivenBack else { return }
    chosen?.miss(key)
    let isOpen = open.keys.contains(key)
    if isOpen, chosen == nil, !dismissed.contains(key) {
      report.leave(key, open)
      report.unknownAbsent += 1
    }
    let absences = links.absences + 1
    // The end of a write is waited for.
    let isDue =
      !isOpen && chosen == nil && (isGivenBack || patience.map { absences >= $0 } ?? false)
    // Refused before, it is tried again; how often and since when is kept.
    if isDue { stale.remove(key) }
    missing.append(
      MissingRow(key: key, fingerprint: links.fingerprint, absences: absences, isDue: isDue))
  }

  private mutating func claim(_ value: ExactText?) {
    if let value { matches.insert(value) }
  }

  private mutating func reject(
    _ key: Key, _ fingerprint: Fingerprint, _ reasons: [Failure.Reason], _ record: [UInt8],
    rows: Int = 1
  ) throws(UnreadableRecord) {
    stale.remove(key)
    try report.name(key, by: record, of: program)
    for row in 0..<rows {
      let refused = report.refuse(key, fingerprint, reasons, known: failed[key], in: context)
      guard let refused else { continue }
      unfit += 1
      if row == 0 { feed.add(refused) }
    }
  }
}
