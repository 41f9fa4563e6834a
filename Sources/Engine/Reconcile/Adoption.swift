import JSON
import Programs
import Rows

/// Links rows to the objects that were at the target before the first run, by their natural keys. Nothing is sent.
public struct Adoption {
  public struct Match: Sendable, Hashable {
    public var key: Key
    public var naturalKey: String
    public var targetID: String
    /// What the next run would write: `before` as it stands there; masked.
    public var differences: [FieldChange]
  }

  /// A link that goes, or could go, over to the key that its row has now.
  public struct Move: Sendable, Hashable {
    public var from: Key
    public var to: Key
    public var naturalKey: String
    public var targetID: String
  }

  public struct Report: Sendable {
    public var rows = 0
    public var objects = 0
    /// Rows that are linked already.
    public var linked = 0
    public var matches: [Match] = []
    /// Rows whose object is linked under a key that has no row any more.
    public var moves: [Move] = []
    /// Rows that could be several objects, or whose object is taken, with the reason.
    public var ambiguous: [(key: Key, reason: String)] = []
    /// Rows without an object at the target: the next run makes them.
    public var unmatched = 0
    /// Objects without a row; where only some records are looked at, none is named.
    public var leftOver: [String] = []
    /// Keys that were chosen and that no row has.
    public var missingKeys: [MappingReport.MissingKey] = []
  }

  let program: MappingProgram
  let context: RunContext
  /// Whether links move to the keys that their rows have now.
  let moves: Bool

  public init(program: MappingProgram, context: RunContext, moves: Bool = false) {
    self.program = program
    self.context = context
    self.moves = moves
  }

  private struct Candidate {
    var key: Key
    var fingerprint: Fingerprint?
    var record: FlatRecord
    /// Whether it is to be linked.
    var isChosen: Bool
  }

