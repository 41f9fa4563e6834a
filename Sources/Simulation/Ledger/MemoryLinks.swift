import Engine

extension MemoryLedger {
  func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage {
    read { state in
      var page = LinkPage()
      for held in state.held(mapping).filter({ held in key.map { held.link.key > $0 } ?? true })
        .prefix(limit)
      {
        held.link.key.bytes.withUnsafeBytes {
          page.append(
            key: $0, fingerprint: held.link.fingerprint, state: held.link.state,
            absences: held.link.absences)
        }
      }
      return page
    }
  }

  func link(of mapping: String, key: Key) async throws -> Link? {
    read { $0.links[mapping]?[key]?.link }
  }

  func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void
  ) async throws {
    for held in read({ $0.held(mapping) }) where !onlyActive || held.link.state == .active {
      each(held.link.key, held.link.targetID)
    }
  }

  func owners(
    of targetIDs: [String], resource: String
  ) async throws -> [String: (mapping: String, key: Key)] {
    read { state in targetIDs.reduce(into: [:]) { $0[$1] = state.owner(of: $1, resource) } }
  }

  func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int) {
    read { state in
      let links = state.links[mapping] ?? [:]
      let active = links.values.count { $0.link.state == .active }
      return (active, links.count - active)
    }
  }

  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    read { state in
      let links = state.links[mapping] ?? [:]
      return keys.reduce(into: [:]) { $0[$1] = links[$1]?.sent }
    }
  }

  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: LeaseEpoch
  ) async throws {
    try write(epoch) { state in
      for (key, absences) in absent { state.links[mapping]?[key]?.link.absences = absences }
      for key in present { state.links[mapping]?[key]?.link.absences = 0 }
    }
  }

  func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: LeaseEpoch
  ) async throws {
    try write(epoch) { try $0.put(Remembered(link: link, sent: sent), resource, change) }
  }

  // MARK: Shapes and moves

  func shapes() async throws -> [String: MappingShape] { read { $0.shapes } }

  func setShape(_ shape: MappingShape, of mapping: String, epoch: LeaseEpoch) async throws {
    try write(epoch) { state in
      state.mappings.insert(mapping)
      state.shapes[mapping] = shape
    }
  }

  func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    try write(moves.epoch) { state in
      let name = moves.mapping
      if let former = moves.formerName { try state.rename(former, to: name) }
      state.mappings.insert(name)
      let links = state.links[name] ?? [:]
      let possible = moves.possible(
        isLinked: { links[$0] != nil }, isBusy: { state.openIntent(name, $0) != nil })
      for move in possible { state.links[name]?[move.from] = nil }
      for move in possible {
        guard var held = links[move.from] else { continue }
        held.link.key = move.to
        held.link.absences = 0
        if moves.revives { held.link.state = .active }
        state.links[name]?[move.to] = held
        for (key, words) in [(move.from, "to \(move.to)"), (move.to, "from \(move.from)")] {
          state.failures[name]?[key] = nil
          state.decisions.append(
            Decision(
              verb: .move, mapping: name, key: key, targetID: held.link.targetID, who: moves.who,
              note: moves.note.map { "\(words): \($0)" } ?? words, at: moves.at))
        }
      }
      if let shape = moves.shape { state.shapes[name] = shape }
      return possible
    }
  }

  func move(
    _ key: Key, of mapping: String, to other: Key, of name: String, revives: Bool, who: String,
    note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool {
    try write(epoch) { state in
      guard var held = state.links[mapping]?[key], state.links[name]?[other] == nil,
        state.openIntent(mapping, key) == nil, state.openIntent(name, other) == nil
      else { return false }
      state.mappings.insert(name)
      held.link.mapping = name
      held.link.key = other
      held.link.absences = 0
      held.link.fingerprint = .unknown
      if revives { held.link.state = .active }
      state.links[mapping]?[key] = nil
      state.links[name, default: [:]][other] = held
      for (place, of, words) in [
        (key, mapping, "to \(name) \(other)"), (other, name, "from \(mapping) \(key)"),
      ] {
        state.failures[of]?[place] = nil
        state.decisions.append(
          Decision(
            verb: .move, mapping: of, key: place, targetID: held.link.targetID, who: who,
            note: note.map { "\(words): \($0)" } ?? words, at: now))
      }
      return true
    }
  }
}

extension MemoryLedger.State {
  /// The links of a mapping in the order of their keys.
  func held(_ mapping: String) -> [MemoryLedger.Held] {
    (links[mapping] ?? [:]).values.sorted { $0.link.key < $1.link.key }
  }

  func owner(of targetID: String, _ resource: String) -> (mapping: String, key: Key)? {
    for (mapping, links) in links {
      let found = links.values.first {
        $0.resource == resource && $0.link.targetID.utf8.elementsEqual(targetID.utf8)
      }
      if let found { return (mapping, found.link.key) }
    }
    return nil
  }

  func openIntent(_ mapping: String, _ key: Key) -> Int64? {
    intents.first { $0.mapping == mapping && $0.key == key && $0.state.isOpen }?.id
  }

  mutating func put(_ object: Remembered, _ resource: String, _ change: ChangeEntry?) throws {
    let link = object.link
    if let owner = owner(of: link.targetID, resource),
      owner.mapping != link.mapping || owner.key != link.key
    {
      throw ObjectIsLinked(
        targetID: link.targetID, resource: resource, mapping: owner.mapping, key: owner.key)
    }
    mappings.insert(link.mapping)
    links[link.mapping, default: [:]][link.key] = MemoryLedger.Held(
      link: link, resource: resource, sent: object.sent)
    guard let change else { return }
    changeCount += 1
    changes.append((changeCount, change))
  }

  fileprivate mutating func rename(_ mapping: String, to name: String) throws {
    guard mappings.contains(mapping) else { return }
    let isBusy = intents.contains { $0.mapping == name && $0.state.isOpen }
    guard links[name]?.isEmpty ?? true, !isBusy else {
      throw LedgerError.nameIsTaken(name, remedy: "Leave `previous_name` out.")
    }
    mappings.remove(mapping)
    mappings.insert(name)
    rowCounts[name] = rowCounts.removeValue(forKey: mapping)
    reads[name] = reads.removeValue(forKey: mapping)
    shapes[name] = shapes.removeValue(forKey: mapping)
    failures[name] = (failures.removeValue(forKey: mapping) ?? [:]).mapValues {
      var failure = $0
      failure.mapping = name
      return failure
    }
    links[name] = (links.removeValue(forKey: mapping) ?? [:]).mapValues {
      var held = $0
      held.link.mapping = name
      return held
    }
    alterations[name] = (alterations.removeValue(forKey: mapping) ?? [:]).mapValues { fields in
      fields.mapValues {
        var alteration = $0
        alteration.mapping = name
        return alteration
      }
    }
    for place in intents.indices where intents[place].mapping == mapping {
      intents[place].mapping = name
    }
    for place in changes.indices where changes[place].change.mapping == mapping {
      changes[place].change.mapping = name
    }
    for place in decisions.indices where decisions[place].mapping == mapping {
      decisions[place].mapping = name
    }
  }
}
