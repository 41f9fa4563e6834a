import Engine
import Synchronization

/// A ledger for the simulation: the rules of the SQLite one, without a disk. Tests hold the two against each other.
final class MemoryLedger: ProjectLedger {
  /// A link with all that belongs to it.
  struct Held {
    var link: Link
    var resource: String
    var sent: [UInt8]
  }

  struct State {
    var leases: [HeldLease] = []
    var epoch = LeaseEpoch.none
    var runs: [RunRecord] = []
    var runCount: Int64 = 0
    var rowCounts: [String: Int] = [:]
    var reads: [String: Int] = [:]
    var listed: [String: Int] = [:]
    var links: [String: [Key: Held]] = [:]
    /// In the order of their ids.
    var intents: [Intent] = []
    var intentCount: Int64 = 0
    var failures: [String: [Key: Failure]] = [:]
    var changes: [(position: Int64, change: ChangeEntry)] = []
    var changeCount: Int64 = 0
    var decisions: [Decision] = []
    var clock: ClockRecord?
    var writeCount: Int64 = 0
    var shapes: [String: MappingShape] = [:]
    var alterations: [String: [Key: [String: Alteration]]] = [:]
    var shown: [String: ShownFields] = [:]
    var ties: [Tie.Subject: String] = [:]
    var mappings: Set<String> = []
    var prunedAt: Instant?
  }

  let state: Mutex<State>
  let times = StageTimes()
  private let mark = Mutex<(any WriteMark)?>(nil)
  private let id: [UInt8]
  private let isFenced: Bool

  /// `isFenced`: whether a writer whose lease has passed on is refused.
  init(isFenced: Bool = true) {
    self.isFenced = isFenced
    id = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    state = Mutex(State())
  }

  /// A copy as of now.
  init(copyOf other: MemoryLedger) {
    isFenced = other.isFenced
    id = other.id
    state = Mutex(other.state.withLock { $0 })
  }

  var writeCount: Int64 { state.withLock { $0.writeCount } }

  func follow(_ mark: any WriteMark) { self.mark.withLock { $0 = mark } }

  func identity() async throws -> LedgerIdentity {
    LedgerIdentity(id: id, writeCount: writeCount)
  }

  func read<Value>(_ body: (State) throws -> Value) rethrows -> Value {
    try state.withLock { try body($0) }
  }

  /// All or nothing: what throws has changed nothing.
  func write<Value>(
    _ epoch: LeaseEpoch, _ body: (inout State) throws -> Value
  ) throws -> Value {
    try state.withLock { state in
      if isFenced, !state.leases.contains(where: { $0.lease.epoch == epoch }) {
        throw LedgerError.fenced(epoch: epoch, now: state.leases.map(\.lease.epoch).max())
      }
      var changed = state
      let value = try body(&changed)
      changed.writeCount += 1
      state = changed
      try mark.withLock { $0 }?.advance(to: changed.writeCount)
      return value
    }
  }
}

// MARK: The one writer

