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
  private var stage: any FindingStage

  init(
    program: MappingProgram, context: RunContext, target: TargetConnection, open: OpenKeys,
    _ stage: any FindingStage
  ) {
    self.program = program
    self.context = context
    self.target = target
    self.open = open
    self.stage = stage
  }

  private static let chunk = 500

  private var comparison: RecordComparison { RecordComparison(program, context.masking) }

  /// `nil` when the target cannot be listed. Throws ``GuardTripped`` when the target lacks too many linked objects; then
  /// nothing has been written down.
  mutating func settle() async throws -> ReconcileReport? {
    guard let survey = try await TargetSurvey.read(program, from: target, context.access) else {
      return nil
    }
    var tripped = try await checkGuard(survey)
    if let found = tripped,
      context.options.gate?.allows(found, of: program.name, program.definition.limits) == true
    {
      tripped = nil
    }
    // A plan that is kept goes on, so that it shows what there is to approve.
    if let tripped, context.options.seal == nil { throw tripped }
    let fields = try await ListedFields(
      program: program, target: target, access: context.access
    ).find(in: survey)
    var report = ReconcileReport()
    report.tripped = tripped
    report.objects = survey.objects.count
    report.notCompared = fields.untold
    let missing = try await context.ledger.missingObjects(of: program.name)
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
        try await compare(waiting, survey, missing, fields.compared, &report)
        waiting.removeAll()
      }
    }
    try await compare(waiting, survey, missing, fields.compared, &report)
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
    report.foreseen = stage.foreseen
    return report
  }

  /// Counts the objects that would be called deleted, before the first of them is.
  private func checkGuard(_ survey: TargetSurvey) async throws -> GuardTripped? {
    // They have been called deleted before.
    let known = try await context.ledger.missingObjects(of: program.name)
    var active = 0
    var missing: [Link] = []
    var gone = 0
    func count() async throws {
      let sent = try await context.ledger.sent(of: program.name, keys: missing.map(\.key))
      for link in missing {
        let remembered = try FlatRecord(
          remembered: sent[link.key] ?? [], of: program.name, link.key)
        if try await successor(of: link, remembered, survey) == nil { gone += 1 }
      }
      missing.removeAll()
    }
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      let key = cursor.key
      cursor.advance()
      guard !open.keys.contains(key), known[key] == nil,
        let link = try await context.ledger.link(of: program.name, key: key),
        link.state == .active
      else { continue }
      active += 1
      if survey.objects[ExactText(link.targetID)] == nil { missing.append(link) }
      if missing.count == Self.chunk { try await count() }
    }
    try await count()
    return program.definition.limits.check(missing: gone, active: active)
  }

  private mutating func compare(
    _ links: [Link], _ survey: TargetSurvey, _ missing: [Key: String], _ fields: Set<String>,
    _ report: inout ReconcileReport
  ) async throws {
    let keys = links.map(\.key)
    let sent = try await context.ledger.sent(of: program.name, keys: keys)
    let known = try await context.ledger.alterations(of: program.name, keys: keys)
    var differences = DifferencesAtTarget(comparison: comparison, known: known)
    for link in links {
      let remembered = try FlatRecord(
        remembered: sent[link.key] ?? [], of: program.name, link.key)
      switch (link.state, survey.objects[ExactText(link.targetID)]) {
      case (.active, let object?) where missing[link.key] != nil:
        // Its failure is over, and it is compared with its row.
        try await stage.findAgain(link, holding: comparison.held(by: object))
      case (.active, let object?):
        let edits = survey.edits(of: object, since: remembered, in: fields, by: comparison)
        try await take(differences.sort(edits, of: link.key), link, remembered, &report)
      case (.active, nil):
        try await miss(link, remembered, survey, missing[link.key], &report)
      case (.inactive, let object?):
        let edits = editsOfGivenUp(object, since: remembered)
        let found = differences.sort(edits, of: link.key, isGivenUp: true)
        try await take(found, link, remembered, &report)
      case (.inactive, nil): break
      }
    }
    if !differences.found.isEmpty { try await stage.note(differences.found) }
  }

  /// An object that was given up must be as `when_absent.set` left it: what somebody has given back.
  private func editsOfGivenUp(_ object: JSON, since sent: FlatRecord) -> [FieldChange] {
    guard let absence = program.whenAbsent, !absence.delete else { return [] }
    let comparison = comparison
    return absence.set.compactMap { field in
      guard let place = program.readPath(of: field.path), let before = sent[field.path] else {
        return nil
      }
      let held = object.value(at: place)
      guard held != nil || program.meaning(of: field.path).saysByAbsence,
        !comparison.holds(before, held, at: field.path)
      else { return nil }
      return FieldChange(
        path: field.path, before: before, after: comparison.shown(held, at: field.path))
    }
  }

  /// Reports what differs; what is written back counts as sent as the target holds it.
  private mutating func take(
    _ found: DifferencesAtTarget.Sorted, _ link: Link, _ sent: FlatRecord,
    _ report: inout ReconcileReport
  ) async throws {
    let writtenBack = Set(found.writtenBack.map(\.path))
    if !found.edited.isEmpty {
      report.edited.append(
        ReconcileReport.Edit(
          key: link.key, targetID: link.targetID, fields: found.edited, writtenBack: writtenBack))
    }
    if !found.altered.isEmpty {
      report.altered.append(
        ReconcileReport.Edit(
          key: link.key, targetID: link.targetID, fields: found.altered, writtenBack: []))
    }
    if !writtenBack.isEmpty { report.pending.insert(link.key) }
    guard !writtenBack.isEmpty || !found.altered.isEmpty else { return }
    try await stage.take(found, of: link, sent)
  }

  /// The linked object is gone. One that nobody owns and that has the same natural key takes its place; otherwise a
  /// person decides, and nothing is made anew by itself.
  private mutating func miss(
    _ link: Link, _ sent: FlatRecord, _ survey: TargetSurvey, _ known: String?,
    _ report: inout ReconcileReport
  ) async throws {
    if let other = try await successor(of: link, sent, survey) {
      report.deleted.append(
        ReconcileReport.Missing(
          key: link.key, targetID: link.targetID, relinkedTo: other.id))
      try await stage.relink(link, to: other.id, holding: comparison.held(by: other.object))
      return
    }
    report.deleted.append(
      ReconcileReport.Missing(key: link.key, targetID: link.targetID, relinkedTo: nil))
    if known?.utf8.elementsEqual(link.targetID.utf8) == true { return }
    let now = context.clock.wall
    var failure = Failure(
      mapping: program.name, key: link.key, fingerprint: link.fingerprint,
      reasons: [
        Failure.Reason(
          field: nil, message: "the object \(link.targetID) is no longer at the target")
      ], status: 404, firstAt: now, lastAt: now, run: context.run)
    failure.missingObject = link.targetID
    // Nothing is at the target, so nothing of a record that is ever sent there counts as there already.
    var found = FlatRecord()
    if let match = program.match { found[match.path] = sent[match.path] }
    try await stage.miss(link, failure, holding: found)
  }

  /// The one object that nobody owns and that has the natural key of an object that is gone.
  private func successor(
    of link: Link, _ sent: FlatRecord, _ survey: TargetSurvey
  ) async throws -> TargetSurvey.Found? {
    guard let match = program.match, let naturalKey = match.normalised(sent[match.path]),
      let found = survey.byNaturalKey[naturalKey], found.count == 1, let other = found.first,
      try await context.ledger.owner(of: other.id, resource: program.resourceName) == nil
    else { return nil }
    return other
  }
}
