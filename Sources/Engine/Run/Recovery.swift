import JSON
import Programs

/// Keys that must be left alone: the outcome of their last write is not known yet, or a person must decide.
struct OpenKeys {
  private(set) var keys: Set<Key> = []
  /// Nobody else may create an object with one of these meanwhile.
  private(set) var naturalKeys: Set<String> = []

  mutating func insert(_ intent: Intent) {
    keys.insert(intent.key)
    if intent.operation == .create, let naturalKey = intent.naturalKey {
      naturalKeys.insert(naturalKey)
    }
  }
}

/// Settles what an earlier run left open, before anything new is sent for the same keys.
struct Recovery {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection

  /// Returns what stays open.
  func settle() async throws -> OpenKeys {
    var open = OpenKeys()
    var creates: [Intent] = []
    for intent in try await context.ledger.openIntents(of: program.name) {
      switch (intent.state, intent.operation) {
      case _ where context.isPlan: open.insert(intent)
      case (.planned, _):
        try await close(intent, .absent, "the last attempt provably changed nothing")
      case (.quarantined, _): open.insert(intent)
      case (_, .create):
        if isSettled(intent) { creates.append(intent) } else { open.insert(intent) }
      default: try await compare(intent)
      }
    }
    if !creates.isEmpty { try await lookUp(creates, &open) }
    return open
  }

  private func isSettled(_ intent: Intent) -> Bool {
    let settle = Int64(target.definition.settle / .milliseconds(1))
    return context.clock.wall >= (intent.sentAt ?? 0) + settle
  }

  /// An update writes absolute values: what the target holds now is compared, and the difference is sent again.
  private func compare(_ intent: Intent) async throws {
    guard var link = try await context.ledger.link(of: program.name, key: intent.key) else {
      return try await close(intent, .absent, "there is no link any more")
    }
    var baseline = try await uncertain(intent)
    if let get = program.resource.get,
      let request = RequestBuilder(program: program).get(id: link.targetID)
    {
      let reader = AnswerReader(target: target.definition, resource: program.resource)
      let verdict = try await target.read(request, object: get.object, reader: reader)
      if case .done(let object?) = verdict {
        baseline = held(by: object, intent)
      }
    }
    link.fingerprint = Fingerprint(high: 0, low: 0)
    try await context.ledger.settle(
      Settlement(
        intent: intent.id, state: .absent, attempt: intent.attempt,
        evidence: "the outcome was unknown; what the target holds is compared again", link: link,
        resource: program.resourceName, sent: baseline.bytes, epoch: context.lease.epoch))
  }

  /// What is known of an object that cannot be read: fields that the write would have changed may hold either value, and
  /// differ from whatever is wanted, null included.
  private func uncertain(_ intent: Intent) async throws -> FlatRecord {
    let before = FlatRecord(
      try await context.ledger.sent(of: program.name, keys: [intent.key])[intent.key] ?? [])
    var known = FlatRecord(intent.sent)
    for member in known.members where before[member.name] != member.value {
      known[member.name] = .string("(unknown)")
    }
    return known
  }

  /// A create whose outcome is unknown: one object that fits is ours, none means that it did not happen.
  private func lookUp(_ intents: [Intent], _ open: inout OpenKeys) async throws {
    let wanted = Set(intents.compactMap(\.naturalKey))
    let finder = ObjectFinder(program: program, target: target)
    let found = finder.canSearch ? try await finder.find(wanted, context: context) : [:]
    for intent in intents {
      guard finder.canSearch, let naturalKey = intent.naturalKey else {
        try await close(
          intent, .quarantined, "the target cannot be searched: a person must look there")
        open.insert(intent)
        continue
      }
      let objects = found[naturalKey] ?? []
      switch objects.count {
      case 0: try await close(intent, .absent, "the target does not hold it")
      case 1: if try await !adopt(intent, objects[0]) { open.insert(intent) }
      default:
        let ids = objects.map(\.id).joined(separator: ", ")
        try await close(intent, .quarantined, "\(objects.count) objects fit: \(ids)")
        open.insert(intent)
      }
    }
  }

  private func adopt(_ intent: Intent, _ found: (id: String, object: JSON)) async throws -> Bool {
    if let owner = try await context.ledger.owner(of: found.id, resource: program.resourceName) {
      try await close(
        intent, .quarantined,
        "the object \(found.id) fits, and belongs to \(owner.mapping) \(owner.key)")
      return false
    }
    let masked = held(by: found.object, intent)
    try await context.ledger.settle(
      Settlement(
        intent: intent.id, state: .done, attempt: intent.attempt, evidence: "found at the target",
        link: Link(
          mapping: program.name, key: intent.key, targetID: found.id,
          fingerprint: Fingerprint(high: 0, low: 0)),
        resource: program.resourceName, sent: masked.bytes,
        change: ChangeEntry(
          run: context.run, mapping: program.name, key: intent.key, operation: "adopt",
          before: FlatRecord().bytes, after: masked.bytes, at: context.clock.wall),
        clearsFailure: true, epoch: context.lease.epoch))
    context.links.add(found.id, mapping: program.name, key: intent.key)
    return true
  }

  /// What the target holds of the fields that were sent, masked like them.
  private func held(by object: JSON, _ intent: Intent) -> FlatRecord {
    let baseline = Difference.baseline(
      of: object, for: FlatRecord(intent.sent), program: program)
    return context.masking.mask(
      baseline, sensitive: Set(program.definition.sensitive.map(\.value)))
  }

  private func close(_ intent: Intent, _ state: IntentState, _ evidence: String) async throws {
    try await context.ledger.settle(
      Settlement(
        intent: intent.id, state: state, attempt: intent.attempt, evidence: evidence,
        resource: program.resourceName, epoch: context.lease.epoch))
  }
}
