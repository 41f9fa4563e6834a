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

  /// What the rows are, as far as they can be paired.
  private struct Rows {
    var candidates: [ExactText: [Candidate]] = [:]
    /// The keys of all rows.
    var present: Set<Key> = []
  }

  /// Reads the source and the target once. Where the ledger can be written to, the links are written down. `nil` when the
  /// target cannot be listed. Throws ``LinksRefused`` when the links that there are cannot be those of the rows.
  public func run() async throws -> Report? {
    guard let source = context.project.sources[program.sourceName],
      let target = context.project.targets[program.targetName], let match = program.match
    else { return nil }
    try await checkLinks(source)
    guard let survey = try await TargetSurvey.read(program, from: target, context.access) else {
      return nil
    }
    for name in program.linkedMappings {
      try await context.links.load(
        name, onlyActive: context.project.deleting.contains(name), from: context.ledger)
    }
    var report = Report()
    report.objects = survey.objects.count
    let rows = try await read(source, match, settled: try await settledKeys(), &report)
    try await pair(rows, survey, &report)
    if moves, let writer = context.writer { try await move(&report, writer) }
    return report
  }

  private func checkLinks(_ source: any RowSource) async throws {
    let check = LinkCheck(program: program, context: context, source: source)
    // Another key is what the links move for.
    if case .refused(let refusal) = try await check.settle(movesByMatch: moves) {
      throw LinksRefused(refusal: refusal)
    }
  }

  /// Keys that have an object, or may have one.
  private func settledKeys() async throws -> Set<Key> {
    var keys = Set(try await context.ledger.openIntents(of: program.name).map(\.key))
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      keys.insert(cursor.key)
      cursor.advance()
    }
    return keys
  }

  private func read(
    _ source: any RowSource, _ match: MatchProgram, settled: Set<Key>, _ report: inout Report
  ) async throws -> Rows {
    var rows = Rows()
    let tables = context.links
    let builder = RecordBuilder(program: program, integerIDs: context.project.integerIDs) {
      tables.resolve($0, $1)
    }
    var chosen = ChosenKeys(
      context.options.keys, of: program, names: context.project.known.names)
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
        rows.present.insert(key)
        if settled.contains(key) {
          if isChosen { report.linked += 1 }
          continue
        }
        guard var candidate = try candidate(key, builder.build(row: row), builder, match),
          let naturalKey = match.normalised(candidate.record[match.path])
        else {
          if isChosen { report.unmatched += 1 }
          continue
        }
        candidate.isChosen = isChosen
        rows.candidates[naturalKey, default: []].append(candidate)
      }
    }
    try chosen?.check()
    report.missingKeys = chosen?.missing ?? []
    return rows
  }

  /// A row that cannot be sent yet can be linked all the same, when its natural key is sound.
  private func candidate(
    _ key: Key, _ outcome: RecordBuilder.Outcome, _ builder: RecordBuilder, _ match: MatchProgram
  ) throws(UnreadableRecord) -> Candidate? {
    var fingerprint: Fingerprint?
    switch outcome {
    case .built(let built): fingerprint = built
    case .deferred: break
    case .rejected(let reasons):
      if reasons.contains(where: { $0.field == match.path }) { return nil }
    }
    return Candidate(
      key: key, fingerprint: fingerprint,
      record: try FlatRecord(builder.bytes, of: program.name, key), isChosen: false)
  }

  private func pair(
    _ read: Rows, _ survey: TargetSurvey, _ report: inout Report
  ) async throws {
    var taken: Set<ExactText> = []
    for (naturalKey, rows) in read.candidates.sorted(by: { $0.key < $1.key }) {
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
      if let owner, owner.mapping == program.name, !read.present.contains(owner.key) {
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
    guard context.options.keys.isEmpty else { return }
    for id in survey.objects.keys.sorted() where !taken.contains(id) {
      let owner = try await context.ledger.owner(of: id.text, resource: program.resourceName)
      if owner == nil { report.leftOver.append(id.text) }
    }
  }

  /// Moves the links, all at once; what cannot move is left for a person.
  private func move(_ report: inout Report, _ writer: LedgerWriter) async throws {
    guard !report.moves.isEmpty, var shape = program.shape else { return }
    shape.formerKey = program.formerKey
    let moved = try await writer.move(
      LinkMoves(
        mapping: program.name,
        moves: report.moves.map { LinkMove(from: $0.from, to: $0.to) }, shape: shape,
        who: "adopt --move", at: context.clock.wall))
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
    if let writer = context.writer {
      let link = Link(
        mapping: program.name, key: row.key, targetID: found.id,
        fingerprint: changes.isEmpty ? row.fingerprint ?? Fingerprint.unknown : Fingerprint.unknown)
      try await writer.keep(
        AdoptedLink(link, holding: held.bytes, run: writer.run, at: context.clock.wall),
        resource: program.resourceName)
    }
    return Match(
      key: row.key, naturalKey: naturalKey, targetID: found.id, differences: changes)
  }
}
