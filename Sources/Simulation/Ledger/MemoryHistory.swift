import Engine

extension MemoryLedger {
  func mappingNames() async throws -> [String] {
    read { $0.mappings.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  func keys(of mapping: String, written: String) async throws -> [Key] {
    read { state in
      var search = KeySearch(written)
      for held in state.held(mapping) { search.look(at: held.link.key) }
      for key in (state.failures[mapping] ?? [:]).keys.sorted() { search.look(at: key) }
      for decision in state.decisions where decision.mapping == mapping {
        search.look(at: decision.key)
      }
      for intent in state.intents where intent.mapping == mapping { search.look(at: intent.key) }
      return search.keys
    }
  }

  func history(mapping: String, key: Key) async throws -> [ChangeEntry] {
    read { state in
      state.changes.map(\.change).filter { $0.mapping == mapping && $0.key == key }
    }
  }

  func changes(ofRun run: Int64) async throws -> [ChangeEntry] {
    read { state in state.changes.map(\.change).filter { $0.run == run } }
  }

  func intents(mapping: String, key: Key) async throws -> [Intent] {
    read { state in
      state.intents.filter { $0.mapping == mapping && $0.key == key }.map {
        var intent = $0
        intent.sent = []
        intent.lookUps = 0
        intent.losses = 0
        return intent
      }
    }
  }

  // MARK: Decisions

  func decisions(mapping: String, key: Key) async throws -> [Decision] {
    read { state in state.decisions.filter { $0.mapping == mapping && $0.key == key } }
  }

  func decide(_ decision: Decision, epoch: LeaseEpoch) async throws {
    let (mapping, key) = (decision.mapping, decision.key)
    try write(epoch) { state in
      state.mappings.insert(mapping)
      switch decision.verb {
      case .retry:
        state.failures[mapping]?[key]?.standing = .released
        for place in state.intents.indices
        where state.intents[place].mapping == mapping && state.intents[place].key == key
          && state.intents[place].state.isOpen
        {
          if state.intents[place].state == .quarantined { state.intents[place].state = .unknown }
          state.intents[place].notBefore = nil
          state.intents[place].lookUps = 0
          state.intents[place].losses = 0
        }
      case .dismiss: state.failures[mapping]?[key]?.standing = .dismissed
      case .adopt, .move, .forget: break
      case .absent:
        state.endIntents(decision, as: .absent)
        state.links[mapping]?[key] = nil
        state.failures[mapping]?[key] = nil
      case .unlink:
        if let open = state.openIntent(mapping, key) {
          throw KeyIsBusy(intent: open, key: key, isNatural: false)
        }
        state.links[mapping]?[key] = nil
        state.failures[mapping]?[key] = nil
        state.alterations[mapping]?[key] = nil
      }
      state.decisions.append(decision)
    }
  }

  func adopt(
    _ decision: Decision, link: Link, resource: String, sent: [UInt8], change: ChangeEntry,
    epoch: LeaseEpoch
  ) async throws {
    try write(epoch) { state in
      state.endIntents(decision, as: .done)
      state.failures[decision.mapping]?[decision.key] = nil
      try state.put(Remembered(link: link, sent: sent), resource, change)
      state.decisions.append(decision)
    }
  }
}

extension MemoryLedger.State {
  fileprivate mutating func endIntents(_ decision: Decision, as state: IntentState) {
    for place in intents.indices
    where intents[place].mapping == decision.mapping && intents[place].key == decision.key
      && intents[place].state.isOpen
    {
      intents[place].state = state
      intents[place].evidence = "decided by \(decision.who)"
      intents[place].sent = []
    }
  }
}

// MARK: Ties

extension MemoryLedger {
  func ties() async throws -> [Tie.Subject: String] { read { $0.ties } }

  func tie(_ ties: [Tie], epoch: LeaseEpoch) async throws {
    try write(epoch) { state in for tie in ties { state.ties[tie.subject] = tie.place } }
  }

  func knowsObjects(of subject: Tie.Subject) async throws -> Bool {
    read { $0.knowsObjects(of: subject) }
  }

  func renameResource(
    _ old: String, to new: String, who: String, note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool {
    try write(epoch) { state in
      guard !state.knowsObjects(of: .resource(new)) else {
        throw LedgerError.nameIsTaken(new, remedy: "Two resources cannot become one.")
      }
      guard state.knowsObjects(of: .resource(old)) || state.listed[old] != nil else { return false }
      for (mapping, links) in state.links {
        for (key, held) in links where held.resource == old {
          state.links[mapping]?[key]?.resource = new
        }
        if state.shapes[mapping]?.resource == old { state.shapes[mapping]?.resource = new }
      }
      for place in state.intents.indices where state.intents[place].resource == old {
        state.intents[place].resource = new
      }
      state.listed[new] = state.listed.removeValue(forKey: old)
      state.shown[new] = state.shown.removeValue(forKey: old)
      state.ties[.resource(new)] = old
      return true
    }
  }
}

extension MemoryLedger.State {
  fileprivate func knowsObjects(of subject: Tie.Subject) -> Bool {
    intents.contains { $0.state.isOpen && subject.has(resource: $0.resource) }
      || links.values.contains { links in
        links.values.contains { subject.has(resource: $0.resource) }
      }
  }
}

extension Tie.Subject {
  fileprivate func has(resource: String) -> Bool {
    switch self {
    case .project: true
    case .target(let name): resource.hasPrefix(name + "/")
    case .resource(let name): resource == name
    }
  }
}
