import JSON
import Programs

/// Keys that must be left alone: the outcome of their last write is not known yet, or a person must decide.
struct OpenKeys {
  private(set) var keys: Set<Key> = []
  /// Those of them that only a person can close.
  private(set) var quarantined: Set<Key> = []
  /// Nobody else may create an object with one of these meanwhile.
  private(set) var naturalKeys: Set<ExactText> = []
  /// Writes that provably changed nothing, to be taken up again with all that is known about them.
  fileprivate(set) var planned: [Key: Intent] = [:]

  mutating func insert(_ intent: Intent) {
    keys.insert(intent.key)
    if intent.state == .quarantined { quarantined.insert(intent.key) }
    if intent.operation == .create, let naturalKey = intent.naturalKey {
      naturalKeys.insert(ExactText(naturalKey))
    }
  }
}

/// Settles what an earlier run left open, before anything new is sent for the same keys.
struct Recovery {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection

  var rules: EffectRules { EffectRules(program, target.definition) }

  /// Returns what stays open.
  func settle() async throws -> OpenKeys {
    var open = OpenKeys()
    var due: [Intent] = []
    for var intent in try await context.ledger.openIntents(of: program.name) {
      intent.effect.take(.inherited, at: context.clock.wall, rules)
      sort(intent, &open, &due)
    }
    while !due.isEmpty {
      let before = Dictionary(due.map { ($0.id, $0.lookUps) }) { first, _ in first }
      let looked = try await lookUp(due)
      due = []
      var again: [Intent] = []
      for intent in looked where intent.state.isOpen {
        // Found to be nothing this time: the next look-up follows in this run. Everything else rests, also where the target
        // could not be read, or the run would wait for it without end.
        if intent.lookUps > before[intent.id] ?? 0, intent.state != .planned,
          intent.state != .quarantined
        {
          again.append(intent)
        } else {
          sort(intent, &open, &due)
        }
      }
      try await rest(until: again.compactMap(\.notBefore).max())
      for intent in again { sort(intent, &open, &due) }
      if context.isStopping() {
        for intent in due { open.insert(intent) }
        due = []
      }
    }
    return open
  }

  /// Returns what is open, and leaves it so.
  func leave() async throws -> OpenKeys {
    var open = OpenKeys()
    for var intent in try await context.ledger.openIntents(of: program.name) {
      intent.effect.take(.inherited, at: context.clock.wall, rules)
      if intent.state == .planned {
        open.planned[intent.key] = intent
      } else {
        open.insert(intent)
      }
    }
    return open
  }

  private func sort(_ intent: Intent, _ open: inout OpenKeys, _ due: inout [Intent]) {
    if intent.state == .planned {
      open.planned[intent.key] = intent
      return
    }
    switch intent.effect.next(at: context.clock.wall, rules) {
    case .lookUp: due.append(intent)
    case .send, .wait, .ask: open.insert(intent)
    case .nothing: break
    }
  }

  private func rest(until moment: Instant?) async throws {
    guard let moment, moment > context.clock.wall, !context.isStopping() else { return }
    let wait = moment.since(context.clock.wall)
    target.gate.announce("a write of unknown outcome is looked up again", for: wait)
    try await context.pause(for: wait)
  }

  /// What no row has taken up: the source does not want it any more.
  func close(_ planned: [Key: Intent]) async throws {
    guard !planned.isEmpty else { return }
    for var intent in try await context.ledger.openIntents(of: program.name)
    where intent.state == .planned && planned[intent.key]?.id == intent.id {
      intent.state = .absent
      try await settle(intent, "the source does not want it any more")
    }
  }

  // MARK: Looking up

  /// Looks at the target once, and returns where the intents stand then.
  private func lookUp(_ intents: [Intent]) async throws -> [Intent] {
    var settled: [Intent] = []
    var byKey: [Intent] = []
    var objects = ObjectReader(program: program, context: context, target: target)
    for intent in intents {
      if intent.operation == .create || intent.state == .resolving && rules.canSearch {
        byKey.append(intent)
        continue
      }
      let looked = try await lookUpByID(intent, &objects)
      // The object is gone, and may be there under another id.
      if looked.state == .resolving, intent.state != .resolving {
        byKey.append(looked)
      } else {
        settled.append(looked)
      }
    }
    return settled + (byKey.isEmpty ? [] : try await findByKey(byKey))
  }

