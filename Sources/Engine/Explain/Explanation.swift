import JSON
import Programs

/// How one key comes to its change: its row, what each expression makes of it, the links it follows, what the ledger
/// knows, and the request that would be sent. Sensitive values are masked, the columns that they are made of too.
public struct Explanation: Sendable {
  public struct Field: Sendable {
    public var path: String
    /// As the mapping writes it; `nil` for a literal.
    public var expression: String?
    public var value: JSON
    public var problem: String?
  }

  public struct FollowedLink: Sendable, Hashable {
    public var mapping: String
    public var key: Key
    public var answer: LinkAnswer
  }

  /// What comes of it.
  public enum Verdict: Sendable {
    case unchanged
    case change(PlanItem)
    case rejected([Failure.Reason])
    case deferred([MissingLink])
    /// Refused before; left alone this time.
    case held(Failure)
    /// The end of an earlier write is not known yet.
    case open(Intent)
    /// No row, and no link.
    case nothing
    /// The link has no row; so many complete reads in a row have been without one.
    case absent(Int)
  }

  public var mapping: String
  public var key: Key
  /// `the query returns` or `the file has`.
  public var has = ""
  /// How many rows have the key. More than one is refused.
  public var rows = 0
  /// The columns of the row.
  public var row: [JSON.Member] = []
  public var fields: [Field] = []
  public var links: [FollowedLink] = []
  public var link: Link?
  public var verdict = Verdict.nothing
  /// The request as it would be sent, masked: method, path, body.
  public var request: OutboundRequest?
  /// Whether the object is read first, and what else it holds goes along.
  public var readsFirst = false
}

/// Makes an ``Explanation`` by the stages of a plan.
public struct Explainer {
  let program: MappingProgram
  /// In plan mode, with all details.
  let context: RunContext

  public init(program: MappingProgram, context: RunContext) {
    self.program = program
    self.context = context
  }

  /// Reads the source once. `written`: the key as people write it; throws ``AmbiguousKey`` when it may mean several.
  public func explain(_ written: String) async throws -> Explanation? {
    guard let source = context.project.sources[program.sourceName] else { return nil }
    let check = LinkCheck(program: program, context: context, source: source)
    if case .refused(let refusal) = try await check.settle() {
      throw LinksRefused(refusal: refusal)
    }
    for name in program.linkedMappings {
      try await context.links.load(
        name, onlyActive: context.project.deleting.contains(name), from: context.ledger)
    }
    let intents = try await context.ledger.openIntents(of: program.name)
    var open = OpenKeys()
    for intent in intents { open.insert(intent) }
    var comparer = try await RowComparer(program: program, context: context, open: open)
    var reader = ExplainedRow(program: program, context: context, written: written)
    try await source.read(program.extract) { batch in
      try program.check(batch)
      try reader.look(at: batch)
      try await comparer.add(batch)
    }
    try await comparer.finish()
    let items = try await items(of: comparer)
    var cursor = LinkCursor(mapping: program.name, ledger: context.ledger, clock: context.clock)
    while try await cursor.hasLink() {
      reader.look(at: cursor.key)
      cursor.advance()
    }
    guard var explanation = try reader.found() else { return nil }
    let key = explanation.key
    explanation.has = program.definition.extract.has
    explanation.link = try await context.ledger.link(of: program.name, key: key)
    let failure = try await context.ledger.failures(of: program.name).first { $0.key == key }
    explanation.verdict = verdict(
      of: explanation, reader, item: items.first { $0.key == key },
      intent: intents.first { $0.key == key }, failure: failure)
    if case .change(let item) = explanation.verdict {
      explanation.request = request(item, reader, explanation)
      explanation.readsFirst =
        program.resource.update?.send == .whole && item.kind != .create
        && !(item.kind == .deactivate && program.whenAbsent?.delete == true)
    }
    return explanation
  }

  /// The changes of a plan, as far as they can be told without the target.
  private func items(of comparer: RowComparer) async throws -> [PlanItem] {
    var report = MappingReport(mapping: program.name, target: program.targetName)
    var preview = ChangePreview(
      program: program, context: context, claims: comparer.review.claims)
    try await preview.take(found: [:], &report)
    var retry = DeferredRetry(comparer)
    while try await retry.spool(through: comparer.sieve, &report) {
      try await preview.take(found: [:], completing: retry.completing, &report)
    }
    try await context.spool.clear(mapping: program.name)
    return preview.shown.items
  }

  private func verdict(
    of explanation: Explanation, _ row: ExplainedRow, item: PlanItem?, intent: Intent?,
    failure: Failure?
  ) -> Explanation.Verdict {
    if explanation.rows == 0 {
      if let item { return .change(item) }
      guard let link = explanation.link else { return .nothing }
      return .absent(link.absences)
    }
    if explanation.rows > 1 {
      return .rejected([
        Failure.Reason(field: nil, message: "\(explanation.has) several rows with this key")
      ])
    }
    switch row.outcome {
    case .rejected(let reasons): return .rejected(reasons)
    case .deferred(let missing): if item == nil { return .deferred(missing) }
    case .built, nil: break
    }
    if let item { return .change(item) }
    if let intent { return .open(intent) }
    if let failure { return .held(failure) }
    return .unchanged
  }

  private func request(
    _ item: PlanItem, _ row: ExplainedRow, _ explanation: Explanation
  ) -> OutboundRequest? {
    let requests = RequestBuilder(program: program)
    switch item.kind {
    case .create:
      return requests.create(row.masked, onCreate: row.maskedOnCreate).flatMap {
        requests.together([$0])
      }
    case .update:
      guard let link = explanation.link else { return nil }
      let changed = FlatRecord(item.fields.map { JSON.Member(name: $0.path, value: $0.after) })
      return requests.update(id: link.targetID, changed: changed, record: row.masked)
    case .deactivate:
      guard let link = explanation.link, let absence = program.whenAbsent else { return nil }
      if absence.delete { return requests.delete(id: link.targetID) }
      let changed = FlatRecord(
        absence.set.map { JSON.Member(name: $0.path, value: $0.value) })
      return requests.update(id: link.targetID, changed: changed, record: changed)
    }
  }
}
