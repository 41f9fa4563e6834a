import JSON
import Mappings
import Programs

/// Compares the ledger with the target as it is, read once and whole, before the rows are compared with the ledger.
///
/// It sends nothing. What a person edited and the mapping writes back is put into the ledger as the target holds it, so
/// that the run finds the difference by itself; what was deleted becomes a failure that a person answers.
struct Reconciliation {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection
  /// Keys whose last write has no known end yet: nothing can be said of them.
  let open: OpenKeys

  private static let chunk = 500

  /// The objects that are known to be gone, by their keys, before this reading.
  private func knownMissing() async throws -> [Key: String] {
    let failures = try await context.ledger.failures(of: program.name)
    return Dictionary(
      failures.compactMap { failure in failure.missingObject.map { (failure.key, $0) } }
    ) { first, _ in first }
  }

  /// `nil` when the target cannot be listed.
  func settle() async throws -> ReconcileReport? {
    guard let survey = try await TargetSurvey.read(program, from: target, context: context) else {
      return nil
    }
    var report = ReconcileReport()
    report.objects = survey.objects.count
    let missing = try await knownMissing()
    var linked: [ExactText: Key] = [:]
    var waiting: [Link] = []
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      let key = cursor.key
      cursor.advance()
      guard let link = try await context.ledger.link(of: program.name, key: key) else { continue }
      linked[ExactText(link.targetID)] = key
      if !open.keys.contains(key) { waiting.append(link) }
      if waiting.count == Self.chunk {
        try await compare(waiting, survey, missing, &report)
        waiting.removeAll()
      }
    }
    try await compare(waiting, survey, missing, &report)
    for (naturalKey, found) in survey.byNaturalKey where found.count > 1 {
      report.duplicated.append(
        ReconcileReport.Duplicate(
          naturalKey: naturalKey.text, ids: found.map(\.id).sorted(),
          key: found.compactMap { linked[ExactText($0.id)] }.first))
    }
    report.duplicated.sort { $0.naturalKey < $1.naturalKey }
    let relinked = Set(report.deleted.compactMap { $0.relinkedTo.map { ExactText($0) } })
    for id in survey.objects.keys.sorted() where linked[id] == nil && !relinked.contains(id) {
      let owner = try await context.ledger.owner(of: id.text, resource: program.resourceName)
      if owner == nil { report.unknown.append(id.text) }
    }
    return report
  }

  private func compare(
    _ links: [Link], _ survey: TargetSurvey, _ missing: [Key: String],
    _ report: inout ReconcileReport
  ) async throws {
    let sent = try await context.ledger.sent(of: program.name, keys: links.map(\.key))
    for link in links {
      let remembered = FlatRecord(sent[link.key] ?? [])
      switch (link.state, survey.objects[ExactText(link.targetID)]) {
      case (.active, let object?) where missing[link.key] != nil:
        if !context.isPlan { try await findAgain(link, object) }
      case (.active, let object?):
        try await compare(link, remembered, object, survey, &report)
      case (.active, nil):
        try await miss(link, remembered, survey, missing[link.key], &report)
      case (.inactive, let object?): try await compareGivenUp(link, remembered, object, &report)
      case (.inactive, nil): break
      }
    }
  }

  /// An object that was given up must be as `when_absent.set` left it. What somebody has given back is taken away again,
  /// unless the mapping leaves such an edit alone.
  private func compareGivenUp(
    _ link: Link, _ sent: FlatRecord, _ object: JSON, _ report: inout ReconcileReport
  ) async throws {
    guard let absence = program.whenAbsent, !absence.delete else { return }
    let sensitive = Set(program.definition.sensitive.map(\.value))
    var edits: [FieldChange] = []
    for field in absence.set {
      guard let path = program.readPath(of: field.path), let held = object.value(at: path),
        let before = sent[field.path], !Loose.equal(held, before)
      else { continue }
      let shown = sensitive.contains(field.path) ? context.masking.mask(held) : held
      edits.append(FieldChange(path: field.path, before: before, after: shown))
    }
    guard !edits.isEmpty else { return }
    let conflict = program.definition.onConflict
    let writtenBack = Set(edits.map(\.path).filter { conflict.winner(of: $0) == .source })
    report.edited.append(
      ReconcileReport.Edit(
        key: link.key, targetID: link.targetID, fields: edits, writtenBack: writtenBack))
    guard !writtenBack.isEmpty, !context.isPlan else { return }
    var baseline = sent
    for edit in edits { baseline[edit.path] = edit.after }
    var link = link
    // To be given up by this run, behind the guard like any other.
    link.state = .active
    link.absences = max(0, absence.after - 1)
    link.fingerprint = Fingerprint(high: 0, low: 0)
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: baseline.bytes, change: nil,
      epoch: context.lease.epoch)
  }

  /// An object that was gone is there again: its failure is over, and it is compared with its row.
  private func findAgain(_ link: Link, _ object: JSON) async throws {
    var link = link
    link.fingerprint = Fingerprint(high: 0, low: 0)
    let held = NamedObject.held(by: object, program: program, masking: context.masking)
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: held.bytes, change: nil,
      epoch: context.lease.epoch)
    try await context.ledger.clearFailures(
      of: program.name, keys: [link.key], epoch: context.lease.epoch)
  }

  private func compare(
    _ link: Link, _ sent: FlatRecord, _ object: JSON, _ survey: TargetSurvey,
    _ report: inout ReconcileReport
  ) async throws {
    let edits = survey.edits(
      of: object, since: sent, program: program, masking: context.masking)
    guard !edits.isEmpty else { return }
    let conflict = program.definition.onConflict
    var baseline = sent
    var writtenBack: Set<String> = []
    for edit in edits {
      switch conflict.winner(of: edit.path) {
      case .target: continue
      case .ifEmpty: if !edit.after.isNothing { continue }
      case .source: break
      }
      baseline[edit.path] = edit.after
      writtenBack.insert(edit.path)
    }
    report.edited.append(
      ReconcileReport.Edit(
        key: link.key, targetID: link.targetID, fields: edits, writtenBack: writtenBack))
    guard !writtenBack.isEmpty, !context.isPlan else { return }
    var link = link
    link.fingerprint = Fingerprint(high: 0, low: 0)
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: baseline.bytes, change: nil,
      epoch: context.lease.epoch)
  }

  /// The linked object is gone. One that nobody owns and that has the same natural key takes its place; otherwise a
  /// person decides, and nothing is made anew by itself.
  private func miss(
    _ link: Link, _ sent: FlatRecord, _ survey: TargetSurvey, _ known: String?,
    _ report: inout ReconcileReport
  ) async throws {
    if let match = program.match, let naturalKey = match.normalised(sent[match.path]),
      let found = survey.byNaturalKey[naturalKey], found.count == 1, let other = found.first,
      try await context.ledger.owner(of: other.id, resource: program.resourceName) == nil
    {
      report.deleted.append(
        ReconcileReport.Missing(
          key: link.key, targetID: link.targetID, relinkedTo: other.id))
      if !context.isPlan { try await relink(link, to: other) }
      return
    }
    report.deleted.append(
      ReconcileReport.Missing(key: link.key, targetID: link.targetID, relinkedTo: nil))
    if context.isPlan || known?.utf8.elementsEqual(link.targetID.utf8) == true { return }
    let now = context.clock.wall
    var failure = Failure(
      mapping: program.name, key: link.key, fingerprint: link.fingerprint,
      reasons: [
        Failure.Reason(
          field: nil, message: "the object \(link.targetID) is no longer at the target")
      ], status: 404, firstAt: now, lastAt: now, run: context.run)
    failure.missingObject = link.targetID
    try await context.ledger.record([failure], epoch: context.lease.epoch)
    var link = link
    link.fingerprint = Fingerprint(high: 0, low: 0)
    // Nothing is at the target, so nothing of a record that is ever sent there counts as there already.
    var found = FlatRecord()
    if let match = program.match { found[match.path] = sent[match.path] }
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: found.bytes, change: nil,
      epoch: context.lease.epoch)
  }

  private func relink(_ link: Link, to found: TargetSurvey.Found) async throws {
    var link = link
    link.targetID = found.id
    link.fingerprint = Fingerprint(high: 0, low: 0)
    let held = NamedObject.held(
      by: found.object, program: program, masking: context.masking)
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: held.bytes,
      change: ChangeEntry(
        run: context.run, mapping: program.name, key: link.key, operation: "adopt",
        before: FlatRecord().bytes, after: held.bytes, at: context.clock.wall),
      epoch: context.lease.epoch)
    try await context.ledger.clearFailures(
      of: program.name, keys: [link.key], epoch: context.lease.epoch)
    context.links.add(found.id, mapping: program.name, key: link.key)
  }
}
