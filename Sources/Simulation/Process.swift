import Engine
import Ledger
import Synchronization

/// One process of the simulation: between any two steps it may be killed, or stand still while another one works.
final class Process: Sendable {
  struct Killed: Error {}

  private let world: World
  private let isDead = Mutex(false)
  private let isPaused = Mutex(false)
  private let departures = Mutex<[Duration]>([])
  /// What the others do while this process stands still; `nil` when it never does.
  private let meanwhile: (@Sendable () async -> Void)?

  init(world: World, meanwhile: (@Sendable () async -> Void)?) {
    self.world = world
    self.meanwhile = meanwhile
  }

  /// Before and after everything that others can see.
  /// `mayPause`: not between the last look at the clock and the first byte, see `docs/effects.md`.
  func step(mayPause: Bool = true) async throws {
    if isDead.withLock({ $0 }) { throw Killed() }
    if world.happens(4) {
      isDead.withLock { $0 = true }
      world.count(\.crashes)
      world.state.withLock { $0.tell("killed") }
      throw Killed()
    }
    // Whatever else this process does stands still, too.
    while isPaused.withLock({ $0 }) { await Task.yield() }
    if mayPause, let meanwhile, world.happens(4) {
      isPaused.withLock { $0 = true }
      defer { isPaused.withLock { $0 = false } }
      world.count(\.pauses)
      world.state.withLock { $0.tell("paused") }
      world.advance(by: .seconds(world.number(in: 31...60)))
      await meanwhile()
      world.advance(by: .seconds(world.number(in: 0...300)))
    }
  }

  /// Counts a call as the server does; `true` when it comes too soon behind the others.
  func depart(limit: Int, per: Duration) {
    let now = world.monotonic
    let isOver = departures.withLock { departures in
      departures.append(now)
      return departures.count { $0 > now - per } > limit
    }
    if isOver { world.count(\.overLimit) }
  }
}

/// The ledger as one process has it.
final class ProcessLedger: LedgerStore {
  private let ledger: any LedgerStore
  private let process: Process
  private let weakness: Weakness?
  private let shelf: Shelf
  /// The keys that have a row now.
  private let present: @Sendable () -> Set<Key>
  /// Intents that are not written down yet, by what their writer takes for their ids.
  private let late = Mutex<[Int64: Intent]>([:])
  /// The ids that those have once they are written down.
  private let known = Mutex<[Int64: Int64]>([:])

  init(
    _ ledger: any LedgerStore, on shelf: Shelf, process: Process, weakness: Weakness?,
    present: @escaping @Sendable () -> Set<Key>
  ) {
    self.ledger = ledger
    self.present = present
    self.shelf = shelf
    self.process = process
    self.weakness = weakness
  }

