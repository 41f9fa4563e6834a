import Engine
import Ledger
import Synchronization

/// A ledger of which a test sees, and may spoil, what is written about intents.
final class RecordingLedger: LedgerStore {
  private let ledger: SQLiteLedger
  private let watch: @Sendable (_ event: String) throws -> Void

  init(_ ledger: SQLiteLedger, _ watch: @escaping @Sendable (_ event: String) throws -> Void) {
    self.ledger = ledger
    self.watch = watch
  }

  func begin(_ intent: Intent) async throws -> Int64 {
    let id = try await ledger.begin(intent)
    try watch("begin \(intent.operation) \(intent.key) \(intent.attempt)")
    return id
  }
  func settle(_ settlement: Settlement) async throws {
    try watch("settle \(settlement.state) \(settlement.attempt)")
    try await ledger.settle(settlement)
  }

  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    try await ledger.alterations(of: mapping, keys: keys)
  }
  func keep(_ alterations: [Alteration], epoch: Int64) async throws {
    try await ledger.keep(alterations, epoch: epoch)
  }
  func shownFields(of resource: String) async throws -> ShownFields {
    try await ledger.shownFields(of: resource)
  }
  func keep(_ shown: ShownFields, of resource: String, epoch: Int64) async throws {
    try await ledger.keep(shown, of: resource, epoch: epoch)
  }

  func acquireLease(holder: String, for length: Duration, now: Int64) async throws -> LeaseOutcome {
    try await ledger.acquireLease(holder: holder, for: length, now: now)
  }
  func renewLease(_ lease: Lease, for length: Duration, now: Int64) async throws -> Bool {
    try await ledger.renewLease(lease, for: length, now: now)
  }
  func releaseLease(_ lease: Lease) async throws { try await ledger.releaseLease(lease) }
  func observe(_ clock: ClockReading, epoch: Int64) async throws -> ClockJump? {
    try await ledger.observe(clock, epoch: epoch)
  }
  func startRun(_ run: RunStart) async throws -> Int64 { try await ledger.startRun(run) }
  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Int64) async throws {
    try await ledger.finishRun(id, status: status, report: report, now: now)
  }
  func lastRowCount(of mapping: String) async throws -> Int? {
    try await ledger.lastRowCount(of: mapping)
  }
  func setLastRowCount(_ count: Int, of mapping: String, run: Int64, epoch: Int64) async throws {
    try await ledger.setLastRowCount(count, of: mapping, run: run, epoch: epoch)
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
    try await ledger.sent(of: mapping, keys: keys)
  }
  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: Int64
  ) async throws {
    try await ledger.recordAbsences(of: mapping, absent: absent, present: present, epoch: epoch)
  }
  func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: Int64
  ) async throws {
    try await ledger.keep(link, resource: resource, sent: sent, change: change, epoch: epoch)
  }
  func shapes() async throws -> [String: MappingShape] { try await ledger.shapes() }
  func setShape(_ shape: MappingShape, of mapping: String, epoch: Int64) async throws {
    try await ledger.setShape(shape, of: mapping, epoch: epoch)
  }
  func move(_ moves: LinkMoves) async throws -> [LinkMove] { try await ledger.move(moves) }
  func rename(mapping: String, to name: String, epoch: Int64) async throws {
    try await ledger.rename(mapping: mapping, to: name, epoch: epoch)
  }
  func openIntents(of mapping: String) async throws -> [Intent] {
    try await ledger.openIntents(of: mapping)
  }
  func listedCount(of resource: String) async throws -> Int? {
    try await ledger.listedCount(of: resource)
  }
  func setListedCount(_ count: Int, of resource: String, epoch: Int64) async throws {
    try await ledger.setListedCount(count, of: resource, epoch: epoch)
  }
  func readCount(of mapping: String) async throws -> Int {
    try await ledger.readCount(of: mapping)
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
    try await ledger.record(failures, epoch: epoch)
  }
  func clearFailures(of mapping: String, keys: [Key], epoch: Int64) async throws {
    try await ledger.clearFailures(of: mapping, keys: keys, epoch: epoch)
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
