import Engine

extension MemoryLedger {
  func openIntents(of mapping: String) async throws -> [Intent] {
    read { state in state.intents.filter { $0.mapping == mapping && $0.state.isOpen } }
  }

  func dismissedIntents(of mapping: String) async throws -> Set<Key> {
    read { state in
      let open = state.intents.filter { $0.mapping == mapping && $0.state.isOpen }
      return Set(
        open.filter { intent in
          let decision = state.decisions.last {
            $0.mapping == mapping && $0.key == intent.key && $0.at >= intent.sentAt ?? 0
          }
          return decision?.verb == .dismiss
        }.map(\.key))
    }
  }

  func begin(_ intent: Intent) async throws -> Int64 {
    try write(intent.epoch) { state in
      let open = state.intents.filter { $0.state.isOpen && $0.id != intent.id }
      if let other = open.first(where: { $0.mapping == intent.mapping && $0.key == intent.key }) {
        throw KeyIsBusy(intent: other.id, key: intent.key, isNatural: false)
      }
      if let natural = intent.naturalKey,
        let other = open.first(where: {
          $0.resource == intent.resource && $0.naturalKey?.utf8.elementsEqual(natural.utf8) == true
        })
      {
        throw KeyIsBusy(intent: other.id, key: intent.key, isNatural: true)
      }
      var intent = intent
      intent.state = .sent
      state.mappings.insert(intent.mapping)
      guard intent.id != 0 else {
        state.intentCount += 1
        intent.id = state.intentCount
        state.intents.append(intent)
        return intent.id
      }
      let place = try state.place(ofIntent: intent.id)
      guard state.intents[place].state == .planned else {
        throw LedgerError.intentState(
          intent.id, state.intents[place].state.rawValue, wanted: "planned")
      }
      state.intents[place] = intent
      return intent.id
    }
  }

  func settle(_ settlement: Settlement) async throws {
    try write(settlement.epoch) { state in
      let place = try state.place(ofIntent: settlement.intent)
      guard state.intents[place].state.isOpen else {
        throw LedgerError.intentState(
          settlement.intent, state.intents[place].state.rawValue, wanted: "open")
      }
      // First, because nothing is written where it is refused.
      if let object = settlement.object {
        let before = state.links[object.link.mapping]?[object.link.key]?.link
        try state.put(object, settlement.resource, settlement.change)
        if object.link.state == .inactive, before?.state == .active,
          let listed = state.listed[settlement.resource]
        {
          state.listed[settlement.resource] = max(0, listed - 1)
        }
        if settlement.clearsFailure { state.failures[object.link.mapping]?[object.link.key] = nil }
      }
      state.intents[place].state = settlement.state
      state.intents[place].attempt = settlement.attempt
      state.intents[place].notBefore = settlement.notBefore
      state.intents[place].lookUps = settlement.lookUps
      state.intents[place].losses = settlement.losses
      state.intents[place].evidence = settlement.evidence
      state.intents[place].epoch = settlement.epoch
      if !settlement.state.isOpen { state.intents[place].sent = [] }
      if let failure = settlement.failure { state.put(failure) }
      for alteration in settlement.alterations { state.put(alteration) }
    }
  }

  // MARK: Failures

  func failures(of mapping: String?) async throws -> [Failure] {
    read { state in
      state.failures.filter { mapping == nil || $0.key == mapping }
        .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .flatMap { $0.value.values.sorted { $0.key < $1.key } }
    }
  }

  func objectsClaimed(
    of resource: String, byOthersThan mapping: String
  ) async throws -> Set<String> {
    read { state in
      let shapes = state.shapes
      let others = state.failures.filter {
        $0.key != mapping && shapes[$0.key]?.resource == resource
      }
      return Set(others.values.flatMap { $0.values.compactMap(\.claims) })
    }
  }

  func record(_ failures: [Failure], epoch: LeaseEpoch) async throws {
    try write(epoch) { state in for failure in failures { state.put(failure) } }
  }

  func clearFailures(of mapping: String, keys: [Key], epoch: LeaseEpoch) async throws {
    try write(epoch) { state in for key in keys { state.failures[mapping]?[key] = nil } }
  }

  // MARK: What the target makes of values

  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    read { state in
      let known = state.alterations[mapping] ?? [:]
      return keys.flatMap { key in
        (known[key] ?? [:]).values.sorted { $0.field < $1.field }
      }
    }
  }

  func keep(_ alterations: [Alteration], epoch: LeaseEpoch) async throws {
    try write(epoch) { state in for one in alterations { state.put(one) } }
  }

  func shownFields(of resource: String) async throws -> ShownFields {
    read { $0.shown[resource] ?? ShownFields() }
  }

  func keep(_ shown: ShownFields, of resource: String, epoch: LeaseEpoch) async throws {
    try write(epoch) { state in
      state.shown[resource, default: ShownFields()].listed.formUnion(shown.listed)
      state.shown[resource, default: ShownFields()].answered.formUnion(shown.answered)
    }
  }
}

extension MemoryLedger.State {
  func place(ofIntent id: Int64) throws -> Int {
    guard let place = intents.lastIndex(where: { $0.id == id }) else {
      throw LedgerError.noIntent(id)
    }
    return place
  }

  /// Takes the place of the key's earlier failure, of which the beginning and the counts are kept.
  mutating func put(_ failure: Failure) {
    let before = failures[failure.mapping]?[failure.key]
    if failure.status == nil, before?.missingObject != nil { return }
    let isSame = before?.fingerprint == failure.fingerprint
    let isDismissed =
      failure.standing == .dismissed || isSame && before?.standing == .dismissed
    var kept = failure
    kept.attempts = (before?.attempts ?? 0) + 1
    kept.firstAt = before?.firstAt ?? failure.firstAt
    kept.refusals = isSame ? (before?.refusals ?? 0) + 1 : 1
    kept.read = reads[failure.mapping] ?? 0
    kept.standing = isDismissed ? .dismissed : .waiting
    mappings.insert(failure.mapping)
    failures[failure.mapping, default: [:]][failure.key] = kept
  }

  mutating func put(_ alteration: Alteration) {
    mappings.insert(alteration.mapping)
    alterations[alteration.mapping, default: [:]][alteration.key, default: [:]][
      alteration.field] = alteration
  }
}
