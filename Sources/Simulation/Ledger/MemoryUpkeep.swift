import Engine

extension MemoryLedger {
  func summary() async throws -> LedgerSummary {
    read { state in
      var summary = LedgerSummary(format: 0)
      let links = state.links.values.flatMap(\.values)
      summary.links = links.count
      summary.inactiveLinks = links.count { $0.link.state == .inactive }
      summary.openIntents = state.intents.count { $0.state.isOpen }
      summary.endedIntents = state.intents.count - summary.openIntents
      summary.failures = state.failures.values.reduce(0) { $0 + $1.count }
      summary.changes = state.changes.count
      summary.runs = state.runs.count
      summary.oldest = (state.changes.map(\.change.at) + state.runs.map(\.startedAt)).min()
      return summary
    }
  }

  func verify(isInDoubt: Bool) async throws {}
  func problems() async throws -> [String] { [] }

  /// In one step: nothing waits for it.
  func prune(
    before moment: Instant, atMost limit: Int, now: Instant, epoch: LeaseEpoch
  ) async throws -> PruneStep {
    try write(epoch) { state in
      let before = state.changes.count + state.intents.count + state.runs.count
      let started = state.runs.reduce(into: [:]) { $0[$1.id] = $1.startedAt }
      state.changes.removeAll { $0.change.at < moment }
      state.intents.removeAll {
        !$0.state.isOpen && $0.sentAt ?? started[$0.run] ?? 0 < moment
      }
      state.runs.removeAll {
        ($0.finishedAt != nil || $0.epoch != epoch) && $0.finishedAt ?? $0.startedAt < moment
      }
      state.prunedAt = now
      let after = state.changes.count + state.intents.count + state.runs.count
      return PruneStep(removed: before - after, isDone: true)
    }
  }

  func lastPruned() async throws -> Instant? { read { $0.prunedAt } }

  func contents(of mapping: String, key: Key) async throws -> KeyContents {
    try read { state in
      var contents = KeyContents()
      if let held = state.links[mapping]?[key] {
        contents.link = held.link
        contents.resource = held.resource
        contents.sentFields = try FlatRecord(
          remembered: held.sent, of: mapping, key
        ).members.count
      }
      contents.changes = state.changes.count {
        $0.change.mapping == mapping && $0.change.key == key
      }
      let intents = state.intents.filter { $0.mapping == mapping && $0.key == key }
      contents.intents = intents.count
      contents.isBusy = intents.contains { $0.state.isOpen }
      contents.hasFailure = state.failures[mapping]?[key] != nil
      contents.alterations = state.alterations[mapping]?[key]?.count ?? 0
      contents.formerKeys = state.decisions.compactMap { decision in
        guard decision.verb == .move, decision.mapping == mapping, decision.key == key,
          let note = decision.note, note.hasPrefix("from ")
        else { return nil }
        return String(note.dropFirst("from ".count).prefix { $0 != ":" })
      }
      return contents
    }
  }

  func forget(_ decision: Decision, epoch: LeaseEpoch) async throws {
    let (mapping, key) = (decision.mapping, decision.key)
    try write(epoch) { state in
      if let open = state.openIntent(mapping, key) {
        throw KeyIsBusy(intent: open, key: key, isNatural: false)
      }
      state.links[mapping]?[key]?.sent = []
      state.links[mapping]?[key]?.link.fingerprint = .unknown
      for place in state.changes.indices
      where state.changes[place].change.mapping == mapping && state.changes[place].change.key == key
      {
        state.changes[place].change.before = []
        state.changes[place].change.after = []
      }
      for place in state.intents.indices
      where state.intents[place].mapping == mapping && state.intents[place].key == key {
        state.intents[place].naturalKey = nil
        state.intents[place].evidence = nil
        state.intents[place].fingerprint = .unknown
      }
      for place in state.decisions.indices
      where state.decisions[place].mapping == mapping && state.decisions[place].key == key
        && ![.move, .forget].contains(state.decisions[place].verb)
      {
        state.decisions[place].note = nil
      }
      state.alterations[mapping]?[key] = nil
      if state.failures[mapping]?[key]?.missingObject == nil {
        state.failures[mapping]?[key] = nil
      } else {
        state.failures[mapping]?[key]?.reasons = []
        state.failures[mapping]?[key]?.conflict = nil
        state.failures[mapping]?[key]?.fingerprint = .unknown
      }
      let forgotten = ForgottenKey(key, of: mapping)
      for place in state.runs.indices {
        if let report = forgotten.removed(from: state.runs[place].report) {
          state.runs[place].report = report
        }
      }
      state.decisions.append(decision)
    }
  }

  func linkRecords(of mapping: String, after key: Key?, limit: Int) async throws -> [LinkRecord] {
    read { state in
      state.held(mapping).filter { held in key.map { held.link.key > $0 } ?? true }.prefix(limit)
        .map { LinkRecord(link: $0.link, resource: $0.resource, sent: $0.sent) }
    }
  }

  func changes(
    after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: ChangeEntry)] {
    read { state in Array(state.changes.filter { $0.position > position }.prefix(limit)) }
  }

  func backUp(to path: String) throws {
    throw LedgerError(
      code: .readOnly, message: "a ledger in memory is not backed up to a file",
      remedy: "Use a ledger in a file.")
  }

  func compact() throws {}

  func privateCopy() throws -> any ProjectLedger {
    let copy = MemoryLedger(copyOf: self)
    copy.state.withLock { $0.leases = [] }
    return copy
  }

  func close() throws {}
}
