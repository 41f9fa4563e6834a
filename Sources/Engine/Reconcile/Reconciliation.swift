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

  /// `nil` when the target cannot be listed.
  func settle() async throws -> ReconcileReport? {
    guard let survey = try await TargetSurvey.read(program, from: target, context: context) else {
      return nil
    }
    var report = ReconcileReport()
    report.objects = survey.objects.count
    var linked: [String: Key] = [:]
    var waiting: [Link] = []
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      let key = cursor.key
      cursor.advance()
      guard let link = try await context.ledger.link(of: program.name, key: key) else { continue }
      linked[link.targetID] = key
      if link.state == .active, !open.keys.contains(key) { waiting.append(link) }
      if waiting.count == Self.chunk {
        try await compare(waiting, survey, &report)
        waiting.removeAll()
      }
    }
    try await compare(waiting, survey, &report)
    for (naturalKey, found) in survey.byNaturalKey where found.count > 1 {
      report.duplicated.append(
        ReconcileReport.Duplicate(
          naturalKey: naturalKey, ids: found.map(\.id).sorted(),
          key: found.compactMap { linked[$0.id] }.first))
    }
    report.duplicated.sort { $0.naturalKey < $1.naturalKey }
    let relinked = Set(report.deleted.compactMap(\.relinkedTo))
    for id in survey.objects.keys.sorted() where linked[id] == nil && !relinked.contains(id) {
      let owner = try await context.ledger.owner(of: id, resource: program.resourceName)
      if owner == nil { report.unknown.append(id) }
    }
    return report
  }

  private func compare(
    _ links: [Link], _ survey: TargetSurvey, _ report: inout ReconcileReport
  ) async throws {
    let sent = try await context.ledger.sent(of: program.name, keys: links.map(\.key))
    for link in links {
      let remembered = FlatRecord(sent[link.key] ?? [])
      if let object = survey.objects[link.targetID] {
        try await compare(link, remembered, object, survey, &report)
      } else {
        try await miss(link, remembered, survey, &report)
      }
    }
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
    _ link: Link, _ sent: FlatRecord, _ survey: TargetSurvey, _ report: inout ReconcileReport
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
    if context.isPlan { return }
    let now = context.clock.wall
    try await context.ledger.record(
      [
        Failure(
          mapping: program.name, key: link.key, fingerprint: link.fingerprint,
          reasons: [
            Failure.Reason(
              field: nil, message: "the object \(link.targetID) is no longer at the target")
          ], status: 404, firstAt: now, lastAt: now, run: context.run)
      ], epoch: context.lease.epoch)
    var link = link
    link.fingerprint = Fingerprint(high: 0, low: 0)
    try await context.ledger.keep(
      link, resource: program.resourceName, sent: sent.bytes, change: nil,
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
    context.links.add(found.id, mapping: program.name, key: link.key)
  }
}