extension MemoryLedger {
  func acquireLease(
    of scope: LeaseScope, holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome {
    state.withLock { state in
      let expires = now.later(by: length)
      let present = state.leases.indices.filter { state.leases[$0].scope.overlaps(scope) }
      let other = present.first {
        !state.leases[$0].lease.holder.utf8.elementsEqual(holder.utf8)
          && state.leases[$0].expires > now
      }
      if let other {
        // A clock that has been set back must not block the others for as long as it was wrong.
        state.leases[other].expires = min(state.leases[other].expires, expires)
        return .held(
          by: state.leases[other].lease.holder, until: state.leases[other].expires)
      }
      state.leases.removeAll { $0.scope.overlaps(scope) }
      state.epoch = state.epoch.next
      let lease = Lease(holder: holder, epoch: state.epoch)
      state.leases.append(HeldLease(scope: scope, lease: lease, expires: expires))
      return .acquired(lease)
    }
  }

  func renewLease(_ lease: Lease, for length: Duration, now: Instant) async throws -> Bool {
    state.withLock { state in
      guard let place = state.leases.firstIndex(where: { $0.lease == lease }) else { return false }
      if let latest = state.clock?.latest { state.clock?.latest = max(latest, now) }
      state.leases[place].expires = now.later(by: length)
      return true
    }
  }

  func releaseLease(_ lease: Lease) async throws {
    state.withLock { $0.leases.removeAll { $0.lease == lease } }
  }

  func leases(against scope: LeaseScope) async throws -> [HeldLease] {
    read { state in state.leases.filter { $0.scope.overlaps(scope) } }
  }

  func endLease(ofDead holder: String, of scope: LeaseScope) async throws {
    state.withLock { state in
      state.leases.removeAll {
        $0.scope.overlaps(scope) && $0.lease.holder.utf8.elementsEqual(holder.utf8)
      }
    }
  }

  func observe(_ clock: ClockReading, epoch: LeaseEpoch) async throws -> ClockJump? {
    try write(epoch) { state in
      let noted = state.clock?.note(clock)
      if state.clock == nil { state.clock = ClockRecord(clock) }
      let latest = clock.wall.later(by: ClockRecord.tolerance)
      let ahead = state.intents.contains {
        $0.state.isOpen && $0.state != .quarantined && $0.sentAt.map { $0 > latest } ?? false
      }
      guard let jump = (noted ?? nil) ?? (ahead ? .unknown : nil) else { return nil }
      state.move(by: jump, now: clock.wall)
      return jump
    }
  }
}

extension MemoryLedger.State {
  /// Moves the moments on which something still depends to a clock that was set.
  fileprivate mutating func move(by jump: ClockJump, now: Instant) {
    for place in intents.indices
    where intents[place].state.isOpen && intents[place].state != .quarantined {
      intents[place].sentAt = intents[place].sentAt.map { jump.moved($0, now: now) }
      intents[place].notBefore = intents[place].notBefore.flatMap(jump.movedAhead)
    }
    // Where nothing is known, only what has not come yet is surely wrong.
    func moved(_ moment: Instant) -> Instant {
      if case .unknown = jump { return min(moment, now) }
      return jump.moved(moment, now: now)
    }
    for (mapping, failures) in failures {
      for (key, failure) in failures {
        self.failures[mapping]?[key]?.firstAt = moved(failure.firstAt)
        self.failures[mapping]?[key]?.lastAt = moved(failure.lastAt)
      }
    }
  }
}

// MARK: Runs

extension MemoryLedger {
  func startRun(_ run: RunStart) async throws -> Int64 {
    try write(run.epoch) { state in
      state.runCount += 1
      state.runs.append(
        RunRecord(
          id: state.runCount, command: run.command, mappings: run.mappings,
          startedAt: run.startedAt, report: run.report, epoch: run.epoch))
      return state.runCount
    }
  }

  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Instant) async throws {
    guard let run = try await run(id) else { throw LedgerError.noRun(id) }
    try write(run.epoch) { state in
      guard let place = state.runs.firstIndex(where: { $0.id == id }) else { return }
      state.runs[place].finishedAt = now
      state.runs[place].status = status
      state.runs[place].report = report
    }
  }

  func runs(ofCommand words: String) async throws -> [RunRecord] {
    try await runs(limit: .max).reversed().filter { $0.command.utf8.starts(with: words.utf8) }
  }

  func runs(limit: Int) async throws -> [RunRecord] {
    read { Array($0.runs.reversed().prefix(limit)) }
  }

  func run(_ id: Int64) async throws -> RunRecord? {
    read { state in state.runs.first { $0.id == id } }
  }

  func lastRowCount(of mapping: String) async throws -> Int? { read { $0.rowCounts[mapping] } }

  func setLastRowCount(
    _ count: Int, of mapping: String, run: Int64, epoch: LeaseEpoch
  ) async throws {
    try write(epoch) { state in
      state.mappings.insert(mapping)
      state.rowCounts[mapping] = count
      state.reads[mapping, default: 0] += 1
    }
  }

  func readCount(of mapping: String) async throws -> Int { read { $0.reads[mapping] ?? 0 } }

  func listedCount(of resource: String) async throws -> Int? { read { $0.listed[resource] } }

  func setListedCount(_ count: Int, of resource: String, epoch: LeaseEpoch) async throws {
    try write(epoch) { $0.listed[resource] = count }
  }
}
