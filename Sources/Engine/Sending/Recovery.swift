import JSON
import Programs

/// Settles what an earlier run left open, before anything new is sent for the same keys.
struct Recovery {
  let mapping: MappingWriter

  init(_ mapping: MappingWriter) { self.mapping = mapping }

  var program: MappingProgram { mapping.program }
  var target: TargetConnection { mapping.target }
  var ledger: any LedgerStore { mapping.ledger }
  private var now: Instant { mapping.clock.wall }

  /// Returns what stays open.
  func settle() async throws -> OpenKeys {
    var open = OpenKeys()
    var due: [Intent] = []
    for var intent in try await ledger.openIntents(of: program.name) {
      mapping.advance(&intent, .inherited)
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
      if mapping.isStopping {
        for intent in due { open.insert(intent) }
        due = []
      }
    }
    return open
  }

  private func sort(_ intent: Intent, _ open: inout OpenKeys, _ due: inout [Intent]) {
    if intent.state == .planned {
      open.plan(intent)
      return
    }
    switch intent.effect.next(at: now, mapping.rules) {
    case .lookUp: due.append(intent)
    case .send, .wait, .ask: open.insert(intent)
    case .nothing: break
    }
  }

  private func rest(until moment: Instant?) async throws {
    guard let moment, moment > now, !mapping.isStopping else { return }
    let wait = moment.since(now)
    target.gate.announce("a write of unknown outcome is looked up again", for: wait)
    try await mapping.pause(for: wait)
  }

  /// What no row has taken up: the source does not want it any more.
  func close(_ planned: [Key: Intent]) async throws {
    guard !planned.isEmpty else { return }
    for var intent in try await ledger.openIntents(of: program.name)
    where intent.state == .planned && planned[intent.key]?.id == intent.id {
      intent.state = .absent
      try await mapping.settle(intent, evidence: "the source does not want it any more")
    }
  }

  // MARK: Looking up

  /// Looks at the target once, and returns where the intents stand then.
  private func lookUp(_ intents: [Intent]) async throws -> [Intent] {
    var settled: [Intent] = []
    var byKey: [Intent] = []
    var objects = ObjectReader(mapping)
    for intent in intents {
      if intent.operation == .create || intent.state == .resolving && mapping.rules.canSearch {
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
    let finder = mapping.finder
    let wanted = Set(try intents.compactMap { try naturalKey(of: $0) })
    var settled: [Intent] = []
    var waiting = intents[...]
    do {
      let search = try await finder.search(for: wanted)
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
    if let owner = try await ledger.owner(of: object.id, resource: program.resourceName),
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
    mapping.advance(&intent, .lookedUp(.one))
    let known = try await ledger.link(of: program.name, key: intent.key)
    let link = Link(
      mapping: program.name, key: intent.key, targetID: found.id,
      // A key that was absent is still to be given up.
      absences: intent.operation == .deactivate ? known?.absences ?? 0 : 0,
      fingerprint: Fingerprint.unknown)
    try await mapping.adopt(
      link, holding: try held(by: found.object, intent, restoring: known?.state == .inactive),
      ending: intent)
    return intent
  }

  func found(
    _ finding: Effect.Finding, _ intent: Intent, _ evidence: String
  ) async throws -> Intent {
    var intent = intent
    mapping.advance(&intent, .lookedUp(finding))
    try await mapping.settle(intent, evidence: evidence)
    return intent
  }
}
