/// The right to write to a project's ledger under one lease.
///
/// Every method is as durable as the one of the store that it calls, and throws the same errors.
public struct ProjectWriter: Sendable {
  /// What is written to, for reading.
  public let ledger: any ProjectLedger
  private let lease: Lease

  public init(_ ledger: any ProjectLedger, _ lease: Lease) {
    self.ledger = ledger
    self.lease = lease
  }

  /// Writes down that a run begins, and returns the right to write in it. See ``RunStore/startRun(_:)``.
  public func startRun(
    _ command: String, mappings: [String], report: [UInt8] = [], at now: Instant
  ) async throws -> LedgerWriter {
    let run = try await ledger.startRun(
      RunStart(
        command: command, mappings: mappings, startedAt: now, report: report, epoch: lease.epoch))
    return LedgerWriter(ledger, lease, run: run)
  }

  public func observe(_ clock: ClockReading) async throws -> ClockJump? {
    try await ledger.observe(clock, epoch: lease.epoch)
  }

  // MARK: Decisions

  /// See ``DecisionStore/decide(_:epoch:)``.
  public func decide(_ decision: Decision) async throws {
    try await ledger.decide(decision, epoch: lease.epoch)
  }

  /// See ``DecisionStore/adopt(_:link:resource:sent:change:epoch:)``.
  public func adopt(
    _ decision: Decision, _ adopted: AdoptedLink, resource: String
  ) async throws {
    try await ledger.adopt(
      decision, link: adopted.link, resource: resource, sent: adopted.held,
      change: adopted.change, epoch: lease.epoch)
  }

  /// See ``ShapeStore/move(_:)``.
  public func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    var moves = moves
    moves.epoch = lease.epoch
    return try await ledger.move(moves)
  }

  /// See ``DecisionStore/move(_:of:to:of:revives:who:note:at:epoch:)``.
  public func move(
    _ key: Key, of mapping: String, to other: Key, of name: String, revives: Bool, who: String,
    note: String?, at now: Instant
  ) async throws -> Bool {
    try await ledger.move(
      key, of: mapping, to: other, of: name, revives: revives, who: who, note: note, at: now,
      epoch: lease.epoch)
  }

  // MARK: Places

  public func tie(_ ties: [Tie]) async throws { try await ledger.tie(ties, epoch: lease.epoch) }

  /// See ``TieStore/renameResource(_:to:who:note:at:epoch:)``.
  public func renameResource(
    _ old: String, to new: String, who: String, note: String?, at now: Instant
  ) async throws -> Bool {
    try await ledger.renameResource(
      old, to: new, who: who, note: note, at: now, epoch: lease.epoch)
  }

  // MARK: Upkeep

  /// See ``UpkeepStore/prune(before:atMost:now:epoch:)``.
  public func prune(
    before moment: Instant, atMost limit: Int, now: Instant
  ) async throws -> PruneStep {
    try await ledger.prune(before: moment, atMost: limit, now: now, epoch: lease.epoch)
  }

  /// See ``UpkeepStore/forget(_:epoch:)``.
  public func forget(_ decision: Decision) async throws {
    try await ledger.forget(decision, epoch: lease.epoch)
  }
}