  /// Reads the source and the target once. Unless the context is a plan's, the links are written down. `nil` when the
  /// target cannot be listed. Throws ``LinksRefused`` when the links that there are cannot be those of the rows.
  public func run() async throws -> Report? {
    guard let source = context.sources[program.sourceName],
      let target = context.targets[program.targetName], let match = program.match
    else { return nil }
    let check = LinkCheck(program: program, context: context, source: source)
    if case .refused(let refusal) = try await check.settle() {
      // Another key is what the links move for.
      guard moves, case .key = refusal else { throw LinksRefused(refusal: refusal) }
    }
    guard let survey = try await TargetSurvey.read(program, from: target, context: context) else {
      return nil
    }
    for name in program.linkedMappings {
      try await context.links.load(
        name, onlyActive: context.deleting.contains(name), from: context.ledger)
    }
    var report = Report()
    report.objects = survey.objects.count
    var candidates: [ExactText: [Candidate]] = [:]
    let busy = Set(try await context.ledger.openIntents(of: program.name).map(\.key))
    var links: Set<Key> = []
    var present: Set<Key> = []
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      links.insert(cursor.key)
      cursor.advance()
    }
    let tables = context.links
    let builder = RecordBuilder(program: program, integerIDs: context.integerIDs) {
      tables.resolve($0, $1)
    }
    var chosen = ChosenKeys(context.keys, of: program, names: context.mappings)
    try await source.read(program.extract) { batch in
      try program.check(batch)
      builder.setBatch(batch)
      var bytes: [UInt8] = []
      for row in 0..<batch.count {
        let hasKey = builder.key(of: row, in: batch, into: &bytes)
        let isChosen = chosen == nil || hasKey && chosen?.takes(bytes) == true
        if isChosen { report.rows += 1 }
        guard hasKey else { continue }
        let key = Key(bytes: bytes)
        present.insert(key)
        if links.contains(key) || busy.contains(key) {
          if isChosen { report.linked += 1 }
          continue
        }
        var candidate = Candidate(
          key: key, fingerprint: nil, record: FlatRecord(), isChosen: isChosen)
        // A row that cannot be sent yet can be linked all the same, when its natural key is sound.
        switch builder.build(row: row) {
        case .built(let fingerprint): candidate.fingerprint = fingerprint
        case .deferred: break
        case .rejected(let reasons):
          if reasons.contains(where: { $0.field == match.path }) {
            if isChosen { report.unmatched += 1 }
            continue
          }
        }
        candidate.record = try FlatRecord(builder.bytes, of: program.name, key)
        guard let naturalKey = match.normalised(candidate.record[match.path]) else {
          if isChosen { report.unmatched += 1 }
          continue
        }
        candidates[naturalKey, default: []].append(candidate)
      }
    }
    try chosen?.check()
    report.missingKeys = chosen?.missing ?? []
    try await pair(candidates, present, survey, &report)
    if moves, !context.isPlan { try await move(&report) }
    return report
  }

  private func pair(
    _ candidates: [ExactText: [Candidate]], _ present: Set<Key>, _ survey: TargetSurvey,
    _ report: inout Report
  ) async throws {
    var taken: Set<ExactText> = []
    for (naturalKey, rows) in candidates.sorted(by: { $0.key < $1.key }) {
      let found = survey.byNaturalKey[naturalKey] ?? []
      taken.formUnion(found.map { ExactText($0.id) })
      let chosen = rows.filter(\.isChosen)
      guard !chosen.isEmpty else { continue }
      guard let object = found.first else {
        report.unmatched += chosen.count
        continue
      }
      if rows.count > 1 || found.count > 1 {
        let ids = found.map(\.id).sorted().joined(separator: ", ")
        let keys = rows.map(\.key.description).joined(separator: ", ")
        for row in chosen {
          report.ambiguous.append(
            (
              row.key,
              rows.count > 1
                ? "the rows \(keys) have the same \(naturalKey), which is object \(ids)"
                : "\(found.count) objects fit: \(ids)"
            ))
        }
        continue
      }
      let owner = try await context.ledger.owner(of: object.id, resource: program.resourceName)
      if let owner, owner.mapping == program.name, !present.contains(owner.key) {
        report.moves.append(
          Move(
            from: owner.key, to: rows[0].key, naturalKey: naturalKey.text, targetID: object.id))
        continue
      }
      if let owner {
        report.ambiguous.append(
          (rows[0].key, "the object \(object.id) belongs to \(owner.mapping) \(owner.key)"))
        continue
      }
      report.matches.append(try await link(rows[0], naturalKey.text, object))
    }
    guard context.keys.isEmpty else { return }
    for id in survey.objects.keys.sorted() where !taken.contains(id) {
      let owner = try await context.ledger.owner(of: id.text, resource: program.resourceName)
      if owner == nil { report.leftOver.append(id.text) }
    }
  }

  /// Moves the links, all at once; what cannot move is left for a person.
  private func move(_ report: inout Report) async throws {
    guard !report.moves.isEmpty, var shape = program.shape else { return }
    shape.formerKey = program.formerKey
    let moved = try await context.ledger.move(
      LinkMoves(
        mapping: program.name,
        moves: report.moves.map { LinkMove(from: $0.from, to: $0.to) }, shape: shape,
        who: "adopt --move", at: context.clock.wall, epoch: context.lease.epoch))
    let made = Set(moved)
    for move in report.moves where !made.contains(LinkMove(from: move.from, to: move.to)) {
      report.ambiguous.append(
        (
          move.to,
          "the object \(move.targetID) belongs to \(program.name) \(move.from), and a write of one of "
            + "the two keys has no known end yet"
        ))
    }
    report.moves.removeAll { !made.contains(LinkMove(from: $0.from, to: $0.to)) }
  }

  private func link(
    _ row: Candidate, _ naturalKey: String, _ found: TargetSurvey.Found
  ) async throws -> Match {
    let comparison = RecordComparison(program, context.masking)
    let held = Difference.yielding(
      comparison.baseline(of: found.object, for: row.record), to: comparison.masked(row.record),
      conflict: program.definition.onConflict)
    let changes = comparison.difference(row.record, since: held).changes
    if !context.isPlan {
      let same = changes.isEmpty ? row.fingerprint : nil
      try await context.ledger.keep(
        Link(
          mapping: program.name, key: row.key, targetID: found.id,
          fingerprint: same ?? Fingerprint.unknown), resource: program.resourceName,
        sent: held.bytes,
        change: ChangeEntry(
          run: context.run, mapping: program.name, key: row.key, operation: "adopt",
          before: FlatRecord().bytes, after: held.bytes, at: context.clock.wall),
        epoch: context.lease.epoch)
    }
    return Match(
      key: row.key, naturalKey: naturalKey, targetID: found.id, differences: changes)
  }
}
