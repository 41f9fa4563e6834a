import Engine
import Ledger
import Synchronization

/// A ledger for the simulation: the rules of the SQLite one, without a disk. Tests hold the two against each other.
final class MemoryLedger: LedgerStore {
  private struct State {
    var lease: Lease?
    var epoch: Int64 = 0
    var expires: Int64 = 0
    var runs: Int64 = 0
    var rowCounts: [String: Int] = [:]
    var reads: [String: Int] = [:]
    var listed: [String: Int] = [:]
    var links: [String: [Key: Link]] = [:]
    var resources: [String: String] = [:]
    var sent: [String: [Key: [UInt8]]] = [:]
    var intents: [Intent] = []
    var failures: [String: [Key: Failure]] = [:]
    var clock: ClockRecord?
    var writeCount: Int64 = 0
    var shapes: [String: MappingShape] = [:]
    var alterations: [String: [Key: [String: Alteration]]] = [:]
    var shown: [String: ShownFields] = [:]
    var ties: [Tie.Subject: String] = [:]
  }
  private let state: Mutex<State>
  private let spools = Mutex<[String: [PlannedChange]]>([:])
  private let isFenced: Bool

  /// `isFenced`: whether a writer whose lease has passed on is refused.
  init(isFenced: Bool = true) {
    self.isFenced = isFenced
    state = Mutex(State())
  }

  /// A copy as of now.
  init(copyOf other: MemoryLedger) {
    isFenced = other.isFenced
    state = Mutex(other.state.withLock { $0 })
  }

  var writeCount: Int64 { state.withLock { $0.writeCount } }

  struct Refused: Error { var reason: String }

  private func write<Value>(
    _ epoch: Int64, _ body: (inout State) throws -> Value
  ) throws -> Value {
    try state.withLock { state in
      if isFenced, state.lease?.epoch != epoch { throw Refused(reason: "fenced") }
      var changed = state
      let value = try body(&changed)
      changed.writeCount += 1
      state = changed
      return value
    }
  }

  func acquireLease(holder: String, for length: Duration, now: Int64) async throws -> LeaseOutcome {
    state.withLock { state in
      if let held = state.lease, held.holder != holder, state.expires > now {
        // A clock that has been set back must not block the others for as long as it was wrong.
        state.expires = min(state.expires, now + Int64(length / .milliseconds(1)))
        return .held(by: held.holder, until: state.expires)
      }
      state.epoch += 1
      let lease = Lease(holder: holder, epoch: state.epoch)
      state.lease = lease
      state.expires = now + Int64(length / .milliseconds(1))
      return .acquired(lease)
    }
  }

  func renewLease(_ lease: Lease, for length: Duration, now: Int64) async throws -> Bool {
    state.withLock { state in
      guard state.lease == lease else { return false }
      if let latest = state.clock?.latest { state.clock?.latest = max(latest, now) }
      state.expires = now + Int64(length / .milliseconds(1))
      return true
    }
  }

  func releaseLease(_ lease: Lease) async throws {
    state.withLock { if $0.lease == lease { $0.lease = nil } }
  }

  func observe(_ clock: ClockReading, epoch: Int64) async throws -> ClockJump? {
    try write(epoch) { state in
      let noted = state.clock?.note(clock)
      if state.clock == nil { state.clock = ClockRecord(clock) }
      let latest = clock.wall.later(by: .milliseconds(ClockRecord.tolerance))
      let ahead = state.intents.contains {
        $0.state.isOpen && $0.state != .quarantined && $0.sentAt.map { $0 > latest } ?? false
      }
      guard let jump = (noted ?? nil) ?? (ahead ? .unknown : nil) else { return nil }
      for place in state.intents.indices
      where state.intents[place].state.isOpen && state.intents[place].state != .quarantined {
        state.intents[place].sentAt = state.intents[place].sentAt.map {
          jump.moved($0, now: clock.wall)
        }
        state.intents[place].notBefore = state.intents[place].notBefore.flatMap(jump.movedAhead)
      }
      return jump
    }
  }