  private func write<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await process.step()
    let value = try await body()
    if weakness != .mark { try await shelf.moveMark() }
    try await process.step()
    return value
  }

  func begin(_ intent: Intent) async throws -> Int64 {
    guard weakness == .commit else { return try await write { try await ledger.begin(intent) } }
    let lowest = known.withLock { $0.keys.min() ?? 0 }
    return late.withLock { late in
      let id = min(lowest, late.keys.min() ?? 0) - 1
      late[id] = intent
      return id
    }
  }

  func settle(_ settlement: Settlement) async throws {
    var settlement = settlement
    if let intent = late.withLock({ $0.removeValue(forKey: settlement.intent) }) {
      var intent = intent
      let mine = settlement.intent
      if intent.id < 0 { intent.id = known.withLock { $0[intent.id] } ?? 0 }
      settlement.intent = try await write { try await ledger.begin(intent) }
      known.withLock { $0[mine] = settlement.intent }
    } else if settlement.intent < 0 {
      settlement.intent = known.withLock { $0[settlement.intent] } ?? settlement.intent
    }
    // What was looked up has evidence; what the target answered has none.
    if weakness == .delete, settlement.evidence != nil, settlement.object?.link.state == .inactive {
      settlement.state = .absent
      settlement.object?.link.state = .active
    }
    try await write { try await ledger.settle(settlement) }
  }

  func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: Int64
  ) async throws {
    try await write {
      try await ledger.keep(link, resource: resource, sent: sent, change: change, epoch: epoch)
    }
  }

  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    try await ledger.alterations(of: mapping, keys: keys)
  }
  func keep(_ alterations: [Alteration], epoch: Int64) async throws {
    try await write { try await ledger.keep(alterations, epoch: epoch) }
  }
  func shownFields(of resource: String) async throws -> ShownFields {
    try await ledger.shownFields(of: resource)
  }
  func keep(_ shown: ShownFields, of resource: String, epoch: Int64) async throws {
    try await write { try await ledger.keep(shown, of: resource, epoch: epoch) }
  }

  func acquireLease(holder: String, for length: Duration, now: Int64) async throws -> LeaseOutcome {
    try await ledger.acquireLease(holder: holder, for: length, now: now)
  }
  func renewLease(_ lease: Lease, for length: Duration, now: Int64) async throws -> Bool {
    try await ledger.renewLease(lease, for: length, now: now)
  }
  func releaseLease(_ lease: Lease) async throws { try await ledger.releaseLease(lease) }
  func observe(_ clock: ClockReading, epoch: Int64) async throws -> ClockJump? {
    if weakness == .clock { return nil }
    return try await write { try await ledger.observe(clock, epoch: epoch) }
  }
  func startRun(_ run: RunStart) async throws -> Int64 {
    try await write { try await ledger.startRun(run) }
  }
  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Int64) async throws {
    try await write {
      try await ledger.finishRun(id, status: status, report: report, now: now)
    }
  }
  func lastRowCount(of mapping: String) async throws -> Int? {
    try await ledger.lastRowCount(of: mapping)
  }
  func setLastRowCount(_ count: Int, of mapping: String, run: Int64, epoch: Int64) async throws {
    try await write {
      try await ledger.setLastRowCount(count, of: mapping, run: run, epoch: epoch)
    }
  }
  func readCount(of mapping: String) async throws -> Int {
    try await ledger.readCount(of: mapping)
  }
  func listedCount(of resource: String) async throws -> Int? {
    try await ledger.listedCount(of: resource)
  }
  func setListedCount(_ count: Int, of resource: String, epoch: Int64) async throws {
    try await write { try await ledger.setListedCount(count, of: resource, epoch: epoch) }
  }
  func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage {
    try await ledger.links(of: mapping, after: key, limit: limit)
  }
  func link(of mapping: String, key: Key) async throws -> Link? {
    try await ledger.link(of: mapping, key: key)
  }
  func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void
  ) async throws {
    try await ledger.targetIDs(of: mapping, onlyActive: onlyActive, each: each)
  }
  func owner(of targetID: String, resource: String) async throws -> (mapping: String, key: Key)? {
    try await ledger.owner(of: targetID, resource: resource)
  }
  func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int) {
    try await ledger.linkCount(of: mapping)
  }
  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    let sent = try await ledger.sent(of: mapping, keys: keys)
    guard weakness == .keys else { return sent }
    let present = present()
    return sent.filter { present.contains($0.key) }
  }
  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: Int64
  ) async throws {
    try await write {
      try await ledger.recordAbsences(of: mapping, absent: absent, present: present, epoch: epoch)
    }
  }
  func shapes() async throws -> [String: MappingShape] {
    weakness == .keys ? [:] : try await ledger.shapes()
  }
  func setShape(_ shape: MappingShape, of mapping: String, epoch: Int64) async throws {
    try await write { try await ledger.setShape(shape, of: mapping, epoch: epoch) }
  }
  func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    try await write { try await ledger.move(moves) }
  }
  func rename(mapping: String, to name: String, epoch: Int64) async throws {
    try await write { try await ledger.rename(mapping: mapping, to: name, epoch: epoch) }
  }
  func openIntents(of mapping: String) async throws -> [Intent] {
    try await ledger.openIntents(of: mapping)
  }
  func dismissedIntents(of mapping: String) async throws -> Set<Key> {
    try await ledger.dismissedIntents(of: mapping)
  }
  func failures(of mapping: String?) async throws -> [Failure] {
    try await ledger.failures(of: mapping)
  }
  func objectsClaimed(
    of resource: String, byOthersThan mapping: String
  ) async throws -> Set<String> {
    try await ledger.objectsClaimed(of: resource, byOthersThan: mapping)
  }
  func record(_ failures: [Failure], epoch: Int64) async throws {
    try await write { try await ledger.record(failures, epoch: epoch) }
  }
  func clearFailures(of mapping: String, keys: [Key], epoch: Int64) async throws {
    try await write { try await ledger.clearFailures(of: mapping, keys: keys, epoch: epoch) }
  }
  func spool(_ changes: [PlannedChange], mapping: String) async throws {
    try await ledger.spool(changes, mapping: mapping)
  }
  func spooled(
    mapping: String, after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: PlannedChange)] {
    try await ledger.spooled(mapping: mapping, after: position, limit: limit)
  }
  func clearSpool(mapping: String) async throws { try await ledger.clearSpool(mapping: mapping) }
}

extension ProcessLedger: TieStore {
  func ties() async throws -> [Tie.Subject: String] {
    guard weakness != .tenant, let ledger = ledger as? any TieStore else { return [:] }
    return try await ledger.ties()
  }
  func tie(_ ties: [Tie], epoch: Int64) async throws {
    guard let ledger = ledger as? any TieStore else { return }
    try await write { try await ledger.tie(ties, epoch: epoch) }
  }
  func knowsObjects(of subject: Tie.Subject) async throws -> Bool {
    guard let ledger = ledger as? any TieStore else { return false }
    return try await ledger.knowsObjects(of: subject)
  }
}

/// The way to the target as one process has it.
struct ProcessWire: Wire {
  let world: World
  let process: Process
  let tenant: Tenant
  let weakness: Weakness?
  /// Whether the object of a code has a row.
  let hasRow: @Sendable (String) -> Bool

  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
    do {
      try await process.step(mayPause: false)
      process.depart(limit: Scenario.limit, per: Scenario.period)
      if let code = world.code(ofDeleted: request, at: tenant), hasRow(code) {
        world.count(\.wrongDeletes)
      }
      let result = world.answer(request, at: tenant)
      try await process.step()
      return weakness == .words ? result.withAllWords : result
    } catch {
      throw CancellationError()
    }
  }
}