  /// One object that fits is ours; nothing, often enough, means that the write did not happen. What is found is written
  /// down a few keys at a time, so that a process that ends on the way has done some of them.
  private func findByKey(_ intents: [Intent]) async throws -> [Intent] {
    let finder = ObjectFinder(program: program, target: target)
    let wanted = Set(try intents.compactMap { try naturalKey(of: $0) })
    var settled: [Intent] = []
    var waiting = intents[...]
    do {
      let search = try await finder.search(for: wanted, context: context)
      let atOnce = max(1, target.definition.concurrency)
      while !waiting.isEmpty {
        let some = waiting.prefix(search.asks ? atOnce : waiting.count)
        let objects = try await search.objects(
          for: Set(try some.compactMap { try naturalKey(of: $0) }), atOnce: atOnce)
        for intent in some {
          settled.append(try await take(objects, intent, canSearch: finder.canSearch))
          waiting.removeFirst()
        }
      }
    } catch let stopped as TargetStopped {
      if target.gate.stopped != nil { throw stopped }
      for intent in waiting {
        settled.append(try await found(.inconclusive, intent, stopped.message))
      }
    }
    return settled
  }

  private func take(
    _ objects: ObjectFinder.Found, _ intent: Intent, canSearch: Bool
  ) async throws -> Intent {
    guard canSearch, let naturalKey = try naturalKey(of: intent) else {
      return try await found(
        .ambiguous, intent, "the target cannot be searched for it: look there")
    }
    return try await take(objects[naturalKey] ?? [], intent)
  }

  func naturalKey(of intent: Intent) throws(UnreadableRecord) -> ExactText? {
    if let naturalKey = intent.naturalKey { return ExactText(naturalKey) }
    guard let match = program.match,
      !program.definition.sensitive.contains(where: { $0.value == match.path })
    else { return nil }
    return match.normalised(try intent.record()[match.path])
  }

  private func take(
    _ objects: [(id: String, object: JSON)], _ intent: Intent
  ) async throws -> Intent {
    guard let object = objects.first else { return try await notFound(intent) }
    guard objects.count == 1 else {
      let ids = objects.map(\.id).joined(separator: ", ")
      return try await found(.ambiguous, intent, "\(objects.count) objects fit: \(ids)")
    }
    if let owner = try await context.ledger.owner(of: object.id, resource: program.resourceName),
      owner.mapping != program.name || owner.key != intent.key
    {
      return try await found(
        .ambiguous, intent,
        "the object \(object.id) fits, and belongs to \(owner.mapping) \(owner.key)")
    }
    return try await adopt(intent, object)
  }

  private func adopt(
    _ intent: Intent, _ found: (id: String, object: JSON)
  ) async throws -> Intent {
    var intent = intent
    intent.effect.take(.lookedUp(.one), at: context.clock.wall, rules)
    let known = try await context.ledger.link(of: program.name, key: intent.key)
    let masked = try held(by: found.object, intent, restoring: known?.state == .inactive)
    var end = Settlement(intent, evidence: "found at the target", epoch: context.lease.epoch)
    end.object = Remembered(
      link: Link(
        mapping: program.name, key: intent.key, targetID: found.id,
        // A key that was absent is still to be given up.
        absences: intent.operation == .deactivate ? known?.absences ?? 0 : 0,
        fingerprint: Fingerprint.unknown),
      sent: masked.bytes)
    end.change = ChangeEntry(
      run: context.run, mapping: program.name, key: intent.key, operation: "adopt",
      before: FlatRecord().bytes, after: masked.bytes, at: context.clock.wall)
    end.clearsFailure = true
    try await context.ledger.settle(end)
    context.links.add(found.id, mapping: program.name, key: intent.key)
    return intent
  }

  func found(
    _ finding: Effect.Finding, _ intent: Intent, _ evidence: String
  ) async throws -> Intent {
    var intent = intent
    intent.effect.take(.lookedUp(finding), at: context.clock.wall, rules)
    try await settle(intent, evidence)
    return intent
  }

  func settle(_ intent: Intent, _ evidence: String) async throws {
    try await context.ledger.settle(
      Settlement(intent, evidence: evidence, epoch: context.lease.epoch))
  }
}