  func startRun(_ run: RunStart) async throws -> Int64 {
    try write(run.epoch) { state in
      state.runs += 1
      return state.runs
    }
  }

  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Int64) async throws {}

  func lastRowCount(of mapping: String) async throws -> Int? {
    state.withLock { $0.rowCounts[mapping] }
  }

  func setLastRowCount(_ count: Int, of mapping: String, run: Int64, epoch: Int64) async throws {
    try write(epoch) { state in
      state.rowCounts[mapping] = count
      state.reads[mapping, default: 0] += 1
    }
  }

  func readCount(of mapping: String) async throws -> Int {
    state.withLock { $0.reads[mapping] ?? 0 }
  }

  func listedCount(of resource: String) async throws -> Int? {
    state.withLock { $0.listed[resource] }
  }

  func setListedCount(_ count: Int, of resource: String, epoch: Int64) async throws {
    try write(epoch) { $0.listed[resource] = count }
  }

  func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage {
    state.withLock { state in
      var page = LinkPage()
      let links = (state.links[mapping] ?? [:]).values.sorted { $0.key < $1.key }
      for link in links.filter({ link in key.map { link.key > $0 } ?? true }).prefix(limit) {
        link.key.bytes.withUnsafeBytes {
          page.append(
            key: $0, fingerprint: link.fingerprint, state: link.state, absences: link.absences)
        }
      }
      return page
    }
  }

  func link(of mapping: String, key: Key) async throws -> Link? {
    state.withLock { $0.links[mapping]?[key] }
  }

  func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void
  ) async throws {
    let links = state.withLock { ($0.links[mapping] ?? [:]).values.sorted { $0.key < $1.key } }
    for link in links where !onlyActive || link.state == .active { each(link.key, link.targetID) }
  }

  func owner(of targetID: String, resource: String) async throws -> (mapping: String, key: Key)? {
    state.withLock { Self.owner(of: targetID, resource, $0) }
  }

  private static func owner(
    of targetID: String, _ resource: String, _ state: State
  ) -> (mapping: String, key: Key)? {
    for (mapping, links) in state.links where state.resources[mapping] == resource {
      if let link = links.values.first(where: { $0.targetID.utf8.elementsEqual(targetID.utf8) }) {
        return (mapping, link.key)
      }
    }
    return nil
  }

  func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int) {
    state.withLock { state in
      let links = state.links[mapping] ?? [:]
      let active = links.values.count { $0.state == .active }
      return (active, links.count - active)
    }
  }

  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    state.withLock { state in (state.sent[mapping] ?? [:]).filter { keys.contains($0.key) } }
  }

  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: Int64
  ) async throws {
    try write(epoch) { state in
      for (key, absences) in absent { state.links[mapping]?[key]?.absences = absences }
      for key in present { state.links[mapping]?[key]?.absences = 0 }
    }
  }

  func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: Int64
  ) async throws {
    try write(epoch) { state in
      try Self.put(link, resource, &state)
      state.sent[link.mapping, default: [:]][link.key] = sent
    }
  }

  private static func put(_ link: Link, _ resource: String, _ state: inout State) throws {
    state.resources[link.mapping] = resource
    if let owner = owner(of: link.targetID, resource, state),
      owner.mapping != link.mapping || owner.key != link.key
    {
      throw ObjectIsLinked(
        targetID: link.targetID, resource: resource, mapping: owner.mapping, key: owner.key)
    }
    state.links[link.mapping, default: [:]][link.key] = link
  }

  func shapes() async throws -> [String: MappingShape] { state.withLock { $0.shapes } }

  func setShape(_ shape: MappingShape, of mapping: String, epoch: Int64) async throws {
    try write(epoch) { $0.shapes[mapping] = shape }
  }

  func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    try write(moves.epoch) { state in
      let name = moves.mapping
      let links = state.links[name] ?? [:]
      let busy = Set(
        state.intents.filter { $0.mapping == name && $0.state.isOpen }.map(\.key))
      let possible = moves.possible(
        isLinked: { links[$0] != nil }, isBusy: { busy.contains($0) })
      let sent = state.sent[name] ?? [:]
      for move in possible {
        state.links[name]?[move.from] = nil
        state.sent[name]?[move.from] = nil
      }
      for move in possible {
        guard var link = links[move.from] else { continue }
        link.key = move.to
        link.absences = 0
        if moves.revives { link.state = .active }
        state.links[name]?[move.to] = link
        state.sent[name]?[move.to] = sent[move.from]
        for key in [move.from, move.to] { state.failures[name]?[key] = nil }
      }
      if let shape = moves.shape { state.shapes[name] = shape }
      return possible
    }
  }

  func rename(mapping: String, to name: String, epoch: Int64) async throws {
    try write(epoch) { state in
      guard state.links[name]?.isEmpty ?? true else { throw Refused(reason: "it has links") }
      state.rowCounts[name] = state.rowCounts.removeValue(forKey: mapping)
      state.reads[name] = state.reads.removeValue(forKey: mapping)
      state.resources[name] = state.resources.removeValue(forKey: mapping)
      state.shapes[name] = state.shapes.removeValue(forKey: mapping)
      state.failures[name] = (state.failures.removeValue(forKey: mapping) ?? [:]).mapValues {
        var failure = $0
        failure.mapping = name
        return failure
      }
      state.sent[name] = state.sent.removeValue(forKey: mapping)
      state.links[name] = (state.links.removeValue(forKey: mapping) ?? [:]).mapValues {
        var link = $0
        link.mapping = name
        return link
      }
      for place in state.intents.indices where state.intents[place].mapping == mapping {
        state.intents[place].mapping = name
      }
    }
  }

  func openIntents(of mapping: String) async throws -> [Intent] {
    state.withLock { $0.intents.filter { $0.mapping == mapping && $0.state.isOpen } }
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
      if intent.id == 0 {
        intent.id = Int64(state.intents.count + 1)
        state.intents.append(intent)
      } else {
        guard state.intents[Int(intent.id) - 1].state == .planned else {
          throw Refused(reason: "not planned")
        }
        state.intents[Int(intent.id) - 1] = intent
      }
      return intent.id
    }
  }

  func settle(_ settlement: Settlement) async throws {
    try write(settlement.epoch) { state in
      let place = Int(settlement.intent) - 1
      guard state.intents[place].state.isOpen else { throw Refused(reason: "not open") }
      // First, because nothing is written where it is refused.
      if let object = settlement.object {
        let before = state.links[object.link.mapping]?[object.link.key]
        try Self.put(object.link, settlement.resource, &state)
        if object.link.state == .inactive, before?.state == .active,
          let listed = state.listed[settlement.resource]
        {
          state.listed[settlement.resource] = max(0, listed - 1)
        }
      }
      state.intents[place].state = settlement.state
      state.intents[place].attempt = settlement.attempt
      state.intents[place].notBefore = settlement.notBefore
      state.intents[place].lookUps = settlement.lookUps
      state.intents[place].losses = settlement.losses
      state.intents[place].evidence = settlement.evidence
      let (mapping, key) = (state.intents[place].mapping, state.intents[place].key)
      if let object = settlement.object {
        state.sent[mapping, default: [:]][key] = object.sent
      }
      if settlement.clearsFailure { state.failures[mapping]?[key] = nil }
      if let failure = settlement.failure { state.failures[mapping, default: [:]][key] = failure }
      for alteration in settlement.alterations { Self.put(alteration, &state) }
    }
  }

  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    state.withLock { state in
      let known = state.alterations[mapping] ?? [:]
      return keys.flatMap { key in
        (known[key] ?? [:]).values.sorted { $0.field < $1.field }
      }
    }
  }

  func keep(_ alterations: [Alteration], epoch: Int64) async throws {
    try write(epoch) { state in for one in alterations { Self.put(one, &state) } }
  }

  private static func put(_ alteration: Alteration, _ state: inout State) {
    state.alterations[alteration.mapping, default: [:]][alteration.key, default: [:]][
      alteration.field] = alteration
  }

  func shownFields(of resource: String) async throws -> ShownFields {
    state.withLock { $0.shown[resource] ?? ShownFields() }
  }

  func keep(_ shown: ShownFields, of resource: String, epoch: Int64) async throws {
    try write(epoch) { state in
      state.shown[resource, default: ShownFields()].listed.formUnion(shown.listed)
      state.shown[resource, default: ShownFields()].answered.formUnion(shown.answered)
    }
  }

  func dismissedIntents(of mapping: String) async throws -> Set<Key> { [] }

  func failures(of mapping: String?) async throws -> [Failure] {
    state.withLock { state in
      state.failures.filter { mapping == nil || $0.key == mapping }
        .flatMap { $0.value.values.sorted { $0.key < $1.key } }
    }
  }

  func objectsClaimed(
    of resource: String, byOthersThan mapping: String
  ) async throws -> Set<String> {
    state.withLock { state in
      let others = state.failures.filter {
        $0.key != mapping && state.shapes[$0.key]?.resource == resource
      }
      return Set(others.values.flatMap { $0.values.compactMap(\.claims) })
    }
  }

  func record(_ failures: [Failure], epoch: Int64) async throws {
    try write(epoch) { state in
      for failure in failures
      where failure.status != nil
        || state.failures[failure.mapping]?[failure.key]?.missingObject == nil
      {
        state.failures[failure.mapping, default: [:]][failure.key] = failure
      }
    }
  }

  func clearFailures(of mapping: String, keys: [Key], epoch: Int64) async throws {
    try write(epoch) { state in for key in keys { state.failures[mapping]?[key] = nil } }
  }

  func spool(_ changes: [PlannedChange], mapping: String) async throws {
    spools.withLock { spools in
      let all = (spools[mapping] ?? []) + changes
      spools[mapping] = all.sorted { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
    }
  }

  func spooled(
    mapping: String, after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: PlannedChange)] {
    spools.withLock { spools in
      var size = 0
      return (spools[mapping] ?? []).enumerated().dropFirst(Int(position)).prefix(limit)
        .prefix { _, change in
          defer { size += change.size }
          return size < PlannedChange.stretch
        }
        .map { (Int64($0.offset + 1), $0.element) }
    }
  }

  func clearSpool(mapping: String) async throws { spools.withLock { $0[mapping] = [] } }
}

extension MemoryLedger: TieStore {
  func ties() async throws -> [Tie.Subject: String] { state.withLock { $0.ties } }

  func tie(_ ties: [Tie], epoch: Int64) async throws {
    try write(epoch) { state in for tie in ties { state.ties[tie.subject] = tie.place } }
  }

  func knowsObjects(of subject: Tie.Subject) async throws -> Bool {
    state.withLock { state in
      let isOpen = state.intents.contains {
        $0.state.isOpen && subject.has(resource: $0.resource)
      }
      return isOpen
        || state.links.contains { mapping, links in
          !links.isEmpty && (state.resources[mapping].map(subject.has) ?? false)
        }
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
