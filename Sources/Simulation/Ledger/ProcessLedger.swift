import Engine
import Synchronization

/// The ledger as one process has it.
final class ProcessLedger: LedgerWrapper {
  private let ledger: any ProjectLedger
  private let process: Process
  private let weakness: Weakness?
  private let shelf: Shelf
  /// The keys that have a row now.
  private let present: @Sendable () -> Set<Key>
  /// Intents that are not written down yet, by what their writer takes for their ids.
  private let late = Mutex<[Int64: Intent]>([:])
  /// The ids that those have once they are written down.
  private let known = Mutex<[Int64: Int64]>([:])

  var wrapped: any LedgerStore { ledger }

  init(
    _ ledger: any ProjectLedger, on shelf: Shelf, process: Process, weakness: Weakness?,
    present: @escaping @Sendable () -> Set<Key>
  ) {
    self.ledger = ledger
    self.present = present
    self.shelf = shelf
    self.process = process
    self.weakness = weakness
  }

  func writing<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await process.step()
    let value = try await body()
    if weakness != .mark { try await shelf.moveMark() }
    try await process.step()
    return value
  }

  func begin(_ intent: Intent) async throws -> Int64 {
    guard weakness == .commit else { return try await writing { try await ledger.begin(intent) } }
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
      settlement.intent = try await writing { try await ledger.begin(intent) }
      known.withLock { $0[mine] = settlement.intent }
    } else if settlement.intent < 0 {
      settlement.intent = known.withLock { $0[settlement.intent] } ?? settlement.intent
    }
    // What was looked up has evidence; what the target answered has none.
    if weakness == .delete, settlement.evidence != nil, settlement.object?.link.state == .inactive {
      settlement.state = .absent
      settlement.object?.link.state = .active
    }
    try await writing { try await ledger.settle(settlement) }
  }

  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    let sent = try await ledger.sent(of: mapping, keys: keys)
    guard weakness == .keys else { return sent }
    let present = present()
    return sent.filter { present.contains($0.key) }
  }

  func shapes() async throws -> [String: MappingShape] {
    weakness == .keys ? [:] : try await ledger.shapes()
  }
}

// MARK: What is around a run

extension ProcessLedger {
  func acquireLease(
    of scope: LeaseScope, holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome {
    try await ledger.acquireLease(of: scope, holder: holder, for: length, now: now)
  }

  func releaseLease(_ lease: Lease) async throws { try await ledger.releaseLease(lease) }

  func observe(_ clock: ClockReading, epoch: LeaseEpoch) async throws -> ClockJump? {
    if weakness == .clock { return nil }
    return try await writing { try await ledger.observe(clock, epoch: epoch) }
  }

  func startRun(_ run: RunStart) async throws -> Int64 {
    try await writing { try await ledger.startRun(run) }
  }
}

extension ProcessLedger: TieStore {
  func ties() async throws -> [Tie.Subject: String] {
    weakness == .tenant ? [:] : try await ledger.ties()
  }

  func tie(_ ties: [Tie], epoch: LeaseEpoch) async throws {
    try await writing { try await ledger.tie(ties, epoch: epoch) }
  }

  func knowsObjects(of subject: Tie.Subject) async throws -> Bool {
    try await ledger.knowsObjects(of: subject)
  }

  func renameResource(
    _ old: String, to new: String, who: String, note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool {
    try await writing {
      try await ledger.renameResource(old, to: new, who: who, note: note, at: now, epoch: epoch)
    }
  }
}
